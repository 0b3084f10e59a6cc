#include "lake/tables/lake_transaction.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "lake/tables/conflict_clause.hpp"
#include "lake/tables/lake_test_fixture.hpp"

namespace lake::tables {
namespace {

class Transactions : public LakeFixture {
 protected:
  std::string commit_id() { return std::to_string(catalog_->current()->commit_id); }
};

TEST_F(Transactions, RowsAreSeenByTheirTransactionAloneUntilCommit) {
  run("CREATE TABLE t (a INTEGER, b VARCHAR)");
  const auto other = another();
  run("BEGIN");
  run("INSERT INTO t VALUES (1, 'one'), (2, 'two')");
  run("INSERT INTO t VALUES (3, 'three')");
  run("DELETE FROM t WHERE a = 1");
  run("UPDATE t SET b = 'drei' WHERE a = 3");
  const Rows mine = {{"2", "two"}, {"3", "drei"}};
  EXPECT_EQ(rows("SELECT * FROM t ORDER BY a"), mine);
  EXPECT_EQ(rows(*other, "SELECT * FROM t"), Rows());
  run("COMMIT");
  EXPECT_EQ(rows(*other, "SELECT * FROM t ORDER BY a"), mine);
  reopen();
  EXPECT_EQ(rows("SELECT * FROM t ORDER BY a"), mine);
  EXPECT_EQ(text("SELECT count(*) FROM t"), "2");
}

TEST_F(Transactions, RollbackTakesRowsAndDefinitionsAway) {
  run("CREATE TABLE t (a INTEGER)");
  run("INSERT INTO t VALUES (1)");
  run("BEGIN");
  run("INSERT INTO t SELECT i FROM range(50000) r(i)");
  run("ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 7");
  run("UPDATE t SET b = 8");
  EXPECT_EQ(rows("SELECT count(*), sum(b) FROM t"), (Rows{{"50001", "400008"}}));
  run("ROLLBACK");
  EXPECT_EQ(rows("SELECT * FROM t"), (Rows{{"1"}}));
}

TEST_F(Transactions, FailedStatementLeavesNoHalf) {
  run("CREATE TABLE t (a INTEGER NOT NULL)");
  run("BEGIN");
  run("INSERT INTO t VALUES (1)");
  EXPECT_NE(failure("INSERT INTO t SELECT CASE WHEN i = 9999 THEN NULL ELSE i END FROM range(10000) r(i)"),
            std::nullopt);
  EXPECT_EQ(failure("SELECT count(*) FROM t"), ErrorCode::kInvalidArgument);
  run("ROLLBACK");
  EXPECT_EQ(text("SELECT count(*) FROM t"), "0");
}

TEST_F(Transactions, VersionsReadByAnAtClauseDoNotExpireMeanwhile) {
  options_.inline_rows_max = 0;
  reopen();
  run("CREATE TABLE t (a INTEGER)");
  run("INSERT INTO t VALUES (1), (2)");
  const std::string old = "SELECT sum(a) FROM t AT (VERSION => " + commit_id() + ")";
  run("TRUNCATE t");
  run("INSERT INTO t VALUES (3)");
  const auto expire_all = [this] {
    const std::int64_t forever = std::numeric_limits<std::int64_t>::max();
    return catalog_->expire(forever, 1, std::chrono::microseconds(0)).value();
  };
  run("BEGIN");
  EXPECT_EQ(text(old), "3");
  const auto kept = expire_all();
  EXPECT_LT(kept, catalog_->current()->commit_id);
  EXPECT_TRUE(catalog_->pending_deletes()->empty());
  EXPECT_EQ(text(old), "3");
  run("COMMIT");
  // A prepared statement does not read yet, and is told when it would.
  run("PREPARE p AS " + old);
  EXPECT_EQ(expire_all(), catalog_->current()->commit_id);
  EXPECT_EQ(catalog_->pending_deletes()->size(), 1U);
  EXPECT_EQ(failure("EXECUTE p"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(failure(old), ErrorCode::kInvalidArgument);
}

TEST_F(Transactions, AppendsOfTwoTransactionsBothStay) {
  run("CREATE TABLE t (a INTEGER)");
  const auto other = another();
  run("BEGIN");
  run("INSERT INTO t VALUES (1)");
  run(*other, "INSERT INTO t VALUES (2)");
  run("COMMIT");
  EXPECT_EQ(rows("SELECT a FROM t ORDER BY a"), (Rows{{"1"}, {"2"}}));
}

TEST_F(Transactions, DeletersOfOneRowConflictAndTheLoserMayRetry) {
  run("CREATE TABLE t (a INTEGER)");
  run("INSERT INTO t VALUES (1), (2)");
  const auto other = another();
  run("BEGIN");
  run("DELETE FROM t WHERE a = 1");
  run(*other, "UPDATE t SET a = 5 WHERE a = 1");
  EXPECT_EQ(failure("COMMIT"), ErrorCode::kConflict);
  EXPECT_EQ(rows("SELECT a FROM t ORDER BY a"), (Rows{{"2"}, {"5"}}));
  run("DELETE FROM t WHERE a = 5");
  EXPECT_EQ(rows("SELECT a FROM t"), (Rows{{"2"}}));
}

TEST_F(Transactions, SnapshotStaysAsItBegan) {
  run("CREATE TABLE t (a INTEGER)");
  run("INSERT INTO t VALUES (1)");
  const auto other = another();
  run("BEGIN");
  EXPECT_EQ(text("SELECT count(*) FROM t"), "1");
  run(*other, "INSERT INTO t VALUES (2)");
  EXPECT_EQ(text("SELECT count(*) FROM t"), "1");
  run("COMMIT");
  EXPECT_EQ(text("SELECT count(*) FROM t"), "2");
}

TEST_F(Transactions, PreparedStatementSeesLaterCommitsAndOwnChanges) {
  run("CREATE TABLE t (a INTEGER)");
  const auto prepared = connection_->Prepare("SELECT count(*) FROM t WHERE a < $1");
  ASSERT_FALSE(prepared->HasError());
  const auto count = [&] {
    duckdb::vector<duckdb::Value> values = {duckdb::Value(100)};
    const auto result = prepared->Execute(values, false);
    return result->HasError() ? result->GetError()
                              : result->Cast<duckdb::MaterializedQueryResult>().GetValue(0, 0).ToString();
  };
  EXPECT_EQ(count(), "0");
  run(*another(), "INSERT INTO t VALUES (1)");
  EXPECT_EQ(count(), "1");
  run("BEGIN");
  run("INSERT INTO t VALUES (2)");
  EXPECT_EQ(count(), "2");
  run("ROLLBACK");
  run("BEGIN");
  run("DELETE FROM t");
  EXPECT_EQ(count(), "0");
  run("ROLLBACK");
  EXPECT_EQ(count(), "1");
}

TEST_F(Transactions, AddedColumnGivesOldRowsItsDefault) {
  run("CREATE TABLE t (a INTEGER, s STRUCT(x INTEGER))");
  run("INSERT INTO t VALUES (1, {x: 1})");
  run("INSERT INTO t SELECT i, {x: i} FROM range(20000) r(i)");
  run("ALTER TABLE t ADD COLUMN b VARCHAR DEFAULT 'it''s'");
  run("ALTER TABLE t ADD COLUMN s.y INTEGER");
  run("ALTER TABLE t ALTER a TYPE BIGINT");
  run("INSERT INTO t VALUES (3000000000, {x: 2, y: 3}, 'new')");
  EXPECT_EQ(
      rows("SELECT b, count(*), sum(a), sum(s.x), sum(s.y) FROM t GROUP BY b ORDER BY b"),
      (Rows{{"it's", "20001", "199990001", "199990001", "NULL"}, {"new", "1", "3000000000", "2", "3"}}));
  run("ALTER TABLE t RENAME COLUMN b TO c");
  run("ALTER TABLE t DROP COLUMN a");
  reopen();
  EXPECT_EQ(rows("SELECT c, count(*), sum(s.x) FROM t GROUP BY c ORDER BY c"),
            (Rows{{"it's", "20001", "199990001"}, {"new", "1", "2"}}));
}

TEST_F(Transactions, NotNullIsSetOnlyOverRowsThatHaveNone) {
  run("CREATE TABLE t (a INTEGER)");
  run("INSERT INTO t VALUES (1), (NULL)");
  EXPECT_EQ(failure("ALTER TABLE t ALTER a SET NOT NULL"), ErrorCode::kInvalidArgument);
  run("DELETE FROM t WHERE a IS NULL");
  run("ALTER TABLE t ALTER a SET NOT NULL");
  EXPECT_NE(failure("INSERT INTO t VALUES (NULL)"), std::nullopt);
  run("ALTER TABLE t ALTER a DROP NOT NULL");
  run("INSERT INTO t VALUES (NULL)");
}

TEST_F(Transactions, TimeTravelSeesOldRowsWithTheirDefinition) {
  run("CREATE TABLE t (a INTEGER)");
  run("INSERT INTO t VALUES (1), (2)");
  const std::string first = commit_id();
  run("DELETE FROM t WHERE a = 1");
  run("ALTER TABLE t RENAME COLUMN a TO z");
  run("INSERT INTO t SELECT i FROM range(20000) r(i)");
  const std::string second = commit_id();
  run("DROP TABLE t");
  EXPECT_EQ(rows("SELECT a FROM t AT (VERSION => " + first + ") ORDER BY a"), (Rows{{"1"}, {"2"}}));
  EXPECT_EQ(text("SELECT count(z) FROM t AT (VERSION => " + second + ")"), "20001");
  EXPECT_EQ(failure("SELECT * FROM t"), ErrorCode::kNotFound);
  EXPECT_NE(failure("INSERT INTO t AT (VERSION => 1) VALUES (1)"), std::nullopt);
}

TEST_F(Transactions, TruncateTakesCommittedAndOwnRows) {
  run("CREATE TABLE t (a INTEGER)");
  run("INSERT INTO t SELECT i FROM range(20000) r(i)");
  run("INSERT INTO t VALUES (1)");
  run("BEGIN");
  run("INSERT INTO t VALUES (2)");
  run("INSERT INTO t SELECT i FROM range(20000) r(i)");
  run("TRUNCATE t");
  EXPECT_EQ(text("SELECT count(*) FROM t"), "0");
  run("INSERT INTO t VALUES (3)");
  EXPECT_EQ(text("SELECT a FROM t"), "3");
  run("COMMIT");
  reopen();
  EXPECT_EQ(text("SELECT a FROM t"), "3");
}

TEST_F(Transactions, ManySmallInsertsOfOneTransactionBecomeAFile) {
  options_.inline_rows_max = 100;
  reopen();
  run("CREATE TABLE t (a INTEGER)");
  run("BEGIN");
  for (int i = 0; i < 30; ++i) run("INSERT INTO t SELECT i FROM range(10) r(i)");
  run("DELETE FROM t WHERE a = 3");
  EXPECT_EQ(text("SELECT count(*) FROM t"), "270");
  run("COMMIT");
  EXPECT_EQ(text("SELECT count(*) FROM t"), "270");
  EXPECT_EQ(catalog_->current()->find("main", "t")->files->size(), 1U);
  EXPECT_EQ(catalog_->current()->find("main", "t")->segment_rows, 0U);
}

TEST_F(Transactions, ManySmallInsertsCountAgainstTheMemoryOfTheEngineAndSpill) {
  options_.row_group_rows = 8192;  // a row group is encoded in memory as a whole
  reopen();
  run("CREATE TABLE t (a INTEGER, b VARCHAR)");
  run("SET threads = 1");
  run("SET memory_limit = '64MB'");
  run("BEGIN");
  for (int i = 0; i < 100; ++i) {
    // not to be compressed to nothing in the spill space
    run("INSERT INTO t SELECT i, list_aggregate([md5((x * 1000000 + i * 160 + " + std::to_string(i) +
        ")::VARCHAR) FOR x IN range(28)], 'string_agg', '') FROM range(1000) r(i)");
  }
  EXPECT_EQ(text("SELECT sum(memory_usage_bytes + temporary_storage_bytes) > 60000000 FROM duckdb_memory()"),
            "true");
  EXPECT_EQ(text("SELECT sum(temporary_storage_bytes) > 10000000 FROM duckdb_memory()"), "true");
  run("DELETE FROM t WHERE a = 3");
  EXPECT_EQ(text("SELECT count(*) FROM t WHERE length(b) = 896"), "99900");
  run("COMMIT");
  EXPECT_EQ(text("SELECT count(*) FROM t WHERE length(b) = 896"), "99900");
  EXPECT_EQ(catalog_->current()->find("main", "t")->segment_rows, 0U);
}

TEST_F(Transactions, ManyRowsWrittenBeforeAnAlterOfTheSameTransactionBecomeAFile) {
  options_.inline_rows_max = 100;
  reopen();
  run("CREATE TABLE t (a INTEGER, b INTEGER)");
  run("BEGIN");
  for (int i = 0; i < 20; ++i) run("INSERT INTO t SELECT i, i FROM range(10) r(i)");
  run("ALTER TABLE t RENAME COLUMN b TO c");
  run("ALTER TABLE t ADD COLUMN d INTEGER DEFAULT 7");
  run("INSERT INTO t VALUES (1, 2, 3)");
  run("COMMIT");
  reopen();
  EXPECT_EQ(rows("SELECT count(*), sum(a), sum(c), sum(d) FROM t"), (Rows{{"201", "901", "902", "1403"}}));
  EXPECT_EQ(catalog_->current()->find("main", "t")->segment_rows, 0U);
}

TEST_F(Transactions, ManyRowsWrittenBeforeTheColumnTheyArePartitionedByStayInline) {
  options_.inline_rows_max = 100;
  reopen();
  run("CREATE TABLE t (a INTEGER)");
  run("BEGIN");
  for (int i = 0; i < 20; ++i) run("INSERT INTO t SELECT i FROM range(10) r(i)");
  run("ALTER TABLE t ADD COLUMN p INTEGER DEFAULT 7");
  run("ALTER TABLE t SET PARTITIONED BY (p)");
  run("COMMIT");
  EXPECT_EQ(rows("SELECT count(*), sum(p) FROM t"), (Rows{{"200", "1400"}}));
}

TEST_F(Transactions, FailedCreateTableAsLeavesNoTable) {
  run("BEGIN");
  EXPECT_EQ(
      failure("CREATE TABLE t AS SELECT CASE WHEN i = 5 THEN error('no') ELSE i END FROM range(9) r(i)"),
      ErrorCode::kInvalidArgument);
  run("ROLLBACK");
  run("CREATE TABLE t AS SELECT 1 AS a");
  run("BEGIN");
  run("CREATE OR REPLACE TABLE t AS SELECT a + 1 AS a FROM t");
  run("CREATE TABLE u AS SELECT i FROM range(20000) r(i)");
  EXPECT_EQ(failure("CREATE TABLE u AS SELECT 1 AS a"), ErrorCode::kAlreadyExists);
  EXPECT_EQ(rows("SELECT a, count(*) FROM t, u GROUP BY a"), (Rows{{"2", "20000"}}));
  run("COMMIT");
  reopen();
  EXPECT_EQ(rows("SELECT a, count(*) FROM t, u GROUP BY a"), (Rows{{"2", "20000"}}));
}

TEST_F(Transactions, ReplacedTableReadsItselfBefore) {
  run("CREATE TABLE t AS SELECT i AS a FROM range(10) r(i)");
  run("CREATE OR REPLACE TABLE t AS SELECT a + 1 AS b FROM t");
  EXPECT_EQ(text("SELECT sum(b) FROM t"), "55");
  run("BEGIN");
  run("CREATE TABLE u (a INTEGER)");
  run("INSERT INTO u VALUES (1)");
  run("ALTER TABLE u ADD COLUMN b INTEGER DEFAULT 2");
  run("INSERT INTO u VALUES (3, 4)");
  run("ALTER TABLE u RENAME TO w");
  EXPECT_EQ(rows("SELECT * FROM w ORDER BY a"), (Rows{{"1", "2"}, {"3", "4"}}));
  run("COMMIT");
  reopen();
  EXPECT_EQ(rows("SELECT * FROM w ORDER BY a"), (Rows{{"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(failure("SELECT * FROM u"), ErrorCode::kNotFound);
}

TEST_F(Transactions, OnConflictShowsTheMergeToWrite) {
  run("CREATE TABLE t (a INTEGER, b VARCHAR)");
  run("INSERT INTO t VALUES (1, 'old')");
  const auto refused = [&](const std::string& sql) {
    const auto statements = connection_->ExtractStatements(sql);
    return conflict_clause_refusal(*connection_, *statements.at(0));
  };
  const auto error =
      refused("INSERT INTO t VALUES (1, 'new'), (2, 'two') ON CONFLICT (a) DO UPDATE SET b = excluded.b");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kUnsupported);
  const std::string merge = error->message().substr(error->message().find("MERGE"));
  run(merge);
  EXPECT_EQ(rows("SELECT * FROM t ORDER BY a"), (Rows{{"1", "new"}, {"2", "two"}})) << merge;
  EXPECT_TRUE(refused("INSERT OR IGNORE INTO t VALUES (1, 'x')"));
  EXPECT_TRUE(refused("INSERT OR REPLACE INTO t VALUES (1, 'x')"));
  EXPECT_FALSE(refused("INSERT INTO t VALUES (1, 'x')"));
  run("CREATE TEMPORARY TABLE t (a INTEGER PRIMARY KEY)");
  EXPECT_FALSE(refused("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING"));
}

}  // namespace
}  // namespace lake::tables
