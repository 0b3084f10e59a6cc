#include "lake/sim/clock.hpp"

#include <gtest/gtest.h>

namespace lake::sim {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(SimClock, MovesOnlyByHand) {
  SimClock clock;
  const auto wall = clock.wall_now();
  EXPECT_EQ(clock.wall_now(), wall);
  clock.advance(seconds(2));
  clock.sleep(seconds(1));
  EXPECT_EQ(clock.wall_now() - wall, seconds(3));
  EXPECT_EQ(clock.monotonic_now(), seconds(3));
}

TEST(SimClock, WallTimeMayJumpBackWhileMonotonicStays) {
  SimClock clock;
  clock.advance(hours(1));
  const auto before = clock.wall_now();
  clock.set_wall(before - hours(24));
  EXPECT_EQ(clock.wall_now(), before - hours(24));
  EXPECT_EQ(clock.monotonic_now(), hours(1));
}

}  // namespace
}  // namespace lake::sim
