#include <algorithm>

#include "lake/catalog/catalog.hpp"
#include "lake/catalog/catalog_fixture.hpp"

namespace lake::catalog {
namespace {

constexpr std::int64_t kForever = INT64_MAX;  // older than the end of time: every version is old
constexpr std::chrono::microseconds kNoGrace{0};

class HistoryTest : public CatalogFixture {
 protected:
  void replace_file(TableId id, FileId file, std::uint64_t row_count) {
    CommitRequest made = request();
    TableDelta delta;
    delta.table_id = id;
    delta.removed_files = {file};
    delta.added_files.push_back(file_of(id, row_count));
    made.deltas.push_back(std::move(delta));
    ASSERT_TRUE(catalog_->commit(std::move(made)));
  }
};

TEST_F(HistoryTest, ExpiredVersionsAreAClearErrorAndTheirFilesWaitForDeletion) {
  const TableId id = make_table("t");
  const FileId file = add_file(id, 10);
  const std::string path = table(id)->files->front()->path;
  replace_file(id, file, 4);
  EXPECT_EQ(catalog_->at_version(2).value()->find(id)->live_rows, 10U);
  EXPECT_EQ(catalog_->expire(kForever, 1, kNoGrace).value(), 3U);
  for (int round = 0; round < 2; ++round) {
    const auto expired = catalog_->at_version(2);
    ASSERT_FALSE(expired);
    EXPECT_EQ(expired.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(expired.error().message().find("oldest version kept is 3"), std::string::npos);
    EXPECT_EQ(catalog_->at_time(0).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(catalog_->oldest_kept().value(), 3U);
    EXPECT_EQ(catalog_->put_tag("x", 2).error().code(), ErrorCode::kInvalidArgument);
    ASSERT_EQ(catalog_->pending_deletes()->size(), 1U);
    EXPECT_EQ(catalog_->pending_deletes()->front().path, path);
    EXPECT_EQ(catalog_->known_paths()->size(), 2U);
    EXPECT_EQ(table(id)->live_rows, 4U);
    expect_sound();
    reopen();
  }
  EXPECT_TRUE(catalog_->forget_pending_delete(path));
  EXPECT_TRUE(catalog_->pending_deletes()->empty());
  EXPECT_EQ(catalog_->known_paths()->size(), 1U);
}

TEST_F(HistoryTest, TaggedVersionsOutliveExpiry) {
  const TableId id = make_table("t");
  const FileId file = add_file(id, 10);
  append(id, 3);
  ASSERT_TRUE(catalog_->put_tag("keep", std::nullopt));
  replace_file(id, file, 4);
  CommitRequest drop = request();
  drop.definitions.emplace_back(DropTable{id});
  ASSERT_TRUE(catalog_->commit(std::move(drop)));
  ASSERT_TRUE(catalog_->expire(kForever, 1, kNoGrace));
  reopen();
  const auto kept = catalog_->at_tag("keep");
  ASSERT_TRUE(kept) << kept.error().message();
  EXPECT_EQ(kept.value()->find(id)->live_rows, 13U);
  EXPECT_EQ(catalog_->at_version(2).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(catalog_->tags()->size(), 1U);
  ASSERT_TRUE(catalog_->drop_tag("keep"));
  EXPECT_EQ(catalog_->drop_tag("keep").error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(catalog_->expire(kForever, 1, kNoGrace));
  EXPECT_EQ(catalog_->at_version(3).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(catalog_->pending_deletes()->size(), 2U);
}

TEST_F(HistoryTest, ATagDoesNotMoveToAnotherVersion) {
  make_table("t");
  ASSERT_TRUE(catalog_->put_tag("mark", 0));
  EXPECT_TRUE(catalog_->put_tag("mark", 0)) << "saying it again changes nothing";
  EXPECT_EQ(catalog_->put_tag("mark", 1).error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(catalog_->at_tag("mark").value()->commit_id, 0U);
  ASSERT_TRUE(catalog_->drop_tag("mark"));
  EXPECT_TRUE(catalog_->put_tag("mark", 1));
}

TEST_F(HistoryTest, PinnedVersionsAndTheLastOnesAreKept) {
  const TableId id = make_table("t");
  for (int round = 0; round < 5; ++round) append(id, 1);
  {
    const auto pin = catalog_->pin(3);
    EXPECT_EQ(catalog_->expire(kForever, 1, kNoGrace).value(), 3U);
    EXPECT_EQ(catalog_->at_version(3).value()->find(id)->live_rows, 2U);
  }
  EXPECT_EQ(catalog_->expire(kForever, 3, kNoGrace).value(), 4U);
  EXPECT_EQ(catalog_->expire(0, 1, kNoGrace).value(), 4U);
  EXPECT_EQ(catalog_->expire(kForever, 100, kNoGrace).value(), 4U);
  EXPECT_EQ(catalog_->commits(0, 100)->size(), 3U);
}

TEST_F(HistoryTest, ExpiredVersionsCannotBePinned) {
  const TableId id = make_table("t");
  for (int round = 0; round < 5; ++round) append(id, 1);
  ASSERT_TRUE(catalog_->put_tag("keep", 2));
  ASSERT_EQ(catalog_->expire(kForever, 2, kNoGrace).value(), 5U);
  EXPECT_EQ(catalog_->pin(3).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(catalog_->pin(2));
  EXPECT_TRUE(catalog_->pin(5));
  reopen();
  EXPECT_EQ(catalog_->pin(3).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(catalog_->pin(2));
}

TEST_F(HistoryTest, PinOfATaggedVersionOutlivesTheTag) {
  const TableId id = make_table("t");
  const FileId file = add_file(id, 10);
  ASSERT_TRUE(catalog_->put_tag("keep", 2));
  CommitRequest remove = request();
  TableDelta delta;
  delta.table_id = id;
  delta.removed_files = {file};
  remove.deltas.push_back(std::move(delta));
  ASSERT_TRUE(catalog_->commit(std::move(remove)));
  ASSERT_EQ(catalog_->expire(kForever, 1, kNoGrace).value(), 3U);
  {
    const auto pin = catalog_->pin(2);
    ASSERT_TRUE(pin);
    ASSERT_TRUE(catalog_->drop_tag("keep"));
    EXPECT_EQ(catalog_->expire(kForever, 1, kNoGrace).value(), 3U);
    EXPECT_TRUE(catalog_->pending_deletes()->empty());
  }
  EXPECT_EQ(catalog_->expire(kForever, 1, kNoGrace).value(), 3U);
  EXPECT_EQ(catalog_->pending_deletes()->size(), 1U);
}

TEST_F(HistoryTest, IdsAreNotGivenAgainAfterTheirRowsExpired) {
  const TableId first = make_table("t");
  const FileId file = add_file(first, 10);
  CommitRequest remove = request();
  TableDelta delta;
  delta.table_id = first;
  delta.removed_files = {file};
  remove.deltas.push_back(std::move(delta));
  ASSERT_TRUE(catalog_->commit(std::move(remove)));
  const TableId second = make_table("u");
  CommitRequest drop = request();
  drop.definitions.emplace_back(DropTable{second});
  ASSERT_TRUE(catalog_->commit(std::move(drop)));
  ASSERT_TRUE(catalog_->expire(kForever, 1, kNoGrace));
  const CommitId version = table(first)->version;
  reopen();
  EXPECT_EQ(table(first)->version, version);
  EXPECT_EQ(table(first)->next_row_id, 10U);
  EXPECT_GT(catalog_->reserve_files(first, 1).value(), file);
  EXPECT_GT(catalog_->reserve_table("main", "v").table_id, second);
}

TEST_F(HistoryTest, FilesBetweenVersionsTellWhenTheyLived) {
  const TableId id = make_table("t");
  const FileId first = add_file(id, 10);
  replace_file(id, first, 4);
  const auto both = catalog_->files_between(id, 0, 3).value();
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both.at(0).file.begin, 2U);
  EXPECT_EQ(both.at(0).end, 3U);
  EXPECT_EQ(both.at(1).end, 0U);
  EXPECT_EQ(both.at(1).file.stats.find(1)->value_count, 4);
  EXPECT_EQ(catalog_->files_between(id, 3, 3)->size(), 1U);
  EXPECT_EQ(catalog_->files_between(id, 0, 1)->size(), 0U);
}

TEST_F(HistoryTest, CommitsTellTimeAuthorAndChanges) {
  const TableId id = make_table("t");
  CommitRequest made = append_of(id, 2);
  made.author = "ann";
  made.message = "first rows";
  ASSERT_TRUE(catalog_->commit(std::move(made)));
  const auto list = catalog_->commits(1, 2).value();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list.at(0).changes, "create table main.t");
  EXPECT_EQ(list.at(1).author, "ann");
  EXPECT_EQ(list.at(1).message, "first rows");
  EXPECT_EQ(list.at(1).changes, "main.t +2 inline rows");
  EXPECT_GE(list.at(1).micros, list.at(0).micros);
}

TEST_F(HistoryTest, NewStatisticsAreSeenAtOnceAndKept) {
  const TableId id = make_table("t");
  const FileId file = add_file(id, 10);
  ColumnStats stats;
  stats.field_id = 2;
  stats.null_count = 6;
  ASSERT_TRUE(catalog_->put_stats(id, file, {stats}));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(table(id)->files->front()->stats.find(2)->null_count, 6);
    EXPECT_FALSE(table(id)->files->front()->stats.find(1));
    EXPECT_EQ(catalog_->current()->commit_id, 2U);
    reopen();
  }
  EXPECT_EQ(catalog_->put_stats(id, file + 1, {stats}).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace lake::catalog
