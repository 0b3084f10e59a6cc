#include "lake/ingest/utf8_lines.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace lake::ingest {
namespace {

/// "line:byte", "line:cut", or "" when all is well; the text comes in pieces of that size.
std::string flaw_of(std::string_view text, std::size_t piece) {
  Utf8Lines lines;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    lines.add(std::as_bytes(std::span(text.substr(0, piece))));
  lines.end();
  if (!lines.flaw()) return "";
  return std::to_string(lines.flaw()->line) + ":" +
         (lines.flaw()->is_cut ? "cut" : std::to_string(lines.flaw()->byte));
}

TEST(Utf8Lines, TheFirstWrongByteAndItsLine) {
  struct Case {
    const char* situation;
    std::string text;
    const char* flaw;
  };
  for (const auto& each : std::vector<Case>{
           {"ascii", "a line\nanother, longer line\n", ""},
           {"characters of two to four bytes", "\xC3\xA4\n\xE2\x82\xAC\n\xF0\x9F\x98\x80\n\xEF\xBB\xBF", ""},
           {"latin-1", "a,b\nOslo,1\nK\xF6ln,2\nB\xE4le,3\n", "3:246"},
           {"a lone continuation", "0123456789\n\x80", "2:128"},
           {"an overlong slash", "\xC0\xAF", "1:192"},
           {"an overlong slash of three bytes", "\xE0\x80\xAF", "1:128"},
           {"a surrogate", "\n\n\xED\xA0\x80", "3:160"},
           {"beyond Unicode", "\xF4\x90\x80\x80", "1:144"},
           {"five bytes", "\xF8\x88\x80\x80\x80", "1:248"},
           {"cut within a character", "a\nb\xE2\x82", "2:cut"},
           {"a character cut by a line end", "\xE2\x82\n", "1:10"}}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{8}, std::size_t{4096}})
      EXPECT_EQ(flaw_of(each.text, piece), each.flaw) << each.situation << " by " << piece;
  }
}

}  // namespace
}  // namespace lake::ingest
