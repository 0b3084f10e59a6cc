#include "lake/takeout/versions.hpp"

#include <gtest/gtest.h>

namespace lake::takeout {
namespace {

constexpr ColumnSpec kColumns[] = {
    {"n", ColumnType::kInt64}, {"name", ColumnType::kText}, {"other", ColumnType::kText}};
constexpr std::string_view kKey[] = {"n", "name"};
constexpr TableSpec kTable{.name = "t", .columns = kColumns, .key = kKey};

struct Line {
  std::optional<std::int64_t> n;
  std::optional<std::string_view> name;
  std::string_view other;
};

RowVersions split(const std::vector<Line>& lines) {
  Batch::TableRows table(kTable);
  std::int64_t offset = 0;
  for (const auto& line : lines) {
    Row row(table.rows, kTable);
    row.integer(0, line.n);
    row.text(1, line.name);
    row.text(2, line.other);
    table.rows.column(5).append_integer(offset++);  // where it stands is no content
    table.rows.end_row();
  }
  return versions_in(table);
}

TEST(Versions, RepeatsAreLeftOutAndOtherContentWaits) {
  const auto versions = split({{1, "a", "x"},
                               {1, "b", "x"},
                               {1, "a", "x"},
                               {1, "a", "y"},
                               {1, "a", "z"},
                               {1, "a", "y"},
                               {1, "b", "y"}});
  EXPECT_EQ(versions.repeats, (std::vector<std::uint32_t>{2, 5}));
  ASSERT_EQ(versions.groups.size(), 3U);
  EXPECT_EQ(versions.groups[0], (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(versions.groups[1], (std::vector<std::uint32_t>{3, 6}));
  EXPECT_EQ(versions.groups[2], (std::vector<std::uint32_t>{4}));
}

TEST(Versions, NullsOfAKeyAreEqualAndNotEmpty) {
  const auto versions = split({{std::nullopt, "a", "x"},
                               {std::nullopt, "a", "x"},
                               {0, "a", "x"},
                               {1, std::nullopt, "x"},
                               {1, "", "x"}});
  EXPECT_EQ(versions.repeats, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(versions.groups.size(), 1U);
}

}  // namespace
}  // namespace lake::takeout
