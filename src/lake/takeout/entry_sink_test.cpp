#include "lake/takeout/entry_sink.hpp"

#include <gtest/gtest.h>

#include "lake/takeout/parser_fixture.hpp"

namespace lake::takeout {
namespace {

constexpr ColumnSpec kColumns[] = {{"n", ColumnType::kInt64}, {"name", ColumnType::kText}};
constexpr std::string_view kKey[] = {"n"};
constexpr TableSpec kOne{.name = "one", .columns = kColumns, .key = kKey};
constexpr TableSpec kTwo{.name = "two", .columns = kColumns, .key = kKey};

class EntrySinkTest : public ::testing::Test {
 protected:
  EntrySink sink(std::uint64_t resume_offset = 0, std::uint64_t rows_max = 1000) {
    return {{.entry_id = 42, .export_us = 99, .resume_offset = resume_offset},
            batch_,
            drift_,
            taker_,
            1U << 20U,
            rows_max};
  }
  Parsed parsed_;
  Batch batch_;
  SchemaDrift drift_;
  CollectingTaker taker_{parsed_};
};

TEST_F(EntrySinkTest, RowsCarryTheirOrigin) {
  auto into = sink();
  ASSERT_TRUE(into.begin_element({10, 5}));
  into.row(kOne).integer(0, 1);
  into.row(kTwo).text(1, "x");
  ASSERT_TRUE(into.end_element());
  ASSERT_EQ(batch_.tables().size(), 2U);
  for (const auto& table : batch_.tables()) {
    const auto& columns = table.rows.columns();
    ASSERT_EQ(table.rows.row_count(), 1U);
    EXPECT_TRUE(columns[2].is_null(0));
    EXPECT_EQ(columns[3].integer(0), 42);
    EXPECT_EQ(columns[4].integer(0), 10);
    EXPECT_EQ(columns[5].integer(0), 5);
    EXPECT_EQ(columns[6].integer(0), 99);
  }
  EXPECT_EQ(into.counts().rows, 2U);
  EXPECT_EQ(into.counts().next_offset, 15U);
}

TEST_F(EntrySinkTest, ARejectedElementTakesItsRowsBack) {
  auto into = sink();
  ASSERT_TRUE(into.begin_element({0, 4}));
  into.row(kOne).integer(0, 1);
  ASSERT_TRUE(into.end_element());
  ASSERT_TRUE(into.begin_element({4, 4}));
  into.row(kOne).integer(0, 2);
  into.row(kTwo).integer(0, 3);
  into.row(kOne).integer(0, 4);
  ASSERT_TRUE(into.reject("{bad", "syntax", "why"));
  ASSERT_TRUE(into.begin_element({8, 4}));
  into.row(kOne).integer(0, 5);
  ASSERT_TRUE(into.end_element());
  ASSERT_TRUE(taker_.take(batch_, into.counts()));
  EXPECT_EQ(parsed_.rows, (std::vector<std::string>{"one: n=1", "one: n=5"}));
  EXPECT_EQ(parsed_.rejects, (std::vector<std::string>{"syntax @4+4"}));
  EXPECT_EQ(into.counts().elements, 3U);
  EXPECT_EQ(into.counts().rejected, 1U);
  EXPECT_EQ(into.counts().rows, 2U);
}

TEST_F(EntrySinkTest, ElementsOfAnEarlierRunArePassedOver) {
  auto into = sink(10);
  EXPECT_FALSE(into.begin_element({0, 5}));
  EXPECT_FALSE(into.begin_element({5, 5}));
  EXPECT_TRUE(into.begin_element({10, 5}));
}

TEST_F(EntrySinkTest, AFullBatchIsTakenBetweenElements) {
  auto into = sink(0, 100);
  for (std::uint64_t i = 0; i < 256; ++i) {
    ASSERT_TRUE(into.begin_element({i * 2, 2}));
    into.row(kOne).integer(0, static_cast<std::int64_t>(i));
    ASSERT_TRUE(into.end_element());
  }
  EXPECT_EQ(parsed_.batches, 2U);
  EXPECT_EQ(parsed_.rows.size(), 256U);
}

TEST_F(EntrySinkTest, LargeElementsAreNotGathered) {
  auto into = sink();
  const std::string text(300U << 10U, 'x');
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(into.begin_element({i * text.size(), text.size()}));
    into.row(kOne).text(1, text);
    ASSERT_TRUE(into.end_element());
    EXPECT_LT(batch_.bytes(), 3U << 20U);
  }
}

TEST_F(EntrySinkTest, BatchesAreAppendedInOrder) {
  Batch later;
  EntrySink second({43, 99, 0}, later, drift_, taker_, SIZE_MAX, UINT64_MAX);
  auto first = sink();
  ASSERT_TRUE(first.begin_element({0, 2}));
  first.row(kOne).integer(0, 1);
  ASSERT_TRUE(first.end_element());
  ASSERT_TRUE(second.begin_element({0, 2}));
  second.row(kOne).integer(0, 2);
  second.row(kTwo).integer(0, 3);
  ASSERT_TRUE(second.end_element());
  ASSERT_TRUE(second.begin_element({2, 2}));
  ASSERT_TRUE(second.reject("{bad", "syntax"));
  batch_.append(std::move(later));
  EXPECT_EQ(batch_.row_count(), 3U);
  ASSERT_TRUE(taker_.take(batch_, first.counts()));
  EXPECT_EQ(parsed_.rows, (std::vector<std::string>{"one: n=1", "one: n=2", "two: n=3"}));
  EXPECT_EQ(parsed_.rejects, (std::vector<std::string>{"syntax @2+2"}));
}

TEST(SchemaDrift, WhatWasSeenLaterAddsUp) {
  SchemaDrift drift;
  drift.add("t", "a", 1);
  SchemaDrift later;
  later.add("t", "a", 2);
  later.add("t", "b", 3);
  drift.add(later);
  EXPECT_EQ(drift.seen().at({"t", "a"}).count, 2U);
  EXPECT_EQ(drift.seen().at({"t", "a"}).first_entry_id, 1);
  EXPECT_EQ(drift.seen().at({"t", "b"}).first_entry_id, 3);
}

TEST(SchemaDrift, NamesAreBounded) {
  SchemaDrift drift;
  for (std::size_t i = 0; i < SchemaDrift::kNamesMax + 50; ++i) drift.add("t", "k" + std::to_string(i), 1);
  EXPECT_EQ(drift.seen().size(), SchemaDrift::kNamesMax + 1);
  EXPECT_EQ(drift.seen().at({"t", "..."}).count, 50U);
}

}  // namespace
}  // namespace lake::takeout
