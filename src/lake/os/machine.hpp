#pragma once

#include <cstdint>

namespace lake::os {

/// What this process may use of the machine.
struct Machine {
  std::uint64_t memory_bytes = 0;  // physical memory, or the control group's limit when that is lower
  unsigned cpu_count = 1;          // that the process may be scheduled on
};

/// Reads it from the running system. Threads: any.
Machine this_machine();

/// What this process has used so far.
struct ProcessUsage {
  std::uint64_t cpu_micros = 0;      // of all its threads, ended ones too
  std::uint64_t resident_bytes = 0;  // physical memory now
  std::uint64_t read_bytes = 0;      // of disks, not of what was in memory already; 0 where nobody tells
  std::uint64_t written_bytes = 0;
};

/// Some microseconds of work. Threads: any.
ProcessUsage process_usage();

/// Raises the soft limit on open files to the hard one; the limit now in force.
std::uint64_t raise_open_files_limit();

/// Makes the calling thread one that others go before (nice 19): while they want all processors it gets a
/// hundredth of one, else as much as any. For good; threads it starts are the same. What it holds meanwhile
/// others wait for long, so it is for work that holds nothing. False when the system refuses.
bool lower_thread_priority();

/// Gives every thread started from now on a stack of at least `bytes`, and the calling one, the first of the
/// process, as much as the hard limit lets it have. Only what is used takes memory. Before any thread is
/// started. The stack size that new threads now get.
std::uint64_t raise_stack_size(std::uint64_t bytes);

}  // namespace lake::os
