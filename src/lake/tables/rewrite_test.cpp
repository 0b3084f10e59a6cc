#include "lake/tables/rewrite.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include "lake/tables/lake_test_fixture.hpp"

namespace lake::tables {
namespace {

class RewriteOfFiles : public LakeFixture {
 protected:
  /// All files and segments of a table, as they are now.
  RewriteOrder order_of(const std::string& name) {
    RewriteOrder order;
    order.table = catalog_->current()->find("main", name)->table_id;
    order.snapshot = *catalog_->seal_segments(order.table);
    const auto table = order.snapshot->find(order.table);
    for (const auto& file : *table->files) order.sources.push_back(file->file_id);
    for (const auto& segment : table->segments) order.sources.push_back(segment.segment->file_id);
    return order;
  }
  Result<RewriteOutcome> rewritten(const RewriteOrder& order) { return rewrite(*engine_, *lake_, order); }
  void swap_columns() {
    run("BEGIN");
    run("ALTER TABLE r RENAME COLUMN a TO tmp");
    run("ALTER TABLE r RENAME COLUMN b TO a");
    run("ALTER TABLE r RENAME COLUMN tmp TO b");
    run("COMMIT");
  }
};

TEST_F(RewriteOfFiles, ColumnsRenamedMeanwhileKeepTheirValues) {
  run("CREATE TABLE r (k INTEGER, a INTEGER, b INTEGER)");
  run("INSERT INTO r VALUES (1, 10, 20), (2, 11, 21)");
  const auto flush = order_of("r");
  swap_columns();
  const Rows swapped{{"1", "20", "10"}, {"2", "21", "11"}};
  ASSERT_TRUE(rewritten(flush));
  EXPECT_EQ(rows("SELECT k, a, b FROM r ORDER BY k"), swapped);
  const auto compaction = order_of("r");
  swap_columns();
  ASSERT_TRUE(rewritten(compaction));
  EXPECT_EQ(rows("SELECT k, a, b FROM r ORDER BY k"), (Rows{{"1", "10", "20"}, {"2", "11", "21"}}));
}

TEST_F(RewriteOfFiles, ColumnsAddedDroppedAndWidenedMeanwhileKeepTheirValues) {
  run("CREATE TABLE r (k INTEGER, gone INTEGER, a INTEGER)");
  run("INSERT INTO r VALUES (1, 5, 10), (2, 6, 11)");
  const auto flush = order_of("r");
  run("ALTER TABLE r DROP COLUMN gone");
  run("ALTER TABLE r ALTER a TYPE BIGINT");
  run("ALTER TABLE r ADD COLUMN fresh INTEGER DEFAULT 7");
  ASSERT_TRUE(rewritten(flush));
  EXPECT_EQ(rows("SELECT * FROM r ORDER BY k"), (Rows{{"1", "10", "7"}, {"2", "11", "7"}}));
}

TEST_F(RewriteOfFiles, DeletesAreCarriedOverWhenColumnsWereRenamedMeanwhile) {
  run("CREATE TABLE r (k INTEGER, a INTEGER, b INTEGER)");
  run("INSERT INTO r VALUES (1, 10, 20), (2, 11, 21), (3, 12, 22)");
  auto order = order_of("r");
  bool once = false;
  order.pause = [&] {
    if (once) return;
    once = true;
    const auto other = another();
    run(*other, "DELETE FROM r WHERE k = 2");
    run(*other, "ALTER TABLE r RENAME COLUMN a TO c");
  };
  // The deletes may be carried over or the work begun anew; never are rows lost, doubled or back.
  const auto outcome = rewritten(order);
  ASSERT_TRUE(once);
  if (!outcome) {
    EXPECT_EQ(outcome.error().code(), ErrorCode::kConflict);
  }
  EXPECT_EQ(rows("SELECT k, c, b FROM r ORDER BY k"), (Rows{{"1", "10", "20"}, {"3", "12", "22"}}));
}

int priority_of_this_thread() { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); }

TEST_F(RewriteOfFiles, BehindOthersItKeepsThePriorityOfTheCaller) {
  run("CREATE TABLE r (k INTEGER)");
  run("INSERT INTO r FROM range(5000)");
  run("INSERT INTO r FROM range(5000, 10000)");
  auto order = order_of("r");
  const int before = priority_of_this_thread();
  int lowest = before;
  order.behind_others = true;
  order.pause = [&] { lowest = priority_of_this_thread(); };
  ASSERT_TRUE(rewritten(order));
  EXPECT_EQ(lowest, 19);
  EXPECT_EQ(priority_of_this_thread(), before);
  EXPECT_EQ(rows("SELECT count(*), sum(k) FROM r"), (Rows{{"10000", "49995000"}}));
}

TEST_F(RewriteOfFiles, BehindOthersItEndsWhenAsked) {
  run("CREATE TABLE r (k INTEGER)");
  run("INSERT INTO r FROM range(5000)");
  auto order = order_of("r");
  order.behind_others = true;
  order.stop_asked = [] { return true; };
  const auto outcome = rewritten(order);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(rows("SELECT count(*) FROM r"), (Rows{{"5000"}}));
}

}  // namespace
}  // namespace lake::tables
