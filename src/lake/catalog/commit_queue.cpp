#include "lake/catalog/commit_queue.hpp"

#include <algorithm>

namespace lake::catalog {

Status CommitQueue::enter(Ticket& ticket) {
  const MutexLock lock(mutex_);
  if (closed_) return Error(ErrorCode::kUnavailable, "the catalog is closed");
  if (ticket.request) {
    if (commits_waiting_ >= depth_max_) {
      return Error(ErrorCode::kResourceExhausted,
                   "too many commits wait for the catalog, bound " + std::to_string(depth_max_));
    }
    ++commits_waiting_;
  }
  waiting_.push_back(&ticket);
  if (turn_ != Turn::kClient) arrived_.notify_one();  // else end_turn() does it
  return ok();
}

void CommitQueue::wait(Ticket& ticket) {
  const MutexLock lock(mutex_);
  while (!ticket.done) ticket.finished.wait(mutex_);
}

void CommitQueue::gather(std::chrono::nanoseconds gather_time) {
  constexpr std::chrono::nanoseconds kTooShort = std::chrono::microseconds(20);
  if (gather_time < kTooShort || closed_) return;
  const std::size_t wanted = std::min(expected_, group_size_max_);
  const os::MonotonicTime deadline = clock_.monotonic_now() + gather_time;
  while (commits_waiting_ < wanted && !closed_) {
    const auto rest = deadline - clock_.monotonic_now();
    if (rest <= rest.zero()) return;
    if (arrived_.wait_for(mutex_, rest) == std::cv_status::timeout) return;
  }
}

bool CommitQueue::take_turn() {
  const MutexLock lock(mutex_);
  if (turn_ != Turn::kNobody || closed_ || chore_ || !waiting_.empty() || expected_ > 1) return false;
  turn_ = Turn::kClient;
  return true;
}

void CommitQueue::end_turn(bool chore) {
  const MutexLock lock(mutex_);
  turn_ = Turn::kNobody;
  chore_ = chore;
  expected_ = 1 + commits_waiting_;
  if (chore_ || closed_ || !waiting_.empty()) arrived_.notify_one();
}

bool CommitQueue::next(std::chrono::nanoseconds gather_time, std::vector<Ticket*>& tickets) {
  tickets.clear();
  const MutexLock lock(mutex_);
  turn_ = Turn::kNobody;
  while (turn_ == Turn::kClient || (waiting_.empty() && !chore_ && !closed_)) arrived_.wait(mutex_);
  if (waiting_.empty() && !chore_) return false;
  turn_ = Turn::kCommitter;
  chore_ = false;
  if (waiting_.empty()) return true;
  if (waiting_.front()->request) gather(gather_time);
  while (!waiting_.empty() && tickets.size() < group_size_max_) {
    Ticket* const ticket = waiting_.front();
    if (!ticket->request && !tickets.empty()) break;
    waiting_.pop_front();
    tickets.push_back(ticket);
    if (!ticket->request) break;
    --commits_waiting_;
  }
  return true;
}

void CommitQueue::finish(std::span<Ticket* const> tickets) {
  const MutexLock lock(mutex_);
  if (!tickets.empty() && tickets.front()->request) expected_ = tickets.size() + commits_waiting_;
  for (Ticket* const ticket : tickets) {
    ticket->done = true;
    ticket->finished.notify_one();  // under the lock: the ticket is gone once its caller has seen `done`
  }
}

void CommitQueue::close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  arrived_.notify_all();
}

std::size_t CommitQueue::depth() const {
  const MutexLock lock(mutex_);
  return waiting_.size();
}

}  // namespace lake::catalog
