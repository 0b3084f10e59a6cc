#include "lake/http/error_envelope.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lake::http {
namespace {

TEST(ErrorEnvelope, EveryCodeHasAStatusAndACategory) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_GE(status_of(code), 400U) << name_of(code);
    EXPECT_LE(status_of(code), 599U) << name_of(code);
    EXPECT_FALSE(category_of(code).empty()) << name_of(code);
    EXPECT_EQ(category_of(code) == "retry", is_retryable(code)) << name_of(code);
  }
}

TEST(ErrorEnvelope, SaysPositionOnlyWhenThereIsOne) {
  const Error error(ErrorCode::kNotFound, "no table \"x\"");
  const auto plain = nlohmann::json::parse(error_body(error, "r1"))["error"];
  EXPECT_EQ(plain["code"], "not_found");
  EXPECT_EQ(plain["category"], "request");
  EXPECT_TRUE(plain["position"].is_null());
  EXPECT_EQ(plain["request_id"], "r1");
  EXPECT_EQ(nlohmann::json::parse(error_body(error.at(7), "r1"))["error"]["position"], 7);
}

TEST(ErrorEnvelope, MessageThatIsNotUtf8IsStillJson) {
  EXPECT_TRUE(nlohmann::json::accept(error_body(Error(ErrorCode::kCorruption, "found \xFF\xFE"), "r")));
}

TEST(ErrorEnvelope, FieldIsOneShortLineOfAscii) {
  const std::string long_text = "zwölf\nlines " + std::string(5000, 'x');
  const std::string field = error_field(Error(ErrorCode::kIo, long_text).at(7), "r");
  EXPECT_LT(field.size(), 3000U);
  for (const char c : field) EXPECT_TRUE(c >= ' ' && c < 0x7f) << static_cast<int>(c);
  const auto read = nlohmann::json::parse(field);
  EXPECT_EQ(read["code"], "io");
  EXPECT_EQ(read["position"], 7);
  EXPECT_TRUE(read["message"].get<std::string>().starts_with("zwölf\nlines x"));
}

}  // namespace
}  // namespace lake::http
