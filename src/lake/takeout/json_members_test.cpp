#include "lake/takeout/json_members.hpp"

#include <gtest/gtest.h>

#include "lake/takeout/parser_fixture.hpp"

namespace lake::takeout {
namespace {

TEST(JsonGrammar, IsThatOfRfc8259) {
  for (const char* text :
       {"1", "-0.5e+7", "\"\\u00e9\\n\"", "[]", "{}", "[1, {\"a\": null}]", " true ", "\"\\ud83d\""})
    EXPECT_TRUE(is_json(text)) << text;
  for (const char* text : {"", "01", "1.", "+1", "52x16", "\"", "\"\\x\"", "\"\\u12g4\"", "[1,]", "{\"a\"}",
                           "{a: 1}", "tru", "1 2", "\"a\nb\"", "--1", "1e"})
    EXPECT_FALSE(is_json(text)) << text;
  EXPECT_FALSE(is_json(std::string(100000, '[')));
}

TEST(JsonGrammar, QuotedTextIsJson) {
  EXPECT_EQ(json_quoted("a\"b\\c\n\x01"), R"("a\"b\\c\u000a\u0001")");
  EXPECT_TRUE(is_json(json_quoted(std::string("\0\x1f", 2))));
}

TEST(Utf8, WrongBytesAreReplaced) {
  EXPECT_EQ(repaired_utf8("a\xff\xfez"), "a\xEF\xBF\xBD\xEF\xBF\xBDz");
  EXPECT_EQ(repaired_utf8("caf\xc3\xa9"), "caf\xc3\xa9");
}

constexpr ColumnSpec kColumns[] = {{"n", ColumnType::kInt64}};
constexpr std::string_view kKey[] = {"n"};
constexpr TableSpec kTable{.name = "t", .columns = kColumns, .key = kKey};

class MembersTest : public ::testing::Test {
 protected:
  JsonReader::Outcome read(std::string text, const std::function<void(Members&)>& take) {
    text.reserve(text.size() + 64);
    extra_.emplace(sink_, kTable);
    text_ = std::move(text);
    return reader_.read(text_, *extra_, take);
  }
  std::string text_;
  Parsed parsed_;
  Batch batch_;
  CollectingTaker taker_{parsed_};
  EntrySink sink_{{}, batch_, parsed_.drift, taker_, 1U << 20U, 1000};
  std::optional<Extra> extra_;
  JsonReader reader_;
};

TEST_F(MembersTest, WhatDoesNotFitIsKept) {
  std::optional<std::int64_t> small;
  std::optional<std::int64_t> large;
  std::optional<double> real;
  std::optional<std::string_view> text;
  std::optional<bool> flag;
  std::optional<Timestamp> time;
  const auto outcome = read(
      R"({"small": 70000, "large": 99999999999999999999, "real": "no", "huge": 99999999999999999999.5, "text": [1], "flag": "x", "time": "soon", "none": null, "other": {"a": [1]}})",
      [&](Members& members) {
        while (members.next()) {
          const auto key = members.key();
          if (key == "small") members.integer(small, ColumnType::kInt16);
          if (key == "large" || key == "none") members.integer(large);
          if (key == "real" || key == "huge") members.real(real);
          if (key == "text") members.text(text);
          if (key == "flag") members.flag(flag);
          if (key == "time") members.iso_time(time);
          if (key == "other") members.keep();
        }
      });
  EXPECT_EQ(outcome, JsonReader::Outcome::kRead);
  EXPECT_FALSE(small || large || real || text || flag || time);
  EXPECT_EQ(
      extra_->json(),
      R"({"small":70000,"large":99999999999999999999,"real":"no","huge":99999999999999999999.5,"text":[1],"flag":"x","time":"soon","other":{"a": [1]}})");
  EXPECT_EQ(parsed_.drift.seen().at({"t", "other"}).count, 1U);
}

TEST_F(MembersTest, NumbersMayStandInTexts) {
  std::optional<std::int64_t> whole;
  std::optional<double> real;
  EXPECT_EQ(read(R"({"a": "-8024144696862913506", "b": "1.25"})",
                 [&](Members& members) {
                   while (members.next()) members.key() == "a" ? members.integer(whole) : members.real(real);
                 }),
            JsonReader::Outcome::kRead);
  EXPECT_EQ(whole, -8024144696862913506LL);
  EXPECT_EQ(real, 1.25);
}

TEST_F(MembersTest, NestedLeftoversKeepTheirPath) {
  std::optional<std::int64_t> number;
  EXPECT_EQ(read(R"({"list": [{"a": 1, "b": 2}, 5], "one": {"c": {"d": true}}, "bad": 7})",
                 [&](Members& members) {
                   while (members.next()) {
                     if (members.key() == "list") {
                       members.objects([&](Members& inner) {
                         while (inner.next()) inner.key() == "a" ? inner.integer(number) : inner.keep();
                       });
                     } else {
                       members.object([](Members& inner) {
                         while (inner.next()) inner.keep();
                       });
                     }
                   }
                 }),
            JsonReader::Outcome::kRead);
  EXPECT_EQ(number, 1);
  EXPECT_EQ(extra_->json(), R"({"list[0].b":2,"list[1]":5,"one.c":{"d": true},"bad":7})");
}

TEST_F(MembersTest, LoneSurrogatesAndWrongUtf8AreReplaced) {
  std::optional<std::string_view> text;
  const auto take = [&](Members& members) {
    while (members.next()) members.text(text);
  };
  EXPECT_EQ(read(R"({"a": "x\ud83d y\n\ud83d\ude00"})", take), JsonReader::Outcome::kRead);
  EXPECT_EQ(text, "x\xEF\xBF\xBD y\n\xF0\x9F\x98\x80");
  EXPECT_TRUE(reader_.was_repaired());
  EXPECT_EQ(read("{\"a\": \"x\xff\"}", take), JsonReader::Outcome::kRead);
  EXPECT_EQ(text, "x\xEF\xBF\xBD");
  EXPECT_TRUE(reader_.was_repaired());
  EXPECT_EQ(read(R"({"a": "fine"})", take), JsonReader::Outcome::kRead);
  EXPECT_FALSE(reader_.was_repaired());
}

TEST_F(MembersTest, WhatIsNoJsonIsSyntaxAndWhatIsNoObjectShape) {
  const auto keep_all = [](Members& members) {
    while (members.next()) members.keep();
  };
  for (const char* text : {R"({"a": 52x16})", R"({"a": })", R"({"a" 1})", R"({"a": tru})", R"({a: 1})",
                           "{\"a\": \"\x01\"}", R"({"a": 1 "b": 2})", "bad"})
    EXPECT_EQ(read(text, keep_all), JsonReader::Outcome::kSyntax) << text;
  for (const char* text : {"42", R"("no object")", "[1]", "null"})
    EXPECT_EQ(read(text, keep_all), JsonReader::Outcome::kShape) << text;
}

}  // namespace
}  // namespace lake::takeout
