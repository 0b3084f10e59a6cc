#include "lake/takeout/versions.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

#include "lake/codec/hash.hpp"

namespace lake::takeout {
namespace {

struct TextHash {
  std::size_t operator()(std::string_view text) const { return codec::xxh3_64(text); }
};

/// Gives the same number to equal texts, counted from 0. Texts wait in one string.
class Distinct {
 public:
  explicit Distinct(std::size_t rows) { known_.reserve(rows); }
  /// The row that first had this text; `row` itself when it is new.
  std::uint32_t first_with(std::string&& text, std::uint32_t row) {
    return known_.try_emplace(std::move(text), row).first->second;
  }

 private:
  std::unordered_map<std::string, std::uint32_t, TextHash> known_;
};

std::vector<std::size_t> key_columns(const TableSpec& spec) {
  std::vector<std::size_t> columns;
  for (const auto name : spec.key) columns.push_back(spec.position(name));
  return columns;
}

std::string text_of(const codec::ColumnBatch& rows, const std::vector<std::size_t>& columns,
                    std::uint32_t row) {
  std::string text;
  for (const auto column : columns) rows.columns()[column].append_key(row, text);
  return text;
}

/// The table's own columns and `extra`.
std::vector<std::size_t> content_columns(const TableSpec& spec) {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i <= spec.columns.size(); ++i) columns.push_back(i);
  return columns;
}

}  // namespace

RowVersions versions_in(const Batch::TableRows& table) {
  const auto& rows = table.rows;
  const auto keys = key_columns(*table.spec);
  const auto contents = content_columns(*table.spec);
  Distinct known(rows.row_count());
  std::unordered_map<std::uint32_t, std::vector<std::string>> versions;  // of keys met again
  RowVersions split;
  split.groups.emplace_back().reserve(rows.row_count());
  for (std::uint32_t row = 0; row < rows.row_count(); ++row) {
    const auto first = known.first_with(text_of(rows, keys, row), row);
    if (first == row) {
      split.groups.front().push_back(row);
      continue;
    }
    auto& seen = versions[first];
    if (seen.empty()) seen.push_back(text_of(rows, contents, first));
    auto content = text_of(rows, contents, row);
    bool is_repeat = false;
    for (const auto& each : seen) is_repeat |= each == content;
    if (is_repeat) {
      split.repeats.push_back(row);
      continue;
    }
    const std::size_t group = seen.size();
    seen.push_back(std::move(content));
    if (split.groups.size() <= group) split.groups.resize(group + 1);
    split.groups[group].push_back(row);
  }
  return split;
}

}  // namespace lake::takeout
