#include <gtest/gtest.h>

#include <numeric>

#include "lake/query/plain_engine.hpp"

namespace lake::query {
namespace {

using codec::ColumnType;

class StagedRowsTest : public ::testing::Test {
 protected:
  std::string value_of(const std::string& sql) {
    auto result = session_->run_text(sql);
    if (!result) return std::string(name_of(result.error().code()));
    return result->rows.empty() ? "no row" : result->rows[0][0].value_or("NULL");
  }
  Status stage(const codec::ColumnBatch& batch, const std::vector<std::uint32_t>& rows) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < batch.columns().size(); ++i) names.push_back("c" + std::to_string(i));
    return session_->stage("rows", {batch, names, rows});
  }
  PlainEngine engine_;
  std::unique_ptr<Session> session_ = engine_.session();
};

TEST_F(StagedRowsTest, EveryTypeArrivesAsItWas) {
  const std::vector<ColumnType> types = {ColumnType::kBool,   ColumnType::kInt16,   ColumnType::kInt32,
                                         ColumnType::kInt64,  ColumnType::kUint64,  ColumnType::kFloat,
                                         ColumnType::kDouble, ColumnType::kText,    ColumnType::kJson,
                                         ColumnType::kBytes,  ColumnType::kTextList};
  codec::ColumnBatch batch(types);
  batch.column(0).append_integer(1);
  batch.column(1).append_integer(-32768);
  batch.column(2).append_integer(-2147483648LL);
  batch.column(3).append_integer(INT64_MIN);
  batch.column(4).append_unsigned(UINT64_MAX);
  batch.column(5).append_real(0.5);
  batch.column(6).append_real(-1.25);
  batch.column(7).append_text("a text that is longer than twelve bytes");
  batch.column(8).append_text("{\"a\": 1}");
  batch.column(9).append_text(std::string_view("\0\xff", 2));
  const std::vector<std::string_view> items = {"x", "", "a longer text of the list"};
  batch.column(10).append_texts(items);
  batch.end_row();
  batch.end_row();
  ASSERT_TRUE(stage(batch, {0, 1}));
  EXPECT_EQ(
      value_of(
          "SELECT concat_ws('|', c0, c1, c2, c3, c4, c5, c6, c7, c8->>'a', hex(c9), c10[3], len(c10)) FROM "
          "lake_staged('rows') WHERE c0"),
      "true|-32768|-2147483648|-9223372036854775808|18446744073709551615|0.5|-1.25|a text that is longer "
      "than twelve "
      "bytes|1|00FF|a longer text of the list|3");
  EXPECT_EQ(value_of("SELECT count(*) FROM lake_staged('rows') s WHERE COLUMNS(*) IS NULL"), "1");
}

TEST_F(StagedRowsTest, ManyRowsAndASelectionOfThem) {
  codec::ColumnBatch batch(std::vector{ColumnType::kInt64, ColumnType::kText});
  std::vector<std::uint32_t> odd;
  for (std::uint32_t i = 0; i < 10000; ++i) {
    batch.column(0).append_integer(i);
    if (i % 3 != 0) batch.column(1).append_text("row number " + std::to_string(i));
    batch.end_row();
    if (i % 2 == 1) odd.push_back(i);
  }
  ASSERT_TRUE(stage(batch, odd));
  EXPECT_EQ(value_of("SELECT concat_ws(' ', count(*), sum(c0), count(c1), count(*) FILTER (c1 = 'row number "
                     "' || c0)) FROM "
                     "lake_staged('rows')"),
            "5000 25000000 3333 3333");
  EXPECT_EQ(value_of("CREATE TABLE t AS SELECT * FROM lake_staged('rows'); SELECT count(*) FROM t a JOIN "
                     "lake_staged('rows') b "
                     "USING (c0)"),
            "5000");
}

TEST_F(StagedRowsTest, RowsComeInTheOrderOfTheSelection) {
  codec::ColumnBatch batch(std::vector{ColumnType::kInt64, ColumnType::kBool});
  std::vector<std::uint32_t> falling;
  for (std::uint32_t i = 0; i < 10000; ++i) {
    batch.column(0).append_integer(i);
    if (i < 5000) batch.column(1).append_integer(1);  // the rest is behind what the column holds
    batch.end_row();
    falling.insert(falling.begin(), i);
  }
  const auto rising = std::vector<std::uint32_t>(falling.rbegin(), falling.rend());
  const std::string order =
      "SELECT count(*) || ' ' || sum(CASE WHEN before > c0 THEN 1 ELSE 0 END) || ' ' || "
      "count(c1) FROM (SELECT *, lag(c0) OVER () AS before FROM lake_staged('rows'))";
  ASSERT_TRUE(stage(batch, falling));
  EXPECT_EQ(value_of(order), "10000 9999 5000");
  ASSERT_TRUE(stage(batch, rising));
  EXPECT_EQ(value_of(order), "10000 0 5000");
  EXPECT_EQ(value_of("SELECT count(*) FROM lake_staged('rows') WHERE c0 = 7777 AND c1 IS NULL"), "1");
}

TEST_F(StagedRowsTest, ANameIsReplacedTakenAwayAndUnknownToOthers) {
  codec::ColumnBatch batch(std::vector{ColumnType::kInt64});
  batch.column(0).append_integer(1);
  batch.end_row();
  ASSERT_TRUE(stage(batch, {0}));
  ASSERT_TRUE(stage(batch, {0, 0}));
  EXPECT_EQ(value_of("SELECT count(*) FROM lake_staged('rows')"), "2");
  auto other = engine_.session();
  EXPECT_FALSE(other->run_text("FROM lake_staged('rows')"));
  session_->unstage("rows");
  EXPECT_EQ(value_of("SELECT count(*) FROM lake_staged('rows')"), "invalid_argument");
}

TEST_F(StagedRowsTest, ABrokenEngineForgetsThem) {
  const codec::ColumnBatch batch(std::vector{ColumnType::kInt64});
  ASSERT_TRUE(stage(batch, {}));
  EXPECT_EQ(value_of("SELECT count(*) FROM lake_staged('rows')"), "0");
  engine_.break_down();
  EXPECT_EQ(value_of("SELECT count(*) FROM lake_staged('rows')"), "invalid_argument");
  ASSERT_TRUE(stage(batch, {}));
  EXPECT_EQ(value_of("SELECT count(*) FROM lake_staged('rows')"), "0");
}

}  // namespace
}  // namespace lake::query
