#include <gtest/gtest.h>

#include "lake/tables/lake_test_fixture.hpp"

namespace lake::tables {
namespace {

class Definitions : public LakeFixture {};

TEST_F(Definitions, TableIsSeenByItsTransactionAloneUntilCommit) {
  run("BEGIN");
  run("CREATE TABLE t (a INTEGER NOT NULL, b VARCHAR DEFAULT 'x', CHECK (a > 0))");
  EXPECT_EQ(rows("SELECT * FROM t"), Rows());
  const auto other = another();
  EXPECT_EQ(failure(*other, "SELECT * FROM t"), ErrorCode::kNotFound);
  run("COMMIT");
  run(*other, "SELECT * FROM t");
  reopen();
  EXPECT_EQ(rows("SELECT column_name, data_type, is_nullable, column_default FROM duckdb_columns() "
                 "WHERE table_name = 't' ORDER BY 1"),
            (Rows{{"a", "INTEGER", "false", "NULL"}, {"b", "VARCHAR", "true", "'x'"}}));
}

TEST_F(Definitions, RollbackLeavesNothing) {
  run("BEGIN");
  run("CREATE SCHEMA s");
  run("CREATE TABLE s.t (a INTEGER)");
  run("CREATE VIEW s.v AS SELECT 1");
  run("ROLLBACK");
  EXPECT_EQ(failure("SELECT * FROM s.t"), ErrorCode::kNotFound);
  EXPECT_EQ(text("SELECT count(*) FROM information_schema.schemata WHERE schema_name = 's'"), "0");
}

TEST_F(Definitions, ExistingNamesAreRefusedOrKeptOrReplaced) {
  run("CREATE TABLE t (a INTEGER)");
  EXPECT_EQ(failure("CREATE TABLE T (b INTEGER)"), ErrorCode::kAlreadyExists);
  run("CREATE TABLE IF NOT EXISTS t (b INTEGER)");
  EXPECT_EQ(text("SELECT column_name FROM duckdb_columns() WHERE table_name = 't'"), "a");
  run("CREATE OR REPLACE TABLE t (c INTEGER)");
  EXPECT_EQ(text("SELECT column_name FROM duckdb_columns() WHERE table_name = 't'"), "c");
  EXPECT_EQ(failure("CREATE VIEW t AS SELECT 1"), ErrorCode::kAlreadyExists);
  run("DROP TABLE t");
  EXPECT_EQ(failure("DROP TABLE t"), ErrorCode::kNotFound);
  run("DROP TABLE IF EXISTS t");
}

TEST_F(Definitions, SchemaIsDroppedWithWhatItHolds) {
  run("CREATE SCHEMA s");
  EXPECT_EQ(failure("CREATE SCHEMA s"), ErrorCode::kAlreadyExists);
  run("CREATE SCHEMA IF NOT EXISTS s");
  run("CREATE TABLE s.t (a INTEGER)");
  run("CREATE TYPE s.mood AS ENUM ('sad', 'ok')");
  EXPECT_EQ(failure("DROP SCHEMA s"), ErrorCode::kInvalidArgument);
  run("DROP SCHEMA s CASCADE");
  EXPECT_EQ(failure("SELECT * FROM s.t"), ErrorCode::kNotFound);
  EXPECT_EQ(failure("DROP SCHEMA main CASCADE"), ErrorCode::kInvalidArgument);
}

TEST_F(Definitions, ViewsMacrosAndTypesSurviveReopening) {
  run("CREATE TABLE t (a INTEGER)");
  run("CREATE VIEW v (x) AS SELECT a + 1 FROM t");
  run("CREATE MACRO twice(a) AS a * 2");
  run("CREATE MACRO numbers(n) AS TABLE SELECT * FROM range(n)");
  run("CREATE TYPE mood AS ENUM ('sad', 'it''s ok')");
  run("CREATE TABLE moods (m mood, l mood[])");
  run("COMMENT ON TABLE t IS 'a table'");
  run("COMMENT ON COLUMN t.a IS 'a column'");
  run("COMMENT ON VIEW v IS 'a view'");
  run("COMMENT ON COLUMN v.x IS 'a view column'");
  EXPECT_EQ(rows("SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'v'"),
            (Rows{{"x", "a view column"}}));
  reopen();
  EXPECT_EQ(rows("SELECT * FROM v"), Rows());
  EXPECT_EQ(text("SELECT twice(21)"), "42");
  EXPECT_EQ(text("SELECT count(*) FROM numbers(7)"), "7");
  EXPECT_EQ(text("SELECT 'it''s ok'::mood"), "it's ok");
  EXPECT_EQ(failure("SELECT 'happy'::mood"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(text("SELECT comment FROM duckdb_tables() WHERE table_name = 't'"), "a table");
  EXPECT_EQ(text("SELECT comment FROM duckdb_columns() WHERE table_name = 't'"), "a column");
  EXPECT_EQ(text("SELECT comment FROM duckdb_views() WHERE view_name = 'v'"), "a view");
  EXPECT_EQ(rows("SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'v'"),
            (Rows{{"x", "a view column"}}));
  run("ALTER VIEW v RENAME TO w");
  EXPECT_EQ(rows("SELECT * FROM w"), Rows());
  EXPECT_EQ(failure("SELECT * FROM v"), ErrorCode::kNotFound);
  run("DROP VIEW w");
  run("DROP MACRO twice");
  run("DROP MACRO TABLE numbers");
  run("DROP TYPE mood");
  EXPECT_EQ(rows("SELECT * FROM moods"), Rows());
}

TEST_F(Definitions, WhatTheLakeDoesNotHaveIsRefused) {
  run("CREATE TABLE t (a INTEGER)");
  for (const char* sql : {
           "CREATE TABLE p (a INTEGER PRIMARY KEY)",
           "CREATE TABLE p (a INTEGER UNIQUE)",
           "CREATE TABLE p (a INTEGER, b INTEGER AS (a + 1))",
           "CREATE INDEX i ON t (a)",
           "CREATE UNIQUE INDEX i ON t (a)",
           "CREATE SEQUENCE s",
           "ALTER TABLE t ADD PRIMARY KEY (a)",
           "ALTER TABLE t ALTER a TYPE TINYINT",
           "CREATE MACRO m(a INTEGER) AS a + 1",
           "COMMENT ON SCHEMA main IS 'x'",
       }) {
    EXPECT_EQ(failure(sql), ErrorCode::kUnsupported) << sql;
  }
  EXPECT_NE(failure("CREATE TABLE p (a INTEGER REFERENCES t (a))"), std::nullopt);
  EXPECT_NE(failure("ALTER SCHEMA main RENAME TO other"), std::nullopt);
  EXPECT_EQ(text("SELECT 42"), "42");
  EXPECT_EQ(text("SELECT count(*) FROM duckdb_tables()"), "1");
}

TEST_F(Definitions, ColumnsAreAddedRenamedAndDropped) {
  run("CREATE TABLE t (a INTEGER, s STRUCT(x INTEGER, y STRUCT(z VARCHAR)), CHECK (a < 10))");
  run("ALTER TABLE t ADD COLUMN b DECIMAL(10, 2) DEFAULT 1.5");
  run("ALTER TABLE t RENAME COLUMN a TO aa");
  run("ALTER TABLE t ADD COLUMN s.y.w INTEGER");
  run("ALTER TABLE t RENAME s.x TO xx");
  run("ALTER TABLE t ALTER aa TYPE BIGINT");
  run("ALTER TABLE t ALTER b SET DEFAULT 2.5");
  run("ALTER TABLE t RENAME TO u");
  EXPECT_EQ(failure("ALTER TABLE u DROP COLUMN aa"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(failure("ALTER TABLE u ADD COLUMN B INTEGER"), ErrorCode::kAlreadyExists);
  reopen();
  EXPECT_EQ(
      rows(
          "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'u' ORDER BY column_index"),
      (Rows{{"aa", "BIGINT"},
            {"s", "STRUCT(xx INTEGER, y STRUCT(z VARCHAR, w INTEGER))"},
            {"b", "DECIMAL(10,2)"}}));
  run("ALTER TABLE u DROP COLUMN s.xx");
  run("ALTER TABLE u DROP COLUMN b");
  EXPECT_EQ(
      rows(
          "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'u' ORDER BY column_index"),
      (Rows{{"aa", "BIGINT"}, {"s", "STRUCT(y STRUCT(z VARCHAR, w INTEGER))"}}));
}

TEST_F(Definitions, LayoutIsKeptAsIcebergTerms) {
  run("CREATE TABLE t (a INTEGER, b VARCHAR, c TIMESTAMP) PARTITIONED BY (bucket(16, a), truncate(4, b), "
      "day(c)) SORTED BY (c, a)");
  const auto first = catalog_->current()->find("main", "t");
  ASSERT_EQ(first->specs.at(0).fields.size(), 3U);
  EXPECT_EQ(first->specs[0].fields[0].name, "a_bucket_16");
  EXPECT_EQ(first->specs[0].fields[2].partition_field_id, 1002);
  EXPECT_EQ(first->order_id, 1);
  run("ALTER TABLE t SET PARTITIONED BY (day(c), b)");
  run("ALTER TABLE t SET SORTED BY (b DESC NULLS FIRST)");
  const auto second = catalog_->current()->find("main", "t");
  EXPECT_EQ(second->spec_id, 1);
  EXPECT_EQ(second->specs.at(1).fields[0].partition_field_id, 1002);
  EXPECT_EQ(second->specs.at(1).fields[1].partition_field_id, 1003);
  EXPECT_FALSE(second->orders.at(2).fields[0].ascending);
  run("ALTER TABLE t RESET PARTITIONED BY");
  run("ALTER TABLE t RESET SORTED BY");
  const auto third = catalog_->current()->find("main", "t");
  EXPECT_EQ(third->spec_id, 2);
  EXPECT_EQ(third->order_id, 0);
  EXPECT_EQ(failure("CREATE TABLE bad (a INTEGER) PARTITIONED BY (day(a))"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(failure("CREATE TABLE bad (a INTEGER) PARTITIONED BY (nothing)"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(failure("CREATE TABLE bad (a INTEGER) SORTED BY (a + 1)"), ErrorCode::kInvalidArgument);
}

TEST_F(Definitions, TheLoserOfTwoTransactionsMayRetry) {
  run("CREATE TABLE t (a INTEGER)");
  const auto other = another();
  run("BEGIN");
  run("ALTER TABLE t ADD COLUMN b INTEGER");
  run(*other, "ALTER TABLE t ADD COLUMN c INTEGER");
  EXPECT_EQ(failure("COMMIT"), ErrorCode::kConflict);
  run("ALTER TABLE t ADD COLUMN b INTEGER");
  EXPECT_EQ(text("SELECT count(*) FROM duckdb_columns() WHERE table_name = 't'"), "3");
}

TEST_F(Definitions, TimeTravelSeesOldDefinitions) {
  run("CREATE TABLE t (a INTEGER)");
  const auto before = std::to_string(catalog_->current()->commit_id);
  ASSERT_TRUE(catalog_->put_tag("first", std::nullopt));
  run("ALTER TABLE t ADD COLUMN b INTEGER");
  run("ALTER TABLE t RENAME COLUMN a TO z");
  EXPECT_EQ(connection_->Query("SELECT * FROM t AT (VERSION => " + before + ")")->names,
            duckdb::vector<std::string>{"a"});
  EXPECT_EQ(connection_->Query("SELECT * FROM t AT (VERSION => 'first')")->ColumnCount(), 1U);
  EXPECT_EQ(connection_->Query("SELECT * FROM t AT (TIMESTAMP => now())")->ColumnCount(), 2U);
  EXPECT_EQ(failure("SELECT * FROM t AT (VERSION => 1000)"), ErrorCode::kNotFound);
  EXPECT_EQ(failure("SELECT * FROM t AT (VERSION => 'nothing')"), ErrorCode::kNotFound);
  EXPECT_NE(failure("SELECT * FROM t AT (TIMESTAMP => TIMESTAMP '1990-01-01')"), std::nullopt);
}

TEST_F(Definitions, PreparedStatementFollowsTheTable) {
  run("CREATE TABLE t (a INTEGER)");
  const auto prepared = connection_->Prepare("SELECT * FROM t");
  ASSERT_FALSE(prepared->HasError());
  run(*another(), "ALTER TABLE t ADD COLUMN b INTEGER");
  const auto result = prepared->Execute();
  EXPECT_TRUE(result->HasError() || result->ColumnCount() == 2U);
}

TEST_F(Definitions, EveryTypeWithAMappingIsKept) {
  const std::vector<std::string> types = {"BOOLEAN",
                                          "TINYINT",
                                          "SMALLINT",
                                          "INTEGER",
                                          "BIGINT",
                                          "HUGEINT",
                                          "UTINYINT",
                                          "USMALLINT",
                                          "UINTEGER",
                                          "UBIGINT",
                                          "UHUGEINT",
                                          "BIGNUM",
                                          "FLOAT",
                                          "DOUBLE",
                                          "DECIMAL(38,10)",
                                          "VARCHAR",
                                          "BLOB",
                                          "BIT",
                                          "UUID",
                                          "DATE",
                                          "TIME",
                                          "TIME_NS",
                                          "TIME WITH TIME ZONE",
                                          "TIMESTAMP_S",
                                          "TIMESTAMP_MS",
                                          "TIMESTAMP",
                                          "TIMESTAMP_NS",
                                          "TIMESTAMP WITH TIME ZONE",
                                          "INTERVAL",
                                          "VARIANT",
                                          "GEOMETRY",
                                          "GEOMETRY('OGC:CRS84')",
                                          "JSON",
                                          "ENUM('a', 'b''c')",
                                          "INTEGER[]",
                                          "INTEGER[3]",
                                          "MAP(VARCHAR, INTEGER[])",
                                          "STRUCT(a INTEGER, \"b c\" VARCHAR)",
                                          "UNION(num INTEGER, str VARCHAR)",
                                          "STRUCT(a STRUCT(b MAP(INTEGER, DOUBLE)[])[])[2]"};
  std::string sql = "CREATE TABLE t (";
  for (std::size_t i = 0; i < types.size(); ++i)
    sql += (i ? ", c" : "c") + std::to_string(i) + " " + types[i];
  run(sql + ")");
  reopen();
  const Rows kept =
      rows("SELECT data_type FROM duckdb_columns() WHERE table_name = 't' ORDER BY column_index");
  ASSERT_EQ(kept.size(), types.size());
  for (std::size_t i = 0; i < types.size(); ++i) EXPECT_EQ(kept[i][0], types[i]);
}

}  // namespace
}  // namespace lake::tables
