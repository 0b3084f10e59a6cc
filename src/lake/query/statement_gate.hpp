#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <thread>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/os/clock.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::query {

/// Lets a bounded number of statements run; a bounded number more wait their turn, first come first served.
/// Threads: any.
class StatementGate {
 public:
  StatementGate(std::uint32_t running_max, std::uint32_t queued_max, telemetry::Metrics& metrics);

  /// Takes a place, waiting for one. `given_up` is asked after each wake(): true ends the wait.
  /// Errors: kResourceExhausted (queue full), kUnavailable (closed), kCancelled (given up).
  Status enter(const std::function<bool()>& given_up);
  void leave();
  /// Makes the waiting ask `given_up` again.
  void wake();
  /// No new statements from now on.
  void close();
  [[nodiscard]] std::uint32_t running();
  /// Waits until none runs or waits, or `until` (monotonic) has passed; true when none does.
  bool wait_quiet(os::Clock& clock, os::MonotonicTime until);
  /// Waits until none runs or `until` (monotonic) has passed; true when none runs.
  bool wait_idle(os::Clock& clock, os::MonotonicTime until);

 private:
  const std::uint32_t running_max_;
  const std::uint32_t queued_max_;
  telemetry::Gauge& running_gauge_;
  telemetry::Gauge& queued_gauge_;
  telemetry::Counter& refused_;
  Mutex mutex_;
  CondVar changed_;
  std::uint32_t running_ LAKE_GUARDED_BY(mutex_) = 0;
  std::map<std::uint64_t, bool> queue_ LAKE_GUARDED_BY(mutex_);  // tickets in order
  std::uint64_t next_ticket_ LAKE_GUARDED_BY(mutex_) = 0;
  bool closed_ LAKE_GUARDED_BY(mutex_) = false;
};

/// How background work lets statements go first: while any run or wait it gets a quarter of its thread, else
/// all of it. Threads: one at a time.
class BackgroundPace {
 public:
  BackgroundPace(StatementGate& gate, os::Clock& clock) : gate_(gate), clock_(clock) {}
  /// Called between small steps of the work; waits when it is the statements' turn.
  void step();

 private:
  StatementGate& gate_;
  os::Clock& clock_;
  os::MonotonicTime resumed_{};
};

/// Calls back when deadlines pass, from one thread of its own.
/// Threads: any. Bounds: one entry for each running statement.
class Deadlines {
 public:
  using Id = std::uint64_t;
  explicit Deadlines(os::Clock& clock);
  /// Ends the thread; callbacks not yet due never run.
  ~Deadlines();
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  /// `expired` runs once when the monotonic clock has reached `deadline`. It must not call back into this
  /// object.
  Id add(os::MonotonicTime deadline, std::function<void()> expired);
  /// After it returns, the callback neither runs nor will.
  void remove(Id id);

 private:
  void run();
  struct Entry {
    os::MonotonicTime deadline;
    std::function<void()> expired;
  };
  os::Clock& clock_;
  Mutex mutex_;
  CondVar changed_;
  std::map<Id, Entry> entries_ LAKE_GUARDED_BY(mutex_);
  Id next_id_ LAKE_GUARDED_BY(mutex_) = 1;
  bool stopping_ LAKE_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace lake::query
