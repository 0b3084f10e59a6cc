#include "lake/query/statement_gate.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace lake::query {
namespace {

/// A clock that stands until it is moved.
class HandClock final : public os::Clock {
 public:
  os::WallTime wall_now() override { return os::WallTime(std::chrono::microseconds(0)); }
  os::MonotonicTime monotonic_now() override { return os::MonotonicTime(now_.load()); }
  void sleep(std::chrono::nanoseconds duration) override { now_ += duration.count(); }

 private:
  std::atomic<std::int64_t> now_{0};
};

TEST(StatementGate, GivesTurnsUpToItsBound) {
  telemetry::Metrics metrics;
  StatementGate gate(2, 0, metrics);
  const auto never = [] { return false; };
  ASSERT_TRUE(gate.enter(never));
  ASSERT_TRUE(gate.enter(never));
  EXPECT_EQ(gate.enter(never).error().code(), ErrorCode::kResourceExhausted);
  gate.leave();
  EXPECT_TRUE(gate.enter(never));
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
