#include "lake/ingest/type_parts.hpp"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

namespace lake::ingest {

namespace {

struct Part;

/// A type with its parts: those of a struct by name, key and value of a map.
struct Type {
  std::string name;  // without arguments: "STRUCT", "DECIMAL"
  std::vector<Part> parts;
  std::size_t lists = 0;  // [] and [n] behind it
};

struct Part {
  std::string name;
  Type type;
};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

class TypeReader {
 public:
  explicit TypeReader(std::string_view text) : text_(text) {}

  Type type() {
    Type result;
    while (at_ < text_.size() && std::string_view("()[],").find(peek()) == std::string_view::npos)
      result.name += text_[at_++];
    while (!result.name.empty() && result.name.back() == ' ') result.name.pop_back();
    if (peek() == '(') {
      if (result.name == "STRUCT" || result.name == "MAP") {
        read_parts(result);
      } else {
        skip(')');
      }
    }
    for (; peek() == '['; ++result.lists) skip(']');
    return result;
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  std::string quoted(char quote) {
    std::string name;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        if (peek() != quote) break;
      }
      name += text_[at_];
    }
    return name;
  }

  /// To behind the bracket that closes the one here.
  void skip(char close) {
    int depth = 0;
    const char open = peek();
    while (at_ < text_.size()) {
      if (peek() == '\'' || peek() == '"') {
        quoted(peek());
        continue;
      }
      const char c = text_[at_++];
      if (c == open) ++depth;
      if (c == close && --depth == 0) return;
    }
  }

  void read_parts(Type& of) {
    ++at_;
    while (peek() != ')' && peek() != '\0') {
      std::string name;
      if (of.name == "STRUCT") {
        if (peek() == '"') {
          name = quoted('"');
        } else {
          while (peek() != ' ' && peek() != '\0') name += text_[at_++];
        }
        while (peek() == ' ') ++at_;
      }
      of.parts.push_back({std::move(name), type()});
      if (peek() != ',') break;
      ++at_;
      while (peek() == ' ') ++at_;
    }
    if (peek() == ')') ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool has_struct(const Type& type) {
  return type.name == "STRUCT" || std::any_of(type.parts.begin(), type.parts.end(),
                                              [](const auto& part) { return has_struct(part.type); });
}

PartsFit fit(const Type& type, const Type& wanted, const std::string& place) {
  if (!has_struct(wanted)) return {};
  if (type.name == "NULL" || type.name == "\"NULL\"") return {};
  if (type.name != wanted.name || type.lists != wanted.lists) return {PartsFit::Answer::kUnknown, place};
  std::string inside = place;
  for (std::size_t level = 0; level < type.lists; ++level) inside += "[]";
  PartsFit unknown;
  for (std::size_t i = 0; i < type.parts.size(); ++i) {
    const auto& [name, part] = type.parts[i];
    auto same = std::find_if(wanted.parts.begin(), wanted.parts.end(),
                             [&](const auto& other) { return lower(other.name) == lower(name); });
    if (type.name == "MAP") {
      if (i >= wanted.parts.size()) break;
      same = wanted.parts.begin() + static_cast<std::ptrdiff_t>(i);
    }
    const std::string there = name.empty() ? inside : inside + "." + name;
    if (same == wanted.parts.end()) return {PartsFit::Answer::kMissing, there};
    PartsFit found = fit(part, same->type, there);
    if (found.answer == PartsFit::Answer::kMissing) return found;
    if (found.answer == PartsFit::Answer::kUnknown && unknown.answer == PartsFit::Answer::kAll)
      unknown = std::move(found);
  }
  return unknown;
}

}  // namespace

PartsFit parts_fit(std::string_view type, std::string_view wanted) {
  return fit(TypeReader(type).type(), TypeReader(wanted).type(), "");
}

}  // namespace lake::ingest
