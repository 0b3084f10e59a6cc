#include "lake/takeout/versions.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
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

/// Finds the same where the first key column are whole numbers, few of which are equal: the whole key is only
/// looked at where they are.
class NumberedRows {
 public:
  NumberedRows(const codec::ColumnBatch& rows, const std::vector<std::size_t>& keys)
      : rows_(rows), keys_(keys), slots_(std::bit_ceil(rows.row_count() * 2 + 2)) {}

  static bool fits(const codec::ColumnBatch& rows, std::size_t column_index) {
    const auto& column = rows.columns()[column_index];
    if (column.type() != ColumnType::kInt64 || column.row_count() < rows.row_count()) return false;
    for (std::size_t row = 0; row < rows.row_count(); ++row) {
      if (column.is_null(row)) return false;
    }
    return true;
  }

  /// `row` itself when its key is new. To be asked for each row, in their order.
  std::uint32_t first_with_key_of(std::uint32_t row) {
    const auto value = number_at(rows_.columns()[keys_.front()], row);
    constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15;
    const auto hash = static_cast<std::uint64_t>(value) * kSpread;
    for (std::size_t at = hash ^ (hash >> 32U);; ++at) {
      auto& slot = slots_[at & (slots_.size() - 1)];
      if (slot.row_plus_one == 0) {
        slot = {value, row + 1, false};
        return row;
      }
      if (slot.value != value) continue;
      if (!equals_) equals_.emplace(rows_, keys_);
      if (!slot.is_shared) equals_->first_with_key_of(slot.row_plus_one - 1);
      slot.is_shared = true;
      return equals_->first_with_key_of(row);
    }
  }

 private:
  struct Slot {
    std::int64_t value = 0;
    std::uint32_t row_plus_one = 0;
    bool is_shared = false;
  };
  const codec::ColumnBatch& rows_;
  const std::vector<std::size_t>& keys_;
  std::vector<Slot> slots_;
  std::optional<FirstRows> equals_;  // of rows whose number others have
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

struct NumberedRow {
  std::int64_t value = 0;
  std::uint32_t row = 0;
};

/// `rows`, which are rising, by the numbers of a column, those without one last.
void sort_by_number(const codec::BatchColumn& column, std::vector<std::uint32_t>& rows) {
  std::vector<NumberedRow> numbered;
  std::vector<std::uint32_t> without;
  numbered.reserve(rows.size());
  for (const auto row : rows) {
    if (column.is_null(row)) {
      without.push_back(row);
    } else {
      numbered.push_back({column.integer(row), row});
    }
  }
  std::sort(numbered.begin(), numbered.end(), [](const NumberedRow& one, const NumberedRow& other) {
    return one.value != other.value ? one.value < other.value : one.row < other.row;
  });
  std::transform(numbered.begin(), numbered.end(), rows.begin(), [](const auto& each) { return each.row; });
  std::copy(without.begin(), without.end(), rows.end() - static_cast<std::ptrdiff_t>(without.size()));
}

}  // namespace

void put_in_order(const Batch::TableRows& table, std::vector<std::uint32_t>& rows) {
  const auto& column = table.rows.columns()[table.spec->position(table.spec->key.front())];
  if (column.type() != ColumnType::kInt64 && column.type() != ColumnType::kInt32) return;
  const auto is_before = [&column](std::uint32_t one, std::uint32_t other) {
    if (column.is_null(one) || column.is_null(other)) return !column.is_null(one) && column.is_null(other);
    return column.integer(one) < column.integer(other);
  };
  if (std::is_sorted(rows.begin(), rows.end(), is_before)) return;
  if (std::is_sorted(rows.rbegin(), rows.rend(), is_before)) {  // the newest first
    std::reverse(rows.begin(), rows.end());
  } else {
    sort_by_number(column, rows);
  }
}

RowVersions versions_in(const Batch::TableRows& table) {
  const auto keys = key_columns(*table.spec);
  if (OrderedRows::fits(table.rows, keys.front()))
    return split_versions(table, OrderedRows(table.rows, keys));
  if (NumberedRows::fits(table.rows, keys.front()))
    return split_versions(table, NumberedRows(table.rows, keys));
  return split_versions(table, FirstRows(table.rows, keys));
}

}  // namespace lake::takeout
