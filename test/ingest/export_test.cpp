#include "lake/ingest/export.hpp"

#include <gmock/gmock.h>

#include "plain_session.hpp"
#include "scratch_directory.hpp"

namespace lake::ingest {
namespace {

using testing::HasSubstr;

class Exported : public ScratchDirectory {
 protected:
  void run(PlainSession& session, const std::string& script) {
    ASSERT_EQ(session.rows(script), "") << script;
  }
  /// Loads the export into a database of its own, as a reader without us would.
  void load(PlainSession& other, const std::string& directory) {
    run(other, *files_.read_file(os::join_path(directory, "schema.sql")));
    std::string script = *files_.read_file(os::join_path(directory, "load.sql"));
    const std::string place = "read_parquet('";
    for (std::size_t at = script.find(place); at != std::string::npos; at = script.find(place, at + 1)) {
      script.insert(at + place.size(), directory + "/");
    }
    ASSERT_TRUE(other.run_text(script).has_value()) << script << other.rows(script);
  }
};

TEST_F(Exported, ComesBackElsewhereWithEveryTypeExact) {
  PlainSession session;
  run(session,
      "CREATE TYPE mood AS ENUM ('it''s', 'b'); CREATE TABLE every (id INTEGER NOT NULL DEFAULT 3, h "
      "HUGEINT, uh UHUGEINT[], i INTERVAL,"
      " z TIMETZ, b BIT, n BIGNUM, m ENUM('x', 'y'), u UNION(num INTEGER, str HUGEINT), s STRUCT(\"bit\" "
      "BIT, \"a b\" INTERVAL[]),"
      " mp MAP(VARCHAR, HUGEINT), ar INTEGER[2], ts TIMESTAMP_NS, tz TIMESTAMPTZ, bl BLOB, d DECIMAL(38,5), "
      "g GEOMETRY, CHECK (id < 100))");
  ASSERT_EQ(session.rows("INSERT INTO every VALUES (1, 170141183460469231731687303715884105727, "
                         "[340282366920938463463374607431768211455],"
                         " INTERVAL '-1 month 3 days -1 microsecond', '12:00:00.123456+05:30', '0101', "
                         "123456789012345678901234567890123456789012345678901, 'y',"
                         " union_value(str := 5::HUGEINT), {'bit': '1'::BIT, 'a b': [INTERVAL 1 "
                         "microsecond]}, MAP {'k': -170141183460469231731687303715884105728},"
                         " [1, 2], '2024-01-01 00:00:00.123456789', '2024-01-01 00:00:00+02', "
                         "'\\x00\\xFF'::BLOB, 123456789012345678901234567890123.12345,"
                         " 'POINT (1 2)'::GEOMETRY), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
                         "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"),
            "2");
  ExportRequest request;
  request.directory = path("out");
  const auto report = export_tables(session, files_, request, {});
  ASSERT_TRUE(report.has_value()) << report.error().message();
  EXPECT_EQ(report->tables.at(0).row_count, 2U);
  PlainSession other;
  load(other, request.directory);
  EXPECT_EQ(other.rows("SELECT * FROM every ORDER BY id"), session.rows("SELECT * FROM every ORDER BY id"));
  EXPECT_EQ(other.rows("SELECT column_name, data_type, is_nullable, column_default FROM duckdb_columns()"),
            session.rows("SELECT column_name, data_type, is_nullable, column_default FROM duckdb_columns()"));
  EXPECT_THAT(other.rows("INSERT INTO every (id) VALUES (100)"), HasSubstr("CHECK"));
}

TEST_F(Exported, DefinitionsAndCommentsComeAlong) {
  PlainSession session;
  run(session,
      "CREATE SCHEMA \"s 1\"; CREATE TABLE \"s 1\".\"t/1\" (a INTEGER); CREATE VIEW z AS SELECT * FROM \"s "
      "1\".\"t/1\"; CREATE VIEW a AS SELECT count(*) AS n FROM z;"
      " CREATE MACRO twice(x) AS x * 2; CREATE MACRO rows_of(n) AS TABLE SELECT * FROM range(n); CREATE TYPE "
      "mood AS ENUM ('a', 'b');"
      " COMMENT ON TABLE \"s 1\".\"t/1\" IS 'it''s'; COMMENT ON COLUMN \"s 1\".\"t/1\".a IS 'col'; COMMENT "
      "ON VIEW z IS 'view'");
  ASSERT_EQ(session.rows("INSERT INTO \"s 1\".\"t/1\" VALUES (4), (5)"), "2");
  ExportRequest request;
  request.directory = path("deep/out");
  const auto report = export_tables(session, files_, request, {});
  ASSERT_TRUE(report.has_value()) << report.error().message();
  EXPECT_EQ(report->tables.at(0).file, "s%201/t%2F1.parquet");
  EXPECT_EQ(report->object_count, 5U);
  PlainSession other;
  load(other, request.directory);
  EXPECT_EQ(other.rows("SELECT n, twice(n) FROM a"), "2|4");
  EXPECT_EQ(other.rows("SELECT count(*) FROM rows_of(3)"), "3");
  EXPECT_EQ(other.rows("SELECT 'b'::mood"), "b");
  for (const char* query : {"SELECT comment FROM duckdb_tables()",
                            "SELECT comment FROM duckdb_columns() WHERE comment IS NOT NULL",
                            "SELECT comment FROM duckdb_views() WHERE comment IS NOT NULL"}) {
    EXPECT_EQ(other.rows(query), session.rows(query)) << query;
  }
}

TEST_F(Exported, ANamedTableAlone) {
  PlainSession session;
  run(session, "CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER); CREATE VIEW v AS SELECT 1");
  ExportRequest request;
  request.directory = path("out");
  request.tables = {{"main", "B"}};
  const auto report = export_tables(session, files_, request, {});
  ASSERT_TRUE(report.has_value()) << report.error().message();
  EXPECT_EQ(report->tables.size(), 1U);
  EXPECT_EQ(report->object_count, 0U);
  request.directory = path("out2");
  request.tables = {{"main", "absent"}};
  EXPECT_EQ(export_tables(session, files_, request, {}).error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(session.in_transaction());
}

TEST_F(Exported, ADirectoryThatHoldsSomethingIsLeftAlone) {
  PlainSession session;
  write("out/keep.txt", "mine");
  ExportRequest request;
  request.directory = path("out");
  const auto report = export_tables(session, files_, request, {});
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code(), ErrorCode::kAlreadyExists);
  EXPECT_THAT(report.error().message(), HasSubstr("keep.txt"));
}

}  // namespace
}  // namespace lake::ingest
