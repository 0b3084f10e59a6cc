#include "lake/catalog/file_stats.hpp"

#include <gtest/gtest.h>

namespace lake::catalog {
namespace {

ColumnStats column(FieldId field, std::optional<std::string> lower, std::optional<std::string> upper) {
  return {field, 1000, -1, 0, 1 << 20, std::move(lower), std::move(upper)};
}

TEST(FileStats, ColumnsComeBackSortedWithEmptyAndAbsentBoundsApart) {
  const FileStats stats(
      {column(9, "", std::nullopt), column(-3, std::nullopt, std::string(300, 'z')), ColumnStats{}});
  ASSERT_EQ(stats.size(), 3U);
  EXPECT_EQ(stats.at(0).field_id, -3);
  const auto found = stats.find(9);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->lower, "");
  EXPECT_FALSE(found->upper);
  EXPECT_EQ(found->null_count, -1);
  EXPECT_EQ(found->nan_count, 0);
  EXPECT_EQ(found->bytes, 1 << 20);
  EXPECT_FALSE(stats.find(8));
  EXPECT_EQ(FileStats(stats.columns()), stats);
  EXPECT_EQ(FileStats::parse(stats.bytes()).value(), stats);
}

TEST(FileStats, NoColumnsTakeNoBytes) {
  EXPECT_TRUE(FileStats(std::vector<ColumnStats>{}).bytes().empty());
  EXPECT_FALSE(FileStats().find(1));
  EXPECT_TRUE(FileStats::parse("")->empty());
}

TEST(FileStats, EveryCutAndMostChangedBytesAreRefusedAndNoneCrashes) {
  const FileStats stats(
      {column(1, "abc", "abd"), column(2, std::nullopt, "x"), column(3, "q", std::nullopt)});
  for (std::size_t size = 1; size < stats.bytes().size(); ++size) {
    EXPECT_FALSE(FileStats::parse(stats.bytes().substr(0, size))) << size;
  }
  for (std::size_t index = 0; index < stats.bytes().size(); ++index) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string damaged = stats.bytes();
      damaged[index] = static_cast<char>(damaged[index] ^ (1U << bit));
      const auto parsed = FileStats::parse(damaged);
      if (parsed) static_cast<void>(parsed->columns());
    }
  }
}

}  // namespace
}  // namespace lake::catalog
