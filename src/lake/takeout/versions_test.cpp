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

Batch::TableRows table_of(const std::vector<Line>& lines) {
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
  return table;
}

RowVersions split(const std::vector<Line>& lines) { return versions_in(table_of(lines)); }

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

TEST(Versions, RowsInAnyOrderAreSplitAlike) {
  std::vector<Line> rising;
  for (std::int64_t n = 0; n < 200; ++n) {
    // Neighbours that agree in the first column, in both, and in everything.
    rising.push_back({n / 5, n % 5 < 3 ? "a" : "b", n % 5 == 1 ? "y" : "x"});
  }
  const std::vector<Line> falling(rising.rbegin(), rising.rend());
  auto mixed = rising;
  std::swap(mixed[3], mixed[190]);
  std::swap(mixed[190], mixed[3 + 5]);
  for (const auto& lines : {rising, falling, mixed}) {
    const auto versions = split(lines);
    EXPECT_EQ(versions.repeats.size(), 80U);
    ASSERT_EQ(versions.groups.size(), 2U);
    EXPECT_EQ(versions.groups[0].size(), 80U);
    EXPECT_EQ(versions.groups[1].size(), 40U);
  }
  EXPECT_EQ(split(rising).groups[1][0], 1U);
  EXPECT_EQ(split(rising).repeats[0], 2U);
}

TEST(Versions, ManyThatAgreeInTheFirstColumn) {
  const std::vector<Line> lines(100, Line{7, "a", "x"});
  EXPECT_EQ(split(lines).repeats.size(), 99U);
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

TEST(Versions, ManyThatAgreeInTheFirstColumnInAnyOrder) {
  std::vector<Line> lines;
  for (std::int64_t n = 0; n < 1000; ++n) lines.push_back({n % 3 - 1, n % 2 == 0 ? "a" : "b", "x"});
  const auto versions = split(lines);
  ASSERT_EQ(versions.groups.size(), 1U);
  EXPECT_EQ(versions.groups[0], (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(versions.repeats.size(), 994U);
}

std::vector<std::uint32_t> ordered(const std::vector<Line>& lines, std::vector<std::uint32_t> rows) {
  put_in_order(table_of(lines), rows);
  return rows;
}

TEST(Order, IsThatOfTheFirstColumnNullsLastAndOfTheFileAmongEquals) {
  const std::vector<Line> lines = {{5, "a", ""}, {std::nullopt, "b", ""}, {-3, "c", ""},
                                   {5, "d", ""}, {std::nullopt, "e", ""}, {1, "f", ""}};
  EXPECT_EQ(ordered(lines, {0, 1, 2, 3, 4, 5}), (std::vector<std::uint32_t>{2, 5, 0, 3, 1, 4}));
  EXPECT_EQ(ordered(lines, {0, 2, 3}), (std::vector<std::uint32_t>{2, 0, 3}));
  EXPECT_EQ(ordered(lines, {1, 4}), (std::vector<std::uint32_t>{1, 4}));
}

TEST(Order, OfTheNewestFirstIsTurnedAround) {
  EXPECT_EQ(ordered({{9, "a", ""}, {7, "b", ""}, {6, "c", ""}}, {0, 1, 2}),
            (std::vector<std::uint32_t>{2, 1, 0}));
}

}  // namespace
}  // namespace lake::takeout
