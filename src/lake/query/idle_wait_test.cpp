#include "lake/query/idle_wait.hpp"

#include <gtest/gtest.h>

#include "lake/sim/clock.hpp"

namespace lake::query {
namespace {

class IdleWaitTest : public ::testing::Test {
 protected:
  std::chrono::nanoseconds pause() {
    const auto before = clock_.monotonic_now();
    wait_.idle();
    return clock_.monotonic_now() - before;
  }
  sim::SimClock clock_;
  IdleWait wait_{clock_};
};

TEST_F(IdleWaitTest, LooksAgainAtOnceFirst) {
  for (std::uint32_t look = 0; look < IdleWait::kLooksAtOnce; ++look) EXPECT_EQ(pause().count(), 0);
  EXPECT_EQ(pause(), IdleWait::kPauseMin);
}

TEST_F(IdleWaitTest, PausesGrowWithTheWaitAndAreBounded) {
  std::chrono::nanoseconds waited{};
  std::uint32_t looks = 0;
  for (; waited < std::chrono::seconds(1); ++looks) {
    const auto next = pause();
    ASSERT_LE(next, std::max<std::chrono::nanoseconds>(IdleWait::kPauseMin, waited / IdleWait::kPartOfWait));
    ASSERT_LE(next, IdleWait::kPauseMax);
    waited += next;
  }
  EXPECT_EQ(pause(), IdleWait::kPauseMax);
  EXPECT_LT(looks, 1200U) << "a second of waiting is about a thousand looks";
}

TEST_F(IdleWaitTest, WorkBeginsItAnew) {
  for (int look = 0; look < 1000; ++look) pause();
  wait_.worked();
  EXPECT_EQ(pause().count(), 0);
}

}  // namespace
}  // namespace lake::query
