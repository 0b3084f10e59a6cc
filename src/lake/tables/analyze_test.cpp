#include <gtest/gtest.h>

#include "lake/tables/lake_test_fixture.hpp"
#include "lake/tables/rewrite.hpp"
#include "lake/tables/written_stats.hpp"

namespace lake::tables {
namespace {

class Analyze : public LakeFixture {
 protected:
  std::uint64_t analyze_table() {
    const auto read = analyze(*engine_, *lake_, table()->table_id);
    EXPECT_TRUE(read) << read.error().message();
    return read ? *read : 0;
  }
  catalog::TablePtr table() { return LakeFixture::table("t"); }
  std::optional<catalog::ColumnStats> stats(std::size_t column) {
    const auto id = table()->schema->fields[column].id;
    for (const auto& one : table()->files->front()->stats.columns()) {
      if (one.field_id == id) return one;
    }
    return std::nullopt;
  }
};

TEST_F(Analyze, CountsWhatTheWriterLeftOpen) {
  run("create table t as select range as id, if(range % 10 = 0, 'nan'::double, range) as d from "
      "range(20000)");
  ASSERT_LT(stats(1)->nan_count, 0);
  EXPECT_EQ(analyze_table(), 1U);
  EXPECT_EQ(stats(1)->nan_count, 2000);
  EXPECT_EQ(stats(1)->null_count, 0);
  EXPECT_EQ(stats(1)->lower, single_value(duckdb::Value::DOUBLE(1)));
  EXPECT_EQ(stats(1)->upper, single_value(duckdb::Value::DOUBLE(19999)));
  EXPECT_EQ(analyze_table(), 0U);  // nothing is lacking any more
}

TEST_F(Analyze, AFileWithDeletedRowsIsMeasuredWhole) {
  run("create table t as select range as id, if(range % 10 = 0, 'nan'::double, range) as d from "
      "range(20000)");
  run("delete from t where id < 100 or id > 19000");
  EXPECT_EQ(analyze_table(), 1U);
  EXPECT_EQ(stats(1)->nan_count, 2000);
  EXPECT_EQ(stats(1)->value_count, 20000);
  EXPECT_EQ(stats(1)->lower, single_value(duckdb::Value::DOUBLE(1)));
  EXPECT_EQ(stats(1)->upper, single_value(duckdb::Value::DOUBLE(19999)));
  EXPECT_EQ(text("select count(*) from t where d < 110"), "9");
}

TEST_F(Analyze, ATableThatIsGoneIsToldSo) {
  const auto read = analyze(*engine_, *lake_, 12345);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace lake::tables
