#include "lake/takeout/csv_product.hpp"

#include <charconv>
#include <cmath>

namespace lake::takeout {
namespace {

std::string lower_trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  text = text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

CsvNames::CsvNames(const std::vector<std::string>& fields) {
  for (const auto& field : fields) {
    shown_.push_back(is_utf8(field) ? field : repaired_utf8(field));
    lower_.push_back(lower_trimmed(shown_.back()));
  }
}

std::optional<std::size_t> CsvNames::position(std::string_view lower_case_name) const {
  for (std::size_t i = 0; i < lower_.size(); ++i) {
    if (lower_[i] == lower_case_name) return i;
  }
  return std::nullopt;
}

bool CsvNames::has(std::initializer_list<std::string_view> lower_case_names) const {
  for (const auto name : lower_case_names) {
    if (!position(name)) return false;
  }
  return true;
}

std::string CsvNames::shown(std::size_t column) const {
  if (column < shown_.size() && !shown_[column].empty()) return shown_[column];
  return "#" + std::to_string(column + 1);
}

CsvFields::CsvFields(const std::vector<std::string>& fields, const CsvNames& names, EntrySink& sink)
    : names_(names), fields_(fields), taken_(fields.size()) {
  bool repaired = false;
  for (auto& field : fields_) {
    if (is_utf8(field)) continue;
    field = repaired_utf8(field);
    repaired = true;
  }
  if (repaired) sink.repaired();
}

std::optional<std::string_view> CsvFields::take(std::size_t column) {
  if (column >= fields_.size() || fields_[column].empty()) return std::nullopt;
  taken_[column] = true;
  return fields_[column];
}

std::optional<std::size_t> CsvFields::find(std::initializer_list<std::string_view> lower_case_names) const {
  for (const auto name : lower_case_names) {
    const auto column = names_.position(name);
    if (column && *column < fields_.size() && !fields_[*column].empty()) return column;
  }
  return std::nullopt;
}

std::optional<std::string_view> CsvFields::take(std::initializer_list<std::string_view> lower_case_names) {
  const auto column = find(lower_case_names);
  return column ? take(*column) : std::nullopt;
}

std::optional<std::int64_t> CsvFields::take_integer(
    std::initializer_list<std::string_view> lower_case_names) {
  const auto column = find(lower_case_names);
  if (!column) return std::nullopt;
  const auto value = parse_integer(fields_[*column]);
  if (value) taken_[*column] = true;
  return value;
}

std::optional<Timestamp> CsvFields::take_time(std::initializer_list<std::string_view> lower_case_names) {
  const auto column = find(lower_case_names);
  if (!column) return std::nullopt;
  const auto value = parse_csv_time(fields_[*column]);
  if (value) taken_[*column] = true;
  return value;
}

std::string CsvFields::extra(const TableSpec& table, EntrySink& sink) const {
  Extra extra(sink, table);
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (!taken_[i] && !fields_[i].empty()) extra.add(names_.shown(i), json_quoted(fields_[i]));
  }
  return extra.json();
}

std::optional<Timestamp> parse_csv_time(std::string_view text) {
  constexpr std::string_view kUtc = " UTC";
  if (!text.ends_with(kUtc)) return parse_iso(text);
  const std::string iso(text.substr(0, text.size() - kUtc.size()));
  return parse_iso(iso + "Z");
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_real(std::string_view text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::vector<std::vector<std::string>> csv_head(const EntryHead& head, std::size_t count) {
  if (extension(head.name) != "csv" || head.bytes.find('\0') != std::string_view::npos) return {};
  return first_csv_records(head.bytes, head.is_whole, count);
}

}  // namespace lake::takeout
