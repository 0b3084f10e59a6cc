#include "lake/validate/rule.hpp"

#include <algorithm>
#include <array>

namespace lake::validate {
namespace {

constexpr std::array<RuleKindInfo, 10> kKinds = {{
    {RuleKind::kRequired, "required", "presence", "", "the value is there and not null"},
    {RuleKind::kType, "type", "type", "type",
     "string, integer, number, boolean, object, array, date, time, timestamp, uuid or a type of SQL"},
    {RuleKind::kRange, "range", "constraint", "min, max, exclusive_min, exclusive_max",
     "a number, date or time within limits"},
    {RuleKind::kLength, "length", "constraint", "min, max", "characters of a text, elements of a list"},
    {RuleKind::kPattern, "pattern", "constraint", "pattern",
     "a regular expression (RE2) is found in the text"},
    {RuleKind::kEnum, "enum", "constraint", "values", "one of a list of values"},
    {RuleKind::kFormat, "format", "format", "format, dimension",
     "date, time, timestamp, email, uri, uuid, ip, ipv4, ipv6, hostname, geojson, json, vector"},
    {RuleKind::kUnique, "unique", "relation", "in",
     "no other record has the value; with `in`, no row of that column either"},
    {RuleKind::kReference, "reference", "relation", "in", "the value is in a column: schema.table.column"},
    {RuleKind::kExpression, "expression", "relation", "expression",
     "an SQL condition over fields that have a type rule; broken when it is false"},
}};

constexpr std::array<std::string_view, 13> kFormats = {"date",    "time", "timestamp", "email", "uri",
                                                       "uuid",    "ip",   "ipv4",      "ipv6",  "hostname",
                                                       "geojson", "json", "vector"};

constexpr std::string_view kBareCharacters = "_-$ ";

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80 || kBareCharacters.find(c) != std::string_view::npos;
}

Error bad_path(std::string_view text, const std::string& why) {
  return {ErrorCode::kInvalidArgument, "the path '" + std::string(text) + "' " + why};
}

/// Takes the name that begins at `at`.
Result<std::string> take_name(std::string_view text, std::size_t& at) {
  std::string name;
  if (at < text.size() && text[at] == '"') {
    const auto end = text.find('"', at + 1);
    if (end == std::string_view::npos) return bad_path(text, "has a quote that does not end");
    name = text.substr(at + 1, end - at - 1);
    at = end + 1;
  } else {
    while (at < text.size() && is_bare(text[at])) name += text[at++];
  }
  if (name.empty()) return bad_path(text, "has a place without a name; names are separated by '.'");
  if (name.find('\\') != std::string::npos) return bad_path(text, "has a name with a backslash");
  return name;
}

std::string joined(const std::vector<std::string>& values) {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(values.size(), kShown); ++i) text += (i == 0 ? "" : ", ") + values[i];
  return values.size() > kShown ? text + ", ... (" + std::to_string(values.size()) + ")" : text;
}

std::string limits_of(const Rule& rule, const std::string& unit) {
  std::string text;
  if (rule.minimum)
    text += (rule.minimum->is_exclusive ? "more than " : "at least ") + rule.minimum->text + unit;
  if (rule.maximum) {
    text += std::string(text.empty() ? "" : " and ") +
            (rule.maximum->is_exclusive ? "less than " : "at most ") + rule.maximum->text + unit;
  }
  return text;
}

}  // namespace

std::span<const RuleKindInfo> all_rule_kinds() { return kKinds; }

const RuleKindInfo& info_of(RuleKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

Result<RuleKind> rule_kind_named(std::string_view name) {
  std::string known;
  for (const auto& info : kKinds) {
    if (info.name == name) return info.kind;
    known += (known.empty() ? "" : ", ") + std::string(info.name);
  }
  return Error(ErrorCode::kInvalidArgument,
               "no kind of rule is called '" + std::string(name) + "'; there are " + known);
}

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return {};
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::kStrict:
      return "strict";
    case Level::kLenient:
      return "lenient";
    case Level::kAudit:
      return "audit";
  }
  return {};
}

Result<Level> level_named(std::string_view name) {
  for (const Level level : {Level::kStrict, Level::kLenient, Level::kAudit}) {
    if (name_of(level) == name) return level;
  }
  return Error(ErrorCode::kInvalidArgument,
               "no level is called '" + std::string(name) + "'; there are strict, lenient, audit");
}

std::span<const std::string_view> all_formats() { return kFormats; }

std::string demand_of(const Rule& rule) {
  switch (rule.kind) {
    case RuleKind::kRequired:
      return "be there";
    case RuleKind::kType:
      return "be of type " + rule.text;
    case RuleKind::kRange:
      return "be " + limits_of(rule, "");
    case RuleKind::kLength:
      return "have a length of " + limits_of(rule, "");
    case RuleKind::kPattern:
      return "match the pattern " + rule.text;
    case RuleKind::kEnum:
      return "be one of " + joined(rule.values);
    case RuleKind::kFormat:
      return rule.dimension == 0 ? "be a valid " + rule.text
                                 : "be a vector of " + std::to_string(rule.dimension) + " numbers";
    case RuleKind::kUnique:
      return "be unique" + (rule.text.empty() ? "" : ", also in " + rule.text);
    case RuleKind::kReference:
      return "be a value of " + rule.text;
    case RuleKind::kExpression:
      return "satisfy " + rule.text;
  }
  return {};
}

std::string suggestion_of(const Rule& rule) {
  if (!rule.suggestion.empty()) return rule.suggestion;
  switch (rule.kind) {
    case RuleKind::kRequired:
      return "give " + rule.path + " a value, or take the rule out of the set";
    case RuleKind::kType:
      return rule.is_of_table
                 ? "correct " + rule.path + ", or ALTER TABLE to give its column a wider type"
                 : "send " + rule.path + " as " + rule.text + ", or use level lenient, which converts texts";
    case RuleKind::kUnique:
      return "leave out the repeated record, or correct " + rule.path;
    case RuleKind::kReference:
      return "add the value to " + rule.text + " first";
    case RuleKind::kFormat:
      return "write " + rule.path + " as a valid " + rule.text;
    default:
      return "correct " + (rule.path.empty() ? std::string("the record") : rule.path) +
             ", or change the rule " + rule.name;
  }
}

Severity severity_at(Level level, const Rule& rule) {
  if (rule.is_of_table) return Severity::kError;
  if (level == Level::kAudit) return Severity::kNote;
  if (level == Level::kLenient && rule.severity == Severity::kError) return Severity::kWarning;
  return rule.severity;
}

Result<Path> parse_path(std::string_view text) {
  Path path;
  std::size_t at = 0;
  while (true) {
    LAKE_TRY(auto name, take_name(text, at));
    auto& names = path.has_list ? path.names_in_items : path.names;
    names.push_back(std::move(name));
    if (path.names.size() + path.names_in_items.size() > Path::kNamesMax)
      return bad_path(text, "has too many parts");
    if (text.substr(at).starts_with("[*]")) {
      if (path.has_list) return bad_path(text, "goes through two lists; one [*] is known");
      path.has_list = true;
      at += 3;
    }
    if (at == text.size()) return path;
    if (text[at] != '.')
      return bad_path(text, "has '" + std::string(1, text[at]) + "' where '.' or the end is expected");
    ++at;
  }
}

}  // namespace lake::validate
