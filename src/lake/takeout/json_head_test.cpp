#include "lake/takeout/json_head.hpp"

#include <gtest/gtest.h>

namespace lake::takeout {
namespace {

TEST(JsonHead, NamesMembersByTheirPath) {
  const JsonHead head(
      R"({"locations": [{"latitudeE7": 1, "activity": [{"activity": [{"type": "A"}], "x": {}}], "last": 2}], "end": "}"})");
  EXPECT_TRUE(head.is_object());
  for (const char* path : {"locations", "locations[].latitudeE7", "locations[].activity[].activity[].type",
                           "locations[].activity[].x", "locations[].last", "end"})
    EXPECT_TRUE(head.has(path)) << path;
  EXPECT_EQ(head.paths().size(), 8U);
}

TEST(JsonHead, ValuesAreNotTakenForNames) {
  const JsonHead head(R"([ {"a": "b", "c": ["d", "e"]}, "f", {"g": "\"h\": "} ])");
  EXPECT_TRUE(head.is_array());
  EXPECT_EQ(head.paths(), (std::set<std::string, std::less<>>{"[].a", "[].c", "[].g"}));
}

TEST(JsonHead, ACutOrForeignBeginningIsHarmless) {
  const std::string whole = "\xEF\xBB\xBF {\"a\": [{\"b\\u0041\": 1}]}";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const JsonHead head(std::string_view(whole).substr(0, size));
    EXPECT_LE(head.paths().size(), 2U);
  }
  EXPECT_FALSE(JsonHead("<html>").is_json());
  EXPECT_FALSE(JsonHead("").is_json());
  EXPECT_TRUE(JsonHead("}}]]").paths().empty());
  EXPECT_TRUE(JsonHead("{}}]]\"a\":").paths().empty());
}

TEST(JsonHead, IsBoundedWhateverTheDepth) {
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += R"({"a":)";
  EXPECT_LE(JsonHead(deep).paths().size(), JsonHead::kDepthMax);
}

}  // namespace
}  // namespace lake::takeout
