#include "lake/takeout/csv_records.hpp"

#include <gtest/gtest.h>

namespace lake::takeout {
namespace {

using Fields = std::vector<std::string>;

struct Found {
  std::vector<Fields> records;
  CsvRecords::End end{};
  std::uint64_t end_offset = 0;
  bool operator==(const Found&) const = default;
};

Found records_of(std::string_view text, std::size_t chunk = SIZE_MAX) {
  TextContent content(text, chunk);
  CsvRecords records(content);
  Found found;
  while (const auto* record = records.next()) {
    EXPECT_EQ(text.substr(record->place.offset, record->place.bytes), record->text);
    found.records.push_back(record->fields);
  }
  found.end = records.end();
  found.end_offset = records.end_offset();
  EXPECT_EQ(records.next(), nullptr);
  return found;
}

TEST(CsvRecords, FieldsAsRfc4180HasThem) {
  using End = CsvRecords::End;
  struct Case {
    const char* situation;
    std::string text;
    std::vector<Fields> records;
    End end = End::kComplete;
  };
  const std::vector<Case> cases = {
      {"nothing", "", {}},
      {"lines of both kinds, the last without an end",
       "a,b\r\nc,d\ne,f",
       {{"a", "b"}, {"c", "d"}, {"e", "f"}}},
      {"quotes", "\"a,1\",\"b\"\"c\",\"d\ne\"\n", {{"a,1", "b\"c", "d\ne"}}},
      {"empty fields", ",\n\"\",\n", {{"", ""}, {"", ""}}},
      {"blank lines and a byte order mark", "\xEF\xBB\xBFh\n\n\r\nx\n\n\n", {{"h"}, {"x"}}},
      {"a quote inside a field is a character", "a\"b\",c\n", {{"a\"b\"", "c"}}},
      {"text behind a closing quote", "\"a\"b,c\n", {{"ab", "c"}}},
      {"the end inside quotes", "a,b\n\"c,d\n", {{"a", "b"}}, End::kCut},
      {"CR inside a field", "a\rb,c\n", {{"a\rb", "c"}}},
  };
  for (const auto& each : cases) {
    const auto whole = records_of(each.text);
    EXPECT_EQ(whole.records, each.records) << each.situation;
    EXPECT_EQ(whole.end, each.end) << each.situation;
    for (const std::size_t chunk : {1U, 2U, 5U})
      EXPECT_EQ(records_of(each.text, chunk), whole) << each.situation;
  }
  EXPECT_EQ(records_of("a,b\n\"c,d\n").end_offset, 4U);
}

TEST(CsvRecords, ARecordBeyondTheBoundIsPassedOver) {
  const std::string big(CsvRecords::kRecordBytesMax + 1000, 'x');
  const std::string text = "a,b\n\"" + big + "\",c\nd,e\n";
  TextContent content(text);
  CsvRecords records(content);
  ASSERT_NE(records.next(), nullptr);
  const auto* large = records.next();
  ASSERT_NE(large, nullptr);
  EXPECT_TRUE(large->is_too_large);
  EXPECT_TRUE(large->fields.empty());
  const auto* last = records.next();
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(last->fields, (Fields{"d", "e"}));
}

TEST(CsvRecords, TheHeadGivesWholeRecordsOnly) {
  EXPECT_EQ(first_csv_records("a,b\nc,d\ne,", false, 5), (std::vector<Fields>{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(first_csv_records("a,b\nc,d\ne,", true, 5).size(), 3U);
  EXPECT_EQ(first_csv_records("a,b\nc,d\n", false, 1).size(), 1U);
  EXPECT_TRUE(first_csv_records("", true, 5).empty());
}

}  // namespace
}  // namespace lake::takeout
