#pragma once

#include "lake/base/mutex.hpp"
#include "lake/os/clock.hpp"

namespace lake::sim {

/// A clock moved by hand. Starts at 2026-01-01T00:00:00Z, monotonic time zero.
/// sleep() returns at once and moves the time to the end of the sleep: sleeps begun at the same time by
/// several threads overlap. Threads: any.
class SimClock final : public os::Clock {
 public:
  os::WallTime wall_now() override;
  os::MonotonicTime monotonic_now() override;
  void sleep(std::chrono::nanoseconds duration) override;

  void advance(std::chrono::nanoseconds duration) { sleep(duration); }
  /// Lets wall time jump, also backwards; monotonic time stays.
  void set_wall(os::WallTime time);

 private:
  Mutex mutex_;
  os::MonotonicTime monotonic_ LAKE_GUARDED_BY(mutex_){};
  os::WallTime wall_base_ LAKE_GUARDED_BY(mutex_){
      std::chrono::seconds(1'767'225'600)};  // wall time at monotonic zero
};

}  // namespace lake::sim
