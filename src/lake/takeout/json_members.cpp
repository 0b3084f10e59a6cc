#include "lake/takeout/json_members.hpp"

#include <cmath>

#include "lake/codec/utf8.hpp"
#include "lake/takeout/json_elements.hpp"

namespace lake::takeout {
namespace {

static_assert(simdjson::SIMDJSON_PADDING <= JsonElements::kPaddingBytes);

/// No quantity of an export is larger; a text keeps exactly what a double would round.
constexpr double kRealMax = 1e18;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Checks the grammar of JSON, nothing else.
class Grammar {
 public:
  explicit Grammar(std::string_view text) : text_(text) {}
  bool document() {
    space();
    if (!value(0)) return false;
    space();
    return at_ == text_.size();
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void space() {
    while (at_ < text_.size() && (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t')) ++at_;
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view expected) {
    if (!text_.substr(at_).starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }
  bool digits() {
    if (!is_digit(peek())) return false;
    while (is_digit(peek())) ++at_;
    return true;
  }
  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }
  bool string() {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') continue;
      const char escaped = peek();
      ++at_;
      if (escaped == 'u') {
        for (int i = 0; i < 4; ++i, ++at_) {
          if (std::isxdigit(static_cast<unsigned char>(peek())) == 0) return false;
        }
      } else if (escaped == '\0' || std::string_view("\"\\/bfnrt").find(escaped) == std::string_view::npos) {
        return false;
      }
    }
    return false;
  }
  bool list(char close, bool members, std::uint32_t depth) {
    ++at_;
    space();
    if (take(close)) return true;
    while (true) {
      space();
      if (members) {
        if (!string()) return false;
        space();
        if (!take(':')) return false;
        space();
      }
      if (!value(depth + 1)) return false;
      space();
      if (take(close)) return true;
      if (!take(',')) return false;
    }
  }
  bool value(std::uint32_t depth) {
    if (depth > JsonElements::kDepthMax) return false;
    switch (peek()) {
      case '{':
        return list('}', true, depth);
      case '[':
        return list(']', false, depth);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string_view trimmed(std::string_view text) {
  const auto last = text.find_last_not_of(" \n\r\t");
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

/// Four hexadecimal digits; nothing else comes here than what Grammar or simdjson passed.
std::uint32_t code_unit(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits.substr(0, 4)) {
    value = value * 16 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

/// Decodes "\uXXXX", and the low surrogate behind a high one; gives the bytes taken from `text`, which begins
/// behind "\u".
std::size_t append_escaped(std::string_view text, std::string& out) {
  std::uint32_t value = code_unit(text);
  if (value >= 0xD800 && value < 0xDC00 && text.substr(4).starts_with("\\u")) {
    const std::uint32_t low = code_unit(text.substr(6));
    if (low >= 0xDC00 && low < 0xE000) {
      codec::append_code_point(0x10000 + ((value - 0xD800) << 10U) + (low - 0xDC00), out);
      return 10;
    }
  }
  if (value >= 0xD800 && value < 0xE000) value = 0xFFFD;
  codec::append_code_point(value, out);
  return 4;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      out += text[at];
      continue;
    }
    const char kind = text[++at];
    static constexpr std::string_view kLetters = "bfnrt";
    if (kind == 'u') {
      at += append_escaped(text.substr(at + 1), out);
    } else if (const auto place = kLetters.find(kind); place != std::string_view::npos) {
      out += "\b\f\n\r\t"[place];
    } else {
      out += kind;
    }
  }
  return out;
}

}  // namespace

bool is_json(std::string_view text) { return Grammar(text).document(); }

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

std::string repaired_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  while (!text.empty()) {
    const auto point = codec::first_code_point(text);
    const std::size_t bytes = point ? point->bytes : 1;
    out.append(point ? text.substr(0, bytes) : kReplacement);
    text.remove_prefix(bytes);
  }
  return out;
}

std::string json_quoted(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

bool Extra::add(std::string_view path, std::string_view json) {
  json = trimmed(json);
  if (!is_json(json)) return false;
  if (!members_.empty()) members_ += ',';
  members_ += json_quoted(path);
  members_ += ':';
  members_ += json;
  sink_.unknown(table_, path);
  return true;
}

Members::Members(JsonReader& reader, simdjson::ondemand::object object, Extra& extra, std::string path)
    : reader_(reader), extra_(extra), path_(std::move(path)) {
  position_ = object.begin();
  end_ = object.end();
}

bool Members::next() {
  if (error_ != simdjson::SUCCESS) return false;
  if (started_) ++position_;
  started_ = true;
  if (!(position_ != end_)) return false;
  simdjson::ondemand::field field;
  if (const auto error = (*position_).get(field)) {
    fail(error);
    return false;
  }
  if (const auto error = field.unescaped_key().get(key_)) {
    fail(error);
    return false;
  }
  value_ = field.value();
  return true;
}

std::string Members::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

bool Members::is_null() { return value_.raw_json_token().starts_with("null"); }

void Members::keep_at(const std::string& path, simdjson::ondemand::value value) {
  std::string_view json;
  if (const auto error = simdjson::to_json_string(value).get(json)) return fail(error);
  if (!extra_.add(path, json)) fail(simdjson::TAPE_ERROR);
}

void Members::keep() { keep_at(path_of(key_), value_); }

void Members::integer(std::optional<std::int64_t>& value, ColumnType type) {
  if (is_null()) return;
  std::int64_t number = 0;
  if (value_.get_int64().get(number) != simdjson::SUCCESS &&
      value_.get_int64_in_string().get(number) != simdjson::SUCCESS)
    return keep();
  if (!codec::fits(number, type)) return keep_at(path_of(key_), value_);
  value = number;
}

void Members::real(std::optional<double>& value) {
  if (is_null()) return;
  double number = 0;
  if (value_.get_double().get(number) != simdjson::SUCCESS &&
      value_.get_double_in_string().get(number) != simdjson::SUCCESS)
    return keep();
  if (!(std::fabs(number) <= kRealMax)) return keep();
  value = number;
}

void Members::flag(std::optional<bool>& value) {
  if (is_null()) return;
  bool read = false;
  if (value_.get_bool().get(read) != simdjson::SUCCESS) return keep();
  value = read;
}

void Members::text(std::optional<std::string_view>& value) {
  if (is_null()) return;
  std::string_view read;
  const auto error = value_.get_string().get(read);
  if (error == simdjson::SUCCESS) {
    value = read;
  } else if (auto lenient = error == simdjson::STRING_ERROR ? reader_.lenient_text(value_) : std::nullopt) {
    value = *lenient;
  } else {
    keep();
  }
}

void Members::iso_time(std::optional<Timestamp>& value) {
  if (is_null()) return;
  std::string_view text;
  if (value_.get_string().get(text) != simdjson::SUCCESS) return keep();
  if (const auto time = parse_iso(text)) {
    value = time;
  } else {
    keep();
  }
}

void Members::epoch_time(std::optional<Timestamp>& value, std::int64_t per_second) {
  std::optional<std::int64_t> number;
  integer(number);
  if (!number) return;
  if (const auto time = from_epoch(*number, per_second)) {
    value = time;
  } else {
    keep();
  }
}

void Members::raw(std::optional<std::string>& value) {
  if (is_null()) return;
  std::string_view json;
  if (const auto error = simdjson::to_json_string(value_).get(json)) return fail(error);
  if (!is_json(json)) return fail(simdjson::TAPE_ERROR);
  value = std::string(trimmed(json));
}

void Members::texts(std::vector<std::string_view>& values) {
  if (is_null()) return;
  simdjson::ondemand::array items;
  if (value_.get_array().get(items) != simdjson::SUCCESS) return keep();
  std::size_t index = 0;
  for (auto item : items) {
    simdjson::ondemand::value each;
    if (const auto error = item.get(each)) return fail(error);
    std::string_view text;
    if (each.get_string().get(text) == simdjson::SUCCESS) {
      values.push_back(text);
    } else {
      keep_at(path_of(key_) + "[" + std::to_string(index) + "]", each);
    }
    ++index;
  }
}

void Members::take_object(simdjson::ondemand::value value, const std::string& path,
                          const std::function<void(Members&)>& take) {
  simdjson::ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return keep_at(path, value);
  Members inner(reader_, object, extra_, path);
  take(inner);
  if (!inner.ok()) fail(inner.error_);
}

void Members::object(const std::function<void(Members&)>& take) {
  if (is_null()) return;
  take_object(value_, path_of(key_), take);
}

void Members::objects(const std::function<void(Members&)>& take) {
  if (is_null()) return;
  simdjson::ondemand::array items;
  if (value_.get_array().get(items) != simdjson::SUCCESS) return keep();
  const std::string path = path_of(key_);
  std::size_t index = 0;
  for (auto item : items) {
    simdjson::ondemand::value each;
    if (const auto error = item.get(each)) return fail(error);
    take_object(each, path + "[" + std::to_string(index++) + "]", take);
    if (!ok()) return;
  }
}

std::optional<std::string_view> JsonReader::lenient_text(simdjson::ondemand::value& value) {
  const auto token = trimmed(value.raw_json_token());
  if (!is_json(token)) return std::nullopt;
  texts_.push_back(std::make_unique<std::string>(unescaped(token.substr(1, token.size() - 2))));
  was_repaired_ = true;
  return *texts_.back();
}

JsonReader::Outcome JsonReader::read(std::string_view text, Extra& extra,
                                     const std::function<void(Members&)>& take) {
  texts_.clear();
  was_repaired_ = false;
  auto error =
      parser_.iterate(text.data(), text.size(), text.size() + JsonElements::kPaddingBytes).get(document_);
  if (error == simdjson::UTF8_ERROR) {
    repaired_ = simdjson::padded_string(repaired_utf8(text));
    was_repaired_ = true;
    error = parser_.iterate(repaired_).get(document_);
  }
  simdjson::ondemand::object object;
  if (error == simdjson::SUCCESS) error = document_.get_object().get(object);
  if (error != simdjson::SUCCESS) return is_json(text) ? Outcome::kShape : Outcome::kSyntax;
  Members members(*this, object, extra);
  take(members);
  return members.ok() ? Outcome::kRead : Outcome::kSyntax;
}

}  // namespace lake::takeout
