#include "lake/sim/clock.hpp"

#include <algorithm>
#include <thread>

namespace lake::sim {

os::WallTime SimClock::wall_now() {
  const MutexLock lock(mutex_);
  return wall_base_ + std::chrono::duration_cast<std::chrono::microseconds>(monotonic_);
}

os::MonotonicTime SimClock::monotonic_now() {
  const MutexLock lock(mutex_);
  return monotonic_;
}

void SimClock::sleep(std::chrono::nanoseconds duration) {
  os::MonotonicTime end;
  {
    const MutexLock lock(mutex_);
    end = monotonic_ + duration;
  }
  std::this_thread::yield();  // lets other threads begin their sleeps at the same time
  const MutexLock lock(mutex_);
  monotonic_ = std::max(monotonic_, end);
}

void SimClock::set_wall(os::WallTime time) {
  const MutexLock lock(mutex_);
  wall_base_ = time - std::chrono::duration_cast<std::chrono::microseconds>(monotonic_);
}

}  // namespace lake::sim
