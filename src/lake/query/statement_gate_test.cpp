#include "lake/query/statement_gate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace lake::query {
namespace {

/// A clock that stands until it is moved.
class HandClock final : public os::Clock {
 public:
  os::WallTime wall_now() override { return os::WallTime(std::chrono::microseconds(0)); }
  os::MonotonicTime monotonic_now() override {
    const os::MonotonicTime now(now_.load());
    ++looks_;
    return now;
  }
  void sleep(std::chrono::nanoseconds duration) override { now_ += duration.count(); }
  /// How often it was asked.
  [[nodiscard]] int looks() const { return looks_; }

 private:
  std::atomic<std::int64_t> now_{0};
  std::atomic<int> looks_{0};
};

TEST(StatementGate, GivesTurnsUpToItsBound) {
  telemetry::Metrics metrics;
  StatementGate gate(2, 0, metrics);
  const auto never = [] { return false; };
  ASSERT_TRUE(gate.enter(never));
  ASSERT_TRUE(gate.enter(never));
  EXPECT_EQ(gate.enter(never).error().code(), ErrorCode::kUnavailable);
  gate.leave();
  EXPECT_TRUE(gate.enter(never));
}

TEST(BackgroundPace, WorkGoesOnWhileNoStatementRuns) {
  telemetry::Metrics metrics;
  StatementGate gate(2, 2, metrics);
  HandClock clock;
  BackgroundPace pace(gate, clock);
  for (int i = 0; i < 100; ++i) {
    clock.sleep(std::chrono::milliseconds(15));
    pace.step();  // would wait for ever, as the clock stands
  }
}

TEST(BackgroundPace, WorkWaitsForTheStatementToEnd) {
  telemetry::Metrics metrics;
  StatementGate gate(2, 2, metrics);
  HandClock clock;
  BackgroundPace pace(gate, clock);
  ASSERT_TRUE(gate.enter([] { return false; }));
  clock.sleep(std::chrono::milliseconds(15));
  std::atomic<bool> ended{false};
  std::thread statement([&] {
    ended = true;
    gate.leave();
  });
  pace.step();  // the clock stands, so only the statement's end lets it go
  EXPECT_TRUE(ended);
  statement.join();
}

TEST(BackgroundPace, WorkWaitsAtMostThreeTimesAsLongAsItWorked) {
  telemetry::Metrics metrics;
  StatementGate gate(2, 2, metrics);
  HandClock clock;
  BackgroundPace pace(gate, clock);
  ASSERT_TRUE(gate.enter([] { return false; }));
  clock.sleep(std::chrono::milliseconds(5));
  pace.step();  // too little work to look
  clock.sleep(std::chrono::milliseconds(15));
  std::thread time([&, before = clock.looks()] {
    while (clock.looks() == before) std::this_thread::yield();  // the step has to begin before
    clock.sleep(std::chrono::milliseconds(60));
  });
  pace.step();
  EXPECT_EQ(clock.monotonic_now(), std::chrono::milliseconds(80));
  time.join();
  EXPECT_EQ(gate.running(), 1U);
}

TEST(StatementGate, WhoGivesUpLeavesTheQueue) {
  telemetry::Metrics metrics;
  StatementGate gate(1, 1, metrics);
  ASSERT_TRUE(gate.enter([] { return false; }));
  EXPECT_EQ(gate.enter([] { return true; }).error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(gate.enter([] { return true; }).error().code(), ErrorCode::kCancelled);
}

TEST(StatementGate, ClosedGateSendsTheWaitingAway) {
  telemetry::Metrics metrics;
  StatementGate gate(1, 1, metrics);
  ASSERT_TRUE(gate.enter([] { return false; }));
  std::atomic<bool> waiting{false};
  Status status = ok();
  std::thread other([&] {
    status = gate.enter([&] {
      waiting = true;
      return false;
    });
  });
  while (!waiting) std::this_thread::yield();
  gate.close();
  other.join();
  EXPECT_EQ(status.error().code(), ErrorCode::kUnavailable);
}

TEST(Deadlines, CallBackOnceWhenTheClockHasPassed) {
  HandClock clock;
  Deadlines deadlines(clock);
  std::atomic<int> called{0};
  deadlines.add(std::chrono::seconds(1), [&] { ++called; });
  const auto kept = deadlines.add(std::chrono::seconds(1), [&] { called += 100; });
  deadlines.remove(kept);
  clock.sleep(std::chrono::seconds(2));
  while (called == 0) std::this_thread::yield();
  EXPECT_EQ(called, 1);
}

}  // namespace
}  // namespace lake::query
