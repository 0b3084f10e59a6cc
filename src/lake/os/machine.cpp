#include "lake/os/machine.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>

namespace lake::os {
namespace {

/// The number in a one-line file; `fallback` when there is none ("max", no such file).
std::uint64_t number_in(const char* path, std::uint64_t fallback) {
  std::ifstream file(path);
  std::string text;
  if (!(file >> text)) return fallback;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 ? number : fallback;
}

}  // namespace

Machine this_machine() {
  Machine machine;
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page_bytes > 0)
    machine.memory_bytes = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
  for (const char* limit : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    machine.memory_bytes = std::min(machine.memory_bytes, number_in(limit, machine.memory_bytes));
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(0, sizeof cpus, &cpus) == 0)
    machine.cpu_count = std::max(1U, static_cast<unsigned>(CPU_COUNT(&cpus)));
  return machine;
}

ProcessUsage process_usage() {
  ProcessUsage usage;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0) {
    const auto micros = [](const timeval& time) {
      return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
    };
    usage.cpu_micros = micros(used.ru_utime) + micros(used.ru_stime);
  }
  std::ifstream pages("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages >> size >> resident && page_bytes > 0)
    usage.resident_bytes = resident * static_cast<std::uint64_t>(page_bytes);
  std::ifstream io("/proc/self/io");
  std::string name;
  for (std::uint64_t bytes = 0; io >> name >> bytes;) {
    if (name == "read_bytes:") usage.read_bytes = bytes;
    if (name == "write_bytes:") usage.written_bytes = bytes;
  }
  return usage;
}

std::uint64_t raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  rlimit raised = limit;
  raised.rlim_cur = raised.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

bool lower_thread_priority() {
  constexpr int kLowestPriority = 19;
  // On Linux a nice value is of a thread, though POSIX has it of a process.
  return ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowestPriority) == 0;
}

std::uint64_t raise_stack_size(std::uint64_t bytes) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < bytes) {
    limit.rlim_cur = std::min<rlim_t>(bytes, limit.rlim_max);
    static_cast<void>(::setrlimit(RLIMIT_STACK, &limit));  // the limit it has is one to live with
  }
  pthread_attr_t attributes;
  std::size_t size = 0;
  if (::pthread_getattr_default_np(&attributes) != 0) return 0;
  ::pthread_attr_getstacksize(&attributes, &size);
  if (size < bytes && ::pthread_attr_setstacksize(&attributes, bytes) == 0 &&
      ::pthread_setattr_default_np(&attributes) == 0) {
    size = bytes;
  }
  ::pthread_attr_destroy(&attributes);
  return size;
}

}  // namespace lake::os
