#include "lake/tables/inline_room.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "lake/tables/lake_test_fixture.hpp"

namespace lake::tables {
namespace {

constexpr std::int64_t kBegin = 1'000'000;

/// A table with inline rows, and the lake around it.
struct Filled {
  catalog::Snapshot lake;
  catalog::Table table;

  Filled() {
    catalog::SegmentView view;
    view.begin_micros = kBegin;
    table.segments.push_back(view);
  }
};

std::string reached(const Filled& filled, std::int64_t now, const TableOptions& options,
                    std::uint64_t percent = 100) {
  const auto bound = inline_bound_reached(filled.lake, filled.table, now, options, percent);
  return bound ? bound->setting : "";
}

TEST(InlineBound, BytesCommitsAndAgeEachSuffice) {
  const TableOptions options;
  Filled filled;
  EXPECT_EQ(reached(filled, kBegin, options), "");
  filled.table.segment_bytes = options.segment_bytes_max;
  EXPECT_EQ(reached(filled, kBegin, options), "tables.segment_bytes_max");
  filled.table.segment_bytes = 0;
  filled.table.segment_chunks = options.segment_count_max;
  EXPECT_EQ(reached(filled, kBegin, options), "tables.segment_count_max");
  filled.table.segment_chunks = 1;
  EXPECT_EQ(reached(filled, kBegin + options.segment_age_max.count(), options), "tables.segment_age_max");
  EXPECT_EQ(reached(filled, kBegin + options.segment_age_max.count() - 1, options), "");
}

TEST(InlineBound, AShareOfABoundStartsAFlush) {
  const TableOptions options;
  Filled filled;
  filled.table.segment_chunks = options.segment_count_max / 2;
  EXPECT_EQ(reached(filled, kBegin, options, 50), "tables.segment_count_max");
  EXPECT_EQ(reached(filled, kBegin, options, 51), "");
  EXPECT_EQ(reached(filled, kBegin + options.segment_age_max.count() / 2, options, 50),
            "tables.segment_count_max");
}

TEST(InlineBound, AllTablesTogetherHaveOne) {
  TableOptions options;
  options.inline_memory_max = 1000;
  Filled filled;
  filled.lake.inline_bytes = 1000 - catalog::kChunkOverheadBytes;
  EXPECT_EQ(reached(filled, kBegin, options), "");
  filled.lake.inline_chunks = 1;
  EXPECT_EQ(reached(filled, kBegin, options), "memory.segments_percent");
  EXPECT_TRUE(inline_bound_reached(filled.lake, filled.table, kBegin, options, 100)->lake_wide);
}

TEST(InlineBound, ATableWithoutInlineRowsHasRoom) {
  EXPECT_FALSE(inline_bound_reached({}, {}, 1'000'000'000'000, {}, 1));
}

class InlineRoom : public LakeFixture {
 protected:
  void SetUp() override {
    options_.segment_count_max = 4;
    LakeFixture::SetUp();
    run("create table t(id int)");
  }
  void insert(int count) {
    for (int i = 0; i < count; ++i) run("insert into t values (" + std::to_string(i) + ")");
  }
};

TEST_F(InlineRoom, WithoutUpkeepACommitBeyondTheBoundIsRefused) {
  insert(4);
  const auto refused = try_run(*connection_, "insert into t values (9)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_NE(refused.error().message().find("CALL lake_flush('main.t')"), std::string::npos)
      << refused.error().message();
  EXPECT_NE(refused.error().message().find("4 commits of at most 4"), std::string::npos);
  EXPECT_EQ(metrics_.counter("dplake_inline_refused_total", "").value(), 1U);
  EXPECT_EQ(text("select count(*) from t"), "4");
  // reading, deleting and other tables go on
  run("create table u as select 1 as x");
  run("delete from t where id = 0");
  EXPECT_EQ(text("select count(*) from t"), "3");
}

TEST_F(InlineRoom, ARefusedTransactionLeavesNothing) {
  insert(4);
  run("create table u(id int)");
  run("begin");
  run("insert into u values (1)");
  run("insert into t values (9)");
  EXPECT_EQ(failure("commit"), ErrorCode::kResourceExhausted);
  EXPECT_EQ(text("select count(*) from u"), "0");
  EXPECT_EQ(text("select count(*) from t"), "4");
}

TEST_F(InlineRoom, ManyRowsGoToFilesAndNeedNoRoom) {
  insert(4);
  run("insert into t from range(20000)");
  EXPECT_EQ(text("select count(*) from t"), "20004");
}

TEST_F(InlineRoom, AFlushThatFailsIsTheReasonGiven) {
  lake_->make_room = [](std::optional<catalog::TableId>, const std::function<bool()>&) {
    return Status(Error(ErrorCode::kIo, "no space left"));
  };
  insert(4);
  const auto refused = try_run(*connection_, "insert into t values (9)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_NE(refused.error().message().find("no space left"), std::string::npos);
}

TEST_F(InlineRoom, AFlushThatDoesNotEndIsGivenUp) {
  options_.flush_wait_max = std::chrono::milliseconds(0);
  reopen();
  lake_->make_room = [](std::optional<catalog::TableId>, const std::function<bool()>& given_up) {
    while (!given_up()) {
    }
    return Status(Error(ErrorCode::kCancelled, "given up"));
  };
  insert(4);
  const auto refused = try_run(*connection_, "insert into t values (9)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_NE(refused.error().message().find("tables.flush_wait_max"), std::string::npos)
      << refused.error().message();
}

TEST_F(InlineRoom, UpkeepIsAskedFromTheShareOn) {
  std::vector<catalog::TableId> asked;
  lake_->wants_flush = [&asked](catalog::TableId table) { asked.push_back(table); };
  insert(1);
  EXPECT_TRUE(asked.empty());
  insert(1);
  EXPECT_EQ(asked, std::vector<catalog::TableId>{catalog_->current()->find("main", "t")->table_id});
}

}  // namespace
}  // namespace lake::tables
