#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"

namespace lake::validate {

/// What a rule asks of a value.
enum class RuleKind : std::uint8_t {
  kRequired,
  kType,
  kRange,
  kLength,
  kPattern,
  kEnum,
  kFormat,
  kUnique,
  kReference,
  kExpression,
};

/// One row of the registry of rules, from which parsing, messages and the listing for users come.
struct RuleKindInfo {
  RuleKind kind;
  std::string_view name;      // "range"
  std::string_view category;  // "presence", "type", "constraint", "format", "relation"
  std::string_view takes;     // its parameters, for people
  std::string_view summary;
};

/// Every kind, in the order of RuleKind.
std::span<const RuleKindInfo> all_rule_kinds();
const RuleKindInfo& info_of(RuleKind kind);
/// Errors: kInvalidArgument, naming those there are.
Result<RuleKind> rule_kind_named(std::string_view name);

/// How bad it is when a rule is broken: an error refuses the record (at level strict), a warning is told, a
/// note is counted and logged only.
enum class Severity : std::uint8_t { kError, kWarning, kNote };
std::string_view name_of(Severity severity);

/// strict: types must be those asked for, and a record that breaks a rule is refused.
/// lenient: values are converted where that loses nothing, and what breaks a rule is told as a warning.
/// audit: as lenient, but what breaks a rule is only counted and logged.
/// At every level a record that its table cannot hold is refused.
enum class Level : std::uint8_t { kStrict, kLenient, kAudit };
std::string_view name_of(Level level);
/// Errors: kInvalidArgument.
Result<Level> level_named(std::string_view name);

/// A limit of a range or length.
struct Bound {
  std::string text;  // a number, or the text of a date or time
  bool is_number = true;
  bool is_exclusive = false;
};

/// One thing asked of one place in every record.
struct Rule {
  std::string name;  // unique in its set; "<path>.<kind>" when none was given
  RuleKind kind = RuleKind::kRequired;
  std::string path;  // "address.city", "items[*].price"; empty for an expression over the whole record
  Severity severity = Severity::kError;
  std::string message;     // empty: made from what the rule asks
  std::string suggestion;  // empty: made from what the rule asks
  /// The type, pattern, format or expression; of `unique` and `reference` the column, "schema.table.column".
  std::string text;
  std::optional<Bound> minimum;  // of range and length
  std::optional<Bound> maximum;
  std::vector<std::string> values;  // of enum, as JSON prints them
  std::uint64_t dimension = 0;      // of the format "vector"; 0 = any
  bool is_of_table = false;         // what the table itself asks: an error at every level

  static constexpr std::size_t kTextBytesMax = 64U << 10U;
  static constexpr std::size_t kValuesMax = 10'000;
};

/// What a value must be in words: "be at least 0", "be one of a, b".
std::string demand_of(const Rule& rule);
/// What to do about a broken rule: its own words, or ours.
std::string suggestion_of(const Rule& rule);
/// How bad a broken rule is at a level.
Severity severity_at(Level level, const Rule& rule);

/// A place in a record, taken apart.
struct Path {
  std::vector<std::string> names;           // up to the list, or to the value when there is no list
  bool has_list = false;                    // "[*]" follows `names`
  std::vector<std::string> names_in_items;  // behind it

  static constexpr std::size_t kNamesMax = 64;
};
/// Names are separated by '.', and written in double quotes when they hold other characters than letters,
/// digits, '_',
/// '-', ' ' and '$'. Errors: kInvalidArgument (empty, a name with a quote or backslash, a second list).
Result<Path> parse_path(std::string_view text);

/// The formats a rule of kind `format` knows: "date", "email", ...
std::span<const std::string_view> all_formats();

}  // namespace lake::validate
