#include "lake/os/clock.hpp"

#include <thread>

namespace lake::os {

WallTime SystemClock::wall_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}
MonotonicTime SystemClock::monotonic_now() { return std::chrono::steady_clock::now().time_since_epoch(); }
void SystemClock::sleep(std::chrono::nanoseconds duration) { std::this_thread::sleep_for(duration); }

}  // namespace lake::os
