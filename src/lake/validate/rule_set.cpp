#include "lake/validate/rule_set.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lake/codec/json_nesting.hpp"

namespace lake::validate {
namespace {

using Json = nlohmann::ordered_json;

Error wrong(const std::string& place, const std::string& why) {
  return {ErrorCode::kInvalidArgument, "rule set, " + place + ": " + why};
}

Result<std::string> text_of(const Json& value, const std::string& place) {
  if (!value.is_string()) return wrong(place, "is a text");
  if (value.get_ref<const std::string&>().size() > Rule::kTextBytesMax) return wrong(place, "is too long");
  return value.get<std::string>();
}

Result<std::vector<std::string>> texts_of(const Json& value, const std::string& place) {
  if (value.is_string()) return std::vector<std::string>{value.get<std::string>()};
  if (!value.is_array()) return wrong(place, "is a text or a list of texts");
  std::vector<std::string> texts;
  for (const auto& one : value) {
    LAKE_TRY(auto text, text_of(one, place));
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<Bound> bound_of(const Json& value, bool is_exclusive, const std::string& place) {
  if (value.is_number()) return Bound{value.dump(), true, is_exclusive};
  if (value.is_string()) return Bound{value.get<std::string>(), false, is_exclusive};
  return wrong(place, "is a number, or the text of a date or time");
}

Result<std::vector<std::string>> values_of(const Json& value, const std::string& place) {
  if (!value.is_array() || value.empty()) return wrong(place, "is a list of values, not empty");
  if (value.size() > Rule::kValuesMax) return wrong(place, "has too many values");
  std::vector<std::string> values;
  for (const auto& one : value) {
    if (one.is_structured() || one.is_null()) return wrong(place, "holds texts, numbers and booleans");
    values.push_back(one.is_string() ? one.get<std::string>() : one.dump());
  }
  return values;
}

Result<Severity> severity_of(const Json& value, const std::string& place) {
  for (const Severity severity : {Severity::kError, Severity::kWarning, Severity::kNote}) {
    if (value == name_of(severity)) return severity;
  }
  return wrong(place, "is one of error, warning, note");
}

/// The member that holds the `text` of a kind.
std::string_view text_member(RuleKind kind) {
  switch (kind) {
    case RuleKind::kType:
      return "type";
    case RuleKind::kPattern:
      return "pattern";
    case RuleKind::kFormat:
      return "format";
    case RuleKind::kExpression:
      return "expression";
    case RuleKind::kUnique:
    case RuleKind::kReference:
      return "in";
    default:
      return {};
  }
}

bool has_limits(RuleKind kind) { return kind == RuleKind::kRange || kind == RuleKind::kLength; }

/// Takes a member that says what a rule of this kind asks; false when it is none of its.
Result<bool> take_parameter(Rule& rule, const std::string& key, const Json& value, const std::string& place) {
  if (key == text_member(rule.kind)) {
    LAKE_TRY(rule.text, text_of(value, place));
    return true;
  }
  if (has_limits(rule.kind) && (key == "min" || key == "exclusive_min")) {
    LAKE_TRY(rule.minimum, bound_of(value, key != "min", place));
    return true;
  }
  if (has_limits(rule.kind) && (key == "max" || key == "exclusive_max")) {
    LAKE_TRY(rule.maximum, bound_of(value, key != "max", place));
    return true;
  }
  if (rule.kind == RuleKind::kEnum && key == "values") {
    LAKE_TRY(rule.values, values_of(value, place));
    return true;
  }
  if (rule.kind == RuleKind::kFormat && key == "dimension") {
    if (!value.is_number_unsigned()) return wrong(place, "is a number of elements");
    rule.dimension = value.get<std::uint64_t>();
    return true;
  }
  return false;
}

Status check_limits(const Rule& rule, const std::string& place) {
  if (!has_limits(rule.kind)) return ok();
  if (!rule.minimum && !rule.maximum) return wrong(place, "needs min, max, exclusive_min or exclusive_max");
  const bool mixed = rule.minimum && rule.maximum && rule.minimum->is_number != rule.maximum->is_number;
  if (mixed) return wrong(place, "has limits that are not of one kind");
  if (rule.kind != RuleKind::kLength) return ok();
  for (const auto& bound : {rule.minimum, rule.maximum}) {
    const bool is_count =
        !bound || (bound->is_number && bound->text.find_first_not_of("0123456789") == std::string::npos);
    if (!is_count) return wrong(place, "has a length that is no count");
  }
  return ok();
}

/// Words, numbers, names in quotes, commas and balanced brackets: nothing that could be more than a type
/// where a type stands in SQL.
bool is_type_text(std::string_view text) {
  std::string open;
  bool is_name = false;
  for (const char c : text) {
    if (c == '"') is_name = !is_name;
    if (is_name) continue;
    const bool is_word =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (is_word || c == ' ' || c == ',' || c == '"') continue;
    if (c == '(' || c == '[') {
      open += c;
      continue;
    }
    const bool closes = (c == ')' || c == ']') && !open.empty() && open.back() == (c == ')' ? '(' : '[');
    if (!closes) return false;
    open.pop_back();
  }
  // A query cannot be written without these words.
  std::string words;
  for (const char c : text) words += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  for (const char* word : {"select", "from", "values", "table", "pivot", "summarize", "describe", "show"}) {
    if (words.find(word) != std::string::npos) return false;
  }
  return !is_name && open.empty();
}

/// One expression: its brackets are balanced, and it hides nothing in comments.
bool is_expression_text(std::string_view text) {
  std::size_t depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
      continue;
    }
    const auto next = text.substr(i, 2);
    if (next == "--" || next == "/*" || c == ';' || c == '$') return false;
    if (c == '\'' || c == '"') quote = c;
    if (c == '(') ++depth;
    if (c == ')' && depth-- == 0) return false;
  }
  return quote == 0 && depth == 0;
}

/// What a rule of its kind cannot do without.
Status check_rule(const Rule& rule, const std::string& place) {
  const bool is_whole = rule.kind == RuleKind::kExpression;
  if (rule.path.empty() && !is_whole) return wrong(place, "needs a path");
  if (!rule.path.empty()) {
    const auto path = parse_path(rule.path);
    if (!path) return wrong(place, path.error().message());
    const bool compares_records = rule.kind == RuleKind::kUnique || rule.kind == RuleKind::kReference;
    if (path->has_list && compares_records)
      return Error(ErrorCode::kUnsupported,
                   "rule set, " + place + ": unique and reference do not look into lists");
  }
  const bool needs_text = !text_member(rule.kind).empty() && rule.kind != RuleKind::kUnique;
  if (needs_text && rule.text.empty()) return wrong(place, "needs " + std::string(text_member(rule.kind)));
  if (rule.kind == RuleKind::kEnum && rule.values.empty()) return wrong(place, "needs values");
  if (rule.kind == RuleKind::kType && !is_type_text(rule.text))
    return wrong(place, "'" + rule.text + "' is no type: " + std::string(info_of(rule.kind).summary));
  if (is_whole && !is_expression_text(rule.text))
    return wrong(place, "an expression has balanced brackets, and no comments, ';' and '$'");
  if (rule.kind == RuleKind::kFormat) {
    const auto formats = all_formats();
    if (std::find(formats.begin(), formats.end(), rule.text) == formats.end())
      return wrong(place, "no format is called '" + rule.text + "'; there are " +
                              std::string(info_of(rule.kind).takes));
  }
  return check_limits(rule, place);
}

Result<Rule> rule_of(const Json& value, const std::string& place) {
  if (!value.is_object()) return wrong(place, "is an object");
  const auto kind = value.find("kind");
  if (kind == value.end() || !kind->is_string()) return wrong(place, "needs a kind");
  Rule rule;
  LAKE_TRY(rule.kind, rule_kind_named(kind->get_ref<const std::string&>()));
  for (const auto& [key, member] : value.items()) {
    const std::string inner = place + "." + key;
    if (key == "kind") continue;
    if (key == "severity") {
      LAKE_TRY(rule.severity, severity_of(member, inner));
      continue;
    }
    std::string* text = key == "name"         ? &rule.name
                        : key == "path"       ? &rule.path
                        : key == "message"    ? &rule.message
                        : key == "suggestion" ? &rule.suggestion
                                              : nullptr;
    if (text != nullptr) {
      LAKE_TRY(*text, text_of(member, inner));
      continue;
    }
    LAKE_TRY(const bool is_known, take_parameter(rule, key, member, inner));
    if (!is_known)
      return wrong(inner, "is not known; a " + std::string(info_of(rule.kind).name) + " takes " +
                              std::string(info_of(rule.kind).takes));
  }
  if (rule.name.empty()) rule.name = rule.path + "." + std::string(info_of(rule.kind).name);
  LAKE_CHECK_OK(check_rule(rule, place));
  return rule;
}

/// The kind that a member of a field stands for.
std::optional<RuleKind> kind_of_member(const std::string& key) {
  if (key == "required") return RuleKind::kRequired;
  if (key == "unique") return RuleKind::kUnique;
  if (key == "reference") return RuleKind::kReference;
  if (key == "type") return RuleKind::kType;
  if (key == "pattern") return RuleKind::kPattern;
  if (key == "format" || key == "dimension") return RuleKind::kFormat;
  if (key == "enum") return RuleKind::kEnum;
  if (key == "min" || key == "max" || key == "exclusive_min" || key == "exclusive_max")
    return RuleKind::kRange;
  if (key == "min_length" || key == "max_length") return RuleKind::kLength;
  return std::nullopt;
}

/// The form of `rules` of one member of a field.
void add_member(Json& rule, const std::string& key, const Json& value) {
  if (key == "reference" || (key == "unique" && value.is_string()))
    rule["in"] = value;
  else if (key == "enum")
    rule["values"] = value;
  else if (key == "min_length")
    rule["min"] = value;
  else if (key == "max_length")
    rule["max"] = value;
  else if (key != "required" && key != "unique")
    rule[key] = value;
}

Status take_field(RuleSet& set, const std::string& path, const Json& field) {
  const std::string place = "fields." + path;
  if (!field.is_object()) return wrong(place, "is an object");
  std::vector<std::pair<RuleKind, Json>> rules;
  Json common = Json::object();
  for (const auto& [key, value] : field.items()) {
    if (key == "severity" || key == "message" || key == "suggestion") {
      common[key] = value;
      continue;
    }
    const auto kind = kind_of_member(key);
    if (!kind) return wrong(place + "." + key, "is not known");
    const bool is_switch = *kind == RuleKind::kRequired || (*kind == RuleKind::kUnique && !value.is_string());
    if (is_switch && !value.is_boolean()) return wrong(place + "." + key, "is true or false");
    if (is_switch && !value.get<bool>()) continue;
    auto known =
        std::find_if(rules.begin(), rules.end(), [&](const auto& one) { return one.first == *kind; });
    if (known == rules.end()) {
      rules.emplace_back(*kind, Json{{"kind", info_of(*kind).name}, {"path", path}});
      known = std::prev(rules.end());
    }
    add_member(known->second, key, value);
  }
  for (auto& [kind, rule] : rules) {
    rule.update(common);
    LAKE_TRY(auto made, rule_of(rule, place));
    set.rules.push_back(std::move(made));
  }
  return ok();
}

Status take_rules(RuleSet& set, const Json& rules) {
  if (!rules.is_array()) return wrong("rules", "is a list");
  for (std::size_t i = 0; i < rules.size(); ++i) {
    LAKE_TRY(auto rule, rule_of(rules[i], "rules[" + std::to_string(i) + "]"));
    set.rules.push_back(std::move(rule));
  }
  return ok();
}

Status take_member(RuleSet& set, const std::string& key, const Json& value) {
  if (key == "name") {
    LAKE_TRY(set.name, text_of(value, key));
    return ok();
  }
  if (key == "extends") {
    LAKE_TRY(set.parents, texts_of(value, key));
    return ok();
  }
  if (key == "disable") {
    LAKE_TRY(set.disabled, texts_of(value, key));
    return ok();
  }
  if (key == "level") {
    LAKE_TRY(const auto name, text_of(value, key));
    LAKE_TRY(set.level, level_named(name));
    return ok();
  }
  if (key == "rules") return take_rules(set, value);
  if (key != "fields")
    return wrong(key, "is not known; a set has name, extends, level, fields, rules, disable");
  if (!value.is_object()) return wrong(key, "is an object");
  for (const auto& [path, field] : value.items()) LAKE_CHECK_OK(take_field(set, path, field));
  return ok();
}

/// Puts one set over what it inherits.
class Resolution {
 public:
  explicit Resolution(const RuleSetSource& source) : source_(source) {}

  Status add(const RuleSet& set, ResolvedRules& into) {
    if (std::find(chain_.begin(), chain_.end(), set.name) != chain_.end()) return circle(set.name);
    if (++sets_ > kSetsMax)
      return Error(ErrorCode::kInvalidArgument,
                   "a rule set inherits from more than " + std::to_string(kSetsMax) + " sets");
    chain_.push_back(set.name);
    for (const auto& parent : set.parents) {
      LAKE_TRY(const auto inherited, source_(parent));
      LAKE_CHECK_OK(add(inherited, into));
    }
    for (const auto& name : set.disabled) {
      const auto found = find(into, name);
      if (found == into.rules.end())
        return Error(ErrorCode::kInvalidArgument,
                     "the rule set " + set.name + " disables '" + name + "', which it does not inherit");
      into.rules.erase(found);
    }
    for (const auto& rule : set.rules) {
      const auto found = find(into, rule.name);
      if (found != into.rules.end())
        *found = rule;
      else
        into.rules.push_back(rule);
    }
    if (into.rules.size() > RuleSet::kRulesMax)
      return Error(ErrorCode::kInvalidArgument, "the rule set " + set.name + " has more than " +
                                                    std::to_string(RuleSet::kRulesMax) + " rules");
    if (set.level) into.level = *set.level;
    chain_.pop_back();
    return ok();
  }

 private:
  static std::vector<Rule>::iterator find(ResolvedRules& rules, const std::string& name) {
    return std::find_if(rules.rules.begin(), rules.rules.end(),
                        [&](const Rule& rule) { return rule.name == name; });
  }
  Error circle(const std::string& name) const {
    std::string way;
    for (const auto& one : chain_) way += one + " -> ";
    return {ErrorCode::kInvalidArgument, "rule sets inherit in a circle: " + way + name};
  }

  const RuleSetSource& source_;
  std::vector<std::string> chain_;
  std::size_t sets_ = 0;
};

void add_bound(Json& json, const char* inclusive, const char* exclusive, const std::optional<Bound>& bound) {
  if (!bound) return;
  json[bound->is_exclusive ? exclusive : inclusive] =
      bound->is_number ? Json::parse(bound->text) : Json(bound->text);
}

Json document_of(const Rule& rule) {
  Json json = {{"name", rule.name}, {"kind", info_of(rule.kind).name}};
  if (!rule.path.empty()) json["path"] = rule.path;
  json["severity"] = name_of(rule.severity);
  if (!rule.text.empty()) json[std::string(text_member(rule.kind))] = rule.text;
  add_bound(json, "min", "exclusive_min", rule.minimum);
  add_bound(json, "max", "exclusive_max", rule.maximum);
  if (!rule.values.empty()) json["values"] = rule.values;
  if (rule.dimension != 0) json["dimension"] = rule.dimension;
  if (!rule.message.empty()) json["message"] = rule.message;
  if (!rule.suggestion.empty()) json["suggestion"] = rule.suggestion;
  return json;
}

}  // namespace

Result<RuleSet> parse_rule_set(std::string_view json) {
  if (json.size() > RuleSet::kTextBytesMax) return wrong("the text", "is longer than 1 MiB");
  if (codec::is_nested_too_deep(json)) return wrong("the text", "has too many levels inside each other");
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object()) return wrong("the text", "is no JSON object");
  RuleSet set;
  for (const auto& [key, value] : document.items()) LAKE_CHECK_OK(take_member(set, key, value));
  if (set.name.empty()) return wrong("name", "is missing");
  if (set.rules.size() > RuleSet::kRulesMax) return wrong("rules", "are more than 1000");
  for (std::size_t i = 0; i < set.rules.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (set.rules[i].name == set.rules[j].name) return wrong(set.rules[i].name, "is the name of two rules");
    }
  }
  return set;
}

std::string json_of(const Rule& rule) {
  return document_of(rule).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_of(const RuleSet& set) {
  Json json = {{"name", set.name}};
  if (!set.parents.empty()) json["extends"] = set.parents;
  if (set.level) json["level"] = name_of(*set.level);
  json["rules"] = Json::array();
  for (const auto& rule : set.rules) json["rules"].push_back(document_of(rule));
  if (!set.disabled.empty()) json["disable"] = set.disabled;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<ResolvedRules> resolve(const RuleSet& set, const RuleSetSource& source) {
  ResolvedRules resolved;
  resolved.name = set.name;
  LAKE_CHECK_OK(Resolution(source).add(set, resolved));
  return resolved;
}

}  // namespace lake::validate
