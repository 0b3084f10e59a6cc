// Crashes a whole lake on a simulated disk at every k-th sync of a workload, reopens it and compares it with
// what was acknowledged: the state must be that after the last acknowledged step, or after the step that was
// running.

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "sim/sim_lake.hpp"

namespace lake::sim {
namespace {

/// One step is one transaction, given as one script.
const std::vector<std::string>& workload() {
  static const std::vector<std::string> steps = {
      "CREATE SCHEMA s",
      "CREATE TABLE s.t (id BIGINT NOT NULL, v VARCHAR, d DOUBLE DEFAULT 1.5)",
      "INSERT INTO s.t VALUES (1, 'one', 1), (2, 'two', NULL)",
      "CREATE TABLE s.big AS SELECT range AS id, 'v' || range AS v, range % 7 AS g FROM range(30000)",
      "INSERT INTO s.t SELECT range, 'row ' || range, range / 2 FROM range(10, 60)",
      "DELETE FROM s.t WHERE id % 5 = 0",
      "UPDATE s.t SET v = v || '!' WHERE id < 30",
      "DELETE FROM s.big WHERE id % 10 = 3",
      "BEGIN; INSERT INTO s.t VALUES (100, 'a', 1); DELETE FROM s.big WHERE id = 5; "
      "UPDATE s.big SET v = 'x' WHERE id = 7; COMMIT",
      "MERGE INTO s.t USING (SELECT * FROM (VALUES (2, 'merged'), (200, 'new')) x(id, v)) x ON s.t.id = x.id "
      "WHEN MATCHED THEN UPDATE SET v = x.v WHEN NOT MATCHED THEN INSERT (id, v) VALUES (x.id, x.v)",
      "CALL lake_flush('s.t')",
      "ALTER TABLE s.t ADD COLUMN extra INTEGER DEFAULT 7",
      "INSERT INTO s.t VALUES (300, 'late', 2, 8)",
      "INSERT INTO s.big SELECT range, 'w' || range, range % 3 FROM range(30000, 55000)",
      "CALL lake_compact('s.big')",
      "CREATE VIEW s.w AS SELECT count(*) AS n FROM s.big",
      "ALTER TABLE s.t RENAME COLUMN v TO name",
      "CALL lake_tag('before')",
      "DELETE FROM s.t WHERE id = 300",
      "CALL lake_flush()",
      "CALL lake_compact()",
      "CALL lake_expire()",
      "DROP TABLE s.big CASCADE",
      "CALL lake_remove_orphans()",
      "INSERT INTO s.t (id, name) VALUES (400, 'end')",
  };
  return steps;
}

/// The states after 0, 1, ... steps without any crash.
struct Reference {
  std::vector<std::string> states;
  std::uint64_t syncs_at_start = 0;
  std::uint64_t syncs = 0;
};

Reference run_without_crash() {
  Reference reference;
  SimLake lake(1);
  lake.open();
  reference.syncs_at_start = lake.disk().sync_count();
  reference.states.push_back(lake.dump());
  for (const auto& step : workload()) {
    const auto done = lake.run(step);
    EXPECT_TRUE(done) << step << ": " << done.error().message();
    lake.expect_durable();
    reference.states.push_back(lake.dump());
  }
  reference.syncs = lake.disk().sync_count();
  lake.close();
  return reference;
}

void crash_at(std::uint64_t k, const Reference& reference) {
  SCOPED_TRACE("crash at sync " + std::to_string(k));
  SimLake lake(k);
  lake.disk().crash_at_sync(k);
  std::size_t acknowledged = 0;
  if (lake.try_open()) {
    for (const auto& step : workload()) {
      if (!lake.run(step)) break;
      ++acknowledged;
    }
  }
  lake.abandon();
  lake.disk().reopen();
  const auto opened = lake.try_open();
  ASSERT_TRUE(opened) << opened.error().message();
  const std::string state = lake.dump();
  std::size_t resumed = acknowledged;
  if (state != reference.states[acknowledged]) {
    ASSERT_LT(acknowledged + 1, reference.states.size());
    ASSERT_EQ(state, reference.states[acknowledged + 1]) << "after " << acknowledged << " acknowledged steps";
    resumed = acknowledged + 1;
  }
  lake.expect_sound();
  for (std::size_t i = resumed; i < workload().size(); ++i) {
    const auto done = lake.run(workload()[i]);
    ASSERT_TRUE(done) << workload()[i] << ": " << done.error().message();
  }
  EXPECT_EQ(lake.dump(), reference.states.back());
  lake.expect_sound();
  lake.close();
}

/// DPLAKE_SWEEP_SECONDS bounds the time, 0 = the whole sweep; the stride is a prime, so a cut sweep still
/// visits all parts of the workload.
TEST(CrashSweep, EverySyncOfTheWorkload) {
  const auto reference = run_without_crash();
  ASSERT_FALSE(testing::Test::HasFailure());
  const char* bound = std::getenv("DPLAKE_SWEEP_SECONDS");
  const int seconds = bound != nullptr ? std::atoi(bound) : 240;
  os::SystemClock clock;
  const auto end = clock.monotonic_now() + std::chrono::seconds(seconds);
  constexpr std::uint64_t kStride = 37;
  const std::uint64_t total = reference.syncs;
  std::uint64_t done = 0;
  for (std::uint64_t first = 1; first <= kStride; ++first) {
    for (std::uint64_t k = first; k <= total; k += kStride) {
      if (seconds != 0 && clock.monotonic_now() > end) break;
      crash_at(k, reference);
      ++done;
      if (testing::Test::HasFatalFailure()) return;
    }
  }
  std::printf("crash sweep: %llu of %llu syncs\n", static_cast<unsigned long long>(done),
              static_cast<unsigned long long>(total));
  EXPECT_GT(done, 0U);
}

}  // namespace
}  // namespace lake::sim
