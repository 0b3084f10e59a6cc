#include "lake/takeout/html_tokens.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "lake/codec/utf8.hpp"

namespace lake::takeout {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f'; }

/// `text` begins with `word` (lower-case), in any case.
bool begins_with(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  return std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

std::string_view name_in(std::string_view tag) {
  std::size_t end = 0;
  while (end < tag.size() && !is_space(tag[end]) && tag[end] != '/' && tag[end] != '>') ++end;
  return tag.substr(0, end);
}

/// Where a tag that begins at 0 ends: the '>' outside quotes.
std::size_t end_of_tag(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      if (text[i - 1] == '=') quote = c;  // elsewhere it is a stray one
    } else if (c == '>') {
      return i;
    }
  }
  return std::string_view::npos;
}

// Sorted by name; HTML 4's Latin-1 names and those that mails use.
constexpr std::pair<std::string_view, std::uint32_t> kEntities[] = {
    {"AElig", 198},   {"Aacute", 193}, {"Acirc", 194},   {"Agrave", 192}, {"Aring", 197},   {"Atilde", 195},
    {"Auml", 196},    {"Ccedil", 199}, {"ETH", 208},     {"Eacute", 201}, {"Ecirc", 202},   {"Egrave", 200},
    {"Euml", 203},    {"Iacute", 205}, {"Icirc", 206},   {"Igrave", 204}, {"Iuml", 207},    {"Ntilde", 209},
    {"OElig", 338},   {"Oacute", 211}, {"Ocirc", 212},   {"Ograve", 210}, {"Oslash", 216},  {"Otilde", 213},
    {"Ouml", 214},    {"Scaron", 352}, {"THORN", 222},   {"Uacute", 218}, {"Ucirc", 219},   {"Ugrave", 217},
    {"Uuml", 220},    {"Yacute", 221}, {"aacute", 225},  {"acirc", 226},  {"acute", 180},   {"aelig", 230},
    {"agrave", 224},  {"amp", '&'},    {"apos", '\''},   {"aring", 229},  {"atilde", 227},  {"auml", 228},
    {"bdquo", 8222},  {"brvbar", 166}, {"bull", 8226},   {"ccedil", 231}, {"cedil", 184},   {"cent", 162},
    {"copy", 169},    {"curren", 164}, {"dagger", 8224}, {"darr", 8595},  {"deg", 176},     {"divide", 247},
    {"eacute", 233},  {"ecirc", 234},  {"egrave", 232},  {"emsp", 8195},  {"ensp", 8194},   {"eth", 240},
    {"euml", 235},    {"euro", 8364},  {"frac12", 189},  {"frac14", 188}, {"frac34", 190},  {"gt", '>'},
    {"hellip", 8230}, {"iacute", 237}, {"icirc", 238},   {"iexcl", 161},  {"igrave", 236},  {"iquest", 191},
    {"iuml", 239},    {"laquo", 171},  {"larr", 8592},   {"ldquo", 8220}, {"le", 8804},     {"lsaquo", 8249},
    {"lsquo", 8216},  {"lt", '<'},     {"macr", 175},    {"mdash", 8212}, {"micro", 181},   {"middot", 183},
    {"minus", 8722},  {"nbsp", 160},   {"ndash", 8211},  {"not", 172},    {"ntilde", 241},  {"oacute", 243},
    {"ocirc", 244},   {"oelig", 339},  {"ograve", 242},  {"ordf", 170},   {"ordm", 186},    {"oslash", 248},
    {"otilde", 245},  {"ouml", 246},   {"para", 182},    {"plusmn", 177}, {"pound", 163},   {"quot", '"'},
    {"raquo", 187},   {"rarr", 8594},  {"rdquo", 8221},  {"reg", 174},    {"rsaquo", 8250}, {"rsquo", 8217},
    {"sbquo", 8218},  {"scaron", 353}, {"sect", 167},    {"shy", 173},    {"sup1", 185},    {"sup2", 178},
    {"sup3", 179},    {"szlig", 223},  {"thinsp", 8201}, {"thorn", 254},  {"times", 215},   {"trade", 8482},
    {"uacute", 250},  {"ucirc", 251},  {"ugrave", 249},  {"uml", 168},    {"uuml", 252},    {"yacute", 253},
    {"yen", 165},     {"yuml", 255},   {"zwj", 8205},    {"zwnj", 8204},
};
static_assert(std::is_sorted(std::begin(kEntities), std::end(kEntities)));

/// The code point of the entity that begins `text` (with its '&'), and its bytes.
std::optional<codec::CodePoint> entity_in(std::string_view text) {
  constexpr std::size_t kLongest = 12;
  const auto end = text.substr(0, kLongest).find(';');
  if (end == std::string_view::npos || end < 2) return std::nullopt;
  auto name = text.substr(1, end - 1);
  std::uint32_t value = 0;
  if (name.front() == '#') {
    name.remove_prefix(1);
    const bool is_hex = begins_with(name, "x");
    if (is_hex) name.remove_prefix(1);
    const auto [stop, failed] =
        std::from_chars(name.data(), name.data() + name.size(), value, is_hex ? 16 : 10);
    if (failed != std::errc() || stop != name.data() + name.size()) return std::nullopt;
    if (value == 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) value = 0xFFFD;
  } else {
    const auto* found =
        std::lower_bound(std::begin(kEntities), std::end(kEntities), name,
                         [](const auto& each, std::string_view sought) { return each.first < sought; });
    if (found == std::end(kEntities) || found->first != name) return std::nullopt;
    value = found->second;
  }
  return codec::CodePoint{value, end + 1};
}

bool is_blank(std::uint32_t point) {
  return point == 160 || (point >= 8192 && point <= 8203) || point == 8239 || point == 12288;
}

void append_entity(std::uint32_t point, std::string& out) {
  if (is_blank(point)) {
    out += ' ';
  } else {
    codec::append_code_point(point, out);
  }
}

/// Tags that begin a line of their own.
bool breaks_line(const HtmlTokens::Token& token) {
  static constexpr std::array<std::string_view, 18> kBlocks = {
      "br", "p",  "div", "tr", "li", "h1", "h2",    "h3",         "h4",
      "h5", "h6", "ul",  "ol", "hr", "td", "table", "blockquote", "pre"};
  return std::any_of(kBlocks.begin(), kBlocks.end(), [&](std::string_view name) { return token.is(name); });
}

}  // namespace

bool HtmlTokens::Token::is(std::string_view tag_name) const {
  if (kind == Kind::kText) return false;
  const auto tag = kind == Kind::kClose ? text.substr(1) : text;
  return begins_with(tag, tag_name) && name_in(tag).size() == tag_name.size();
}

bool HtmlTokens::next(Token& token) {
  while (!text_.empty()) {
    if (text_.front() == '<' && read_markup(token)) {
      if (token.text.empty()) continue;  // a comment
      return true;
    }
    // Text goes up to the next '<' that can begin markup; one that does not is text itself.
    auto end = text_.find('<', 1);
    if (end == std::string_view::npos) end = text_.size();
    token = {Kind::kText, text_.substr(0, end)};
    text_.remove_prefix(end);
    return true;
  }
  return false;
}

/// Takes what begins with '<' here; false when that is only a character.
bool HtmlTokens::read_markup(Token& token) {
  token.text = {};
  if (text_.size() < 2) return false;
  if (text_[1] == '!' || text_[1] == '?') {
    const bool is_comment = text_.starts_with("<!--");
    const auto end = text_.find(is_comment ? "-->" : ">", is_comment ? 4 : 2);
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + (is_comment ? 3 : 1));
    return true;
  }
  const bool is_close = text_[1] == '/';
  if (!is_letter(text_[is_close && text_.size() > 2 ? 2 : 1])) return false;
  const auto end = end_of_tag(text_);
  if (end == std::string_view::npos) {
    // Nothing behind it can be told from its attributes.
    text_ = {};
    return true;
  }
  token = {is_close ? Kind::kClose : Kind::kOpen, text_.substr(1, end - 1)};
  text_.remove_prefix(end + 1);
  for (const std::string_view hidden : {"script", "style", "noscript", "template"}) {
    if (token.opens(hidden)) pass_over_content(hidden);
  }
  return true;
}

void HtmlTokens::pass_over_content(std::string_view tag_name) {
  std::size_t at = 0;
  while ((at = text_.find("</", at)) != std::string_view::npos) {
    if (begins_with(text_.substr(at + 2), tag_name)) break;
    at += 2;
  }
  text_.remove_prefix(std::min(at, text_.size()));
}

std::optional<std::string> html_attribute(const HtmlTokens::Token& tag, std::string_view name) {
  auto text = tag.text;
  text.remove_prefix(name_in(text).size());
  while (!text.empty()) {
    while (!text.empty() && (is_space(text.front()) || text.front() == '/')) text.remove_prefix(1);
    std::size_t end = 0;
    while (end < text.size() && !is_space(text[end]) && text[end] != '=') ++end;
    const auto key = text.substr(0, end);
    text.remove_prefix(end);
    if (key.empty() && !text.starts_with('=')) break;
    std::string_view value;
    if (text.starts_with('=')) {
      text.remove_prefix(1);
      const char quote = text.empty() ? '\0' : text.front();
      if (quote == '"' || quote == '\'') {
        text.remove_prefix(1);
        end = std::min(text.find(quote), text.size());
        value = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
      } else {
        end = 0;
        while (end < text.size() && !is_space(text[end])) ++end;
        value = text.substr(0, end);
        text.remove_prefix(end);
      }
    }
    if (key.size() != name.size() || !begins_with(key, name)) continue;
    if (value.find('&') == std::string_view::npos) return std::string(value);
    std::string decoded;
    while (!value.empty()) {
      const auto entity = value.front() == '&' ? entity_in(value) : std::nullopt;
      if (entity) {
        codec::append_code_point(entity->value, decoded);
      } else {
        decoded += value.front();
      }
      value.remove_prefix(entity ? entity->bytes : 1);
    }
    return decoded;
  }
  return std::nullopt;
}

void append_html_text(std::string_view raw, std::string& out) {
  while (!raw.empty()) {
    const char c = raw.front();
    if (is_space(c)) {
      while (!raw.empty() && is_space(raw.front())) raw.remove_prefix(1);
      if (!out.empty() && out.back() != ' ' && out.back() != '\n') out += ' ';
      continue;
    }
    if (c == '&') {
      const auto entity = entity_in(raw);
      if (entity) {
        append_entity(entity->value, out);
        raw.remove_prefix(entity->bytes);
        continue;
      }
    } else if (c == '\xC2' && raw.starts_with("\xC2\xA0")) {
      out += ' ';
      raw.remove_prefix(2);
      continue;
    }
    // A run of what is text as it stands.
    std::size_t end = 1;
    while (end < raw.size() && !is_space(raw[end]) && raw[end] != '&' && raw[end] != '\xC2') ++end;
    out += raw.substr(0, end);
    raw.remove_prefix(end);
  }
}

std::string text_of_html(std::string_view html, std::size_t bytes_max) {
  std::string out;
  HtmlTokens tokens(html);
  HtmlTokens::Token token;
  bool in_title = false;
  while (out.size() < bytes_max && tokens.next(token)) {
    if (token.is("title")) {
      in_title = token.kind == HtmlTokens::Kind::kOpen;
    } else if (token.kind == HtmlTokens::Kind::kText) {
      if (!in_title) append_html_text(token.text, out);
    } else if (breaks_line(token)) {
      while (!out.empty() && out.back() == ' ') out.pop_back();
      if (!out.empty() && !out.ends_with("\n\n")) out += '\n';
    }
  }
  out.resize(out.find_last_not_of(" \n") + 1);
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace lake::takeout
