#pragma once

#include <chrono>
#include <cstdint>

namespace lake::os {

/// Microseconds since 1970-01-01T00:00:00Z.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
/// Since an arbitrary start; never goes back.
using MonotonicTime = std::chrono::nanoseconds;

/// Time as the lake sees it. Wall time labels things and may jump; monotonic time measures and never goes
/// back. Threads: all members may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall_now() = 0;
  virtual MonotonicTime monotonic_now() = 0;
  /// Blocks the calling thread. A simulated clock advances instead.
  virtual void sleep(std::chrono::nanoseconds duration) = 0;

  std::int64_t wall_micros() { return wall_now().time_since_epoch().count(); }
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  WallTime wall_now() override;
  MonotonicTime monotonic_now() override;
  void sleep(std::chrono::nanoseconds duration) override;
};

}  // namespace lake::os
