#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lake::takeout {

/// Tags and text of HTML that nobody promised to be well formed, in order. Comments, declarations and the
/// content of script, style, noscript and template are passed over. No tree is built and nothing nests, so
/// nothing grows with the input. Threads: one. The text outlives the tokens.
class HtmlTokens {
 public:
  enum class Kind : std::uint8_t { kText, kOpen, kClose };
  struct Token {
    Kind kind = Kind::kText;
    std::string_view text;  // of kText: as it stands, entities and all; of tags: what lies between < and >
    [[nodiscard]] bool is(std::string_view tag_name) const;  // a tag of that (lower-case) name, open or close
    [[nodiscard]] bool opens(std::string_view tag_name) const { return kind == Kind::kOpen && is(tag_name); }
    [[nodiscard]] bool closes(std::string_view tag_name) const {
      return kind == Kind::kClose && is(tag_name);
    }
  };
  explicit HtmlTokens(std::string_view text) : text_(text) {}
  /// False at the end. A tag that does not end is text.
  bool next(Token& token);

 private:
  bool read_markup(Token& token);
  void pass_over_content(std::string_view tag_name);

  std::string_view text_;
};

/// The value of an attribute of a tag, entities decoded; nothing when the tag has none of that (lower-case)
/// name.
std::optional<std::string> html_attribute(const HtmlTokens::Token& tag, std::string_view name);
/// Appends text with its entities decoded. Spaces and line ends of the markup become one space each run;
/// no-break, em and thin spaces become spaces too.
void append_html_text(std::string_view raw, std::string& out);
/// What a person would read of a page: lines, without markup; at most about `bytes_max`.
std::string text_of_html(std::string_view html, std::size_t bytes_max);
/// Without spaces, tabs and line ends on both sides.
std::string_view trimmed(std::string_view text);

}  // namespace lake::takeout
