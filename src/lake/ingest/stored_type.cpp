#include "lake/ingest/stored_type.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace lake::ingest {
namespace {

constexpr std::array<std::string_view, 6> kStoredAsText = {
    "HUGEINT", "UHUGEINT", "INTERVAL", "TIME WITH TIME ZONE", "BIT", "BIGNUM"};

/// Walks a type's text as the engine prints it: STRUCT("a" INTEGER, b VARCHAR[])[3], MAP(K, V),
/// DECIMAL(18,3), ENUM('a', 'b').
class TypeText {
 public:
  enum class Purpose { kStored, kNamed };
  TypeText(std::string_view text, Purpose purpose) : text_(text), purpose_(purpose) {}

  std::string type() {
    std::string result = word();
    const std::string name = result;
    if (peek() == '(') {
      if (name == "STRUCT" || name == "UNION" || name == "MAP") {
        result += parts(name != "MAP");
      } else {
        result += verbatim('(', ')');
      }
    } else if (purpose_ == Purpose::kStored &&
               std::find(kStoredAsText.begin(), kStoredAsText.end(), name) != kStoredAsText.end()) {
      result = "VARCHAR";
    }
    while (peek() == '[') result += verbatim('[', ']');
    return result;
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  std::string word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && std::string_view("()[],").find(text_[at_]) == std::string_view::npos) ++at_;
    std::string result(text_.substr(begin, at_ - begin));
    while (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
  }

  std::string quoted() {
    const char quote = peek();
    const std::size_t begin = at_++;
    while (at_ < text_.size()) {
      if (text_[at_++] != quote) continue;
      if (peek() != quote) break;
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string verbatim(char open, char close) {
    std::string result;
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = peek();
      if (c == '\'' || c == '"') {
        result += quoted();
        continue;
      }
      ++at_;
      result += c;
      if (c == open) ++depth;
      if (c == close && --depth == 0) break;
    }
    return result;
  }

  std::string parts(bool may_have_names) {
    std::string result(1, text_[at_++]);
    for (int number = 1; peek() != ')' && peek() != '\0'; ++number) {
      std::string name = may_have_names ? field_name() : "";
      const bool lacks_name = name.empty() || name == "\"\" ";
      if (may_have_names && lacks_name && purpose_ == Purpose::kNamed)
        name = "v" + std::to_string(number) + " ";
      result += name;
      result += type();
      if (peek() != ',') break;
      ++at_;
      while (peek() == ' ') ++at_;
      result += ", ";
    }
    if (peek() == ')') ++at_;
    return result + ")";
  }

  /// Names are quoted or lower-case, types upper-case.
  std::string field_name() {
    std::string name;
    if (peek() == '"') {
      name = quoted();
    } else if (std::isupper(static_cast<unsigned char>(peek())) == 0) {
      while (peek() != ' ' && peek() != '\0') name += text_[at_++];
    }
    while (peek() == ' ') ++at_;
    return name.empty() ? name : name + " ";
  }

  std::string_view text_;
  Purpose purpose_;
  std::size_t at_ = 0;
};

}  // namespace

std::string stored_type(std::string_view type) { return TypeText(type, TypeText::Purpose::kStored).type(); }

std::string named_type(std::string_view type) { return TypeText(type, TypeText::Purpose::kNamed).type(); }

}  // namespace lake::ingest
