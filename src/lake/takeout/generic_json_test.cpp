#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

TEST(GenericJson, EachElementAsItIs) {
  expect_cases(
      kGenericJson, "Takeout/Google Quux/a/things.json",
      {{"an object with an array",
        R"({"things": [{"n": 1}, 2], "who": "me"})",
        {R"(raw_json: idx=0 path=Google Quux/a/things.json product=Google Quux member=things doc={"n": 1})",
         "raw_json: idx=1 path=Google Quux/a/things.json product=Google Quux member=things doc=2",
         R"(raw_json: idx=2 path=Google Quux/a/things.json product=Google Quux member=who doc="me")"}},
       {"nothing in it", "[]", {}},
       {"an element that is no JSON keeps its number",
        "[1, x, 3]",
        {"raw_json: idx=0 path=Google Quux/a/things.json product=Google Quux doc=1",
         "raw_json: idx=2 path=Google Quux/a/things.json product=Google Quux doc=3"},
        {"syntax @4+1"}},
       {"wrong UTF-8",
        "[\"a\xff\"]",
        {"raw_json: idx=0 path=Google Quux/a/things.json product=Google Quux doc=\"a\xEF\xBF\xBD\""}}});
}

TEST(GenericJson, ResumingCountsWhatIsStored) {
  const auto parsed = parse(kGenericJson, "Takeout/P/x.json", "[10, 20, 30]", SIZE_MAX, 7);
  EXPECT_EQ(parsed.rows, (std::vector<std::string>{"raw_json: idx=2 path=P/x.json product=P doc=30"}));
}

}  // namespace
}  // namespace lake::takeout
