#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "import_fixture.hpp"

namespace lake::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// Files that are damaged, or made otherwise than most.
class OddSource : public ImportFixture {
 protected:
  std::vector<FileReport> import(ImportRequest request, const std::vector<std::string>& paths) {
    return ImportFixture::import(std::move(request), paths).files;
  }
  std::string read(const std::string& path) {
    auto content = files_.read_file(path);
    EXPECT_TRUE(content.has_value());
    return content ? *content : "";
  }
  /// 50,000 rows, compressed as `ending` tells; the bytes of the file.
  std::string compressed(const std::string& ending) {
    const std::string whole = path("whole." + ending);
    EXPECT_EQ(session_.rows("COPY (SELECT range AS id, md5(range::VARCHAR) AS s FROM range(50000)) TO '" +
                            whole + "'"),
              "50000");
    return read(whole);
  }
  /// The frames that the engine writes have none.
  static std::string checksummed_zstd() {
    std::string text = "id,s\n";
    for (int i = 0; i < 1000; ++i) text += std::to_string(i) + "," + std::to_string(i * 7919 % 1009) + "\n";
    std::string frame(ZSTD_compressBound(text.size()), '\0');
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    frame.resize(ZSTD_compress2(context, frame.data(), frame.size(), text.data(), text.size()));
    ZSTD_freeCCtx(context);
    return frame;
  }
  [[nodiscard]] std::string tables() {
    return session_.rows("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'main'");
  }
};

TEST_F(OddSource, ACompressedFileThatEndsEarlyStoresNothing) {
  for (const std::string ending : {"csv.gz", "csv.zst", "ndjson.gz", "ndjson.zst"}) {
    const std::string whole = compressed(ending);
    for (const std::size_t kept : {std::size_t{0}, std::size_t{5}, whole.size() / 2, whole.size() - 1}) {
      const auto reports = import({}, {write("a." + ending, whole.substr(0, kept))});
      ASSERT_TRUE(reports.at(0).error) << ending << " " << kept;
      EXPECT_EQ(reports[0].error->code(), ErrorCode::kCorruption);
      EXPECT_THAT(error_of(reports[0]), HasSubstr("ends early"));
      EXPECT_EQ(reports[0].rows_stored, 0U);
      EXPECT_EQ(tables(), "0");
    }
  }
}

TEST_F(OddSource, ACompressedFileWithOtherBytesStoresNothing) {
  const std::string gzip = compressed("csv.gz");
  std::string wrong_checksum = gzip;
  wrong_checksum[gzip.size() - 5] = static_cast<char>(wrong_checksum[gzip.size() - 5] ^ 1);
  std::string wrong_length = gzip;
  wrong_length.back() = static_cast<char>(wrong_length.back() ^ 1);
  std::string zstd = checksummed_zstd();
  EXPECT_EQ(error_of(import({}, {write("fine.csv.zst", zstd)}).at(0)), "");
  EXPECT_EQ(session_.rows("SELECT count(*) FROM fine"), "1000");
  session_.rows("DROP TABLE fine");
  zstd[zstd.size() / 2] = static_cast<char>(zstd[zstd.size() / 2] ^ 1);
  for (const auto& file : {write("a.csv.gz", wrong_checksum), write("b.csv.gz", wrong_length),
                           write("c.csv.gz", gzip + "and more"), write("d.csv.gz", "id\n1\n"),
                           write("e.csv.zst", zstd), write("f.csv.zst", "id\n1\n")}) {
    const auto reports = import({}, {file});
    ASSERT_TRUE(reports.at(0).error) << file;
    EXPECT_EQ(reports[0].error->code(), ErrorCode::kCorruption) << file << error_of(reports[0]);
    EXPECT_EQ(tables(), "0");
  }
}

TEST_F(OddSource, MembersAndFramesOneAfterTheOtherAreOneFile) {
  ASSERT_EQ(session_.rows("COPY (SELECT 2 AS id) TO '" + path("two.csv.gz") + "' (HEADER false)"), "1");
  ASSERT_EQ(session_.rows("COPY (SELECT 2 AS id) TO '" + path("two.csv.zst") + "' (HEADER false)"), "1");
  const auto reports =
      import({}, {write("g.csv.gz", compressed("csv.gz").append(read(path("two.csv.gz")))),
                  write("z.csv.zst", compressed("csv.zst").append(read(path("two.csv.zst"))))});
  EXPECT_EQ(error_of(reports.at(0)), "");
  EXPECT_EQ(error_of(reports.at(1)), "");
  // The last line has one value and the others two.
  EXPECT_EQ(reports[0].rows_stored, 50000U);
  EXPECT_EQ(reports[0].rows_rejected, 1U);
  EXPECT_EQ(reports[1].rows_stored, 50000U);
  EXPECT_EQ(reports[1].rows_rejected, 1U);
}

TEST_F(OddSource, ADamagedFileOfManyLeavesTheGoodOnes) {
  const std::string gzip = compressed("csv.gz");
  ImportRequest request;
  request.table = TableName{"main", "t"};
  const auto reports =
      import(request, {write("a.csv.gz", gzip.substr(0, gzip.size() / 2)), write("b.csv.gz", gzip),
                       write("c.csv", "id,s,more\n50000,x,2024-01-01\n"), write("d.json", "[{")});
  EXPECT_THAT(error_of(reports.at(0)), HasSubstr("damaged"));
  EXPECT_EQ(error_of(reports.at(1)), "");
  EXPECT_EQ(error_of(reports.at(2)), "");
  EXPECT_NE(error_of(reports.at(3)), "");
  EXPECT_EQ(session_.rows("SELECT count(*), sum(id), max(more) FROM t"), "50001|1250025000|2024-01-01");
}

TEST_F(OddSource, FilesOfOneTableThatAreAllBadMakeNone) {
  ImportRequest request;
  request.table = TableName{"main", "t"};
  const auto reports = import(request, {write("a.json", "[{"), write("b.csv.gz", "no")});
  EXPECT_NE(error_of(reports.at(0)), "");
  EXPECT_NE(error_of(reports.at(1)), "");
  EXPECT_EQ(tables(), "0");
}

TEST_F(OddSource, EndingsMayBeUpperCase) {
  ASSERT_EQ(
      session_.rows("COPY (SELECT 7 AS id) TO '" + path("G.CSV.GZ") + "' (FORMAT csv, COMPRESSION gzip)"),
      "1");
  ASSERT_EQ(
      session_.rows("COPY (SELECT 8 AS id) TO '" + path("Z.Jsonl.ZST") + "' (FORMAT json, COMPRESSION zstd)"),
      "1");
  for (const auto& report : import({}, {directory_})) EXPECT_EQ(error_of(report), "") << report.path;
  EXPECT_EQ(session_.rows("SELECT g.id, z.id FROM g, z"), "7|8");
}

TEST_F(OddSource, QuotesThatFirstComeAfterTheSampleAreQuotes) {
  std::string text = "id,s,n\n";
  for (int i = 0; i < 30000; ++i) text += std::to_string(i) + ",text,1\n";
  text += "30000,\"x\",1\n30001,\"a,b \"\"c\"\"\",1\n";
  const auto reports = import({}, {write("a.csv", text), write("b.tsv", "id\ts\n1\t\"x\"\n")});
  EXPECT_EQ(error_of(reports.at(0)), "");
  EXPECT_EQ(reports[0].rows_stored, 30002U);
  EXPECT_EQ(reports[0].rows_rejected, 0U);
  EXPECT_EQ(session_.rows("SELECT s FROM a WHERE id >= 30000 ORDER BY id"), "x a,b \"c\"");
  EXPECT_EQ(session_.rows("SELECT s FROM b"), "x");
}

TEST_F(OddSource, QuotesOfTheSampleThatAreNoneStayLetters) {
  std::string text = "id\ts\n";
  for (int i = 0; i < 40; ++i) text += std::to_string(i) + "\t\"open " + std::to_string(i) + "\n";
  const auto reports = import({}, {write("a.tsv", text)});
  EXPECT_EQ(error_of(reports.at(0)), "");
  EXPECT_EQ(session_.rows("SELECT count(*), min(s) FROM a"), "40|\"open 0");
}

std::string lines_before() {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += R"({"a": 1, "s": {"k": "x"}})"
            "\n";
  return text;
}

TEST_F(OddSource, KeysThatFirstComeAfterTheSampleAreColumns) {
  ImportRequest request;
  request.sample_rows = 100;
  const std::string late = R"({"a": 2, "b": 7, "s": {"k": "y", "z": 8}})"
                           "\n";
  const auto reports = import(request, {write("late.ndjson", lines_before() + late),
                                        write("odd.ndjson", lines_before() + "17\n" + late)});
  EXPECT_EQ(error_of(reports.at(0)), "");
  EXPECT_EQ(session_.rows("SELECT a, b, s.k, s.z FROM late WHERE b IS NOT NULL"), "2|7|y|8");
  EXPECT_EQ(session_.rows("SELECT count(*) FROM late"), "301");
  EXPECT_EQ(error_of(reports.at(1)), "");
  EXPECT_EQ(reports.at(1).rows_rejected, 1U);
  EXPECT_EQ(session_.rows("SELECT a, b, s.k, s.z FROM odd WHERE b IS NOT NULL"), "2|7|y|8");
  request.table = TableName{"main", "joined"};
  import(request, {path("late.ndjson"), write("plain.ndjson", lines_before())});
  EXPECT_EQ(session_.rows("SELECT count(*), sum(b), sum(s.z) FROM joined"), "601|7|8");
}

TEST_F(OddSource, KeysThatComeLateAreAppendedOrNamed) {
  ImportRequest request;
  request.sample_rows = 100;
  request.mode = ImportMode::kAppend;
  request.table = TableName{"main", "taken"};
  ASSERT_EQ(session_.rows("CREATE TABLE taken (a BIGINT, b BIGINT, s STRUCT(k VARCHAR))"), "");
  const auto path = write("late.ndjson", lines_before() +
                                             R"({"a": 2, "b": 7})"
                                             "\n" +
                                             R"({"a": 3, "s": {"k": "y", "z": 8}})"
                                             "\n");
  auto reports = import(request, {path});
  EXPECT_EQ(error_of(reports.at(0)), "");
  EXPECT_EQ(session_.rows("SELECT count(*), sum(b) FROM taken"), "301|7");
  ASSERT_EQ(reports.at(0).rejected.size(), 1U);
  EXPECT_EQ(reports.at(0).rejected[0].line, 302U);
  EXPECT_EQ(reports.at(0).rejected[0].column, "s.z");
  reports = import(request, {write("more.ndjson", lines_before() + R"({"c": 1})"
                                                                   "\n")});
  EXPECT_NE(error_of(reports.at(0)).find("c BIGINT"), std::string::npos) << error_of(reports.at(0));
}

TEST_F(OddSource, AValueOfAnotherMakeThatComesLateIsRejected) {
  ImportRequest request;
  request.sample_rows = 100;
  const auto reports = import(request, {write("x.ndjson", lines_before() + R"({"a": "word"})"
                                                                           "\n")});
  EXPECT_EQ(reports.at(0).rows_rejected, 1U);
  EXPECT_EQ(session_.rows("SELECT count(*), any_value(typeof(a)) FROM x"), "300|BIGINT");
}

TEST_F(OddSource, ALineOfTheSampleThatIsNoObjectIsRejectedAlone) {
  const std::string one =
      R"({"id": 1, "day": "2024-01-02", "at": "2024-01-02T03:04:05Z", "s": {"x": [1, 2]}, "t": "12:00:00", "o": null})"
      "\n";
  const std::string two =
      R"({"id": 2, "u": "c0a8012e-0000-4000-8000-000000000001", "f": 1.5, "b": true, "n": "text", "s": {"x": []}})"
      "\n";
  const auto reports = import({}, {write("a.ndjson", "# made by hand\n" + one + "[1]\n" + two + "5\n"),
                                   write("b.ndjson", one + two)});
  EXPECT_EQ(error_of(reports.at(0)), "");
  EXPECT_EQ(reports[0].rows_stored, 2U);
  std::string rejected;
  for (const auto& row : reports[0].rejected) rejected += std::to_string(row.line) + ":" + row.reason + ";";
  EXPECT_EQ(rejected, "1:not a JSON object;3:not a JSON object;5:not a JSON object;");
  // The types are those that the engine infers of the objects alone.
  EXPECT_EQ(error_of(reports.at(1)), "");
  const std::string types = "SELECT column_name, column_type FROM (DESCRIBE ";
  EXPECT_EQ(session_.rows(types + "a)"), session_.rows(types + "b)"));
  EXPECT_EQ(session_.rows("SELECT COLUMNS(*)::VARCHAR FROM a ORDER BY id"),
            session_.rows("SELECT COLUMNS(*)::VARCHAR FROM b ORDER BY id"));
  EXPECT_EQ(session_.rows("SELECT typeof(day), typeof(s) FROM a LIMIT 1"), "DATE|STRUCT(x BIGINT[])");
  ImportRequest strict;
  strict.strict = true;
  strict.mode = ImportMode::kReplace;
  EXPECT_NE(error_of(import(strict, {path("a.ndjson")}).at(0)), "");
}

TEST_F(OddSource, ALineThatIsNoObjectDoesNotKeepFilesFromOneTable) {
  ImportRequest request;
  request.table = TableName{"main", "t"};
  const auto reports =
      import(request, {write("a.ndjson", "17\n{\"id\": 1, \"x\": 2}\n"),
                       write("b.ndjson", "{\"id\": 2, \"x\": 2.5, \"y\": \"2024-01-02\"}\n")});
  EXPECT_EQ(error_of(reports.at(0)), "");
  EXPECT_EQ(error_of(reports.at(1)), "");
  EXPECT_EQ(reports[0].rows_rejected, 1U);
  EXPECT_EQ(session_.rows("SELECT id, x, y FROM t ORDER BY id"), "1|2.0|NULL 2|2.5|2024-01-02");
}

TEST_F(OddSource, StructsWithoutNamesOfPartsGetSome) {
  ASSERT_EQ(session_.rows("COPY (SELECT row(1, 'x') AS r, [row(2)] AS l) TO '" + path("p.parquet") + "'"),
            "1");
  ASSERT_EQ(session_.rows("COPY (SELECT union_value(s := 'x') AS u) TO '" + path("u.parquet") + "'"), "1");
  const auto reports = import({}, {path("p.parquet"), path("u.parquet")});
  EXPECT_EQ(error_of(reports.at(0)), "");
  EXPECT_EQ(error_of(reports.at(1)), "");
  EXPECT_EQ(session_.rows("SELECT r.v1, r.v2, l[1].v1 FROM p"), "1|x|2");
  EXPECT_EQ(session_.rows("SELECT u.v2 FROM u"), "x");
}

TEST_F(OddSource, TextInUtf16IsRefusedWithTheRemedy) {
  using namespace std::string_literals;
  for (const auto& text : {"\xFF\xFE"
                           "a\0\n\0"
                           "1\0\n\0"s,
                           "\xFE\xFF\0a\0\n\0"
                           "1\0\n"s,
                           "a\0\n\0"
                           "1\0\n\0"s}) {
    const auto reports = import({}, {write("a.csv", text)});
    EXPECT_THAT(error_of(reports.at(0)), testing::AllOf(HasSubstr("UTF-16"), HasSubstr("iconv")));
    EXPECT_EQ(tables(), "0");
  }
}

TEST_F(OddSource, LinksLeadToDirectoriesWhenGiven) {
  write("real/a.csv", "id\n1\n");
  ASSERT_EQ(::symlink(path("real").c_str(), path("link").c_str()), 0);
  ASSERT_EQ(::symlink(path("real").c_str(), path("real/round.csv").c_str()), 0);
  const auto list = find_sources(files_, {path("link")}, std::nullopt);
  ASSERT_TRUE(list.has_value()) << list.error().message();
  ASSERT_THAT(list->files, SizeIs(1));
  EXPECT_EQ(list->files[0].table, "a");
  EXPECT_THAT(list->ignored, ElementsAre(path("link/round.csv")));
  EXPECT_TRUE(find_sources(files_, {path("link/*.csv")}, std::nullopt).has_value());
}

TEST_F(OddSource, PipesAreRefusedByName) {
  ASSERT_EQ(::mkfifo(path("pipe.csv").c_str(), 0600), 0);
  const auto list = find_sources(files_, {path("pipe.csv")}, FileFormat::kCsv);
  ASSERT_FALSE(list.has_value());
  EXPECT_EQ(list.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(list.error().message(), HasSubstr("pipe"));
  write("good.csv", "id\n1\n");
  EXPECT_THAT(find_sources(files_, {directory_}, std::nullopt)->files, SizeIs(1));
}

TEST_F(OddSource, VerifyingCanBeCancelled) {
  const std::string file = path("whole.csv.gz");
  compressed("csv.gz");
  ImportRequest request;
  request.files = find_sources(files_, {file}, std::nullopt)->files;
  request.given_up = [] { return true; };
  const auto report = import_files(session_, files_, request, {});
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace lake::ingest
