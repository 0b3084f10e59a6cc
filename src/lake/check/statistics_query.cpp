#include "lake/check/statistics_query.hpp"

#include <fmt/format.h>

#include <limits>

#include "lake/codec/bounds.hpp"

namespace lake::check {
namespace {

std::string quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += quote;
    result += c;
  }
  return result + quote;
}

std::string blob_literal(std::string_view bytes) {
  std::string text = "'";
  for (const char c : bytes) text += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
  return text + "'::BLOB";
}

bool is_int32(const std::string& type) {
  return type == "TINYINT" || type == "SMALLINT" || type == "INTEGER";
}
bool is_floating(const std::string& type) { return type == "FLOAT" || type == "DOUBLE"; }

/// "infinity" or "-infinity" when the engine stores that as this number.
template <class T>
std::string infinity_of(T value) {
  constexpr T kInfinity = std::numeric_limits<T>::max();
  return value == kInfinity ? "infinity" : value == -kInfinity ? "-infinity" : "";
}

/// An SQL expression with the bound's value; empty for types that are not compared.
Result<std::string> bound_literal(const std::string& type, std::string_view bound) {
  if (type == "BOOLEAN") {
    LAKE_TRY(const bool value, codec::decode_bool(bound));
    return std::string(value ? "true" : "false");
  }
  if (is_int32(type) || type == "DATE") {
    LAKE_TRY(const auto value, codec::decode_int32(bound));
    if (type != "DATE") return fmt::format("({})", value);
    const auto infinity = infinity_of(value);
    if (!infinity.empty()) return fmt::format("DATE '{}'", infinity);
    return fmt::format("(DATE '1970-01-01' + ({})::INTEGER)", value);
  }
  if (type == "BIGINT") {
    LAKE_TRY(const auto value, codec::decode_int64(bound));
    return fmt::format("({})::HUGEINT", value);
  }
  if (type == "TIMESTAMP" || type == "TIMESTAMP WITH TIME ZONE") {
    LAKE_TRY(const auto value, codec::decode_int64(bound));
    const auto infinity = infinity_of(value);
    if (!infinity.empty()) return fmt::format("'{}'::{}", infinity, type);
    return fmt::format("{}({})", type == "TIMESTAMP" ? "make_timestamp" : "make_timestamptz", value);
  }
  if (is_floating(type)) {
    LAKE_TRY(const auto value, type == "FLOAT"
                                   ? codec::decode_float(bound).map([](float one) { return double{one}; })
                                   : codec::decode_double(bound));
    return fmt::format("'{}'::DOUBLE", value);
  }
  if (type == "VARCHAR") return blob_literal(bound);
  return std::string();
}

}  // namespace

Result<StatisticsQuery> statistics_query(const catalog::DataFile& file, const catalog::Schema& schema,
                                         const std::map<catalog::FieldId, std::string>& physical_names,
                                         const std::string& quoted_path) {
  StatisticsQuery query;
  std::string list;
  const auto claim = [&](const std::string& expression, std::string text) {
    list += (list.empty() ? "" : ", ") + expression;
    query.claims.push_back(std::move(text));
  };
  for (const auto& field : schema.fields) {
    const auto stats = file.stats.find(field.id);
    const auto physical = physical_names.find(field.id);
    if (!stats || physical == physical_names.end()) continue;
    const std::string column = quoted(physical->second, '"');
    if (stats->null_count >= 0) {
      claim(fmt::format("count(*) - count({}) = {}", column, stats->null_count),
            fmt::format("column {} holds {} NULLs", field.name, stats->null_count));
    }
    // Binary order is what bounds of texts mean, whatever the column's collation.
    const std::string value = field.type == "VARCHAR" ? "encode(" + column + ")" : column;
    const std::string filter =
        is_floating(field.type) ? fmt::format(" FILTER (WHERE NOT isnan({}))", column) : "";
    for (const bool lower : {true, false}) {
      const auto& bound = lower ? stats->lower : stats->upper;
      if (!bound) continue;
      auto literal = bound_literal(field.type, *bound);
      if (!literal)
        return literal.error().with("the " + std::string(lower ? "lower" : "upper") + " bound of column " +
                                    field.name);
      if (literal->empty()) continue;
      claim(fmt::format("coalesce({}({}){} {} {}, true)", lower ? "min" : "max", value, filter,
                        lower ? ">=" : "<=", *literal),
            fmt::format("column {} is {} {}", field.name, lower ? ">=" : "<=", *literal));
    }
  }
  if (!list.empty()) query.sql = "SELECT " + list + " FROM read_parquet(" + quoted_path + ")";
  return query;
}

}  // namespace lake::check
