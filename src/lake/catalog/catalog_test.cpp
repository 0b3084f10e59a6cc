#include "lake/catalog/catalog.hpp"

#include <atomic>
#include <thread>

#include "lake/catalog/catalog_fixture.hpp"
#include "lake/sim/clock.hpp"

namespace lake::catalog {
namespace {

class CatalogTest : public CatalogFixture {};

TEST_F(CatalogTest, NewLakeHasSchemaMainAtVersionZero) {
  const SnapshotPtr head = catalog_->current();
  EXPECT_EQ(head->commit_id, 0U);
  EXPECT_TRUE(head->schemas->contains("main"));
  EXPECT_TRUE(head->tables.empty());
  EXPECT_EQ(catalog_->at_version(0)->get()->commit_id, 0U);
  EXPECT_EQ(catalog_->at_version(1).error().code(), ErrorCode::kNotFound);
}

TEST_F(CatalogTest, TableFilesSegmentsAndDeletesComeBackAfterReopen) {
  const TableId id = make_table("Trades");
  append(id, 3, "abc");
  append(id, 2, "de");
  const FileId file = add_file(id, 100);
  ASSERT_TRUE(catalog_->commit(delete_of(id, file, {5, 7})));
  const FileId segment = table(id)->segments.front().segment->file_id;
  ASSERT_TRUE(catalog_->commit(delete_of(id, segment, {4})));
  const auto check = [&] {
    const TablePtr found = catalog_->current()->find("MAIN", "trades");
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->name, "Trades");
    EXPECT_EQ(found->live_rows, 102U);
    EXPECT_EQ(found->segment_rows, 5U);
    EXPECT_EQ(found->segment_bytes, 5U);
    EXPECT_EQ(found->file_bytes, 1000U);
    EXPECT_EQ(found->next_row_id, 105U);
    EXPECT_EQ(found->version, 6U);
    EXPECT_EQ(found->ddl_version, 1U);
    ASSERT_EQ(found->files->size(), 1U);
    EXPECT_EQ(found->files->front()->first_row_id, 5U);
    EXPECT_EQ(found->files->front()->stats.find(1)->lower, std::string_view("\0\1\2", 3));
    EXPECT_EQ(found->schema->fields.at(1).children.at(0).type, "VARCHAR");
    ASSERT_EQ(found->segments.size(), 1U);
    const auto chunks = found->segments.front().segment->chunks(0, found->segments.front().row_count);
    ASSERT_EQ(chunks.size(), 2U);
    EXPECT_EQ(*chunks.at(1).bytes, "de");
    EXPECT_EQ(chunks.at(1).start, 3U);
    EXPECT_EQ(chunks.at(1).first_row_id, 3U);
    EXPECT_TRUE(found->deletes->at(file)->contains(7));
    EXPECT_TRUE(found->deletes->at(segment)->contains(4));
  };
  check();
  reopen();
  check();
  EXPECT_GT(catalog_->reserve_files(id, 1).value(), file);
}

TEST_F(CatalogTest, ManyThreadsShareSyncsAndGetEachTheirOwnCommit) {
  const TableId id = make_table("t");
  std::atomic<int> failures{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < 16; ++client) {
    clients.emplace_back([&] {
      for (int round = 0; round < 25; ++round) {
        const auto outcome = catalog_->commit(append_of(id, 1));
        if (!outcome || outcome->snapshot->commit_id != outcome->commit_id) ++failures;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(catalog_->current()->commit_id, 401U);
  EXPECT_EQ(table(id)->live_rows, 400U);
  EXPECT_LT(metrics_.counter("dplake_catalog_groups_total", "").value(), 401U);
  reopen();
  EXPECT_EQ(table(id)->live_rows, 400U);
}

TEST_F(CatalogTest, OlderVersionsComeBackByNumberTimeAndTag) {
  const TableId id = make_table("t");
  append(id, 1);
  ASSERT_TRUE(catalog_->put_tag("one", std::nullopt));
  const FileId file = add_file(id, 10);
  ASSERT_TRUE(catalog_->commit(delete_of(id, file, {0})));
  CommitRequest drop = request();
  drop.definitions.emplace_back(DropTable{id});
  ASSERT_TRUE(catalog_->commit(std::move(drop)));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(table(id), nullptr);
    EXPECT_EQ(catalog_->at_version(2).value()->find(id)->live_rows, 1U);
    EXPECT_EQ(catalog_->at_version(3).value()->find(id)->live_rows, 11U);
    EXPECT_EQ(catalog_->at_version(4).value()->find("main", "t")->live_rows, 10U);
    EXPECT_EQ(catalog_->at_tag("one").value()->commit_id, 2U);
    EXPECT_EQ(catalog_->at_tag("two").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(catalog_->at_time(catalog_->current()->committed_micros).value()->commit_id, 5U);
    EXPECT_EQ(catalog_->at_time(0).error().code(), ErrorCode::kNotFound);
    reopen();
  }
}

TEST_F(CatalogTest, IdsOfRowsWhoseSegmentEndedAreNotGivenAgainAfterReopen) {
  const TableId id = make_table("t");
  append(id, 3);
  append(id, 2);
  const FileId segment = table(id)->segments.front().segment->file_id;
  CommitRequest made = request();
  TableDelta flush;
  flush.table_id = id;
  flush.rewrite = true;
  flush.removed_files = {segment};
  flush.added_files.push_back(file_of(id, 5));
  flush.added_files.back().carries_row_ids = true;
  made.deltas.push_back(std::move(flush));
  ASSERT_TRUE(catalog_->commit(std::move(made)));
  EXPECT_EQ(table(id)->next_row_id, 5U);
  reopen();  // compares
  add_file(id, 10);
  EXPECT_EQ(table(id)->files->back()->first_row_id, 5U);
}

TEST_F(CatalogTest, CommitTimesDoNotGoBackWhenTheWallClockDoes) {
  using std::chrono::hours;
  sim::SimClock clock;
  const os::WallTime begin = clock_.wall_now();
  const auto open_by_clock = [&] {
    ASSERT_TRUE(catalog_->close());
    catalog_.reset();
    auto opened = Catalog::open(*files_, clock, random_, metrics_, directory_, options_);
    ASSERT_TRUE(opened) << opened.error().message();
    catalog_ = std::move(*opened);
  };
  const auto committed = [&] { return catalog_->current()->committed_micros; };
  open_by_clock();
  clock.set_wall(begin + hours(48));
  const TableId id = make_table("t");
  const std::int64_t latest = committed();
  EXPECT_EQ(latest, clock.wall_micros());
  clock.set_wall(begin - hours(48));
  append(id, 1);
  EXPECT_EQ(committed(), latest);
  EXPECT_EQ(catalog_->at_time(latest).value()->commit_id, 2U);
  EXPECT_EQ(catalog_->at_time(latest - 1).value()->commit_id, 0U);
  open_by_clock();
  append(id, 1);
  EXPECT_EQ(committed(), latest);
  EXPECT_EQ(catalog_->at_time(latest).value()->commit_id, 3U);
  clock.set_wall(begin + hours(72));
  append(id, 1);
  EXPECT_EQ(committed(), clock.wall_micros());
  EXPECT_EQ(catalog_->at_time(latest).value()->commit_id, 3U);
  reopen();  // by the machine's clock, which is behind
}

TEST_F(CatalogTest, RepeatedIdempotencyKeyAnswersWithTheFirstOutcome) {
  const TableId id = make_table("t");
  CommitRequest first = append_of(id, 1);
  first.idempotency_key = "k";
  EXPECT_EQ(catalog_->commit(first)->commit_id, 2U);
  EXPECT_EQ(catalog_->commit(first)->commit_id, 2U);
  append(id, 1);
  reopen();
  const auto again = catalog_->commit(first);
  EXPECT_EQ(again->commit_id, 2U);
  EXPECT_EQ(again->snapshot->commit_id, 2U);
  EXPECT_EQ(table(id)->live_rows, 2U);
}

TEST_F(CatalogTest, DeletingRowByRowStoresWhatEachCommitDeleted) {
  constexpr std::uint32_t kRows = 1'000'000;
  constexpr std::uint32_t kDeletes = 3000;
  constexpr std::uint32_t kStride = 7919;  // prime: all positions differ, and lie all over the file
  const TableId id = make_table("t");
  const FileId file = add_file(id, kRows);
  const CommitId before = catalog_->current()->commit_id;
  for (std::uint32_t i = 0; i < kDeletes; ++i) {
    ASSERT_TRUE(catalog_->commit(delete_of(id, file, {std::uint32_t{i} * kStride % kRows})));
  }
  const auto deleted_at = [&](CommitId version) {
    const auto snapshot = catalog_->at_version(version).value();
    const auto& deletes = *snapshot->find(id)->deletes;
    return deletes.contains(file) ? *deletes.at(file) : codec::RoaringBitmap();
  };
  codec::RoaringBitmap expected;
  for (std::uint32_t i = 0; i <= kDeletes; ++i) {
    if (i % 487 == 0 || i == kDeletes || i < 9) {
      ASSERT_EQ(deleted_at(before + i), expected) << i;
    }
    expected.add(i * kStride % kRows);
  }
  reopen();  // copies the log
  // A whole bitmap for each would be about 10 MB.
  EXPECT_LT(posix_.stat(os::join_path(directory_, "catalog.sqlite"))->bytes, 1'500'000U);
  EXPECT_EQ(table(id)->live_rows, kRows - kDeletes);
  EXPECT_TRUE(catalog_->verify().value().empty());
  // Versions that go away take along only what no later one needs.
  const CommitId newest = catalog_->current()->commit_id;
  ASSERT_EQ(catalog_->expire(INT64_MAX, 100, std::chrono::hours(0)).value(), newest - 99);
  reopen();
  EXPECT_EQ(deleted_at(newest - 99).cardinality(), kDeletes - 99);
  EXPECT_EQ(deleted_at(newest).cardinality(), kDeletes);
  EXPECT_TRUE(catalog_->verify().value().empty());
  const auto history = catalog_->history(id, newest - 99, newest).value();
  codec::RoaringBitmap seen;
  for (const DeleteRecord& record : history.deletes) {
    codec::RoaringBitmap fresh = record.bitmap ? *record.bitmap : codec::RoaringBitmap();
    fresh.subtract(seen);
    if (record.begin > newest - 99) {
      EXPECT_EQ(fresh.cardinality(), 1U) << record.begin;
    }
    seen.unite(fresh);
  }
  EXPECT_EQ(seen.cardinality(), kDeletes);
}

TEST_F(CatalogTest, SegmentRollsToANewFileIdWhenFull) {
  ASSERT_TRUE(catalog_->close());
  options_.segment_rows_max = 4;
  open();
  const TableId id = make_table("t");
  for (int round = 0; round < 5; ++round) append(id, 2);
  append(id, 9);
  EXPECT_EQ(table(id)->segments.size(), 4U);
  EXPECT_EQ(table(id)->segments.at(0).row_count, 4U);
  EXPECT_EQ(table(id)->segments.at(3).row_count, 9U);
  reopen();
  EXPECT_EQ(table(id)->segments.size(), 4U);
  EXPECT_EQ(table(id)->live_rows, 19U);
}

TEST_F(CatalogTest, TextThatIsNotUtf8IsRefusedAndNothingChanges) {
  const TableId id = make_table("t");
  append(id, 2);
  const CommitId newest = catalog_->current()->commit_id;
  const auto refused = [&](CommitRequest request) {
    request.base = newest;
    const auto outcome = catalog_->commit(std::move(request));
    EXPECT_EQ(outcome.error().code(), ErrorCode::kInvalidArgument) << outcome.error().message();
    EXPECT_EQ(catalog_->current()->commit_id, newest);
  };
  CommitRequest request;
  Object object;
  object.kind = ObjectKind::kType;
  object.schema_name = "main";
  object.name = "e";
  object.sql = "CREATE TYPE e AS ENUM ('\xc3')";
  request.definitions.emplace_back(PutObject{object});
  refused(request);
  request = CommitRequest();
  request.definitions.emplace_back(CommentSchema{"main", "\xff"});
  refused(request);
  request = delete_of(id, table(id)->segments.front().segment->file_id, {0});
  request.message = "a\xff";
  refused(request);
  EXPECT_EQ(catalog_->put_tag("\xff", std::nullopt).error().code(), ErrorCode::kInvalidArgument);
  append(id, 1);
  reopen();
  EXPECT_EQ(table(id)->live_rows, 3U);
  EXPECT_TRUE(catalog_->tags()->empty());
}

}  // namespace
}  // namespace lake::catalog
