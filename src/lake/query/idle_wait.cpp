#include "lake/query/idle_wait.hpp"

#include <algorithm>
#include <thread>

namespace lake::query {

void IdleWait::idle() {
  const os::MonotonicTime now = clock_.monotonic_now();
  if (looks_ == 0) since_ = now;
  if (++looks_ <= kLooksAtOnce) {
    std::this_thread::yield();
    return;
  }
  clock_.sleep(std::clamp<std::chrono::nanoseconds>((now - since_) / kPartOfWait, kPauseMin, kPauseMax));
}

}  // namespace lake::query
