#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

const std::string kHead =
    R"({"Browser History": [{"title": "a", "url": "https://www.example.com", "time_usec": 1000000},)";
const std::string kFirst =
    "browser_visit: ts_us=1000000 url=https://www.example.com host=www.example.com title=a";

TEST(ChromeHistory, Visits) {
  const std::vector<ParserCase> cases = {
      {"every member there is",
       kHead +
           R"({"favicon_url": "f", "page_transition": "LINK", "title": "t", "ptoken": {"x": 1}, "url": "http://u@[::1]:80/p?q#h", "client_id": "W1==", "time_usec": 1617404690134513}]})",
       {kFirst,
        R"(browser_visit: ts_us=1617404690134513 url=http://u@[::1]:80/p?q#h client_id=W1== host=[::1] title=t transition=LINK favicon_url=f extra={"ptoken":{"x": 1}})"}},
      {"a qualifier, the time as text, an address without a host",
       kHead +
           R"({"page_transition_qualifier": "CLIENT_REDIRECT", "url": "data:text/plain,x", "time_usec": "2000000"}]})",
       {kFirst, "browser_visit: ts_us=2000000 url=data:text/plain,x transition_qualifier=CLIENT_REDIRECT"}},
      {"a title that is no text",
       kHead + R"({"title": 5, "url": "file:///x", "time_usec": 2000000}]})",
       {kFirst, R"(browser_visit: ts_us=2000000 url=file:///x extra={"title":5})"}},
      {"sections of later years",
       kHead + R"(], "Typed Url": [{"a": 1}], "Session": []})",
       {kFirst, R"(raw_json: idx=1 path=Chrome/History.json product=Chrome member=Typed Url doc={"a": 1})"}},
      {"a file that stops inside an element", kHead + R"({"title")", {kFirst}},
  };
  expect_cases(kChromeHistory, "Takeout/Chrome/History.json", cases);
}

TEST(ChromeHistory, Rejects) {
  const auto at = std::to_string(kHead.size());
  expect_cases(kChromeHistory, "Verlauf.json",
               {{"no JSON",
                 kHead + R"({"url": https://x.example, "time_usec": 1}]})",
                 {kFirst},
                 {"syntax @" + at + "+42"}},
                {"no object", kHead + "[]]}", {kFirst}, {"shape @" + at + "+2"}},
                {"no time", kHead + R"({"title": "t"}]})", {kFirst}, {"no time @" + at + "+14"}},
                {"a time beyond all years",
                 kHead + R"({"time_usec": 9223372036854775807}]})",
                 {kFirst},
                 {"no time @" + at + "+34"}}});
}

}  // namespace
}  // namespace lake::takeout
