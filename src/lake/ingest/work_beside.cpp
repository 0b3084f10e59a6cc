#include "lake/ingest/work_beside.hpp"

#include <utility>

#include "lake/base/assert.hpp"
#include "lake/ingest/takeout_content.hpp"

namespace lake::ingest {

WorkBeside::WorkBeside() {
  thread_ = std::thread([this] { loop(); });
}

WorkBeside::~WorkBeside() {
  {
    const MutexLock lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void WorkBeside::begin(Work work) {
  LAKE_ASSERT(!is_busy_);
  is_busy_ = true;
  const MutexLock lock(mutex_);
  work_ = std::move(work);
  changed_.notify_all();
}

std::optional<Status> WorkBeside::outcome(std::chrono::milliseconds timeout) {
  const MutexLock lock(mutex_);
  // A wake-up too early is a timeout too early: the caller asks again.
  if (!outcome_ && is_busy_ && timeout.count() > 0) changed_.wait_for(mutex_, timeout);
  if (!outcome_) return std::nullopt;
  is_busy_ = false;
  return std::exchange(outcome_, std::nullopt);
}

void WorkBeside::loop() {
  while (true) {
    Work work;
    {
      const MutexLock lock(mutex_);
      while (!work_ && !ends_) changed_.wait(mutex_);
      if (!work_) return;
      work = std::exchange(work_, nullptr);
    }
    auto outcome = work();
    cpu_nanos_ = thread_cpu_nanos();
    const MutexLock lock(mutex_);
    outcome_ = std::move(outcome);
    changed_.notify_all();
  }
}

}  // namespace lake::ingest
