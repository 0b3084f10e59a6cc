#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>

#include "lake/base/mutex.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/jobs/rate_meter.hpp"

namespace lake::jobs {

/// One job as the registry holds it. Lock order: the registry's mutex before a record's; that of the
/// watchers is taken with no other.
struct JobRecord {
  std::atomic<bool> cancelled{false};
  std::atomic<std::uint64_t> bytes_done{0};
  std::atomic<std::uint64_t> rows_done{0};
  std::atomic<std::int64_t> look_due_nanos{0};  // monotonic time of the next sample
  std::atomic<bool> kept{false};
  mutable Mutex mutex;
  CondVar changed;
  JobInfo info LAKE_GUARDED_BY(mutex);
  RateMeter rate LAKE_GUARDED_BY(mutex);
  std::uint64_t cpu_micros LAKE_GUARDED_BY(mutex) = 0;
  std::uint64_t cpu_seen_micros LAKE_GUARDED_BY(mutex) = 0;  // of the process, at the last sample
  std::uint64_t read_seen LAKE_GUARDED_BY(mutex) = 0;
  std::uint64_t written_seen LAKE_GUARDED_BY(mutex) = 0;
  bool unfinished LAKE_GUARDED_BY(mutex) = false;  // left by the last process, not taken up yet
  bool pause_at_start LAKE_GUARDED_BY(mutex) = false;

  void cancel() {
    const MutexLock lock(mutex);
    cancelled.store(true);
    changed.notify_all();
  }
  [[nodiscard]] bool is_held() const {
    const MutexLock lock(mutex);
    return info.state == JobState::kPaused && !cancelled.load();
  }
  void wait_while_held() {
    const MutexLock lock(mutex);
    while (info.state == JobState::kPaused && !cancelled.load()) changed.wait(mutex);
  }
  std::uint64_t add_watcher(std::function<void()> watcher) {
    const MutexLock lock(watching_);
    watchers_.emplace(++last_watcher_, std::move(watcher));
    return last_watcher_;
  }
  void remove_watcher(std::uint64_t number) {
    const MutexLock lock(watching_);
    watchers_.erase(number);
  }
  void tell_watchers() {
    const MutexLock lock(watching_);
    for (const auto& [number, watcher] : watchers_) watcher();
  }

 private:
  Mutex watching_;
  std::map<std::uint64_t, std::function<void()>> watchers_ LAKE_GUARDED_BY(watching_);
  std::uint64_t last_watcher_ LAKE_GUARDED_BY(watching_) = 0;
};

}  // namespace lake::jobs
