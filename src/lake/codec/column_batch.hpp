#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lake/codec/growing_array.hpp"

namespace lake::codec {

/// What a column of a batch holds. Names of SQL types: sql_name_of().
enum class ColumnType : std::uint8_t {
  kBool,
  kInt16,
  kInt32,
  kInt64,
  kUint64,
  kFloat,
  kDouble,
  kText,      // well-formed UTF-8
  kJson,      // one JSON value as text
  kBytes,     // any bytes
  kTextList,  // texts
};

/// "INTEGER", "VARCHAR[]", ...
std::string_view sql_name_of(ColumnType type);
/// Bytes of one value; 0 for texts and lists.
std::size_t width_of(ColumnType type);

/// One column of rows that were parsed and not stored yet: values beside each other, as vectorised engines
/// take them. Rows behind the last value are null, so that a column costs nothing where it has none. Bound:
/// texts of one column below 4 GiB; the owner flushes long before (ColumnBatch::bytes()). Threads: one.
class BatchColumn {
 public:
  explicit BatchColumn(ColumnType type) : type_(type), width_(width_of(type)) {}

  [[nodiscard]] ColumnType type() const { return type_; }
  /// Rows up to the last value or null that was appended.
  [[nodiscard]] std::size_t row_count() const { return present_.size(); }
  [[nodiscard]] bool is_null(std::size_t row) const { return row >= present_.size() || present_[row] == 0; }
  /// Of row_count() rows 1, or 0 for null.
  [[nodiscard]] const std::uint8_t* present() const { return present_.data(); }
  /// The value of fixed width of a row that is not null.
  [[nodiscard]] const std::byte* fixed(std::size_t row) const { return fixed_.data() + row * width_; }
  /// The text of a row that is not null.
  [[nodiscard]] std::string_view text(std::size_t row) const {
    const std::size_t begin = row == 0 ? 0 : ends_[row - 1];
    return {bytes_.data() + begin, ends_[row] - begin};
  }
  /// Of kTextList: how many texts a row that is not null holds, and one of them.
  [[nodiscard]] std::size_t list_size(std::size_t row) const {
    return ends_[row] - (row == 0 ? 0 : ends_[row - 1]);
  }
  [[nodiscard]] std::string_view list_text(std::size_t row, std::size_t index) const {
    const std::size_t at = (row == 0 ? 0 : ends_[row - 1]) + index;
    const std::size_t begin = at == 0 ? 0 : item_ends_[at - 1];
    return {bytes_.data() + begin, item_ends_[at] - begin};
  }
  [[nodiscard]] std::int64_t integer(std::size_t row) const;

  /// Nulls until there are so many rows.
  void pad(std::size_t row_count) {
    if (row_count != present_.size()) add_nulls(row_count);
  }
  /// The value must fit the type (asserted): callers check ranges and keep what does not fit elsewhere.
  void append_integer(std::int64_t value);
  void append_unsigned(std::uint64_t value) { append_fixed(value); }
  void append_real(double value);
  void append_text(std::string_view text);
  void append_texts(std::span<const std::string_view> texts);
  void truncate(std::size_t row_count);
  [[nodiscard]] std::size_t bytes() const {
    return fixed_.size() + bytes_.size() + 4 * (ends_.size() + item_ends_.size()) + present_.size();
  }
  /// Adds what makes one row's value to `out`: equal values give equal bytes, different ones different bytes.
  void append_key(std::size_t row, std::string& out) const;

 private:
  template <class Value>
  void append_fixed(Value value);
  void append_bytes(std::string_view bytes);
  void add_nulls(std::size_t row_count);
  ColumnType type_;
  std::size_t width_;
  GrowingArray<std::uint8_t> present_;
  GrowingArray<std::byte> fixed_;
  GrowingArray<char> bytes_;
  GrowingArray<std::uint32_t> ends_;       // of texts; of lists, in items
  GrowingArray<std::uint32_t> item_ends_;  // of lists
};

/// True when `value` can be held by a column of that integer type.
bool fits(std::int64_t value, ColumnType type);

/// Some rows of one table, column by column. Threads: one.
class ColumnBatch {
 public:
  explicit ColumnBatch(std::span<const ColumnType> types);

  [[nodiscard]] std::size_t row_count() const { return row_count_; }
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] const std::vector<BatchColumn>& columns() const { return columns_; }
  /// A column to append the present row's value to: one value or none between two calls of end_row().
  BatchColumn& column(std::size_t index) {
    auto& column = columns_[index];
    column.pad(row_count_);
    return column;
  }
  /// Ends the row; columns that got nothing are null.
  void end_row() { ++row_count_; }
  /// Forgets the rows after the first `row_count`, and a row that was not ended.
  void truncate(std::size_t row_count);

 private:
  std::vector<BatchColumn> columns_;
  std::size_t row_count_ = 0;
};

}  // namespace lake::codec
