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
using Workload = std::vector<std::string>;

/// Rows in all the ways they are written, and upkeep.
const Workload& rows_workload() {
  static const Workload steps = {
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

/// Definitions of every kind, and rows that live through their changes.
const Workload& definitions_workload() {
  static const Workload steps = {
      "CREATE SCHEMA s",
      "CREATE TABLE s.t (id BIGINT NOT NULL, v VARCHAR DEFAULT 'none', n INTEGER, st STRUCT(a INTEGER, b "
      "VARCHAR), "
      "CHECK (id >= 0))",
      "INSERT INTO s.t SELECT range, 'v' || range, range % 5, {'a': range, 'b': 'x'} FROM range(20)",
      "CREATE TABLE s.f AS SELECT range AS id, range % 11 AS n, 'w' || range AS v FROM range(4000)",
      "ALTER TABLE s.t ADD COLUMN late INTEGER DEFAULT 3",
      "ALTER TABLE s.f ADD COLUMN late VARCHAR DEFAULT 'old'",
      "INSERT INTO s.f VALUES (9000, 1, 'new', NULL)",
      "ALTER TABLE s.t RENAME COLUMN v TO name",
      "ALTER TABLE s.t RENAME st.a TO aa",
      "ALTER TABLE s.t ADD COLUMN st.c INTEGER",
      "ALTER TABLE s.t ALTER n TYPE BIGINT",
      "ALTER TABLE s.f DROP COLUMN n",
      "UPDATE s.t SET late = 4 WHERE id < 5",
      "ALTER TABLE s.t ALTER name SET NOT NULL",
      "ALTER TABLE s.t ALTER name SET DEFAULT 'later'",
      "COMMENT ON TABLE s.t IS 'a table'",
      "COMMENT ON COLUMN s.t.name IS 'a column'",
      "CREATE TYPE s.mood AS ENUM ('sad', 'ok')",
      "CREATE TABLE s.e (m ENUM('sad', 'ok'), x INTEGER)",
      "INSERT INTO s.e VALUES ('ok', 1), (NULL, 2)",
      "CREATE VIEW s.w AS SELECT count(*) AS n FROM s.t",
      "CREATE OR REPLACE VIEW s.w AS SELECT sum(id) AS total FROM s.t",
      "COMMENT ON VIEW s.w IS 'a view'",
      "CREATE MACRO s.twice(x) AS x * 2",
      "CREATE MACRO s.numbers(n) AS TABLE SELECT * FROM range(n) r(i)",
      "CREATE OR REPLACE MACRO s.twice(x) AS x + x",
      "CALL lake_tag('first')",
      "CREATE TABLE s.p (id INTEGER, made TIMESTAMP, v VARCHAR) PARTITIONED BY (bucket(3, id), day(made)) "
      "SORTED "
      "BY (v)",
      "INSERT INTO s.p SELECT range, TIMESTAMP '2026-01-01' + INTERVAL (range % 3) DAY, 'v' || range FROM "
      "range(2000)",
      "INSERT INTO s.p VALUES (1, TIMESTAMP '2026-01-02', 'inline'), (2, NULL, NULL)",
      "DELETE FROM s.p WHERE id % 7 = 1",
      "CALL lake_flush('s.p')",
      "CALL lake_compact('s.p')",
      "ALTER TABLE s.p SET PARTITIONED BY (truncate(500, id))",
      "ALTER TABLE s.p RESET SORTED BY",
      "INSERT INTO s.p SELECT range, NULL, 'x' FROM range(1500)",
      "CALL lake_compact('s.p')",
      "BEGIN; CREATE SCHEMA two; CREATE TABLE two.a AS SELECT 1 AS x; DROP VIEW s.w; ALTER TABLE s.t DROP "
      "COLUMN late; "
      "INSERT INTO s.t (id, name) VALUES (500, 'same transaction'); COMMIT",
      "ALTER TABLE s.f RENAME TO g",
      "CREATE OR REPLACE TABLE s.g AS SELECT range AS id FROM range(1200)",
      "TRUNCATE s.e",
      "DROP MACRO s.twice",
      "DROP MACRO TABLE s.numbers",
      "DROP TYPE s.mood",
      "CALL lake_tag('second')",
      "CALL lake_untag('first')",
      "DROP SCHEMA two CASCADE",
      "CALL lake_expire()",
      "CALL lake_remove_orphans()",
      "COMMENT ON TABLE s.t IS NULL",
  };
  return steps;
}

/// The states after 0, 1, ... steps without any crash.
struct Reference {
  std::vector<std::string> states;
  std::uint64_t syncs_at_start = 0;
  std::uint64_t syncs = 0;
};

Reference run_without_crash(const Workload& workload) {
  Reference reference;
  SimLake lake(1);
  lake.open();
  reference.syncs_at_start = lake.disk().sync_count();
  reference.states.push_back(lake.dump());
  for (const auto& step : workload) {
    const auto done = lake.run(step);
    EXPECT_TRUE(done) << step << ": " << done.error().message();
    lake.expect_durable();
    reference.states.push_back(lake.dump());
  }
  reference.syncs = lake.disk().sync_count();
  lake.close();
  return reference;
}

void crash_at(std::uint64_t k, const Workload& workload, const Reference& reference) {
  SCOPED_TRACE("crash at sync " + std::to_string(k));
  SimLake lake(k);
  lake.disk().crash_at_sync(k);
  std::size_t acknowledged = 0;
  if (lake.try_open()) {
    for (const auto& step : workload) {
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
  for (std::size_t i = resumed; i < workload.size(); ++i) {
    const auto done = lake.run(workload[i]);
    ASSERT_TRUE(done) << workload[i] << ": " << done.error().message();
  }
  EXPECT_EQ(lake.dump(), reference.states.back());
  lake.expect_sound();
  lake.close();
}

/// DPLAKE_SWEEP_SECONDS bounds the time of all workloads together, 0 = the whole sweep; the stride is a
/// prime, so a cut sweep still visits all parts of a workload.
void sweep(const char* name, const Workload& workload) {
  constexpr int kWorkloads = 2;
  const auto reference = run_without_crash(workload);
  ASSERT_FALSE(testing::Test::HasFailure());
  const char* bound = std::getenv("DPLAKE_SWEEP_SECONDS");
  const int seconds = bound != nullptr ? std::atoi(bound) : 240;
  os::SystemClock clock;
  const auto end = clock.monotonic_now() + std::chrono::seconds(seconds) / kWorkloads;
  constexpr std::uint64_t kStride = 37;
  const std::uint64_t total = reference.syncs;
  std::uint64_t done = 0;
  for (std::uint64_t first = 1; first <= kStride; ++first) {
    for (std::uint64_t k = first; k <= total; k += kStride) {
      if (seconds != 0 && clock.monotonic_now() > end) break;
      crash_at(k, workload, reference);
      ++done;
      if (testing::Test::HasFatalFailure()) return;
    }
  }
  std::printf("crash sweep of %s: %llu of %llu syncs\n", name, static_cast<unsigned long long>(done),
              static_cast<unsigned long long>(total));
  EXPECT_GT(done, 0U);
}

TEST(CrashSweep, EverySyncOfRowsAndUpkeep) { sweep("rows", rows_workload()); }
TEST(CrashSweep, EverySyncOfDefinitions) { sweep("definitions", definitions_workload()); }

}  // namespace
}  // namespace lake::sim
