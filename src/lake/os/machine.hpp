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

/// Raises the soft limit on open files to the hard one; the limit now in force.
std::uint64_t raise_open_files_limit();

}  // namespace lake::os
