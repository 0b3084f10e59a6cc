#include "lake/http/kept_sessions.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "lake/sim/clock.hpp"

namespace lake::http {
namespace {

/// Counts its living sessions.
class CountingSessions final : public query::Sessions {
 public:
  class Counted final : public query::Session {
   public:
    explicit Counted(int& living) : living_(living) { ++living_; }
    ~Counted() override { --living_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    Result<std::vector<StatementText>> split(const std::string&) override { return refuse(); }
    Result<std::unique_ptr<query::ResultStream>> run(const std::string&, const query::Parameters&,
                                                     const query::RequestOptions&) override {
      return refuse();
    }
    Result<TextResult> run_text(const std::string&, const query::Parameters&,
                                const query::RequestOptions&) override {
      return refuse();
    }
    void cancel() override {}
    [[nodiscard]] query::Progress progress() const override { return {}; }
    [[nodiscard]] bool in_transaction() const override { return false; }
    std::vector<std::string> complete(const std::string&, std::size_t) override { return {}; }

   private:
    static Error refuse() { return {ErrorCode::kUnsupported, "only counted"}; }
    int& living_;
  };

  Result<std::unique_ptr<query::Session>> open() override {
    if (meanwhile) std::exchange(meanwhile, nullptr)();
    return std::make_unique<Counted>(living);
  }
  void drain(std::chrono::milliseconds) override {}

  int living = 0;
  std::function<void()> meanwhile;  // happens while the next session is being made
};

/// Does something in the midst of a wait.
class EventfulClock final : public os::Clock {
 public:
  os::WallTime wall_now() override { return clock_.wall_now(); }
  os::MonotonicTime monotonic_now() override { return clock_.monotonic_now(); }
  void sleep(std::chrono::nanoseconds duration) override {
    clock_.sleep(duration);
    if (++sleeps == 100 && event) event();
  }
  void advance(std::chrono::nanoseconds duration) { clock_.advance(duration); }

  int sleeps = 0;
  std::function<void()> event;  // at the hundredth sleep

 private:
  sim::SimClock clock_;
};

class Kept : public testing::Test {
 protected:
  CountingSessions sessions_;
  EventfulClock clock_;
  os::SeededRandom random_{1};
  telemetry::Metrics metrics_;
  KeptSessions kept_{sessions_, clock_, random_, metrics_};
};

TEST_F(Kept, IsTheSameSessionEachTimeAndUsedByOneRequestAtATime) {
  const std::string id = *kept_.open();
  const query::Session* first = nullptr;
  {
    const auto loan = kept_.borrow(id, nullptr);
    ASSERT_TRUE(loan.has_value());
    first = &(*loan)->session();
    EXPECT_EQ(kept_.borrow(id, nullptr).error().code(), ErrorCode::kUnavailable);
  }
  const auto again = kept_.borrow(id, nullptr);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(&(*again)->session(), first);
}

TEST_F(Kept, WaitsForACancelledRequestToEnd) {
  const std::string id = *kept_.open();
  auto cancelled = std::make_shared<std::atomic<bool>>(true);
  auto loan = *kept_.borrow(id, cancelled);
  // The simulated clock advances as the waiting request sleeps.
  auto begun = clock_.monotonic_now();
  EXPECT_EQ(kept_.borrow(id, nullptr).error().code(), ErrorCode::kUnavailable);
  EXPECT_GE(clock_.monotonic_now() - begun, KeptSessions::kEndingMax);
  *cancelled = false;
  begun = clock_.monotonic_now();
  EXPECT_EQ(kept_.borrow(id, nullptr).error().code(), ErrorCode::kUnavailable);
  EXPECT_LT(clock_.monotonic_now() - begun, KeptSessions::kEndingMax);
  *cancelled = true;
  clock_.sleeps = 0;
  clock_.event = [&] { loan.reset(); };
  EXPECT_TRUE(kept_.borrow(id, nullptr).has_value());
  EXPECT_EQ(clock_.sleeps, 100);
}

TEST_F(Kept, AWaitingRequestCanBeCancelled) {
  const std::string id = *kept_.open();
  const auto loan = *kept_.borrow(id, std::make_shared<std::atomic<bool>>(true));
  const auto cancelled = std::make_shared<std::atomic<bool>>(true);
  EXPECT_EQ(kept_.borrow(id, cancelled).error().code(), ErrorCode::kCancelled);
}

TEST_F(Kept, EndsWhenClosedEvenWhileInUse) {
  const std::string id = *kept_.open();
  {
    const auto loan = kept_.borrow(id, nullptr);
    ASSERT_TRUE(kept_.close(id).has_value());
    EXPECT_EQ(sessions_.living, 1);
  }
  EXPECT_EQ(sessions_.living, 0);
  EXPECT_EQ(kept_.borrow(id, nullptr).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(kept_.close(id).error().code(), ErrorCode::kNotFound);
}

TEST_F(Kept, EndsAfterBeingIdleButNotWhileInUse) {
  const std::string idle = *kept_.open();
  const std::string used = *kept_.open();
  {
    const auto loan = kept_.borrow(used, nullptr);
    clock_.advance(KeptSessions::kIdleMax + std::chrono::seconds(1));
    EXPECT_EQ(kept_.borrow(idle, nullptr).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(sessions_.living, 1);
  }
  EXPECT_TRUE(kept_.borrow(used, nullptr).has_value());
}

TEST_F(Kept, AreCountedAndEndWithoutAnybodysRequest) {
  ASSERT_TRUE(kept_.open());
  auto& count = metrics_.gauge("dplake_http_sessions", "");
  EXPECT_EQ(count.value(), 1);
  clock_.advance(KeptSessions::kIdleMax + std::chrono::seconds(1));
  kept_.end_idle();
  EXPECT_EQ(count.value(), 0);
  EXPECT_EQ(sessions_.living, 0);
}

TEST_F(Kept, TheOneLeftLongestGivesWayToANewOne) {
  const std::string oldest = *kept_.open();
  clock_.advance(std::chrono::seconds(1));
  std::vector<std::string> others;
  for (std::size_t i = 1; i < KeptSessions::kCountMax; ++i) others.push_back(*kept_.open());
  EXPECT_EQ(kept_.open().error().code(), ErrorCode::kResourceExhausted);
  clock_.advance(KeptSessions::kSpareAfter - std::chrono::milliseconds(500));
  EXPECT_TRUE(kept_.open());
  EXPECT_EQ(kept_.close(oldest).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(kept_.close(others.front()));
}

TEST_F(Kept, IsBoundedAlsoWhereManyAreMadeAtOnce) {
  for (std::size_t i = 1; i < KeptSessions::kCountMax; ++i) ASSERT_TRUE(kept_.open());
  sessions_.meanwhile = [&] { EXPECT_TRUE(kept_.open()); };
  EXPECT_EQ(kept_.open().error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(sessions_.living, static_cast<int>(KeptSessions::kCountMax));
}

TEST_F(Kept, IsBounded) {
  std::string last;
  for (std::size_t i = 0; i < KeptSessions::kCountMax; ++i) last = *kept_.open();
  EXPECT_EQ(kept_.open().error().code(), ErrorCode::kResourceExhausted);
  ASSERT_TRUE(kept_.close(last).has_value());
  EXPECT_TRUE(kept_.open().has_value());
  kept_.close_all();
  EXPECT_EQ(sessions_.living, 0);
}

}  // namespace
}  // namespace lake::http
