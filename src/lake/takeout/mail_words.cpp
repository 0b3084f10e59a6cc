#include "lake/takeout/mail_words.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "lake/takeout/charsets.hpp"
#include "lake/takeout/html_tokens.hpp"
#include "lake/takeout/transfer_codings.hpp"
#include "lake/takeout/zones.hpp"

namespace lake::takeout {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string text_of(std::string_view bytes, std::string_view charset) {
  bool was_repaired = false;
  return utf8_of(bytes, charset, was_repaired);
}

struct EncodedWord {
  std::string_view charset;
  std::string bytes;
  std::size_t length = 0;
};

/// The encoded word that begins `text`.
std::optional<EncodedWord> encoded_word(std::string_view text) {
  constexpr std::size_t kLongest = 4096;
  if (!text.starts_with("=?")) return std::nullopt;
  text = text.substr(0, kLongest);
  const auto charset_end = text.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= text.size() || text[charset_end + 2] != '?')
    return std::nullopt;
  const char coding = text[charset_end + 1];
  const auto end = text.find("?=", charset_end + 3);
  if (end == std::string_view::npos) return std::nullopt;
  EncodedWord word;
  word.charset = text.substr(2, charset_end - 2);
  word.charset = word.charset.substr(0, word.charset.find('*'));  // a language behind it
  auto content = text.substr(charset_end + 3, end - charset_end - 3);
  if (content.find('?') != std::string_view::npos) return std::nullopt;
  word.length = end + 2;
  if (coding == 'B' || coding == 'b') {
    Base64Decoder decoder;
    decoder.decode(content, word.bytes);
  } else if (coding == 'Q' || coding == 'q') {
    std::string spaced(content);
    std::replace(spaced.begin(), spaced.end(), '_', ' ');
    append_hex_coded(spaced, '=', word.bytes);
  } else {
    return std::nullopt;
  }
  return word;
}

// ---- dates

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

unsigned month_of(std::string_view word) {
  const auto name = lower(word.substr(0, 3));
  const auto* found = std::find(kMonths.begin(), kMonths.end(), name);
  return found == kMonths.end() ? 0 : static_cast<unsigned>(found - kMonths.begin()) + 1;
}

std::optional<std::int64_t> number_of(std::string_view text, std::size_t digits_max) {
  if (text.empty() || text.size() > digits_max || !std::all_of(text.begin(), text.end(), is_digit))
    return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

/// "22:18:04", "22:18"
std::optional<std::int64_t> clock_us(std::string_view text) {
  std::array<std::int64_t, 3> parts{};
  std::size_t count = 0;
  while (!text.empty()) {
    const auto colon = std::min(text.find(':'), text.size());
    const auto number = number_of(text.substr(0, colon), 2);
    if (!number || count == 3) return std::nullopt;
    parts[count++] = *number;
    text.remove_prefix(std::min(colon + 1, text.size()));
  }
  if (count < 2 || parts[0] > 23 || parts[1] > 59 || parts[2] > 60) return std::nullopt;
  return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * kSecond;
}

std::optional<std::int64_t> year_of(std::string_view text) {
  const auto year = number_of(text, 4);
  if (!year || text.size() == 1) return std::nullopt;
  if (text.size() == 2) return *year + (*year < 50 ? 2000 : 1900);
  return text.size() == 3 ? *year + 1900 : *year;
}

std::optional<std::int16_t> zone_of(std::string_view text) {
  if (text == "UT") return std::int16_t{0};
  return offset_of_abbreviation(text);
}

struct DateParts {
  std::optional<std::int64_t> year;
  std::optional<std::int64_t> day;
  std::optional<std::int64_t> clock;
  std::optional<std::int16_t> zone;
  unsigned month = 0;
};

std::optional<Timestamp> time_of(const DateParts& parts) {
  if (!parts.year || !parts.day || !parts.clock || parts.month == 0 || *parts.year < 1 || *parts.day > 31)
    return std::nullopt;
  const auto days = days_from_civil(*parts.year, parts.month, static_cast<unsigned>(*parts.day));
  if (!days) return std::nullopt;
  Timestamp time;
  time.micros = *days * 86400 * kSecond + *parts.clock - parts.zone.value_or(0) * 60L * kSecond;
  time.offset_minutes = parts.zone;
  time.quality = parts.zone ? TimeQuality::kSecond : TimeQuality::kZoneUnknown;
  return time;
}

std::vector<std::string_view> words_of(std::string_view text, std::string_view separators,
                                       std::size_t words_max) {
  std::vector<std::string_view> words;
  while (words.size() < words_max) {
    const auto begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(separators), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

// ---- structure

/// Without comments in parentheses; the last of them is given apart, for "addr (Name)".
std::string without_comments(std::string_view text, std::string& comment) {
  if (text.find('(') == std::string_view::npos) return std::string(text);
  std::string out;
  std::string last;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    auto& into = depth > 0 ? last : out;
    if (c == '\\' && i + 1 < text.size()) {
      into += c;
      into += text[++i];
    } else if (c == '"' && depth == 0) {
      quoted = !quoted;
      out += c;
    } else if (c == '(' && !quoted) {
      if (depth++ == 0) last.clear();
    } else if (c == ')' && !quoted && depth > 0) {
      if (--depth == 0) comment = last;
    } else {
      into += c;
    }
  }
  return out;
}

/// A quoted string without its quotes and backslashes; other text as it is.
std::string unquoted(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 2 || text.front() != '"') return std::string(text);
  std::string out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      // What stands behind the quotes belongs to the name too: "a" b.
      out += text.substr(i + 1);
      break;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

/// The end of the next item before one of `ends`, outside quotes, comments and angle brackets.
std::size_t item_end(std::string_view text, std::string_view ends, bool with_brackets) {
  bool quoted = false;
  bool bracketed = false;
  bool has_closing = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quoted) {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      continue;
    } else if (c == '(' && has_closing) {
      const auto close = text.find(')', i);
      has_closing = close != std::string_view::npos;
      if (has_closing) i = close;  // a comment
    } else if (with_brackets && c == '<') {
      bracketed = true;
    } else if (c == '>') {
      bracketed = false;
    } else if (!bracketed && ends.find(c) != std::string_view::npos) {
      return i;
    }
  }
  return text.size();
}

Address address_of(std::string_view item) {
  std::string comment;
  const auto plain = without_comments(item, comment);
  const auto text = trimmed(plain);
  Address address;
  const auto open = text.rfind('<');
  if (open != std::string_view::npos) {
    const auto close = std::min(text.find('>', open), text.size());
    address.addr = trimmed(text.substr(open + 1, close - open - 1));
    address.name = unquoted(text.substr(0, open));
  } else if (text.find('@') != std::string_view::npos && text.find(' ') == std::string_view::npos) {
    address.addr = text;
  } else {
    address.name = unquoted(text);
  }
  if (address.name.empty()) address.name = comment;
  address.name = trimmed(decoded_words(address.name));
  address.addr = text_of(address.addr, "");
  return address;
}

/// name*0*, name*1, name* of RFC 2231, gathered until all are there.
struct Continued {
  std::map<unsigned, std::pair<std::string, bool>> pieces;  // text, and whether its bytes are coded
};

std::string joined(const Continued& continued) {
  std::string charset;
  std::string bytes;
  bool is_first = true;
  for (const auto& [number, piece] : continued.pieces) {
    std::string_view text = piece.first;
    if (is_first && piece.second) {
      const auto first = text.find('\'');
      const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
      if (second != std::string_view::npos) {
        charset = text.substr(0, first);
        text.remove_prefix(second + 1);
      }
    }
    is_first = false;
    if (piece.second) {
      append_hex_coded(text, '%', bytes);
    } else {
      bytes += text;
    }
  }
  return text_of(bytes, charset);
}

}  // namespace

std::string decoded_words(std::string_view value) {
  if (value.find("=?") == std::string_view::npos) return text_of(value, "");
  std::string out;
  std::string bytes;  // of words that were not converted yet
  std::string charset;
  std::size_t after_word = std::string::npos;  // where the raw text since the last word begins
  std::string raw;
  const auto flush = [&] {
    if (!bytes.empty()) out += text_of(bytes, charset);
    bytes.clear();
    out += text_of(raw, "");
    raw.clear();
  };
  while (!value.empty()) {
    const auto word = value.front() == '=' ? encoded_word(value) : std::nullopt;
    if (!word) {
      raw += value.front();
      value.remove_prefix(1);
      continue;
    }
    const bool is_beside = after_word != std::string::npos && std::all_of(raw.begin(), raw.end(), is_space);
    if (is_beside) raw.clear();
    if (!is_beside || charset != word->charset) flush();
    charset = word->charset;
    bytes += word->bytes;
    after_word = 0;
    value.remove_prefix(word->length);
  }
  flush();
  return out;
}

std::vector<Address> parse_addresses(std::string_view value) {
  std::vector<Address> addresses;
  while (!value.empty() && addresses.size() < kAddressesMax) {
    const auto end = item_end(value, ",;", true);
    auto item = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    // "Group: a, b;" - the name ends at a colon outside quotes, before any address.
    const auto colon = item_end(item, ":", true);
    if (colon < item.size() && item.substr(0, colon).find('@') == std::string_view::npos)
      item.remove_prefix(colon + 1);
    if (trimmed(item).empty()) continue;
    addresses.push_back(address_of(item));
  }
  return addresses;
}

std::string_view ParameterValue::parameter(std::string_view name) const {
  for (const auto& [key, text] : parameters) {
    if (key == name) return text;
  }
  return {};
}

ParameterValue parse_parameters(std::string_view header) {
  constexpr std::size_t kParametersMax = 64;
  std::string comment;
  const auto plain = without_comments(header, comment);
  std::string_view text = plain;
  ParameterValue result;
  auto end = item_end(text, ";", false);
  result.value = lower(trimmed(text.substr(0, end)));
  std::map<std::string, Continued> continued;
  for (std::size_t count = 0; end < text.size() && count < kParametersMax; ++count) {
    text.remove_prefix(end + 1);
    end = item_end(text, ";", false);
    const auto item = text.substr(0, end);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    auto name = lower(trimmed(item.substr(0, equals)));
    auto value = unquoted(item.substr(equals + 1));
    const auto star = name.find('*');
    if (star == std::string::npos) {
      result.parameters.emplace_back(std::move(name), decoded_words(value));
      continue;
    }
    const bool is_coded = name.ends_with('*');
    std::string_view digits = std::string_view(name).substr(star + 1);
    if (is_coded && !digits.empty()) digits.remove_suffix(1);
    const auto number = static_cast<unsigned>(number_of(digits, 3).value_or(0));
    continued[name.substr(0, star)].pieces.try_emplace(number, std::move(value), is_coded);
  }
  // These know their charset: they come before a plain spelling of the same name.
  for (const auto& [name, pieces] : continued)
    result.parameters.insert(result.parameters.begin(), {name, joined(pieces)});
  return result;
}

std::optional<Timestamp> parse_mail_date(std::string_view value) {
  std::string comment;
  const auto plain = without_comments(value.substr(0, 200), comment);
  DateParts parts;
  for (const auto word : words_of(plain, " \t\r\n,-", 10)) {
    // The separators took the sign of "-0700"; it is found again in front of the word.
    const auto at = static_cast<std::size_t>(word.data() - plain.data());
    const bool is_west = at > 0 && plain[at - 1] == '-' && parts.clock;
    if (parts.clock && !parts.zone) {
      parts.zone = is_west ? zone_of(std::string("-") + std::string(word)) : zone_of(word);
    } else if (!parts.day && number_of(word, 2)) {
      parts.day = number_of(word, 2);
    } else if (parts.month == 0 && month_of(word) != 0 && parts.day) {
      parts.month = month_of(word);
    } else if (parts.month != 0 && !parts.year && year_of(word)) {
      parts.year = year_of(word);
    } else if (parts.year && !parts.clock) {
      parts.clock = clock_us(word);
    }
  }
  return time_of(parts);
}

std::optional<Separator> parse_separator(std::string_view line) {
  constexpr std::size_t kLongest = 400;
  if (!line.starts_with("From ") || line.size() > kLongest) return std::nullopt;
  const auto words = words_of(line.substr(5), " \t\r\n", 16);
  // The weekday is the second word, or the first where the sender is missing.
  for (std::size_t i = 0; i < 2 && i + 4 <= words.size(); ++i) {
    const auto day_name = lower(words[i]);
    if (std::find(kDays.begin(), kDays.end(), day_name) == kDays.end() || month_of(words[i + 1]) == 0)
      continue;
    DateParts parts;
    parts.month = month_of(words[i + 1]);
    parts.day = number_of(words[i + 2], 2);
    parts.clock = clock_us(words[i + 3]);
    for (const auto word : std::vector(words.begin() + static_cast<std::ptrdiff_t>(i) + 4, words.end())) {
      if (word.size() == 4 && number_of(word, 4)) {
        parts.year = number_of(word, 4);
      } else if (!parts.zone) {
        parts.zone = zone_of(word);
      }
    }
    if (!parts.zone) parts.zone = std::int16_t{0};  // UTC, as mbox has it
    const auto time = time_of(parts);
    if (time) return Separator{i == 1 ? words[0] : std::string_view(), time};
  }
  return std::nullopt;
}

std::vector<std::string> message_ids(std::string_view value) {
  constexpr std::size_t kIdsMax = 1000;
  std::vector<std::string> ids;
  while (ids.size() < kIdsMax) {
    const auto open = value.find('<');
    if (open == std::string_view::npos) break;
    const auto close = value.find('>', open);
    if (close == std::string_view::npos) break;
    ids.push_back(text_of(trimmed(value.substr(open + 1, close - open - 1)), ""));
    value.remove_prefix(close + 1);
  }
  // Some write it without brackets.
  if (ids.empty() && !trimmed(value).empty()) ids.push_back(text_of(trimmed(value), ""));
  return ids;
}

std::vector<std::string> split_labels(std::string_view text) {
  constexpr std::size_t kLabelsMax = 1000;
  std::vector<std::string> labels;
  while (!text.empty() && labels.size() < kLabelsMax) {
    const auto end = item_end(text, ",", false);
    auto label = unquoted(text.substr(0, end));
    if (!label.empty()) labels.push_back(std::move(label));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return labels;
}

}  // namespace lake::takeout
