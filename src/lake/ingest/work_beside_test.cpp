#include "lake/ingest/work_beside.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>

namespace lake::ingest {
namespace {

using std::chrono::milliseconds;

Status outcome_of(WorkBeside& beside) {
  while (true) {
    if (auto outcome = beside.outcome(milliseconds(1000))) return std::move(*outcome);
  }
}

TEST(WorkBeside, GivesEachOutcomeOnce) {
  WorkBeside beside;
  EXPECT_FALSE(beside.outcome(milliseconds(0)));
  for (int i = 0; i < 100; ++i) {
    beside.begin([i]() -> Status { return i % 2 == 0 ? ok() : Error(ErrorCode::kInternal, "odd"); });
    EXPECT_TRUE(beside.is_busy());
    EXPECT_EQ(outcome_of(beside).has_value(), i % 2 == 0);
    EXPECT_FALSE(beside.is_busy());
    EXPECT_FALSE(beside.outcome(milliseconds(0)));
  }
}

TEST(WorkBeside, WorkGoesOnWhileNobodyWaits) {
  std::binary_semaphore may_end(0);
  WorkBeside beside;
  beside.begin([&may_end] {
    may_end.acquire();
    return ok();
  });
  EXPECT_FALSE(beside.outcome(milliseconds(0)));
  EXPECT_FALSE(beside.outcome(milliseconds(1)));
  EXPECT_TRUE(beside.is_busy());
  may_end.release();
  EXPECT_TRUE(outcome_of(beside));
}

TEST(WorkBeside, ItsEndWaitsForWhatWasBegun) {
  std::atomic<int> done = 0;
  {
    WorkBeside beside;
    beside.begin([&done] {
      ++done;
      return ok();
    });
  }
  EXPECT_EQ(done, 1);
}

}  // namespace
}  // namespace lake::ingest
