#include "lake/takeout/html_tokens.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lake::takeout {
namespace {

std::vector<std::string> tokens_of(std::string_view html) {
  std::vector<std::string> found;
  HtmlTokens tokens(html);
  HtmlTokens::Token token;
  while (tokens.next(token))
    found.push_back((token.kind == HtmlTokens::Kind::kText ? "text " : "tag ") + std::string(token.text));
  return found;
}

TEST(HtmlTokens, Markup) {
  struct Case {
    const char* situation;
    const char* html;
    std::vector<std::string> tokens;
  };
  const std::vector<Case> cases = {
      {"tags and text", "a<b class='x'>c</b>", {"text a", "tag b class='x'", "text c", "tag /b"}},
      {"a > in quotes", R"(<a href="x>y">z)", {R"(tag a href="x>y")", "text z"}},
      {"a < that begins no tag", "1 < 2 <3", {"text 1 ", "text < 2 ", "text <3"}},
      {"comments, declarations", "<!DOCTYPE html>a<!-- <b> -->b<?xml?>c", {"text a", "text b", "text c"}},
      {"a comment without end", "a<!-- b", {"text a"}},
      {"a tag without end", "a<b c", {"text a"}},
      {"script and style are passed over",
       "<script>if (a<b) '</x>'</script>c<STYLE>d</Style>e",
       {"tag script", "tag /script", "text c", "tag STYLE", "tag /Style", "text e"}},
      {"script without end", "<script>a", {"tag script"}},
      {"nothing", "", {}},
      {"a lone bracket", "<", {"text <"}},
  };
  for (const auto& each : cases) EXPECT_EQ(tokens_of(each.html), each.tokens) << each.situation;
}

TEST(HtmlTokens, NamesAndAttributes) {
  HtmlTokens tokens(R"(<A HREF = x data-x title=a&amp;b class='c d' checked/>)");
  HtmlTokens::Token tag;
  ASSERT_TRUE(tokens.next(tag));
  EXPECT_TRUE(tag.opens("a"));
  EXPECT_FALSE(tag.is("abbr"));
  EXPECT_EQ(html_attribute(tag, "title"), "a&b");
  EXPECT_EQ(html_attribute(tag, "class"), "c d");
  EXPECT_EQ(html_attribute(tag, "data-x"), "");
  EXPECT_EQ(html_attribute(tag, "href2"), std::nullopt);
}

TEST(HtmlTokens, Entities) {
  struct Case {
    const char* raw;
    const char* text;
  };
  for (const auto& each :
       std::vector<Case>{{"a &amp; b&lt;&gt;&quot;&#39;&apos;", "a & b<>\"''"},
                         {"&auml;&#228;&#xE4;&#XE4;", "ääää"},
                         {"a&nbsp;b\xC2\xA0"
                          "c&emsp;d",
                          "a b c d"},
                         {"&unknown; & &; &#; &#x;", "&unknown; & &; &#; &#x;"},
                         {"&#0;&#xD800;&#1114112;", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
                         {"&#99999999999;", "&#99999999999;"},
                         {"a \n\t b", "a b"}}) {
    std::string text;
    append_html_text(each.raw, text);
    EXPECT_EQ(text, each.text) << each.raw;
  }
}

TEST(HtmlTokens, TextOfPages) {
  EXPECT_EQ(text_of_html("<html><head><title>T</title><style>x</style></head><body> <p>One  "
                         "two</p>\n<p>three<br>four &amp; five</div>",
                         100),
            "One two\n\nthree\nfour & five");
  EXPECT_EQ(text_of_html("", 100), "");
  EXPECT_EQ(text_of_html("<br><br>", 100), "");
  EXPECT_LT(text_of_html(std::string(1000, '<') + "a<p>b<p>c", 10).size(), 1100U);
}

}  // namespace
}  // namespace lake::takeout
