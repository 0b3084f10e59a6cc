#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/validate/rule.hpp"

namespace lake::validate {

/// Rules under one name, on top of those of other sets.
struct RuleSet {
  std::string name;
  std::vector<std::string> parents;   // "extends": later ones override earlier ones
  std::optional<Level> level;         // absent: that of its last parent that has one, else strict
  std::vector<Rule> rules;            // one with the name of an inherited rule takes its place
  std::vector<std::string> disabled;  // names of inherited rules that do not hold here

  static constexpr std::size_t kRulesMax = 1000;
  static constexpr std::size_t kTextBytesMax = 1U << 20U;
};

/// Reads
///   {"name": "order", "extends": "base" | ["base", ...], "level": "strict",
///    "fields": {"price": {"type": "number", "required": true, "min": 0, "severity": "warning"}, ...},
///    "rules": [{"name": "ends_after_start", "kind": "expression", "expression": "stop >= start"}, ...],
///    "disable": ["base.rule"]}
/// Each member of a field is a rule called "<path>.<kind>". Errors: kInvalidArgument, naming the place; what
/// is not known is an error, so that a misspelt rule is not one that never bites.
Result<RuleSet> parse_rule_set(std::string_view json);
/// The set in the "rules" form above; parse_rule_set() gives the same set back.
std::string json_of(const RuleSet& set);
std::string json_of(const Rule& rule);

/// A set with what it inherits.
struct ResolvedRules {
  std::string name;
  Level level = Level::kStrict;
  std::vector<Rule> rules;
};

/// Gives the set of a name. Errors: kNotFound, and those of where sets are kept.
using RuleSetSource = std::function<Result<RuleSet>(const std::string& name)>;

/// Puts a set together with its parents. Errors: kInvalidArgument (a circle, which the message names; more
/// than RuleSet::kRulesMax rules or kSetsMax sets; a disabled rule that nobody has), those of `source`.
Result<ResolvedRules> resolve(const RuleSet& set, const RuleSetSource& source);
inline constexpr std::size_t kSetsMax = 64;

}  // namespace lake::validate
