#include "lake/tables/decoded_segments.hpp"

#include <gtest/gtest.h>

#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/lake_test_fixture.hpp"

namespace lake::tables {
namespace {

class DecodedSegmentsOfALake : public LakeFixture {
 protected:
  DecodedSegments& cache() {
    auto& context = *connection_->context;
    std::optional<DecodedSegments*> found;
    context.RunFunctionInTransaction([&] { found = &LakeCatalog::of(context).segments(); });
    return **found;
  }
  void insert_singly(int from, int to) {
    const auto prepared = connection_->Prepare("insert into t values (?, ?)");
    for (int i = from; i < to; ++i) {
      const auto done = prepared->Execute(i, duckdb::Value("value number " + std::to_string(i)));
      ASSERT_FALSE(done->HasError()) << done->GetError();
    }
  }
  std::int64_t gauge() { return metrics_.gauge("dplake_inline_decoded_bytes", "").value(); }
};

TEST_F(DecodedSegmentsOfALake, CommitsAreDecodedAsTheyGather) {
  run("create table t(id int, v varchar)");
  insert_singly(0, 60);
  EXPECT_EQ(cache().bytes(), 0U);  // nobody read, and few
  insert_singly(60, 300);
  EXPECT_GT(cache().bytes(), 0U);
  EXPECT_EQ(gauge(), static_cast<std::int64_t>(cache().bytes()));
  EXPECT_EQ(rows("select count(*), sum(id), count(distinct v), max(v) from t"),
            (Rows{{"300", "44850", "300", "value number 99"}}));
}

TEST_F(DecodedSegmentsOfALake, ManyCommitsAreFewInputsToAScan) {
  run("create table t(id int, v varchar)");
  insert_singly(0, 1500);
  const auto table = catalog_->current()->find("main", "t");
  const auto runs = cache().runs_of(*table);
  EXPECT_LE(runs.size(), 8U);
  std::uint64_t next = 0;
  for (const auto& run : runs) {
    EXPECT_EQ(run->start, next);
    next += run->visible_rows;
  }
  EXPECT_EQ(next, 1500U);
}

TEST_F(DecodedSegmentsOfALake, AnOlderSnapshotSeesItsPrefix) {
  run("create table t(id int, v varchar)");
  insert_singly(0, 100);
  const auto older = another();
  run(*older, "begin");
  EXPECT_EQ(rows(*older, "select count(*) from t"), (Rows{{"100"}}));
  insert_singly(100, 400);
  EXPECT_EQ(text("select count(*) from t"), "400");
  EXPECT_EQ(rows(*older, "select count(id), max(id) from t"), (Rows{{"100", "99"}}));
}

TEST_F(DecodedSegmentsOfALake, ColumnsThatChangedInBetweenReadRight) {
  run("create table t(id int, v varchar)");
  insert_singly(0, 80);
  run("alter table t add column w int default 5");
  for (int i = 80; i < 160; ++i)
    run("insert into t values (" + std::to_string(i) + ", null, " + std::to_string(i) + ")");
  EXPECT_EQ(rows("select count(*), count(v), sum(w) from t"), (Rows{{"160", "80", "9960"}}));
}

TEST_F(DecodedSegmentsOfALake, NestedAndMissingValuesGather) {
  run("create table t(id int, l int[], s struct(a varchar, b int[]), m map(int, varchar), f double[2])");
  for (int i = 0; i < 200; ++i) {
    const std::string n = std::to_string(i);
    run(i % 3 == 0 ? "insert into t values (" + n + ", null, null, null, null)"
                   : "insert into t values (" + n + ", [" + n + ", null], {a: 'text longer than inlined " +
                         n + "', b: [" + n + "]}, map {" + n + ": 'x'}, [" + n + ", 0.5])");
  }
  const auto before = rows("select * from t order by id");
  ASSERT_EQ(before.size(), 200U);
  EXPECT_EQ(before[100][1], "[100, NULL]");
  EXPECT_EQ(before[100][2], "{'a': text longer than inlined 100, 'b': [100]}");
  EXPECT_EQ(before[99][2], "NULL");
  reopen();  // decoded all at once now
  EXPECT_EQ(rows("select * from t order by id"), before);
}

TEST_F(DecodedSegmentsOfALake, RowsOfADroppedTableAreFreed) {
  run("create table t(id int, v varchar)");
  insert_singly(0, 200);
  EXPECT_GT(cache().bytes(), 0U);
  run("drop table t");
  run("select count(*) from duckdb_tables()");  // a transaction after it
  EXPECT_EQ(cache().bytes(), 0U);
  EXPECT_EQ(gauge(), 0);
}

TEST_F(DecodedSegmentsOfALake, RowsCountAgainstTheEnginesMemory) {
  run("create table t(id int, v varchar)");
  const auto used = [&] {
    return duckdb::BufferManager::GetBufferManager(*instance_.database->instance).GetUsedMemory();
  };
  const auto before = used();
  insert_singly(0, 200);
  EXPECT_GE(used(), before + cache().bytes());
}

TEST_F(DecodedSegmentsOfALake, DamagedBytesAreToldByTheNextRead) {
  auto segment = std::make_shared<catalog::Segment>(1, 7, 1);
  for (std::uint32_t i = 0; i < 64; ++i) {
    segment->append({i, 1, 1, i, 0, std::make_shared<const std::string>("not a block")});
  }
  catalog::Table table;
  table.name = "broken";
  table.schema = std::make_shared<const catalog::Schema>();
  catalog::SegmentView view;
  view.segment = segment;
  view.row_count = 64;
  view.chunk_count = 64;
  table.segments.push_back(view);
  cache().merge(table);  // says nothing
  try {
    cache().runs_of(table);
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("broken, file id 7"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace lake::tables
