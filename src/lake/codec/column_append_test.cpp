#include "lake/codec/column_append.hpp"

#include <gtest/gtest.h>

#include <array>

namespace lake::codec {
namespace {

constexpr std::array kTypes = {
    ColumnType::kBool,  ColumnType::kInt16,  ColumnType::kInt32, ColumnType::kInt64, ColumnType::kUint64,
    ColumnType::kFloat, ColumnType::kDouble, ColumnType::kText,  ColumnType::kBytes, ColumnType::kTextList};

/// A row whose every other value is null, which ones depends on `seed`.
void add_row(ColumnBatch& batch, int seed) {
  const auto has = [seed](int column) { return (column + seed) % 2 == 0; };
  if (has(0)) batch.column(0).append_integer(seed % 3 == 0 ? 1 : 0);
  if (has(1)) batch.column(1).append_integer(-seed);
  if (has(2)) batch.column(2).append_integer(seed * 70000L);
  if (has(3)) batch.column(3).append_integer(INT64_MIN + seed);
  if (has(4)) batch.column(4).append_unsigned(UINT64_MAX - static_cast<std::uint64_t>(seed));
  if (has(5)) batch.column(5).append_real(seed + 0.5);
  if (has(6)) batch.column(6).append_real(seed / 3.0);
  if (has(7)) batch.column(7).append_text("text " + std::to_string(seed));
  if (has(8)) batch.column(8).append_text(std::string_view("\0\xff", 2));
  const std::string_view texts[] = {"a", "", "bc"};
  if (has(9)) batch.column(9).append_texts(std::span(texts).first(static_cast<std::size_t>(seed % 4) % 3));
  batch.end_row();
}

std::string key_of(const ColumnBatch& batch, std::size_t row) {
  std::string key;
  for (const auto& column : batch.columns()) column.append_key(row, key);
  return key;
}

TEST(ColumnAppend, RowsAreThoseOfBothInOrder) {
  ColumnBatch all(kTypes);
  ColumnBatch first(kTypes);
  ColumnBatch second(kTypes);
  for (int seed = 0; seed < 20; ++seed) {
    add_row(all, seed);
    add_row(seed < 7 ? first : second, seed);
  }
  append_rows(first, second);
  ASSERT_EQ(first.row_count(), all.row_count());
  for (std::size_t row = 0; row < all.row_count(); ++row)
    EXPECT_EQ(key_of(first, row), key_of(all, row)) << row;
  add_row(first, 1);
  EXPECT_EQ(key_of(first, 20), key_of(all, 1));
}

TEST(ColumnAppend, RowsOfNothingButNullsCount) {
  ColumnBatch to(kTypes);
  ColumnBatch from(kTypes);
  from.end_row();
  from.end_row();
  append_rows(to, from);
  add_row(to, 0);
  EXPECT_EQ(to.row_count(), 3U);
  EXPECT_TRUE(to.columns()[0].is_null(1));
  EXPECT_FALSE(to.columns()[0].is_null(2));
}

}  // namespace
}  // namespace lake::codec
