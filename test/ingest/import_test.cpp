#include <gmock/gmock.h>

#include "import_fixture.hpp"

namespace lake::ingest {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Import : public ImportFixture {};

TEST_F(Import, ACsvFileBecomesATableNamedAfterIt) {
  const auto report = import({}, {write("2024 Sales.csv", "id,name,day\n1,a,2024-01-02\n2,,2024-01-03\n")});
  ASSERT_THAT(report.files, SizeIs(1));
  EXPECT_EQ(error_of(report.files[0]), "");
  EXPECT_EQ(report.files[0].rows_stored, 2U);
  EXPECT_EQ(session_.rows("SELECT *, typeof(id), typeof(day) FROM t_2024_sales"),
            "1|a|2024-01-02|BIGINT|DATE 2|NULL|2024-01-03|BIGINT|DATE");
}

TEST_F(Import, WhereRowsCameFromIsNotedWithThem) {
  const auto csv = write("a.csv", "id\n1\n2\nx\n");
  const auto lines = write("b.ndjson", "{\"id\": 1}\nnothing\n{\"id\": 2}\n");
  std::string rows = "id\n";
  for (int i = 0; i < 30000; ++i) rows += std::to_string(i) + "\n";
  const auto large = write("c.csv", rows + "y\n");
  import({}, {lines, large});
  ImportRequest append;
  append.mode = ImportMode::kAppend;
  append.table = TableName{"main", "c"};
  import(append, {write("more.csv", "id\n7\n")});
  ImportRequest replace;
  replace.mode = ImportMode::kReplace;
  replace.table = TableName{"other", "c"};
  import(replace, {csv});
  EXPECT_EQ(
      session_.rows(
          "SELECT source, target, records, stored, refused, rule_set FROM ingest.run ORDER BY ended_at"),
      lines + "|b|3|2|1|NULL " + large + "|c|30001|30000|1|NULL " + path("more.csv") + "|c|1|1|0|NULL " +
          csv + "|other.c|3|3|0|NULL");
  EXPECT_EQ(
      session_.rows("SELECT source, row_count FROM ingest.lineage WHERE target = 'c' ORDER BY row_count"),
      path("more.csv") + "|1 " + large + "|30000");
}

TEST_F(Import, ATableOfTheNameOfTheNotesIsNotWrittenTo) {
  ASSERT_TRUE(session_.run_text("CREATE SCHEMA ingest"));
  ASSERT_TRUE(session_.run_text("CREATE TABLE ingest.run (km DOUBLE)"));
  const auto file = write("a.csv", "id\n1\n");
  const auto report = import({}, {file});
  EXPECT_NE(error_of(report.files[0]).find("ALTER TABLE ingest.run RENAME TO"), std::string::npos)
      << error_of(report.files[0]);
  EXPECT_EQ(session_.rows("SELECT count(*) FROM duckdb_tables()"), "1");
  ASSERT_TRUE(session_.run_text("ALTER TABLE ingest.run RENAME TO runs"));
  EXPECT_EQ(error_of(import({}, {file}).files[0]), "");
  EXPECT_EQ(session_.rows("SELECT * FROM a"), "1");
}

TEST_F(Import, AFileThatFailsLeavesNoNote) {
  import({}, {write("bad.json", "[{")});
  EXPECT_EQ(session_.rows("SELECT count(*) FROM duckdb_tables()"), "0");
  const auto good = write("good.csv", "id\n1\n");
  import({}, {good});
  ImportRequest append;
  append.mode = ImportMode::kAppend;
  append.strict = true;
  append.table = TableName{"main", "good"};
  const auto report = import(append, {write("worse.csv", "id\n2\nx\n")});
  EXPECT_NE(error_of(report.files[0]), "");
  EXPECT_EQ(session_.rows("SELECT source FROM ingest.lineage"), good);
  EXPECT_EQ(session_.rows("SELECT * FROM good"), "1");
}

TEST_F(Import, EveryFormatIsRead) {
  write("c.csv", "a,b\n1,x\n");
  write("t.tsv", "a\tb\n1\tx,y\n");
  write("j.json", "[{\"a\": 1, \"b\": \"x\"}, {\"a\": 2}]");
  write("n.ndjson", "{\"a\": 1}\n{\"a\": 2}\n");
  ASSERT_EQ(session_.rows("COPY (SELECT 7 AS a) TO '" + path("p.parquet") + "'"), "1");
  ASSERT_EQ(session_.rows("COPY (SELECT 8 AS a) TO '" + path("g.csv.gz") + "'"), "1");
  ASSERT_EQ(
      session_.rows("COPY (SELECT 9 AS a) TO '" + path("z.jsonl.zst") + "' (FORMAT json, COMPRESSION zstd)"),
      "1");
  const auto report = import({}, {directory_});
  for (const auto& file : report.files) EXPECT_EQ(error_of(file), "") << file.path;
  EXPECT_EQ(session_.rows("SELECT * FROM c"), "1|x");
  EXPECT_EQ(session_.rows("SELECT * FROM t"), "1|x,y");
  EXPECT_EQ(session_.rows("SELECT * FROM j"), "1|x 2|NULL");
  EXPECT_EQ(session_.rows("SELECT * FROM n"), "1 2");
  EXPECT_EQ(session_.rows("SELECT p.a, g.a, z.a FROM p, g, z"), "7|8|9");
}

TEST_F(Import, CsvLinesThatDoNotFitAreReportedWithTheirLine) {
  std::string text = "id,x\n";
  for (int i = 0; i < 30000; ++i) text += std::to_string(i) + "," + std::to_string(i) + "\n";
  const auto report = import({}, {write("a.csv", text + "5,zz\n6\n7,8\nq,zz\n")});
  const FileReport& file = report.files[0];
  EXPECT_EQ(error_of(file), "");
  EXPECT_EQ(file.rows_stored, 30001U);
  EXPECT_EQ(file.rows_rejected, 3U);
  EXPECT_EQ(file.rows_read, 30004U);
  ASSERT_THAT(file.rejected, SizeIs(3));
  EXPECT_EQ(file.rejected[0].line, 30002U);
  EXPECT_EQ(file.rejected[0].column, "x");
  EXPECT_THAT(file.rejected[0].reason, HasSubstr("CAST: "));
  EXPECT_EQ(file.rejected[1].line, 30003U);
  EXPECT_EQ(file.rejected[2].line, 30005U);
}

TEST_F(Import, RejectsOfOneFileAreNotCountedForTheNext) {
  ImportRequest request;
  request.table = TableName{"main", "t"};
  std::string good = "id\n";
  for (int i = 0; i < 30000; ++i) good += "1\n";
  const auto report = import(request, {write("a.csv", good + "x\n"), write("b.csv", "id\n1\n")});
  EXPECT_EQ(report.files[0].rows_rejected, 1U);
  EXPECT_EQ(report.files[1].rows_rejected, 0U);
  EXPECT_EQ(session_.rows("SELECT count(*) FROM t"), "30001");
}

TEST_F(Import, StrictRefusesTheWholeFile) {
  ImportRequest request;
  request.strict = true;
  const auto report =
      import(request, {write("a.ndjson", "{\"a\":1}\nbroken\n"), write("b.csv", "x,y\n1,2\n")});
  EXPECT_NE(error_of(report.files[0]), "");
  EXPECT_EQ(error_of(report.files[1]), "");
  EXPECT_FALSE(report.all_stored());
  EXPECT_EQ(session_.rows("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'main'"), "1");
}

TEST_F(Import, JsonLinesThatAreNoObjectAreReportedWithTheirLine) {
  const auto report = import(
      {}, {write("a.ndjson", "{\"a\":1,\"b\":{\"c\":2}}\n\nbroken\n{\"a\": \n{\"a\":3,\"b\":null}\n{}\n")});
  const FileReport& file = report.files[0];
  EXPECT_EQ(error_of(file), "");
  EXPECT_EQ(file.rows_stored, 3U);
  EXPECT_EQ(file.rows_rejected, 2U);
  ASSERT_THAT(file.rejected, SizeIs(2));
  EXPECT_EQ(file.rejected[0].line, 3U);
  EXPECT_EQ(file.rejected[1].line, 4U);
  EXPECT_EQ(session_.rows("SELECT a, (b).c FROM a"), "1|2 3|NULL NULL|NULL");
}

TEST_F(Import, JsonValuesThatDoNotFitTheTableAreRejected) {
  ASSERT_EQ(session_.rows("CREATE TABLE t (a INTEGER, d DATE)"), "");
  ImportRequest request;
  request.table = TableName{"main", "t"};
  request.mode = ImportMode::kAppend;
  const auto report =
      import(request,
             {write("a.ndjson", "{\"a\":1,\"d\":\"2024-01-02\"}\n{\"a\":\"x\",\"d\":null}\n{\"a\":null}\n")});
  EXPECT_EQ(error_of(report.files[0]), "");
  ASSERT_THAT(report.files[0].rejected, SizeIs(1));
  EXPECT_EQ(report.files[0].rejected[0].line, 2U);
  EXPECT_EQ(report.files[0].rejected[0].column, "a");
  EXPECT_EQ(session_.rows("SELECT * FROM t"), "1|2024-01-02 NULL|NULL");
}

TEST_F(Import, JsonValuesThatDoNotFitDeepInsideAreRejectedWithTheirPlace) {
  ASSERT_EQ(
      session_.rows(
          "CREATE TABLE t (id INTEGER, s STRUCT(x INTEGER, d DATE), l STRUCT(n INTEGER)[], m MAP(VARCHAR, "
          "INTEGER), v VARCHAR, j JSON)"),
      "");
  ImportRequest request;
  request.table = TableName{"main", "t"};
  request.mode = ImportMode::kAppend;
  const auto report = import(
      request, {write("a.ndjson",
                      R"({"id":1,"s":{"x":1,"d":"2024-01-02"},"l":[{"n":1},{"n":null},null],"m":{"k":1}}
{"id":2,"s":{"x":"no"}}
{"id":3,"s":{"d":"2024-13-01"}}

{"id":4,"l":[{"n":1},{"n":[1]}]}
{"id":5,"m":{"k":1,"o":"no"}}
{"id":6,"s":7}
{"id":7,"l":{"n":1}}
{"id":8,"v":{"any":[1,null]},"j":{"any":["x",null]}}
{"id":9,"s":{"x":null},"l":[],"m":{},"j":null}
)")});
  const FileReport& file = report.files[0];
  EXPECT_EQ(error_of(file), "");
  std::string rejected;
  for (const auto& row : file.rejected) rejected += std::to_string(row.line) + ":" + row.column + " ";
  EXPECT_EQ(rejected, "2:s.x 3:s.d 5:l[1].n 6:m.o 7:s 8:l ");
  EXPECT_EQ(file.rows_rejected, 6U);
  EXPECT_EQ(file.rows_stored, 3U);
  EXPECT_EQ(file.rows_read, 9U);
  // A null is NULL, of a JSON column also: what lines beside misfits give is what they give in a file
  // without.
  EXPECT_EQ(session_.rows("SELECT id, s.x, len(l), v, j FROM t ORDER BY id"),
            R"(1|1|3|NULL|NULL 8|NULL|NULL|{"any":[1,null]}|{"any":["x",null]} 9|NULL|0|NULL|NULL)");
  ASSERT_EQ(session_.rows("CREATE TABLE strict AS FROM t LIMIT 0"), "0");
  request.table = TableName{"main", "strict"};
  request.strict = true;
  const auto fitting = import(
      request, {write("fitting.ndjson",
                      R"({"id":1,"s":{"x":1,"d":"2024-01-02"},"l":[{"n":1},{"n":null},null],"m":{"k":1}}
{"id":8,"v":{"any":[1,null]},"j":{"any":["x",null]}}
{"id":9,"s":{"x":null},"l":[],"m":{},"j":null}
)")});
  EXPECT_EQ(error_of(fitting.files[0]), "");
  EXPECT_EQ(session_.rows("FROM strict ORDER BY id"), session_.rows("FROM t ORDER BY id"));
}

TEST_F(Import, SeveralFilesOfOneShapeShareATable) {
  ImportRequest request;
  request.table = TableName{"main", "t"};
  const auto report =
      import(request, {write("1.csv", "a,b\n1,x\n"), write("2.csv", "b,a,c\ny,2.5,2024-01-01\n"),
                       write("3.ndjson", "{\"a\": 7}\n")});
  for (const auto& file : report.files) EXPECT_EQ(error_of(file), "") << file.path;
  EXPECT_EQ(session_.rows("SELECT a, b, c FROM t ORDER BY a"), "1.0|x|NULL 2.5|y|2024-01-01 7.0|NULL|NULL");
}

TEST_F(Import, TwoFilesOfOneNameAreRefused) {
  auto sources = find_sources(files_, {write("x/a.csv", "a\n1\n"), write("y/A.csv", "a\n1\n")}, std::nullopt);
  ImportRequest request;
  request.files = sources->files;
  const auto report = import_files(session_, files_, request, {});
  ASSERT_FALSE(report.has_value());
  EXPECT_THAT(report.error().message(), HasSubstr("two files would make the table a"));
}

TEST_F(Import, AnExistingTableNeedsAppendOrReplace) {
  ASSERT_EQ(session_.rows("CREATE TABLE a AS SELECT 1 AS id, 'old' AS note"), "1");
  const std::string file = write("a.csv", "id\n2\n");
  EXPECT_EQ(import({}, {file}).files[0].error->code(), ErrorCode::kAlreadyExists);
  ImportRequest append;
  append.mode = ImportMode::kAppend;
  EXPECT_EQ(error_of(import(append, {file}).files[0]), "");
  EXPECT_EQ(session_.rows("SELECT * FROM a ORDER BY id"), "1|old 2|NULL");
  ImportRequest replace;
  replace.mode = ImportMode::kReplace;
  EXPECT_EQ(error_of(import(replace, {file}).files[0]), "");
  EXPECT_EQ(session_.rows("SELECT * FROM a"), "2");
}

TEST_F(Import, AppendNamesTheColumnsThatTheTableLacks) {
  ASSERT_EQ(session_.rows("CREATE TABLE a (id INTEGER)"), "");
  ImportRequest append;
  append.mode = ImportMode::kAppend;
  const auto report = import(append, {write("a.csv", "id,extra\n2,x\n")});
  EXPECT_THAT(error_of(report.files[0]), HasSubstr("extra VARCHAR"));
  EXPECT_EQ(session_.rows("SELECT count(*) FROM a"), "0");
}

TEST_F(Import, AppendToNothingIsNotFound) {
  ImportRequest append;
  append.mode = ImportMode::kAppend;
  EXPECT_EQ(import(append, {write("a.csv", "id\n2\n")}).files[0].error->code(), ErrorCode::kNotFound);
}

TEST_F(Import, AFailedFileDoesNotStopTheOthers) {
  const ImportRequest request;
  const auto report = import(request, {write("a.json", "[{\"a\": 1}, oops"), write("b.csv", "a\n1\n")});
  EXPECT_NE(error_of(report.files[0]), "");
  EXPECT_EQ(error_of(report.files[1]), "");
  EXPECT_EQ(session_.rows("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'main'"), "1");
}

TEST_F(Import, NamesWithPatternCharactersAndQuotesAreTakenLiterally) {
  write("a1.csv", "v\nwrong\n");
  const auto report = import({}, {write("a[1].csv", "v\nright\n"), write("it's.csv", "v\nquoted\n")});
  for (const auto& file : report.files) EXPECT_EQ(error_of(file), "") << file.path;
  EXPECT_EQ(session_.rows("SELECT v FROM a_1"), "right");
  EXPECT_EQ(session_.rows("SELECT v FROM it_s"), "quoted");
}

}  // namespace
}  // namespace lake::ingest
