#pragma once

#include <chrono>
#include <cstdint>

#include "lake/os/clock.hpp"

namespace lake::query {

/// How a session's thread waits while the engine's own threads work on its statement and leave it nothing to
/// do: the engine tells nobody when it has. First it looks again at once, then after pauses that grow with
/// the time waited, so that they lengthen a statement by a small part of it and soon cost nearly nothing. A
/// stop (cancel, timeout) is seen after the pause that runs. Threads: one.
class IdleWait {
 public:
  static constexpr std::uint32_t kLooksAtOnce = 16;
  static constexpr std::chrono::nanoseconds kPauseMin = std::chrono::microseconds(20);
  static constexpr std::chrono::nanoseconds kPauseMax = std::chrono::milliseconds(1);
  static constexpr int kPartOfWait = 16;  // a pause is at most this part of the time waited so far

  explicit IdleWait(os::Clock& clock) : clock_(clock) {}

  /// A look found nothing to do.
  void idle();
  /// A look found something and did it.
  void worked() { looks_ = 0; }

 private:
  os::Clock& clock_;
  std::uint32_t looks_ = 0;  // in a row that found nothing
  os::MonotonicTime since_{};
};

}  // namespace lake::query
