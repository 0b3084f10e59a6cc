#include "lake/tables/row_groups.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <set>
#include <vector>

namespace lake::tables {
namespace {

using Values = std::vector<std::int64_t>;

struct Encoded : public duckdb::PreparedBatchData {
  Values values;
};

Values values_of(duckdb::ColumnDataCollection& rows) {
  Values values;
  for (auto& chunk : rows.Chunks()) {
    const auto* data = duckdb::FlatVector::GetData<std::int64_t>(chunk.data[0]);
    values.insert(values.end(), data, data + chunk.size());
  }
  return values;
}

class RowGroupsTest : public testing::Test {
 protected:
  std::unique_ptr<RowGroups> groups(bool shares, const std::function<void(const Values&)>& encoding = {}) {
    return std::make_unique<RowGroups>(
        *connection_.context, types_, kRows, shares,
        RowGroupSteps{.file =
                          [this] {
                            const auto number = files_++;
                            full_ = files_ - written_.size();
                            full_most_ = std::max(full_most_, full_.load());
                            return std::make_shared<std::size_t>(number);
                          },
                      .encode =
                          [this, encoding](void* /*file*/, auto rows) {
                            auto encoded = duckdb::make_uniq<Encoded>();
                            encoded->values = values_of(*rows);
                            {
                              const MutexLock lock(mutex_);
                              threads_.insert(std::this_thread::get_id());
                            }
                            if (encoding) encoding(encoded->values);
                            return duckdb::unique_ptr<duckdb::PreparedBatchData>(std::move(encoded));
                          },
                      .write =
                          [this](const std::shared_ptr<void>& file, duckdb::PreparedBatchData& encoded) {
                            EXPECT_EQ(*std::static_pointer_cast<std::size_t>(file), written_.size());
                            written_.push_back(encoded.Cast<Encoded>().values);
                          }});
  }
  void append(RowGroups& groups, std::int64_t first, std::int64_t count) {
    duckdb::DataChunk chunk;
    chunk.Initialize(*connection_.context, types_);
    auto* data = duckdb::FlatVector::GetData<std::int64_t>(chunk.data[0]);
    std::iota(data, data + count, first);
    chunk.SetCardinality(static_cast<duckdb::idx_t>(count));
    groups.append(chunk);
  }
  void expect_all(std::int64_t count) {
    std::int64_t next = 0;
    for (const auto& group : written_) {
      EXPECT_LE(group.size(), kRows + kChunk);
      for (const auto value : group) ASSERT_EQ(value, next++);
    }
    EXPECT_EQ(next, count);
  }

  static constexpr std::uint64_t kRows = 100;
  static constexpr std::int64_t kChunk = 40;
  duckdb::DuckDB database_{nullptr};
  duckdb::Connection connection_{database_};
  const duckdb::vector<duckdb::LogicalType> types_{duckdb::LogicalType::BIGINT};
  std::size_t files_ = 0;
  std::atomic<std::size_t> full_ = 0;  // groups that were not written when the last one was full
  std::size_t full_most_ = 0;
  std::vector<Values> written_;
  Mutex mutex_;
  std::set<std::thread::id> threads_ LAKE_GUARDED_BY(mutex_);
};

TEST_F(RowGroupsTest, RowsAreWrittenInTheirOrderInSmallGroups) {
  for (const bool shares : {false, true}) {
    written_.clear();
    files_ = 0;
    const auto all = groups(shares);
    for (std::int64_t i = 0; i < 200; ++i) append(*all, i * kChunk, kChunk);
    append(*all, 200 * kChunk, 1);
    all->finish();
    expect_all(200 * kChunk + 1);
    EXPECT_GT(written_.size(), 60U);
  }
}

TEST_F(RowGroupsTest, TwoGroupsAreEncodedAtATimeAndTheFirstIsWrittenFirst) {
  std::atomic<int> encoding = 0;
  // Each waits for the other: on one thread this would not end.
  const auto all = groups(true, [&](const Values& /*values*/) {
    ++encoding;
    while (encoding < 2) std::this_thread::yield();
  });
  for (std::int64_t i = 0; i < 5; ++i) append(*all, i * kChunk, kChunk);
  all->finish();
  expect_all(5 * kChunk);
  EXPECT_EQ(written_.size(), 2U);
  const MutexLock lock(mutex_);
  EXPECT_EQ(threads_.size(), 2U);
}

TEST_F(RowGroupsTest, AThreadThatTakesItsTimeHoldsTheOtherBack) {
  constexpr std::size_t kFullMax = 5;  // with the one that was just filled
  std::atomic<bool> is_first = true;
  const auto all = groups(true, [&, self = std::this_thread::get_id()](const Values& /*values*/) {
    if (std::this_thread::get_id() == self || !is_first.exchange(false)) return;
    for (int i = 0; i < 20'000 && full_ <= kFullMax; ++i) std::this_thread::yield();
  });
  for (std::int64_t i = 0; i < 3000; ++i) append(*all, i * kChunk, kChunk);
  all->finish();
  expect_all(3000 * kChunk);
  EXPECT_LE(full_most_, kFullMax);
}

TEST_F(RowGroupsTest, WhatFitsIntoOneGroupNeedsNoOtherThread) {
  const auto all = groups(true);
  append(*all, 0, kChunk);
  all->finish();
  expect_all(kChunk);
  const MutexLock lock(mutex_);
  EXPECT_EQ(threads_, std::set{std::this_thread::get_id()});
}

TEST_F(RowGroupsTest, NothingIsWrittenOfNothing) {
  groups(true)->finish();
  EXPECT_TRUE(written_.empty());
}

TEST_F(RowGroupsTest, AnErrorOfEncodingIsThrownAndNothingBehindItWritten) {
  const auto all = groups(true, [](const Values& values) {
    if (values.front() > 1000) throw duckdb::IOException("no more");
  });
  EXPECT_THROW(
      {
        for (std::int64_t i = 0; i < 200; ++i) append(*all, i * kChunk, kChunk);
        all->finish();
      },
      duckdb::IOException);
  EXPECT_FALSE(written_.empty());
  for (const auto& group : written_) EXPECT_LE(group.front(), 1000);
}

TEST_F(RowGroupsTest, WhatWasNotFinishedIsGivenUp) {
  {
    const auto all = groups(true);
    for (std::int64_t i = 0; i < 50; ++i) append(*all, i * kChunk, kChunk);
  }
  EXPECT_LT(written_.size(), 20U);
}

}  // namespace
}  // namespace lake::tables
