#include "lake/ingest/takeout_runs.hpp"

#include <algorithm>
#include <utility>

namespace lake::ingest {

void RunQueue::offer(EntryRun run) {
  const MutexLock lock(mutex_);
  end_ = run.number + 1;
  offered_.push_back(std::move(run));
  changed_.notify_all();
}

std::size_t RunQueue::offered() const {
  const MutexLock lock(mutex_);
  return offered_.size();
}

void RunQueue::close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

std::optional<Delivery> RunQueue::take(std::chrono::milliseconds timeout) {
  const MutexLock lock(mutex_);
  auto place = waiting_.find(head_);
  if (place == waiting_.end() && !(closed_ && head_ == end_)) {
    changed_.wait_for(mutex_, timeout);  // a wake-up too early is a timeout too early: the caller asks again
    place = waiting_.find(head_);
  }
  if (place == waiting_.end()) return std::nullopt;
  auto& deliveries = place->second.deliveries;
  auto delivery = std::move(deliveries.front());
  deliveries.erase(deliveries.begin());
  waiting_bytes_ -= delivery.bytes();
  if (deliveries.empty()) waiting_.erase(place);
  if (delivery.ends_run) ++head_;
  changed_.notify_all();
  return delivery;
}

bool RunQueue::is_finished() const {
  const MutexLock lock(mutex_);
  return closed_ && head_ == end_;
}

std::size_t RunQueue::depth() const {
  const MutexLock lock(mutex_);
  std::size_t count = 0;
  for (const auto& [run, waiting] : waiting_) count += waiting.deliveries.size();
  return count;
}

std::size_t RunQueue::waiting_bytes() const {
  const MutexLock lock(mutex_);
  return waiting_bytes_;
}

void RunQueue::allow_workers(unsigned count) {
  const MutexLock lock(mutex_);
  allowed_ = count;
  changed_.notify_all();
}

void RunQueue::stop() {
  const MutexLock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

/// The run whose turn it is may always be begun: whoever stores waits for it.
bool RunQueue::may_begin(unsigned worker) const {
  if (offered_.empty()) return false;
  if (offered_.front().number == head_) return true;
  return worker < allowed_ && waiting_bytes_ < waiting_bytes_max_;
}

std::optional<EntryRun> RunQueue::claim(unsigned worker) {
  const MutexLock lock(mutex_);
  while (!stopped_ && !may_begin(worker)) {
    if (closed_ && offered_.empty()) return std::nullopt;
    changed_.wait(mutex_);
  }
  if (stopped_) return std::nullopt;
  auto run = std::move(offered_.front());
  offered_.erase(offered_.begin());
  return run;
}

/// The last delivery of a run always has: so a run that is done with keeps no worker.
bool RunQueue::has_place(std::uint64_t run, const Delivery& delivery) const {
  if (delivery.ends_run && run != head_) return true;
  const auto place = waiting_.find(run);
  return place == waiting_.end() || place->second.deliveries.size() < kHeadDeliveriesMax;
}

bool RunQueue::put(std::uint64_t run, Delivery delivery) {
  const MutexLock lock(mutex_);
  while (!stopped_ && !has_place(run, delivery)) changed_.wait(mutex_);
  if (stopped_) return false;
  waiting_bytes_ += delivery.bytes();
  waiting_[run].deliveries.push_back(std::move(delivery));
  changed_.notify_all();
  return true;
}

}  // namespace lake::ingest
