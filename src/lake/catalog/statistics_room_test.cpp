#include "lake/catalog/statistics_room.hpp"

#include <gtest/gtest.h>

#include "lake/catalog/catalog_fixture.hpp"

namespace lake::catalog {
namespace {

class StatisticsRoomTest : public CatalogFixture {
 protected:
  std::int64_t bytes() { return metrics_.gauge("dplake_file_statistics_bytes", "").value(); }
  std::int64_t without() { return metrics_.gauge("dplake_files_without_statistics", "").value(); }
  std::size_t with(TableId id) {
    std::size_t count = 0;
    for (const auto& file : *table(id)->files) count += file->stats.empty() ? 0 : 1;
    return count;
  }
  /// What the catalog itself keeps, whatever was in memory.
  std::size_t stored(TableId id) {
    const CommitId newest = catalog_->current()->commit_id;
    std::size_t count = 0;
    const auto records = catalog_->files_between(id, newest, newest);
    EXPECT_TRUE(records);
    for (const auto& record : *records) count += record.file.stats.empty() ? 0 : 1;
    return count;
  }
  void open_with(std::uint64_t bytes_max) {
    statistics_bytes_max_ = bytes_max;
    reopen();
  }
};

TEST_F(StatisticsRoomTest, BytesAreThoseOfTheFilesInSnapshots) {
  const TableId id = make_table("t");
  EXPECT_EQ(bytes(), 0);
  add_file(id, 10);
  const std::int64_t one = bytes();
  EXPECT_GT(one, static_cast<std::int64_t>(table(id)->files->front()->stats.bytes().size()));
  add_file(id, 10);
  EXPECT_EQ(bytes(), 2 * one);
  reopen();
  EXPECT_EQ(bytes(), 2 * one);
  ASSERT_TRUE(catalog_->put_stats(id, table(id)->files->front()->file_id, {}));
  EXPECT_EQ(bytes(), one);
  EXPECT_EQ(without(), 0);
}

TEST_F(StatisticsRoomTest, FilesBeyondTheBoundAreThereWithoutThem) {
  const TableId id = make_table("t");
  add_file(id, 10);
  const auto one = static_cast<std::uint64_t>(bytes());
  open_with(2 * one);
  for (int i = 0; i < 3; ++i) add_file(id, 10);
  EXPECT_EQ(table(id)->files->size(), 4U);
  EXPECT_EQ(table(id)->live_rows, 40U);
  EXPECT_EQ(with(id), 2U);
  EXPECT_EQ(bytes(), static_cast<std::int64_t>(2 * one));
  EXPECT_EQ(without(), 2);
  EXPECT_EQ(stored(id), 4U) << "the catalog keeps what memory has no room for";
  reopen();
  EXPECT_EQ(with(id), 2U);
  EXPECT_EQ(without(), 2);
  open_with(0);
  EXPECT_EQ(with(id), 4U);
  EXPECT_EQ(without(), 0);
}

TEST_F(StatisticsRoomTest, RoomIsGivenBackByFilesThatGo) {
  const TableId id = make_table("t");
  const FileId first = add_file(id, 10);
  open_with(static_cast<std::uint64_t>(bytes()));
  add_file(id, 10);
  ASSERT_EQ(with(id), 1U);
  CommitRequest removal = request();
  TableDelta delta;
  delta.table_id = id;
  delta.removed_files.push_back(first);
  removal.deltas.push_back(std::move(delta));
  const auto removed = catalog_->commit(std::move(removal));
  ASSERT_TRUE(removed) << removed.error().message();
  EXPECT_EQ(bytes(), 0);
  add_file(id, 10);
  EXPECT_EQ(with(id), 1U);
  EXPECT_EQ(without(), 1);
}

TEST_F(StatisticsRoomTest, OlderVersionsShareAndCountTheirs) {
  const TableId id = make_table("t");
  add_file(id, 10);
  const CommitId older = catalog_->current()->commit_id;
  const std::int64_t one = bytes();
  add_file(id, 10);
  reopen();
  const auto seen = catalog_->at_version(older);
  ASSERT_TRUE(seen);
  EXPECT_EQ((*seen)->find(id)->files->front(), table(id)->files->front());
  EXPECT_EQ(bytes(), 2 * one);
}

}  // namespace
}  // namespace lake::catalog
