#include "lake/check/statistics_query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/codec/bounds.hpp"

namespace lake::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

catalog::Schema schema_of(std::vector<std::pair<std::string, std::string>> columns) {
  catalog::Schema schema;
  for (auto& [name, type] : columns) {
    catalog::Field field;
    field.id = static_cast<catalog::FieldId>(schema.fields.size() + 1);
    field.name = std::move(name);
    field.type = std::move(type);
    schema.fields.push_back(std::move(field));
  }
  return schema;
}

catalog::DataFile file_with(std::vector<catalog::ColumnStats> stats) {
  catalog::DataFile file;
  file.stats = catalog::FileStats(std::move(stats));
  return file;
}

catalog::ColumnStats stats_of(catalog::FieldId field, std::optional<std::string> lower,
                              std::optional<std::string> upper) {
  catalog::ColumnStats stats;
  stats.field_id = field;
  stats.lower = std::move(lower);
  stats.upper = std::move(upper);
  return stats;
}

TEST(StatisticsQuery, ClaimsFollowTheBoundsUnderThePhysicalName) {
  auto stats = stats_of(1, codec::encode_int32(-5), codec::encode_int32(7));
  stats.null_count = 2;
  const auto query =
      statistics_query(file_with({stats}), schema_of({{"renamed", "INTEGER"}}), {{1, "old \"name"}}, "'p'");
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->sql,
            "SELECT count(*) - count(\"old \"\"name\") = 2, coalesce(min(\"old \"\"name\") >= (-5), true), "
            "coalesce(max(\"old \"\"name\") <= (7), true) FROM read_parquet('p')");
  EXPECT_THAT(query->claims, ElementsAre("column renamed holds 2 NULLs", "column renamed is >= (-5)",
                                         "column renamed is <= (7)"));
}

TEST(StatisticsQuery, TextsCompareByBytesAndNumbersWithoutNan) {
  const auto query = statistics_query(
      file_with({stats_of(1, "a'\xC3", std::nullopt), stats_of(2, codec::encode_double(0.5), std::nullopt)}),
      schema_of({{"s", "VARCHAR"}, {"d", "DOUBLE"}}), {{1, "s"}, {2, "d"}}, "'p'");
  ASSERT_TRUE(query.has_value());
  EXPECT_THAT(query->sql, HasSubstr("min(encode(\"s\")) >= '\\x61\\x27\\xC3'::BLOB"));
  EXPECT_THAT(query->sql, HasSubstr("min(\"d\") FILTER (WHERE NOT isnan(\"d\")) >= '0.5'::DOUBLE"));
}

TEST(StatisticsQuery, WhatIsNotInTheFileOrNotComparedIsLeftOut) {
  const auto query =
      statistics_query(file_with({stats_of(1, "x", "y"), stats_of(2, "x", "y")}),
                       schema_of({{"added_later", "VARCHAR"}, {"h", "HUGEINT"}}), {{2, "h"}}, "'p'");
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->sql, "");
}

TEST(StatisticsQuery, ABoundOfTheWrongLengthIsCorruption) {
  const auto query = statistics_query(file_with({stats_of(1, "xyz", std::nullopt)}),
                                      schema_of({{"i", "INTEGER"}}), {{1, "i"}}, "'p'");
  ASSERT_FALSE(query.has_value());
  EXPECT_EQ(query.error().code(), ErrorCode::kCorruption);
  EXPECT_THAT(query.error().message(), HasSubstr("lower bound of column i"));
}

}  // namespace
}  // namespace lake::check
