#include "lake/validate/check_query.hpp"

#include <algorithm>
#include <array>

#include "lake/codec/sql_text.hpp"

namespace lake::validate {
namespace {

using codec::quoted_name;
using codec::quoted_text;

/// A value in SQL: as JSON, and as text.
struct Value {
  std::string json;
  [[nodiscard]] std::string text() const { return "json_extract_string(" + json + ", '$')"; }
  [[nodiscard]] std::string type() const { return "json_type(" + json + ")"; }
  [[nodiscard]] std::string is_there() const { return "coalesce(" + type() + " <> 'NULL', false)"; }
};

struct TypeWord {
  std::string_view word;
  std::string_view
      json_types;        // what JSON calls it, as a list of SQL; empty: a text that can be read as `sql`
  std::string_view sql;  // what a text must be readable as; empty: any
};
constexpr std::array<TypeWord, 10> kTypeWords = {{
    {"string", "'VARCHAR'", ""},
    {"integer", "'BIGINT', 'UBIGINT', 'HUGEINT'", "HUGEINT"},
    {"number", "'BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE'", "DOUBLE"},
    {"boolean", "'BOOLEAN'", "BOOLEAN"},
    {"object", "'OBJECT'", ""},
    {"array", "'ARRAY'", ""},
    {"date", "", "DATE"},
    {"time", "", "TIME"},
    {"timestamp", "", "TIMESTAMPTZ"},
    {"uuid", "", "UUID"},
}};

const TypeWord* type_word(std::string_view word) {
  for (const auto& known : kTypeWords) {
    if (known.word == word) return &known;
  }
  return nullptr;
}

constexpr std::string_view kInteger = "'[+-]?[0-9]{1,38}'";

/// A pattern whole texts are held against, for each format that is one.
struct FormatPattern {
  std::string_view format;
  std::string_view pattern;
  std::string_view sql;  // a type it must be readable as too; empty: none
};
constexpr std::string_view kOctet = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
constexpr std::array<FormatPattern, 7> kFormatPatterns = {{
    {"date", "[0-9]{4}-[0-9]{2}-[0-9]{2}", "DATE"},
    {"time", "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?", ""},
    {"timestamp",
     "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?",
     "TIMESTAMPTZ"},
    // Addresses as HTML's form field takes them, with a dot in the domain.
    {"email",
     "[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
     "([.][a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+",
     ""},
    {"uri", "[a-zA-Z][a-zA-Z0-9+.-]*:[^[:space:]<>\"{}|^`\\\\]+", ""},
    {"uuid", "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", ""},
    {"hostname",
     "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?([.][a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*", ""},
}};

std::string full_match(const std::string& text, const std::string& pattern_literal) {
  return "regexp_full_match(" + text + ", " + pattern_literal + ")";
}

std::string is_ipv4(const std::string& text) {
  const std::string octet(kOctet);
  return full_match(text, "'" + octet + "([.]" + octet + "){3}'");
}

/// RFC 4291: eight groups, or fewer around one "::"; the last two may be written as an IPv4 address.
std::string is_ipv6(const std::string& text) {
  const std::string octet(kOctet);
  const std::string tail = "([0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}|" + octet + "([.]" + octet + "){3})";
  const std::string group = "[0-9a-fA-F]{1,4}";
  const std::string whole = "(" + group + ":){6}" + tail;
  // With "::" the groups are counted: an IPv4 tail is two of them.
  const std::string shortened = "((" + group + ":)*" + group + ")?::((" + group + ":)*(" + group + "|" +
                                octet + "([.]" + octet + "){3}))?";
  const std::string groups = "len(list_filter(string_split(" + text +
                             ", ':'), lambda g: g <> '')) + (CASE WHEN contains(" + text +
                             ", '.') THEN 1 ELSE 0 END)";
  return "(" + full_match(text, "'" + whole + "'") + " OR (" + full_match(text, "'" + shortened + "'") +
         " AND " + groups + " <= 7))";
}

std::string is_geojson(const Value& value) {
  const std::string type = "json_extract_string(" + value.json + ", '$.type')";
  const auto has = [&](const char* member, const char* kind) {
    return "coalesce(json_type(" + value.json + ", '$." + member + "') = '" + kind + "', false)";
  };
  return "(coalesce(" + value.type() + " = 'OBJECT', false) AND coalesce(CASE WHEN " + type +
         " IN ('Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiLineString', 'MultiPolygon') THEN " +
         has("coordinates", "ARRAY") + " WHEN " + type + " = 'GeometryCollection' THEN " +
         has("geometries", "ARRAY") + " WHEN " + type + " = 'Feature' THEN json_exists(" + value.json +
         ", '$.geometry') WHEN " + type + " = 'FeatureCollection' THEN " + has("features", "ARRAY") +
         " END, false))";
}

std::string is_vector(const Value& value, std::uint64_t dimension) {
  // CSV carries lists as their text.
  const std::string list = "CASE WHEN " + value.type() + " = 'ARRAY' THEN TRY_CAST(" + value.json +
                           " AS DOUBLE[]) ELSE TRY_CAST(TRY_CAST(" + value.text() +
                           " AS JSON) AS DOUBLE[]) END";
  const std::string is_whole = "len(list_filter(" + list + ", lambda e: e IS NULL OR NOT isfinite(e))) = 0";
  return "coalesce(" + is_whole +
         (dimension == 0 ? "" : " AND len(" + list + ") = " + std::to_string(dimension)) + ", false)";
}

std::string is_format(const Value& value, const Rule& rule) {
  const std::string text = value.text();
  if (rule.text == "ipv4") return is_ipv4(text);
  if (rule.text == "ipv6") return is_ipv6(text);
  if (rule.text == "ip") return "(" + is_ipv4(text) + " OR " + is_ipv6(text) + ")";
  if (rule.text == "geojson") return is_geojson(value);
  if (rule.text == "json") return "json_valid(" + text + ")";
  if (rule.text == "vector") return is_vector(value, rule.dimension);
  for (const auto& known : kFormatPatterns) {
    if (known.format != rule.text) continue;
    // The pattern of addresses doubles its quote itself.
    const std::string fits = full_match(text, "'" + std::string(known.pattern) + "'");
    return known.sql.empty()
               ? fits
               : "(" + fits + " AND TRY_CAST(" + text + " AS " + std::string(known.sql) + ") IS NOT NULL)";
  }
  return "false";
}

/// A text compared with a limit, as numbers or as times; NULL where it is neither.
std::string compared(const Value& value, const Bound& bound, const char* comparison) {
  const std::string text = value.text();
  if (!bound.is_number)
    return "TRY_CAST(" + text + " AS TIMESTAMPTZ) " + comparison + " CAST(" + quoted_text(bound.text) +
           " AS TIMESTAMPTZ)";
  const bool is_whole = bound.text.find_first_of(".eE") == std::string::npos;
  std::string as_double =
      "TRY_CAST(" + text + " AS DOUBLE) " + comparison + " CAST(" + bound.text + " AS DOUBLE)";
  if (!is_whole) return as_double;
  // Whole numbers are compared as such: doubles would take neighbours above 2^53 for one.
  return "CASE WHEN " + full_match(text, std::string(kInteger)) + " THEN TRY_CAST(" + text + " AS HUGEINT) " +
         comparison + " CAST(" + bound.text + " AS HUGEINT) ELSE " + as_double + " END";
}

std::string in_range(const Value& value, const Rule& rule) {
  std::string condition = "true";
  if (rule.minimum)
    condition += " AND " + compared(value, *rule.minimum, rule.minimum->is_exclusive ? ">" : ">=");
  if (rule.maximum)
    condition += " AND " + compared(value, *rule.maximum, rule.maximum->is_exclusive ? "<" : "<=");
  return "coalesce(" + condition + ", false)";
}

std::string in_length(const Value& value, const Rule& rule) {
  const std::string length = "(CASE WHEN " + value.type() + " = 'ARRAY' THEN json_array_length(" +
                             value.json + ") ELSE length(" + value.text() + ") END)";
  std::string condition = "true";
  if (rule.minimum)
    condition += " AND " + length + (rule.minimum->is_exclusive ? " > " : " >= ") + rule.minimum->text;
  if (rule.maximum)
    condition += " AND " + length + (rule.maximum->is_exclusive ? " < " : " <= ") + rule.maximum->text;
  return "(" + condition + ")";
}

/// Reading '2.7' as one of these would round it.
bool is_integer_type(std::string_view sql) {
  constexpr std::array<std::string_view, 10> kIntegers = {"TINYINT", "SMALLINT", "INTEGER",   "BIGINT",
                                                          "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
                                                          "UBIGINT", "UHUGEINT"};
  return std::find(kIntegers.begin(), kIntegers.end(), sql) != kIntegers.end();
}

std::string is_type(const Value& value, const Rule& rule, bool converts, bool has_texts_only) {
  const TypeWord* word = type_word(rule.text);
  const std::string sql = word != nullptr ? std::string(word->sql) : rule.text;
  const std::string readable = "TRY_CAST(" + value.text() + " AS " + sql + ") IS NOT NULL";
  if (word == nullptr) {
    const std::string fits =
        "TRY_CAST(" + (has_texts_only ? value.text() : value.json) + " AS " + sql + ") IS NOT NULL";
    return is_integer_type(sql) ? "(" + full_match(value.text(), std::string(kInteger)) + " AND " + fits + ")"
                                : "(" + fits + ")";
  }
  std::string is_scalar = "coalesce(" + value.type() + " NOT IN ('OBJECT', 'ARRAY'), false)";
  if (word->json_types.empty()) {
    const std::string is_text = converts ? is_scalar : "coalesce(" + value.type() + " = 'VARCHAR', false)";
    return "(" + is_text + " AND " + readable + ")";
  }
  std::string is_exact = "coalesce(" + value.type() + " IN (" + std::string(word->json_types) + "), false)";
  if (!converts || rule.text == "object" || rule.text == "array") return is_exact;
  if (rule.text == "string") return is_scalar;
  const std::string is_kept =
      rule.text == "integer" ? full_match(value.text(), std::string(kInteger)) : readable;
  return "(" + is_scalar + " AND (" + is_exact + " OR " + is_kept + "))";
}

/// "s.t.c" or "t.c" as a table and a column.
Result<std::pair<std::string, std::string>> column_of(const std::string& text) {
  LAKE_TRY(const auto path, parse_path(text));
  if (path.has_list || path.names.size() < 2 || path.names.size() > 3)
    return Error(ErrorCode::kInvalidArgument, "not a column (schema.table.column): " + text);
  std::string table;
  for (std::size_t i = 0; i + 1 < path.names.size(); ++i)
    table += (i == 0 ? "" : ".") + quoted_name(path.names[i]);
  return std::pair(table, quoted_name(path.names.back()));
}

Result<std::string> is_in_column(const Value& value, const std::string& column_text) {
  LAKE_TRY(const auto column, column_of(column_text));
  const auto& [table, name] = column;
  return value.text() + " IN (SELECT CAST(" + name + " AS VARCHAR) FROM " + table + " WHERE " + name +
         " IS NOT NULL)";
}

/// The query, put together.
class QueryText {
 public:
  QueryText(const ResolvedRules& rules, const RecordSource& source)
      : rules_(rules),
        has_texts_only_(source.has_texts_only),
        converts_(source.has_texts_only || rules.level != Level::kStrict) {}

  Result<std::string> write(const RecordSource& source) {
    std::string lists;
    for (const auto& rule : rules_.rules) {
      LAKE_TRY(const auto list, broken_by(rule));
      lists += (lists.empty() ? "" : ", ") + list;
    }
    if (lists.empty()) lists = none();
    return "SELECT position, doc, violations, len(list_filter(violations, lambda v: v.severity = 'error')) > "
           "0 AS is_refused "
           "FROM (SELECT __position AS position, __doc AS doc, flatten([" +
           lists + "]) AS violations FROM (SELECT *" + repeats_ +
           " FROM (SELECT position AS __position, doc AS __doc" + values_ + fields() + " FROM (" +
           source.sql + "))))";
  }

 private:
  static std::string none() { return std::string("[]::") + kViolationType + "[]"; }

  /// The column that holds what lies at `names` in each record.
  std::string value_column(const std::vector<std::string>& names) {
    const std::string literal = json_path_literal(names);
    const auto known = std::find(paths_.begin(), paths_.end(), literal);
    const auto index = static_cast<std::size_t>(known - paths_.begin());
    const std::string column = "__v" + std::to_string(index);
    if (known == paths_.end()) {
      paths_.push_back(literal);
      values_ += ", json_extract(doc, " + literal + ") AS " + column;
    }
    return column;
  }

  /// Fields under their own names, for expressions.
  std::string fields() const {
    std::string columns;
    for (const auto& rule : rules_.rules) {
      if (rule.kind != RuleKind::kType) continue;
      const auto path = parse_path(rule.path);
      if (!path || path->has_list || path->names.size() != 1) continue;
      const TypeWord* word = type_word(rule.text);
      std::string type = word == nullptr ? rule.text : std::string(word->sql);
      if (rule.text == "string") type = "VARCHAR";
      const std::string value = "json_extract(doc, " + json_path_literal(path->names) + ")";
      columns += ", " + (type.empty() ? value : "TRY_CAST(" + value + " AS " + type + ")") + " AS " +
                 quoted_name(path->names.front());
    }
    return columns;
  }

  /// A violation. `place` and `found` are SQL, `found` may be empty.
  std::string violation(const Rule& rule, const std::string& place, const std::string& found) const {
    std::string message = quoted_text(rule.message);
    if (rule.message.empty()) {
      message = place + " || " + quoted_text(" must " + demand_of(rule));
      if (!found.empty())
        message += " || coalesce(', and is ' || left(" + found + ", " + std::to_string(kFoundCharactersMax) +
                   "), '')";
    }
    return "{'rule': " + quoted_text(rule.name) +
           ", 'severity': " + quoted_text(name_of(severity_at(rules_.level, rule))) +
           ", 'category': " + quoted_text(info_of(rule.kind).category) + ", 'path': " + place +
           ", 'message': " + message + ", 'suggestion': " + quoted_text(suggestion_of(rule)) + "}";
  }

  Result<std::string> broken_by(const Rule& rule) {
    if (rule.kind == RuleKind::kExpression) {
      const std::string place = quoted_text(rule.path.empty() ? "the record" : rule.path);
      return "CASE WHEN TRY((" + rule.text + ")) IS FALSE THEN [" + violation(rule, place, "") + "] ELSE " +
             none() + " END";
    }
    LAKE_TRY(const auto path, parse_path(rule.path));
    const std::string column = value_column(path.names);
    if (!path.has_list) {
      const Value value{column};
      LAKE_TRY(const auto broken, condition(rule, value, column));
      return "CASE WHEN " + broken + " THEN [" + violation(rule, quoted_text(rule.path), value.text()) +
             "] ELSE " + none() + " END";
    }
    const std::string inner = path.names_in_items.empty()
                                  ? std::string("e")
                                  : "json_extract(e, " + json_path_literal(path.names_in_items) + ")";
    const Value value{inner};
    LAKE_TRY(const auto broken, condition(rule, value, ""));
    const auto mark = rule.path.find("[*]");
    const std::string place = "(" + quoted_text(rule.path.substr(0, mark) + "[") + " || (i - 1) || " +
                              quoted_text("]" + rule.path.substr(mark + 3)) + ")";
    return "list_filter(list_transform(coalesce(json_extract(" + column +
           ", '$[*]'), []::JSON[]), lambda e, i: CASE WHEN " + broken + " THEN " +
           violation(rule, place, value.text()) + " END), lambda b: b IS NOT NULL)";
  }

  /// When a value breaks a rule. What is not there breaks `required` alone.
  Result<std::string> condition(const Rule& rule, const Value& value, const std::string& column) {
    if (rule.kind == RuleKind::kRequired) return "NOT " + value.is_there();
    LAKE_TRY(const auto good, holds(rule, value, column));
    return "(" + value.is_there() + " AND NOT " + good + ")";
  }

  Result<std::string> holds(const Rule& rule, const Value& value, const std::string& column) {
    switch (rule.kind) {
      case RuleKind::kType:
        return is_type(value, rule, converts_, has_texts_only_);
      case RuleKind::kRange:
        return in_range(value, rule);
      case RuleKind::kLength:
        return in_length(value, rule);
      case RuleKind::kPattern:
        return "regexp_matches(" + value.text() + ", " + quoted_text(rule.text) + ")";
      case RuleKind::kEnum: {
        std::string list;
        for (const auto& one : rule.values) list += (list.empty() ? "" : ", ") + quoted_text(one);
        return "(" + value.text() + " IN (" + list + "))";
      }
      case RuleKind::kFormat:
        return is_format(value, rule);
      case RuleKind::kUnique:
        return is_unique(rule, value, column);
      case RuleKind::kReference: {
        LAKE_TRY(const auto found, is_in_column(value, rule.text));
        return "(" + found + ")";
      }
      default:
        return std::string("true");
    }
  }

  /// The first of equal values is good, those after it are not.
  Result<std::string> is_unique(const Rule& rule, const Value& value, const std::string& column) {
    const std::string repeat = "__r" + std::to_string(repeats_count_++);
    repeats_ += ", row_number() OVER (PARTITION BY json_extract_string(" + column +
                ", '$') ORDER BY __position) AS " + repeat;
    if (rule.text.empty()) return "(" + repeat + " = 1)";
    LAKE_TRY(const auto found, is_in_column(value, rule.text));
    return "(" + repeat + " = 1 AND NOT (" + found + "))";
  }

  const ResolvedRules& rules_;
  bool has_texts_only_;
  bool converts_;
  std::vector<std::string> paths_;
  std::string values_;
  std::string repeats_;
  std::size_t repeats_count_ = 0;
};

}  // namespace

std::string json_path_literal(const std::vector<std::string>& names) {
  std::string path = "$";
  for (const auto& name : names) path += ".\"" + name + "\"";
  return quoted_text(path);
}

Result<std::string> check_query(const ResolvedRules& rules, const RecordSource& source) {
  return QueryText(rules, source).write(source);
}

}  // namespace lake::validate
