#include "lake/ingest/column_profile.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

namespace lake::ingest {
namespace {

using Json = nlohmann::ordered_json;

/// Values in all columns together that are counted exactly.
constexpr std::uint64_t kExactValuesMax = 2'000'000;
constexpr std::uint64_t kSampleRows = 10'000;
constexpr double kNearlyAll = 0.95;
constexpr std::uint64_t kCategoriesMax = 20;

/// What texts can be, by RE2; the first that fits.
struct TextForm {
  std::string_view name;
  std::string_view pattern;
};
constexpr std::array<TextForm, 4> kTextForms = {
    {{"email", "[^@\\s]+@[^@\\s]+\\.[A-Za-z]{2,}"},
     {"uri", "[A-Za-z][A-Za-z0-9+.-]*://\\S+"},
     {"uuid", "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"},
     {"ip", "[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}"}}};

std::uint64_t number_of(const std::optional<std::string>& text) {
  std::uint64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

bool is_text(const std::string& type) { return type == "VARCHAR"; }

bool is_integer(const std::string& type) {
  return type.ends_with("INT") || type == "INTEGER" || type == "UINTEGER";
}

bool is_number(const std::string& type) {
  return is_integer(type) || type == "DOUBLE" || type == "FLOAT" || type.starts_with("DECIMAL");
}

bool is_nested(const std::string& type) {
  return type == "JSON" || type.ends_with("]") || type.starts_with("STRUCT") || type.starts_with("MAP") ||
         type.starts_with("UNION") || type == "VARIANT";
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return text;
}

bool is_one_of(const std::string& name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A number that is a place by its name and its bounds.
std::string_view place_of(const ColumnProfile& column, double least, double most) {
  const auto name = lower(column.name);
  if (is_one_of(name, {"lat", "latitude"}) && least >= -90 && most <= 90) return "latitude";
  if (is_one_of(name, {"lon", "lng", "long", "longitude"}) && least >= -180 && most <= 180)
    return "longitude";
  return {};
}

std::string semantic_type_of(const ColumnProfile& column, std::uint64_t rows, std::string_view form) {
  const auto& type = column.type;
  if (!form.empty()) return std::string(form);
  if (type == "DATE") return "date";
  if (type.starts_with("TIME")) return "time";
  if (type == "BOOLEAN") return "flag";
  if (type == "UUID") return "uuid";
  if (is_nested(type)) return "object";
  if (column.is_key == true && (is_integer(type) || is_text(type)) && rows > 1) return "identifier";
  if (is_number(type)) return "number";
  const bool repeats = column.distinct * 2 <= rows - column.nulls;
  return repeats && column.distinct <= kCategoriesMax ? "category" : "text";
}

class Profile {
 public:
  Profile(query::Session& session, const TableName& table) : session_(session), table_(table) {}

  Result<std::vector<ColumnProfile>> run() {
    LAKE_CHECK_OK(read_columns());
    if (columns_.empty()) return std::move(columns_);
    LAKE_CHECK_OK(count());
    LAKE_TRY(const auto forms, text_forms());
    for (std::size_t i = 0; i < columns_.size(); ++i)
      columns_[i].semantic_type =
          semantic_type_of(columns_[i], rows_, forms[i].empty() ? places_[i] : forms[i]);
    return std::move(columns_);
  }

 private:
  Status read_columns() {
    LAKE_TRY(const auto found,
             session_.run_text("SELECT column_name, data_type FROM information_schema.columns WHERE "
                               "table_catalog = current_database() AND lower(table_schema) = lower(" +
                               quoted_text(table_.schema) + ") AND lower(table_name) = lower(" +
                               quoted_text(table_.table) + ") ORDER BY ordinal_position LIMIT " +
                               std::to_string(kProfiledColumnsMax)));
    for (const auto& row : found.rows) {
      ColumnProfile column;
      column.name = row[0].value_or("");
      column.type = row[1].value_or("");
      columns_.push_back(std::move(column));
    }
    return ok();
  }

  /// NULLs, distinct values and bounds of all rows.
  Status count() {
    LAKE_TRY(const auto rows, session_.run_text("SELECT count(*) FROM " + table_.sql()));
    rows_ = number_of(rows.rows.at(0).at(0));
    const bool is_exact = rows_ * columns_.size() <= kExactValuesMax;
    std::string asked;
    for (const auto& column : columns_) {
      const auto name = quoted_name(column.name);
      asked += (asked.empty() ? "" : ", ") + ("count(*) - count(" + name + ")");
      const char* count = is_exact ? "count(DISTINCT " : "approx_count_distinct(";
      asked += is_nested(column.type) ? ", NULL" : ", " + (count + name + ")");
      asked +=
          is_number(column.type) ? ", min(" + name + ")::DOUBLE, max(" + name + ")::DOUBLE" : ", NULL, NULL";
    }
    LAKE_TRY(const auto found, session_.run_text("SELECT " + asked + " FROM " + table_.sql()));
    const auto& row = found.rows.at(0);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      auto& column = columns_[i];
      column.nulls = number_of(row[4 * i]);
      column.distinct = number_of(row[4 * i + 1]);
      column.is_exact = is_exact && row[4 * i + 1].has_value();
      if (column.is_exact) column.is_key = column.nulls == 0 && rows_ > 0 && column.distinct == rows_;
      const auto& least = row[4 * i + 2];
      const auto& most = row[4 * i + 3];
      places_.push_back(least && most ? place_of(column, std::strtod(least->c_str(), nullptr),
                                                 std::strtod(most->c_str(), nullptr))
                                      : std::string_view());
    }
    return ok();
  }

  /// For each column what nearly all of its texts are; empty where they are nothing special.
  Result<std::vector<std::string_view>> text_forms() {
    std::vector<std::string_view> forms(columns_.size());
    std::string asked;
    std::string names;
    for (const auto& column : columns_) {
      if (!is_text(column.type)) continue;
      const auto name = quoted_name(column.name);
      names += (names.empty() ? "" : ", ") + name;
      asked += (asked.empty() ? "" : ", ") + ("count(" + name + ")");
      for (const auto& form : kTextForms)
        asked += ", count(*) FILTER (regexp_full_match(" + name + ", " +
                 quoted_text(std::string(form.pattern)) + "))";
    }
    if (asked.empty()) return forms;
    LAKE_TRY(const auto found,
             session_.run_text("SELECT " + asked + " FROM (SELECT " + names + " FROM " + table_.sql() +
                               " LIMIT " + std::to_string(kSampleRows) + ")"));
    std::size_t at = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!is_text(columns_[i].type)) continue;
      const auto values = static_cast<double>(number_of(found.rows.at(0)[at++]));
      for (const auto& form : kTextForms) {
        const auto fitting = static_cast<double>(number_of(found.rows.at(0)[at++]));
        if (forms[i].empty() && values > 0 && fitting >= kNearlyAll * values) forms[i] = form.name;
      }
    }
    return forms;
  }

  query::Session& session_;
  const TableName& table_;
  std::vector<ColumnProfile> columns_;
  std::vector<std::string_view> places_;
  std::uint64_t rows_ = 0;
};

}  // namespace

Result<std::vector<ColumnProfile>> profile_columns(query::Session& session, const TableName& table) {
  return Profile(session, table).run();
}

std::string profile_text(const std::vector<ColumnProfile>& columns) {
  Json list = Json::array();
  for (const auto& column : columns) {
    list.push_back({{"name", column.name},
                    {"type", column.type},
                    {"nullable", column.nulls > 0},
                    {"key", column.is_key ? Json(*column.is_key) : Json()},
                    {"semantic_type", column.semantic_type},
                    {"nulls", column.nulls},
                    {"distinct", column.distinct}});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lake::ingest
