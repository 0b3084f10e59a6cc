#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/catalog/commit.hpp"
#include "lake/os/clock.hpp"

namespace lake::catalog {

/// One thing asked of the committer, by a caller that waits for it.
struct Ticket {
  std::optional<CommitRequest> request;  // a commit, or
  std::function<void()> work;            // anything else on the committer's thread
  Result<CommitOutcome> outcome = Error(ErrorCode::kInternal, "the commit was never judged");
  bool done = false;  // guarded by the queue's mutex
  CondVar finished;
};

/// Who may use the catalog's connection, and what waits for it, in order of arrival.
///
/// One at a time has the turn: the committer's thread, from next() to next(), or a client alone, from
/// take_turn() to end_turn(), who then commits on its own thread, which spares two changes of threads. Group
/// commit: next() takes all waiting commits up to a bound. After a group it first waits a moment for the
/// clients just answered to come back, because a sync shared by all of them costs less than two syncs; a
/// client alone never waits, and is alone as long as nobody else came while it, or the group before, was at
/// work. Bounds: `depth_max` commits waiting. Threads: any for enter, wait, take_turn, end_turn, close; the
/// committer for next and finish. Lifetime: a ticket stays valid until wait() has returned.
class CommitQueue {
 public:
  CommitQueue(os::Clock& clock, std::size_t depth_max, std::size_t group_size_max)
      : clock_(clock), depth_max_(depth_max), group_size_max_(group_size_max) {}

  /// Errors: kResourceExhausted (full), kUnavailable (closed).
  Status enter(Ticket& ticket);
  void wait(Ticket& ticket);
  /// True when the caller has the turn: nobody else is at work, waits, or is likely to come.
  [[nodiscard]] bool take_turn();
  /// `chore`: the committer has something to do although nothing may wait.
  void end_turn(bool chore);
  /// Ends the committer's turn and blocks for its next one: one or more commits, one other ticket, or none,
  /// which is a chore. False once closed and empty. `gather_time`: the longest wait for more commits.
  bool next(std::chrono::nanoseconds gather_time, std::vector<Ticket*>& tickets);
  void finish(std::span<Ticket* const> tickets);
  void close();
  [[nodiscard]] std::size_t depth() const;

 private:
  void gather(std::chrono::nanoseconds gather_time) LAKE_REQUIRES(mutex_);

  os::Clock& clock_;
  const std::size_t depth_max_;
  const std::size_t group_size_max_;
  mutable Mutex mutex_;
  CondVar arrived_;
  std::deque<Ticket*> waiting_ LAKE_GUARDED_BY(mutex_);
  std::size_t commits_waiting_ LAKE_GUARDED_BY(mutex_) = 0;
  std::size_t expected_ LAKE_GUARDED_BY(mutex_) =
      0;  // commits likely to come: the last group and who waited behind it
  enum class Turn : std::uint8_t { kNobody, kCommitter, kClient };
  Turn turn_ LAKE_GUARDED_BY(mutex_) = Turn::kCommitter;  // until its first next()
  bool chore_ LAKE_GUARDED_BY(mutex_) = false;
  bool closed_ LAKE_GUARDED_BY(mutex_) = false;
};

}  // namespace lake::catalog
