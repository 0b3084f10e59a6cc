#include "lake/http/query_route.hpp"

#include <gtest/gtest.h>

namespace lake::http {
namespace {

Result<QueryRequest> parse(const std::string& body, const std::string& accept = "") {
  Request request;
  request.id = "r";
  request.body = body;
  if (!accept.empty()) request.headers["accept"] = accept;
  return parse_query_request(request);
}

TEST(QueryRequest, TakesAllItsMembers) {
  const auto wanted = parse(
      R"({"sql":"SELECT $1","params":[null,true,-5,1.5,"x",18446744073709551615],"format":"csv","timeout_ms":100,"max_rows":7})");
  ASSERT_TRUE(wanted) << wanted.error().message();
  EXPECT_EQ(wanted->sql, "SELECT $1");
  ASSERT_EQ(wanted->parameters.positional.size(), 6U);
  EXPECT_EQ(std::get<std::int64_t>(wanted->parameters.positional[2]), -5);
  EXPECT_EQ(std::get<std::uint64_t>(wanted->parameters.positional[5]), 18446744073709551615U);
  EXPECT_EQ(wanted->format, query::Format::kCsv);
  EXPECT_EQ(wanted->options.timeout, std::chrono::milliseconds(100));
  EXPECT_EQ(wanted->options.rows_max, 7U);
  EXPECT_TRUE(wanted->options.from_door);
  EXPECT_TRUE(wanted->options.stateless);
}

TEST(QueryRequest, NamedParameters) {
  const auto wanted = parse(R"({"sql":"SELECT $a","params":{"a":1}})");
  ASSERT_TRUE(wanted);
  EXPECT_EQ(std::get<std::int64_t>(wanted->parameters.named.at("a")), 1);
}

TEST(QueryRequest, AcceptChoosesWhenFormatDoesNot) {
  EXPECT_EQ(parse(R"({"sql":"x"})")->format, query::Format::kJson);
  EXPECT_EQ(parse(R"({"sql":"x"})", "*/*")->format, query::Format::kJson);
  EXPECT_EQ(parse(R"({"sql":"x"})", "image/png, text/csv;q=0.5")->format, query::Format::kCsv);
  EXPECT_EQ(parse(R"({"sql":"x","format":"ndjson"})", "text/csv")->format, query::Format::kNdjson);
  EXPECT_EQ(parse(R"({"sql":"x"})", "text/*")->format, query::Format::kCsv);
  EXPECT_EQ(parse(R"({"sql":"x"})", "Text/CSV")->format, query::Format::kCsv);
  EXPECT_EQ(parse(R"({"sql":"x"})", "text/csv;q=0, */*;q=0.1")->format, query::Format::kJson);
  EXPECT_EQ(parse(R"({"sql":"x"})", "*/*;q=0.1, text/csv; charset=utf-8; Q=0.8")->format,
            query::Format::kCsv);
  EXPECT_EQ(parse(R"({"sql":"x"})", "text/csv, application/x-ndjson")->format, query::Format::kCsv);
  EXPECT_FALSE(parse(R"({"sql":"x"})", "image/png"));
  EXPECT_FALSE(parse(R"({"sql":"x"})", "csv"));
  EXPECT_FALSE(parse(R"({"sql":"x"})", "*/*;q=0"));
  EXPECT_FALSE(parse(R"({"sql":"x"})", "text/csv;q=much"));
}

TEST(QueryRequest, NumbersThatWouldLoseDigitsAreRefused) {
  const auto with = [](const std::string& number) {
    return parse(R"({"sql":"SELECT 123456789012345678901234567890, ?","params":[)" + number + "]}");
  };
  for (const auto* number : {"123456789012345678901234567890", "18446744073709551616", "-9223372036854775809",
                             "0.1234567890123456789"}) {
    const auto wanted = with(number);
    ASSERT_FALSE(wanted) << number;
    EXPECT_EQ(wanted.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(wanted.error().message().find(number), std::string::npos) << wanted.error().message();
  }
  for (const auto* number :
       {"0.1", "1e20", "-9223372036854775808", "1.50000000000000000000000", "0.30000000000000004",
        "\"123456789012345678901234567890\"", "2.2250738585072014e-308"}) {
    EXPECT_TRUE(with(number)) << number;
  }
}

TEST(QueryRequest, TimeLimitIsKnownBeforeTheRestIs) {
  Request request;
  request.body = R"({"sql":"SELECT 1","timeout_ms":70})";
  EXPECT_EQ(query_time_limit(request), std::chrono::milliseconds(70));
  for (const auto* body :
       {"", "{", "[]", R"({"sql":"x"})", R"({"timeout_ms":"70"})", R"({"timeout_ms":-1})"}) {
    request.body = body;
    EXPECT_FALSE(query_time_limit(request)) << body;
  }
  request.body = R"({"timeout_ms":70,"sql":")" + std::string(kPeekBytesMax, 'x') + "\"}";
  EXPECT_FALSE(query_time_limit(request));
}

TEST(QueryRequest, WrongBodiesAreRefused) {
  for (const auto* body :
       {"", "[]", "{", "{}", R"({"sql":1})", R"({"sql":"x","params":1})", R"({"sql":"x","params":[[1]]})",
        R"({"sql":"x","format":"xml"})", R"({"sql":"x","timeout_ms":-1})", R"({"sql":"x","max_rows":"1"})",
        R"({"sql":"x","limit":1})"}) {
    const auto wanted = parse(body);
    ASSERT_FALSE(wanted) << body;
    EXPECT_EQ(wanted.error().code(), ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace lake::http
