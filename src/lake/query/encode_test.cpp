#include "lake/query/encode.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "lake/query/json_column.hpp"
#include "lake/query/plain_engine.hpp"

namespace lake::query {
namespace {

class Encode : public ::testing::Test {
 protected:
  std::string json_row(const std::string& expression) {
    const auto text = encoded(*session_, "SELECT " + expression + " AS v", Format::kNdjson);
    EXPECT_TRUE(nlohmann::json::accept(text)) << text;
    return text.size() < 7 ? text : text.substr(5, text.size() - 7);
  }
  PlainEngine engine_;
  std::unique_ptr<Session> session_ = engine_.session();
};

TEST_F(Encode, NumbersAreExactInJson) {
  EXPECT_EQ(json_row("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(json_row("170141183460469231731687303715884105727::HUGEINT"),
            "170141183460469231731687303715884105727");
  EXPECT_EQ(json_row("340282366920938463463374607431768211455::UHUGEINT"),
            "340282366920938463463374607431768211455");
  EXPECT_EQ(json_row("-0.10::DECIMAL(5,2)"), "-0.10");
  EXPECT_EQ(json_row("0.1::DOUBLE"), "0.1");
  EXPECT_EQ(json_row("1e300::DOUBLE"), "1e+300");
  EXPECT_EQ(json_row("true"), "true");
}

TEST_F(Encode, NumbersThatJsonCannotSayAreStrings) {
  EXPECT_EQ(json_row("'nan'::DOUBLE"), "\"NaN\"");
  EXPECT_EQ(json_row("'inf'::FLOAT"), "\"Infinity\"");
  EXPECT_EQ(json_row("'-inf'::DOUBLE"), "\"-Infinity\"");
}

TEST_F(Encode, TextIsEscapedInJson) {
  EXPECT_EQ(json_row("'a\"b\\c' || chr(10) || chr(1)"), "\"a\\\"b\\\\c\\n\\u0001\"");
  EXPECT_EQ(json_row("'Ünï ☃ 🦆'"), "\"Ünï ☃ 🦆\"");
  EXPECT_EQ(json_row("NULL"), "null");
}

TEST_F(Encode, BlobIsBase64) {
  EXPECT_EQ(json_row("'\\x00\\xFF\\x10'::BLOB"), "\"AP8Q\"");
  EXPECT_EQ(json_row("''::BLOB"), "\"\"");
  EXPECT_EQ(json_row("'ab'::BLOB"), "\"YWI=\"");
}

TEST_F(Encode, BytesThatAreNotUtf8AreReplacedInJson) {
  const auto text =
      encoded(*session_, R"(SELECT 'x' || regexp_extract('ä', '\C') || 'yäö€𝄞"' AS a)", Format::kJson);
  const auto document = nlohmann::json::parse(text, nullptr, false);
  ASSERT_FALSE(document.is_discarded()) << text;
  EXPECT_EQ(document["rows"][0][0], "x\uFFFDyäö€𝄞\"");
}

TEST_F(Encode, NestedValuesAreJson) {
  EXPECT_EQ(json_row("[1, NULL, 3]"), "[1,null,3]");
  EXPECT_EQ(json_row("[1, 2]::INTEGER[2]"), "[1,2]");
  EXPECT_EQ(json_row("{'a': 1, 'b': ['x', NULL]}"), "{\"a\":1,\"b\":[\"x\",null]}");
  EXPECT_EQ(json_row("MAP {'k': DATE '2024-02-29', 'l': NULL}"), "{\"k\":\"2024-02-29\",\"l\":null}");
  EXPECT_EQ(json_row("MAP {1: 'x'}"), "{\"1\":\"x\"}");
  EXPECT_EQ(json_row("union_value(num := 2)"), "{\"num\":2}");
  EXPECT_EQ(json_row("'{\"a\": [1,\n2]}'::JSON"), "{\"a\": [1, 2]}");
  EXPECT_EQ(json_row("[]::INTEGER[]"), "[]");
}

TEST_F(Encode, TimesAreWrittenInTheSessionsZone) {
  EXPECT_EQ(json_row("TIMESTAMP '2024-01-02 03:04:05.678'"), "\"2024-01-02 03:04:05.678\"");
  ASSERT_TRUE(session_->run_text("SET TimeZone = 'Europe/Berlin'"));
  EXPECT_EQ(json_row("TIMESTAMPTZ '2024-01-02 00:00:00+00'"), "\"2024-01-02 01:00:00+01\"");
}

TEST_F(Encode, EveryTypeOfTheEngineGivesValidJson) {
  const auto text = encoded(*session_, "SELECT * FROM test_all_types()", Format::kNdjson);
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size(); ++lines) {
    const auto end = text.find('\n', at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_TRUE(nlohmann::json::accept(text.substr(at, end - at))) << text.substr(at, end - at);
    at = end + 1;
  }
  EXPECT_EQ(lines, 3U);
  EXPECT_TRUE(nlohmann::json::accept(encoded(*session_, "SELECT * FROM test_all_types()", Format::kJson)));
}

TEST_F(Encode, EveryTypeOfTheEngineGoesThroughEachTextFormat) {
  for (const auto format : {Format::kCsv, Format::kTsv, Format::kTable, Format::kMarkdown}) {
    const auto text = encoded(*session_, "SELECT * FROM test_all_types()", format);
    EXPECT_FALSE(text.starts_with("error")) << text;
  }
}

TEST_F(Encode, JsonDocumentNamesColumnsAndCounts) {
  const auto text = encoded(*session_, "SELECT 1 AS a, 'x' AS a FROM range(3)", Format::kJson,
                            {.timeout = {}, .rows_max = 2});
  const auto document = nlohmann::json::parse(text);
  EXPECT_EQ(document["columns"][0], nlohmann::json({{"name", "a"}, {"type", "INTEGER"}}));
  EXPECT_EQ(document["rows"], nlohmann::json::parse("[[1,\"x\"],[1,\"x\"]]"));
  EXPECT_EQ(document["row_count"], 2);
  EXPECT_EQ(document["truncated"], true);
  EXPECT_FALSE(document.contains("changed_rows"));
}

TEST_F(Encode, ResultWithoutRowsIsStillADocument) {
  EXPECT_TRUE(nlohmann::json::accept(encoded(*session_, "SELECT 1 WHERE false", Format::kJson)));
  EXPECT_EQ(encoded(*session_, "SELECT 1 AS a WHERE false", Format::kCsv), "a\n");
  EXPECT_EQ(encoded(*session_, "SELECT 1 AS a WHERE false", Format::kNdjson), "");
}

TEST_F(Encode, RepeatedColumnNamesDifferInNdjson) {
  EXPECT_EQ(encoded(*session_, "SELECT 1 AS a, 2 AS a", Format::kNdjson), "{\"a\":1,\"a_1\":2}\n");
}

TEST_F(Encode, CsvTellsNullFromEmptyText) {
  EXPECT_EQ(encoded(*session_, "SELECT NULL AS a, '' AS b, 'x,\"y' AS c, [1] AS d", Format::kCsv),
            "a,b,c,d\n,\"\",\"x,\"\"y\",[1]\n");
}

TEST_F(Encode, TsvEscapes) {
  EXPECT_EQ(encoded(*session_, "SELECT NULL AS a, 'x' || chr(9) || 'y\\' AS b", Format::kTsv),
            "a\tb\n\\N\tx\\ty\\\\\n");
}

TEST_F(Encode, TableAlignsColumns) {
  EXPECT_EQ(encoded(*session_, "SELECT * FROM (VALUES (1, 'ab'), (200, NULL)) t(n, 名)", Format::kTable),
            "  n  名\n---  ----\n  1  ab\n200  NULL\n");
}

TEST_F(Encode, MarkdownEscapesItsBars) {
  EXPECT_EQ(encoded(*session_, "SELECT 'a|b' AS x, 1 AS n", Format::kMarkdown),
            "| x | n |\n| --- | ---: |\n| a\\|b | 1 |\n");
}

TEST_F(Encode, ChangesAreCounted) {
  ASSERT_TRUE(session_->run_text("CREATE TABLE t(a INTEGER)"));
  const auto document =
      nlohmann::json::parse(encoded(*session_, "INSERT INTO t VALUES (1), (2)", Format::kJson));
  EXPECT_EQ(document["changed_rows"], 2);
  EXPECT_EQ(encoded(*session_, "DELETE FROM t WHERE a = 1", Format::kCsv), "changed_rows\n1\n");
  EXPECT_EQ(encoded(*session_, "DROP TABLE t", Format::kCsv), "");
}

TEST_F(Encode, ParquetHoldsEveryTypeExactly) {
  const auto bytes =
      encoded(*session_, "SELECT * EXCLUDE (\"union\") FROM test_all_types()", Format::kParquet);
  ASSERT_TRUE(bytes.starts_with("PAR1")) << bytes;
  ASSERT_TRUE(bytes.ends_with("PAR1"));
  const auto path = ::testing::TempDir() + "encode_test_" + std::to_string(::getpid()) + ".parquet";
  os::PosixFileSystem files;
  ASSERT_TRUE(files.replace_file(path, bytes));
  auto again = session_->run_text(
      "SELECT hugeint, uhugeint, \"interval\", time_tz, dec38_10 FROM read_parquet('" + path + "')");
  EXPECT_TRUE(files.remove_file(path));
  ASSERT_TRUE(again) << again.error().message();
  auto plain = session_->run_text(
      "SELECT hugeint::VARCHAR, uhugeint::VARCHAR, \"interval\"::VARCHAR, time_tz::VARCHAR, dec38_10 FROM "
      "test_all_types()");
  ASSERT_TRUE(plain);
  EXPECT_EQ(again->rows, plain->rows);
}

TEST_F(Encode, ParquetStreamsRowGroups) {
  auto stream = session_->run("SELECT range AS n FROM range(500000)", {}, {});
  ASSERT_TRUE(stream);
  std::size_t calls = 0;
  std::string bytes;
  ASSERT_TRUE(encode(**stream, Format::kParquet, [&](std::string_view part) -> Status {
    ++calls;
    bytes += part;
    return ok();
  }));
  EXPECT_GT(calls, 4U);
  EXPECT_TRUE(bytes.ends_with("PAR1"));
}

TEST_F(Encode, ParquetRefusesStatementsWithoutRows) {
  EXPECT_EQ(encoded(*session_, "CREATE TABLE t(a INTEGER)", Format::kParquet),
            "error: the statement has no rows to write as Parquet");
}

TEST_F(Encode, SinkErrorEndsTheEncoding) {
  for (const auto format : {Format::kCsv, Format::kJson, Format::kNdjson, Format::kTable, Format::kParquet}) {
    auto stream = session_->run("SELECT range, range::VARCHAR FROM range(10000000)", {}, {});
    ASSERT_TRUE(stream);
    const auto status = encode(
        **stream, format, [](std::string_view) -> Status { return Error(ErrorCode::kCancelled, "gone"); });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kCancelled);
  }
  EXPECT_TRUE(session_->run_text("SELECT 1"));
}

TEST_F(Encode, BrokenOffJsonIsADocumentWithAnError) {
  EXPECT_TRUE(nlohmann::json::accept("{\"columns\":[],\"rows\":[" +
                                     *broken_off(Format::kJson, "{\"code\":\"timeout\"}")));
  EXPECT_FALSE(broken_off(Format::kParquet, "{}"));
}

TEST(EncodeFormats, AreKnownByNameAndMediaType) {
  EXPECT_EQ(format_named("ndjson"), Format::kNdjson);
  EXPECT_EQ(format_named("text/csv"), Format::kCsv);
  EXPECT_EQ(format_named("application/vnd.apache.parquet"), Format::kParquet);
  EXPECT_FALSE(format_named("xml"));
}

}  // namespace
}  // namespace lake::query
