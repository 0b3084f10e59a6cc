#include "comparison.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <regex>

namespace lake::sqltest {
namespace {

constexpr std::size_t kShownRows = 30;

std::vector<std::string> split_tabs(const std::string& line) {
  std::vector<std::string> values;
  std::size_t begin = 0;
  for (std::size_t tab = line.find('\t'); tab != std::string::npos; tab = line.find('\t', begin)) {
    values.push_back(line.substr(begin, tab - begin));
    begin = tab + 1;
  }
  values.push_back(line.substr(begin));
  return values;
}

bool same_number(const std::string& expected, const std::string& got) {
  char* end_expected = nullptr;
  char* end_got = nullptr;
  const double left = std::strtod(expected.c_str(), &end_expected);
  const double right = std::strtod(got.c_str(), &end_got);
  if (expected.empty() || got.empty() || *end_expected != 0 || *end_got != 0) return false;
  if (std::isnan(left) || std::isnan(right)) return std::isnan(left) && std::isnan(right);
  if (left == right) return true;
  return std::fabs(left - right) <= 1e-9 * std::max(std::fabs(left), std::fabs(right));
}

bool same_value(char type, const std::string& expected, const std::string& got) {
  if (expected == got) return true;
  if (expected.starts_with("<REGEX>:")) return std::regex_search(got, std::regex(expected.substr(8)));
  if (expected.starts_with("<!REGEX>:")) return !std::regex_search(got, std::regex(expected.substr(9)));
  return type == 'R' && same_number(expected, got);
}

std::string line_of(const std::vector<std::string>& row) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) line += (i == 0 ? "" : "\t") + row[i];
  return line;
}

TextRows expected_rows(const std::vector<std::string>& lines, std::size_t columns) {
  TextRows rows;
  bool row_wise = true;
  for (const std::string& line : lines) {
    rows.push_back(split_tabs(line));
    row_wise = row_wise && rows.back().size() == columns;
  }
  if (row_wise || columns == 0 || lines.size() % columns != 0) return rows;
  rows.clear();
  for (std::size_t i = 0; i < lines.size(); i += columns) {
    rows.emplace_back(lines.begin() + static_cast<std::ptrdiff_t>(i),
                      lines.begin() + static_cast<std::ptrdiff_t>(i + columns));
  }
  return rows;
}

bool same_row(const std::string& types, const std::vector<std::string>& expected,
              const std::vector<std::string>& got) {
  if (expected.size() != got.size()) return false;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (!same_value(i < types.size() ? types[i] : 'T', expected[i], got[i])) return false;
  }
  return true;
}

std::string shown(const char* title, const TextRows& rows, std::size_t around) {
  std::string text = std::string("  ") + title + " (" + std::to_string(rows.size()) + " rows):\n";
  const std::size_t from = around > kShownRows / 2 ? around - kShownRows / 2 : 0;
  const std::size_t to = std::min(rows.size(), from + kShownRows);
  if (from > 0) text += "      ...\n";
  for (std::size_t i = from; i < to; ++i)
    text += (i == around ? "    > " : "      ") + line_of(rows[i]) + "\n";
  if (to < rows.size()) text += "      ...\n";
  return text;
}

}  // namespace

std::string value_text(const std::optional<std::string>& value) {
  if (!value) return "NULL";
  if (value->empty()) return "(empty)";
  std::string text;
  for (const char c : *value) {
    switch (c) {
      case '\t':
        text += "\\t";
        break;
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\0':
        text += "\\0";
        break;
      default:
        text += c;
    }
  }
  return text;
}

TextRows text_rows(const Answer& answer) {
  TextRows rows;
  for (const auto& row : answer.rows) {
    std::vector<std::string> values;
    for (const auto& value : row) values.push_back(value_text(value));
    rows.push_back(std::move(values));
  }
  return rows;
}

void sort_rows(TextRows& rows, Sort sort) {
  if (sort == Sort::kValues) {
    TextRows values;
    for (auto& row : rows) {
      for (auto& value : row) values.push_back({std::move(value)});
    }
    rows = std::move(values);
  }
  if (sort != Sort::kNone) std::sort(rows.begin(), rows.end());
}

std::string difference(const std::string& types, Sort sort, const std::vector<std::string>& expected_lines,
                       const Answer& answer) {
  TextRows got = text_rows(answer);
  if (answer.column_count != types.size()) {
    return "  expected " + std::to_string(types.size()) + " columns, got " +
           std::to_string(answer.column_count) + "\n" + shown("got", got, got.size());
  }
  TextRows expected = expected_rows(expected_lines, types.size());
  sort_rows(got, sort);
  sort_rows(expected, sort);
  const std::string column_types = sort == Sort::kValues ? std::string(1, types[0]) : types;
  std::size_t row = 0;
  while (row < got.size() && row < expected.size() && same_row(column_types, expected[row], got[row])) ++row;
  if (row == got.size() && row == expected.size()) return {};
  return "  the first difference is at row " + std::to_string(row + 1) + "\n" +
         shown("expected", expected, row) + shown("got", got, row);
}

}  // namespace lake::sqltest
