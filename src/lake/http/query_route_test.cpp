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
  EXPECT_EQ(std::get<std::string>(wanted->parameters.positional[5]), "18446744073709551615");
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
  EXPECT_FALSE(parse(R"({"sql":"x"})", "image/png"));
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
