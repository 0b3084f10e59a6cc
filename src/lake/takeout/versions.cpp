#include "lake/takeout/versions.hpp"

#include <bit>
#include <cstring>
#include <string>
#include <unordered_map>

#include "lake/codec/hash.hpp"

namespace lake::takeout {
namespace {

std::vector<std::size_t> key_columns(const TableSpec& spec) {
  std::vector<std::size_t> columns;
  for (const auto name : spec.key) columns.push_back(spec.position(name));
  return columns;
}

void write_text(const codec::ColumnBatch& rows, const std::vector<std::size_t>& columns, std::uint32_t row,
                std::string& text) {
  text.clear();
  for (const auto column : columns) rows.columns()[column].append_key(row, text);
}

std::string text_of(const codec::ColumnBatch& rows, const std::vector<std::size_t>& columns,
                    std::uint32_t row) {
  std::string text;
  write_text(rows, columns, row, text);
  return text;
}

/// The value of a row of a kInt64 column.
std::int64_t number_at(const codec::BatchColumn& column, std::size_t row) {
  std::int64_t value = 0;
  std::memcpy(&value, column.fixed(row), sizeof value);
  return value;
}

/// Finds the first row with the key of a row, by hash and then by the key itself. Open addressing, twice the
/// rows.
class FirstRows {
 public:
  FirstRows(const codec::ColumnBatch& rows, const std::vector<std::size_t>& keys)
      : rows_(rows), keys_(keys), slots_(std::bit_ceil(rows.row_count() * 2 + 2)) {}
  /// `row` itself when its key is new.
  std::uint32_t first_with_key_of(std::uint32_t row) {
    write_text(rows_, keys_, row, key_);
    const auto hash = codec::xxh3_64(key_);
    for (std::size_t at = hash;; ++at) {
      auto& slot = slots_[at & (slots_.size() - 1)];
      if (slot.row_plus_one == 0) {
        slot = {hash, row + 1};
        return row;
      }
      if (slot.hash != hash) continue;
      write_text(rows_, keys_, slot.row_plus_one - 1, other_);
      if (other_ == key_) return slot.row_plus_one - 1;
    }
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t row_plus_one = 0;
  };
  const codec::ColumnBatch& rows_;
  const std::vector<std::size_t>& keys_;
  std::vector<Slot> slots_;
  std::string key_;
  std::string other_;
};

/// Finds the same where rows lie in the order of the first key column, as exports tell them: equal keys are
/// neighbours.
class OrderedRows {
 public:
  OrderedRows(const codec::ColumnBatch& rows, const std::vector<std::size_t>& keys)
      : rows_(rows), keys_(keys) {}

  /// The order is rising or falling, and few rows agree in that column.
  static bool fits(const codec::ColumnBatch& rows, std::size_t column_index) {
    constexpr std::uint32_t kEqualMax = 16;
    const auto& column = rows.columns()[column_index];
    if (column.type() != ColumnType::kInt64 || column.row_count() < rows.row_count()) return false;
    bool rises = true;
    bool falls = true;
    std::uint32_t equal = 1;
    for (std::size_t row = 0; row < rows.row_count(); ++row) {
      if (column.is_null(row)) return false;
      if (row == 0) continue;
      const auto before = number_at(column, row - 1);
      const auto here = number_at(column, row);
      rises = rises && before <= here;
      falls = falls && before >= here;
      equal = before == here ? equal + 1 : 1;
      if ((!rises && !falls) || equal > kEqualMax) return false;
    }
    return true;
  }

  /// `row` itself when its key is new. To be asked for each row, in their order.
  std::uint32_t first_with_key_of(std::uint32_t row) {
    const auto& column = rows_.columns()[keys_.front()];
    if (row == 0 || number_at(column, row - 1) != number_at(column, row)) {
      first_equal_ = row;
      return row;
    }
    write_text(rows_, keys_, row, key_);
    for (auto other = first_equal_; other < row; ++other) {
      write_text(rows_, keys_, other, other_);
      if (other_ == key_) return other;
    }
    return row;
  }

 private:
  const codec::ColumnBatch& rows_;
  const std::vector<std::size_t>& keys_;
  std::uint32_t first_equal_ = 0;
  std::string key_;
  std::string other_;
};

/// The table's own columns and `extra`.
std::vector<std::size_t> content_columns(const TableSpec& spec) {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i <= spec.columns.size(); ++i) columns.push_back(i);
  return columns;
}

template <class Known>
RowVersions split_versions(const Batch::TableRows& table, Known known) {
  const auto& rows = table.rows;
  const auto contents = content_columns(*table.spec);
  // Of keys met again. NOLINTNEXTLINE(misc-const-correctness): [] adds to it
  std::unordered_map<std::uint32_t, std::vector<std::string>> versions;
  RowVersions split;
  split.groups.emplace_back().reserve(rows.row_count());
  for (std::uint32_t row = 0; row < rows.row_count(); ++row) {
    const auto first = known.first_with_key_of(row);
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

}  // namespace

RowVersions versions_in(const Batch::TableRows& table) {
  const auto keys = key_columns(*table.spec);
  if (OrderedRows::fits(table.rows, keys.front()))
    return split_versions(table, OrderedRows(table.rows, keys));
  return split_versions(table, FirstRows(table.rows, keys));
}

}  // namespace lake::takeout
