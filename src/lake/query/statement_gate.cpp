#include "lake/query/statement_gate.hpp"

#include <algorithm>
#include <vector>

namespace lake::query {

namespace {
// A simulated clock moves without waking anybody, so a wait on it is never longer than this.
constexpr std::chrono::milliseconds kPoll{20};
}  // namespace

StatementGate::StatementGate(std::uint32_t running_max, std::uint32_t queued_max, telemetry::Metrics& metrics)
    : running_max_(std::max(1U, running_max)),
      queued_max_(queued_max),
      running_gauge_(metrics.gauge("dplake_statements_running", "Statements running now")),
      queued_gauge_(metrics.gauge("dplake_statements_queued", "Statements waiting for a turn")),
      refused_(metrics.counter("dplake_statements_refused_total",
                               "Statements refused because the queue was full")) {}

Status StatementGate::enter(const std::function<bool()>& given_up) {
  const MutexLock lock(mutex_);
  if (closed_) return Error(ErrorCode::kUnavailable, "the lake is shutting down");
  if (running_ < running_max_ && queue_.empty()) {
    running_gauge_.set(++running_);
    return ok();
  }
  if (queue_.size() >= queued_max_) {
    refused_.add();
    return Error(ErrorCode::kUnavailable,
                 "too many statements are waiting: " + std::to_string(queue_.size()));
  }
  const auto ticket = next_ticket_++;
  queue_.emplace(ticket, true);
  queued_gauge_.set(static_cast<std::int64_t>(queue_.size()));
  Status outcome = ok();
  while (true) {
    if (closed_) {
      outcome = Error(ErrorCode::kUnavailable, "the lake is shutting down");
      break;
    }
    if (given_up()) {
      outcome = Error(ErrorCode::kCancelled, "cancelled while waiting for a turn");
      break;
    }
    if (running_ < running_max_ && queue_.begin()->first == ticket) {
      running_gauge_.set(++running_);
      break;
    }
    changed_.wait(mutex_);
  }
  queue_.erase(ticket);
  queued_gauge_.set(static_cast<std::int64_t>(queue_.size()));
  changed_.notify_all();
  return outcome;
}

void StatementGate::leave() {
  const MutexLock lock(mutex_);
  running_gauge_.set(--running_);
  changed_.notify_all();
}

void StatementGate::wake() {
  const MutexLock lock(mutex_);
  changed_.notify_all();
}

void StatementGate::close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

std::uint32_t StatementGate::running() {
  const MutexLock lock(mutex_);
  return running_;
}

bool StatementGate::wait_idle(os::Clock& clock, os::MonotonicTime until) {
  const MutexLock lock(mutex_);
  while (running_ > 0) {
    if (clock.monotonic_now() >= until) return false;
    changed_.wait_for(mutex_, kPoll);
  }
  return true;
}

bool StatementGate::wait_quiet(os::Clock& clock, os::MonotonicTime until) {
  const MutexLock lock(mutex_);
  while (running_ > 0 || !queue_.empty()) {
    const os::MonotonicTime now = clock.monotonic_now();
    if (now >= until || closed_) return false;
    changed_.wait_for(mutex_, std::min<os::MonotonicTime>(kPoll, until - now));
  }
  return true;
}

void BackgroundPace::step() {
  constexpr os::MonotonicTime kSlice = std::chrono::milliseconds(10);  // work between two looks at the gate
  constexpr os::MonotonicTime kWorkMax =
      std::chrono::milliseconds(500);  // counted at once; more was rest between rounds
  constexpr int kWaitPerWork = 3;
  const os::MonotonicTime now = clock_.monotonic_now();
  const os::MonotonicTime worked = std::min(now - resumed_, kWorkMax);
  if (worked < kSlice) return;
  gate_.wait_quiet(clock_, now + worked * kWaitPerWork);
  resumed_ = clock_.monotonic_now();
}

Deadlines::Deadlines(os::Clock& clock) : clock_(clock), thread_([this] { run(); }) {}

Deadlines::~Deadlines() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

Deadlines::Id Deadlines::add(os::MonotonicTime deadline, std::function<void()> expired) {
  const MutexLock lock(mutex_);
  const Id id = next_id_++;
  entries_.emplace(id, Entry{deadline, std::move(expired)});
  changed_.notify_all();
  return id;
}

void Deadlines::remove(Id id) {
  const MutexLock lock(mutex_);
  entries_.erase(id);
}

void Deadlines::run() {
  const MutexLock lock(mutex_);
  while (!stopping_) {
    if (entries_.empty()) {
      changed_.wait(mutex_);
      continue;
    }
    const auto now = clock_.monotonic_now();
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      if (entry->second.deadline > now) {
        ++entry;
        continue;
      }
      // Under the lock, so that remove() waits for it.
      entry->second.expired();
      entry = entries_.erase(entry);
    }
    if (!entries_.empty()) changed_.wait_for(mutex_, kPoll);
  }
}

}  // namespace lake::query
