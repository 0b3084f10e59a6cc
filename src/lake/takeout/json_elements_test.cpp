#include "lake/takeout/json_elements.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace lake::takeout {
namespace {

struct Found {
  std::vector<std::string> texts;  // "member:text", items with '*'
  JsonElements::End end{};
  std::uint64_t end_offset = 0;
  bool operator==(const Found&) const = default;
};

Found elements_of(std::string_view text, std::size_t chunk = SIZE_MAX) {
  TextContent content(text, chunk);
  JsonElements elements(content);
  Found found;
  while (const auto element = elements.next()) {
    EXPECT_EQ(text.substr(element->place.offset, element->place.bytes), element->text);
    found.texts.push_back(std::string(element->member) + (element->is_item ? "*:" : ":") +
                          std::string(element->text));
  }
  found.end = elements.end();
  found.end_offset = elements.end_offset();
  EXPECT_FALSE(elements.next());
  return found;
}

struct Case {
  const char* situation;
  std::string text;
  std::vector<std::string> texts;
  JsonElements::End end = JsonElements::End::kComplete;
};

TEST(JsonElements, FindsElementsWhateverStandsInThem) {
  using End = JsonElements::End;
  const std::vector<Case> cases = {
      {"a top-level array", R"([{"a":1}, {"b":[2]},3 ])", {R"(*:{"a":1})", R"(*:{"b":[2]})", "*:3"}},
      {"nothing in it", " [ ] ", {}},
      {"arrays and other members of an object",
       R"({"x": [1, 2], "y": {"z": []}, "w": null, "v": []})",
       {"x*:1", "x*:2", R"(y:{"z": []})", "w:null"}},
      {"brackets and quotes inside strings",
       R"([{"a":"]}\"[{\\"}, "\\\"]"])",
       {R"(*:{"a":"]}\"[{\\"})", R"(*:"\\\"]")"}},
      {"elements that are no JSON, between good ones",
       R"([{"a": 5x6}, bad, {"b":}, {"c":1}])",
       {R"(*:{"a": 5x6})", "*:bad", R"(*:{"b":})", R"(*:{"c":1})"}},
      {"a backslash outside a string, which escapes nothing",
       R"([{\"a":"}"}, {"b":\}, 1])",
       {R"(*:{\"a":"}"})", R"(*:{"b":\})", "*:1"}},
      {"a comma too many", R"({"x": [1,], })", {"x*:1"}},
      {"a byte order mark", "\xEF\xBB\xBF[1]", {"*:1"}},
      {"cut inside an element", R"({"x": [{"a":1}, {"b": 2)", {R"(x*:{"a":1})"}, End::kCut},
      {"cut between elements", R"({"x": [{"a":1},)", {R"(x*:{"a":1})"}, End::kCut},
      {"cut inside a string with an escape at the end", "[\"abc\\", {}, End::kCut},
      {"cut inside a name", R"({"x)", {}, End::kCut},
      {"cut inside a number", "[12", {}, End::kCut},
      {"the end behind a name", "{\n \"timelineObjects0123\":", {}, End::kCut},
      {"nothing at all", "  ", {}, End::kCut},
      {"something behind the document", "[1] x", {"*:1"}, End::kSyntax},
      {"no comma", "[{} {}]", {"*:{}"}, End::kSyntax},
      {"no value", R"({"a": , "b": 1})", {}, End::kSyntax},
      {"no JSON", "hello", {}, End::kSyntax},
      {"the wrong bracket", "[1}", {"*:1"}, End::kSyntax},
  };
  for (const auto& each : cases) {
    const auto whole = elements_of(each.text);
    EXPECT_EQ(whole.texts, each.texts) << each.situation;
    EXPECT_EQ(whole.end, each.end) << each.situation;
    for (const std::size_t chunk : {1U, 2U, 3U, 7U})
      EXPECT_EQ(elements_of(each.text, chunk), whole) << each.situation << " by " << chunk;
  }
}

/// A value with brackets, quotes and backslashes in its strings and of some depth, all by chance.
std::string value_by_chance(std::minstd_rand& chance, int depth) {
  const auto pick = [&](unsigned count) { return static_cast<unsigned>(chance()) % count; };
  std::string text(1, "{["[pick(2)]);
  const bool is_object = text == "{";
  for (unsigned i = pick(4); i > 0; --i) {
    if (text.size() > 1) text += ',';
    std::string quoted = "\"";
    for (unsigned n = pick(40); n > 0; --n) {
      const char* const pieces[] = {"{", "}", "[", "]", ",", ":", "\\\"", "\\\\", "x", " "};
      quoted += pieces[pick(10)];
    }
    quoted += '"';
    text += quoted;
    if (is_object) text += depth > 0 && pick(2) == 0 ? ":" + value_by_chance(chance, depth - 1) : ": 1";
  }
  return text + (is_object ? "}" : "]");
}

TEST(JsonElements, FindsTheSameWhereverBlocksAndChunksEnd) {
  std::minstd_rand chance(7);
  for (int round = 0; round < 100; ++round) {
    std::string text = "[";
    std::vector<std::string> told;
    for (int i = 0; i < 20; ++i) {
      const auto value = value_by_chance(chance, 4);
      told.push_back("*:" + value);
      text += (i > 0 ? ", " : "") + value;
    }
    text += "]";
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{63}, std::size_t{64}, SIZE_MAX}) {
      const auto found = elements_of(text, chunk);
      EXPECT_EQ(found.end, JsonElements::End::kComplete);
      ASSERT_EQ(found.texts, told) << round;
    }
  }
}

TEST(JsonElements, TellsWhereTheDocumentWasCut) {
  const std::string text = R"([{"a":1}, {"b": 2)";
  EXPECT_EQ(elements_of(text).end_offset, 10U);
}

TEST(JsonElements, AnElementBeyondTheBoundIsPassedOver) {
  const std::string big(JsonElements::kElementBytesMax + (3U << 20U), 'x');
  for (const auto& large :
       {"\"" + big + "\"", "{\"a\": \"" + big + "\"}", "[" + std::string(big.size(), '1') + "]", big}) {
    const std::string text = "[1, " + large + ", {\"z\": 2}]";
    TextContent content(text);
    JsonElements elements(content);
    EXPECT_EQ(elements.next()->text, "1");
    const auto element = elements.next();
    ASSERT_TRUE(element);
    EXPECT_TRUE(element->is_too_large);
    EXPECT_EQ(element->place.offset, 4U);
    EXPECT_EQ(element->place.bytes, large.size());
    EXPECT_LT(element->text.size(), 10000U);
    EXPECT_EQ(elements.next()->text, "{\"z\": 2}");
    EXPECT_FALSE(elements.next());
    EXPECT_EQ(elements.end(), JsonElements::End::kComplete);
  }
}

TEST(JsonElements, DepthIsToldNotFollowed) {
  const std::string text = "[" + std::string(65, '[') + std::string(65, ']') + ", " + std::string(64, '[') +
                           std::string(64, ']') + "]";
  TextContent content(text);
  JsonElements elements(content);
  EXPECT_TRUE(elements.next()->is_too_deep);
  EXPECT_FALSE(elements.next()->is_too_deep);
}

/// Fails after some bytes, as a damaged entry does.
class BreakingContent final : public Content {
 public:
  explicit BreakingContent(std::string_view text) : text_(text) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    LAKE_TRY(const auto count, text_.read(out));
    if (count > 0) return count;
    return Error(ErrorCode::kCorruption, "the entry is damaged");
  }

 private:
  TextContent text_;
};

TEST(JsonElements, ReadingThatFailsIsNoCut) {
  BreakingContent content("[{\"a\":1}, {\"b");
  JsonElements elements(content);
  EXPECT_TRUE(elements.next());
  EXPECT_FALSE(elements.next());
  EXPECT_EQ(elements.end(), JsonElements::End::kBroken);
  EXPECT_EQ(elements.end_reason(), "the entry is damaged");
  BreakingContent whole("[1]");
  JsonElements all(whole);
  EXPECT_TRUE(all.next());
  EXPECT_FALSE(all.next());
  EXPECT_EQ(all.end(), JsonElements::End::kBroken);
}

}  // namespace
}  // namespace lake::takeout
