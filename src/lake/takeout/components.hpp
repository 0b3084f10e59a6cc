#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lake/takeout/content_window.hpp"
#include "lake/takeout/entry_sink.hpp"

namespace lake::takeout {

/// One line of a card or calendar (RFC 6350, 5545, and vCard 2.1), unfolded and decoded:
/// "item1.EMAIL;TYPE=HOME:a@b".
struct ContentLine {
  std::string name;    // upper-case, without the group
  std::string group;   // "item1"; empty = none
  std::string inside;  // the component inside the component, upper-case: "VALARM"
  std::vector<std::pair<std::string, std::string>> parameters;  // names upper-case
  std::string value;                                            // well-formed UTF-8, escapes not resolved
  /// The first of that (upper-case) name; empty when there is none.
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
  /// All of that name, and the values without a name that vCard 2.1 has for TYPE; lists in one are taken
  /// apart.
  [[nodiscard]] std::vector<std::string_view> types() const;
};

/// BEGIN to END.
struct Component {
  std::string kind;  // upper-case: "VCARD"; empty for a line outside of them
  std::vector<ContentLine> lines;
  ElementPlace place;
  std::string bytes;  // as they stand, at most kRejectBytesMax
  bool is_too_large = false;
  bool was_repaired = false;
  /// The first of that name on the component's own level; null when there is none.
  [[nodiscard]] const ContentLine* line(std::string_view name) const;
};

/// The components of a file of any size. Those of the kind `container` are looked into, others are given
/// whole. Memory: one component, at most kComponentBytesMax; a line at most kLineBytesMax, what is longer is
/// cut to its beginning (photos). Threads: one.
class Components {
 public:
  static constexpr std::size_t kComponentBytesMax = 8U << 20U;
  static constexpr std::size_t kLineBytesMax = 1U << 20U;

  Components(Content& content, std::string_view container) : window_(content), container_(container) {}
  /// Nothing at the end.
  std::optional<Component> next();
  /// After the last: the file ended inside a component, or could not be read.
  [[nodiscard]] bool is_cut() const { return is_cut_ || window_.failure().has_value(); }
  [[nodiscard]] std::uint64_t offset() const { return window_.offset(); }
  [[nodiscard]] const std::optional<Error>& failure() const { return window_.failure(); }

 private:
  struct RawLine {
    std::string text;
    ElementPlace place;
    std::string bytes;
  };
  bool next_line(RawLine& line);
  std::string_view physical_line(std::size_t begin);
  void read_inside(Component& component);

  ContentWindow window_;
  std::string container_;
  std::size_t open_containers_ = 0;
  bool is_cut_ = false;
};

/// "a\, b\nc" -> text.
std::string unescaped(std::string_view value);
/// Taken apart at `separator` where it is not escaped; each still escaped.
std::vector<std::string_view> split_value(std::string_view value, char separator);

/// Gathers lines that no column takes, for `extra`: {"NAME": "value"} or {"NAME": ["value", ...]}.
class LeftOverLines {
 public:
  void add(const ContentLine& line);
  /// Tells the sink each name.
  [[nodiscard]] std::string json(const TableSpec& table, EntrySink& sink) const;

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> values_;  // in the order of the file
  std::map<std::string, std::size_t> positions_;
};

}  // namespace lake::takeout
