#include "lake/ingest/takeout_pace.hpp"

#include <gtest/gtest.h>

namespace lake::ingest {
namespace {

using std::chrono::milliseconds;

TEST(WorkerPace, ScarceMemoryHalvesTheWorkersDownToOne) {
  WorkerPace pace(8);
  const Scarcity scarce{.engine_memory = 0.93};
  const auto change = pace.judge(scarce, milliseconds(0));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->before, 8U);
  EXPECT_EQ(change->workers, 4U);
  EXPECT_EQ(change->reason, "memory of the engine 93 %");
  EXPECT_FALSE(pace.judge(scarce, milliseconds(500)));  // it takes a while to be felt
  EXPECT_TRUE(pace.judge(scarce, milliseconds(1000)));
  EXPECT_TRUE(pace.judge(scarce, milliseconds(2000)));
  EXPECT_EQ(pace.workers(), 1U);
  EXPECT_FALSE(pace.judge(scarce, milliseconds(3000)));
}

TEST(WorkerPace, WaitingForMemoryOrDiskCountsToo) {
  WorkerPace pace(4);
  EXPECT_TRUE(pace.judge({.engine_memory = 0.1, .memory_stall = 12}, milliseconds(0)));
  const auto change = pace.judge({.io_stall = 90}, milliseconds(1000));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->reason, "waiting for the disk 90 %");
}

TEST(WorkerPace, WorkersRiseOneByOneWhenThereIsPlentyForAWhile) {
  WorkerPace pace(3);
  ASSERT_TRUE(pace.judge({.engine_memory = 0.95}, milliseconds(0)));
  ASSERT_EQ(pace.workers(), 1U);
  const Scarcity plenty{.engine_memory = 0.2, .memory_stall = 0, .io_stall = 1};
  EXPECT_FALSE(pace.judge(plenty, milliseconds(1000)));
  EXPECT_FALSE(pace.judge({.engine_memory = 0.8}, milliseconds(3000)));  // neither: the while begins anew
  EXPECT_FALSE(pace.judge(plenty, milliseconds(4000)));
  EXPECT_FALSE(pace.judge(plenty, milliseconds(6900)));
  EXPECT_TRUE(pace.judge(plenty, milliseconds(7000)));
  EXPECT_FALSE(pace.judge(plenty, milliseconds(8000)));
  EXPECT_TRUE(pace.judge(plenty, milliseconds(10000)));
  EXPECT_EQ(pace.workers(), 3U);
  EXPECT_FALSE(pace.judge(plenty, milliseconds(20000)));
}

TEST(WorkerPace, AMachineThatTellsNothingKeepsItsWorkers) {
  WorkerPace pace(2);
  EXPECT_FALSE(pace.judge({}, milliseconds(0)));
  EXPECT_FALSE(pace.judge({}, milliseconds(10000)));
  EXPECT_EQ(pace.workers(), 2U);
}

TEST(PressureOf, FieldsAreFoundInTheirLine) {
  constexpr std::string_view kText =
      "some avg10=1.53 avg60=0.87 avg300=0.42 total=12\nfull avg10=0.25 avg60=0.00 avg300=0.00 total=3\n";
  EXPECT_EQ(pressure_of(kText, "some", "avg10"), 1.53);
  EXPECT_EQ(pressure_of(kText, "full", "avg10"), 0.25);
  EXPECT_FALSE(pressure_of(kText, "none", "avg10"));
  EXPECT_FALSE(pressure_of(kText, "some", "avg9"));
  EXPECT_FALSE(pressure_of("some avg10=x", "some", "avg10"));
  EXPECT_FALSE(pressure_of("", "some", "avg10"));
}

}  // namespace
}  // namespace lake::ingest
