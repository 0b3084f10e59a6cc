#include "lake/codec/column_batch.hpp"

#include <gtest/gtest.h>

#include <array>

namespace lake::codec {
namespace {

constexpr std::array kTypes = {ColumnType::kInt32, ColumnType::kText, ColumnType::kTextList,
                               ColumnType::kDouble};

ColumnBatch three_rows() {
  ColumnBatch batch(kTypes);
  batch.column(0).append_integer(-5);
  batch.column(1).append_text("one");
  batch.end_row();
  const std::array<std::string_view, 2> items = {"a", ""};
  batch.column(2).append_texts(items);
  batch.end_row();
  batch.column(1).append_text("");
  batch.column(3).append_real(1.5);
  batch.end_row();
  return batch;
}

std::string key(const BatchColumn& column, std::size_t row) {
  std::string text;
  column.append_key(row, text);
  return text;
}

TEST(ColumnBatch, ColumnsWithoutAValueAreNull) {
  const auto batch = three_rows();
  ASSERT_EQ(batch.row_count(), 3U);
  EXPECT_EQ(batch.columns()[0].integer(0), -5);
  EXPECT_TRUE(batch.columns()[0].is_null(1));
  EXPECT_EQ(batch.columns()[1].text(0), "one");
  EXPECT_TRUE(batch.columns()[1].is_null(1));
  EXPECT_EQ(batch.columns()[1].text(2), "");
  EXPECT_TRUE(batch.columns()[2].is_null(0));
  ASSERT_EQ(batch.columns()[2].list_size(1), 2U);
  EXPECT_EQ(batch.columns()[2].list_text(1, 0), "a");
  EXPECT_EQ(batch.columns()[2].list_text(1, 1), "");
}

TEST(ColumnBatch, TruncateForgetsRowsAndAHalfRow) {
  auto batch = three_rows();
  batch.column(0).append_integer(9);  // of a row that never ends
  batch.truncate(2);
  EXPECT_EQ(batch.row_count(), 2U);
  batch.column(1).append_text("again");
  batch.end_row();
  EXPECT_TRUE(batch.columns()[0].is_null(2));
  EXPECT_EQ(batch.columns()[1].text(2), "again");
  EXPECT_TRUE(batch.columns()[2].is_null(2));
  batch.truncate(0);
  EXPECT_EQ(batch.row_count(), 0U);
}

TEST(ColumnBatch, KeysTellNullFromEmptyAndListsFromTheirTexts) {
  const auto batch = three_rows();
  EXPECT_NE(key(batch.columns()[1], 1), key(batch.columns()[1], 2));
  ColumnBatch lists(std::array{ColumnType::kTextList});
  const std::array<std::string_view, 2> apart = {"ab", "c"};
  const std::array<std::string_view, 2> other = {"a", "bc"};
  lists.column(0).append_texts(apart);
  lists.end_row();
  lists.column(0).append_texts(other);
  lists.end_row();
  EXPECT_NE(key(lists.columns()[0], 0), key(lists.columns()[0], 1));
}

TEST(ColumnBatch, FitsKnowsTheEdgesOfEachType) {
  EXPECT_TRUE(fits(-2147483648LL, ColumnType::kInt32));
  EXPECT_FALSE(fits(2147483648LL, ColumnType::kInt32));
  EXPECT_TRUE(fits(32767, ColumnType::kInt16));
  EXPECT_FALSE(fits(-32769, ColumnType::kInt16));
  EXPECT_FALSE(fits(-1, ColumnType::kUint64));
  EXPECT_FALSE(fits(2, ColumnType::kBool));
  EXPECT_FALSE(fits(1, ColumnType::kText));
}

}  // namespace
}  // namespace lake::codec
