#include <sqlite3.h>

#include <thread>

#include "lake/catalog/catalog.hpp"
#include "lake/catalog/catalog_fixture.hpp"
#include "lake/catalog/catalog_schema.hpp"
#include "lake/catalog/sqlite_connection.hpp"
#include "lake/catalog/unloaded_catalog.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/faulty_file_system.hpp"
#include "lake/sim/file_system.hpp"
#include "lake/telemetry/log.hpp"

namespace lake::catalog {
namespace {

constexpr std::uint64_t kEarlyCheckpoint = 64U << 10U;  // so that checkpoints are crashed too
constexpr std::uint64_t kNoCheckpoint = 1U
                                        << 30U;  // so that a planned fault meets the commit and nothing else

/// A lake on a simulated disk, and a fixed list of commits to put it through.
class CrashRun {
 public:
  explicit CrashRun(std::uint64_t seed, std::uint64_t checkpoint_bytes = kEarlyCheckpoint)
      : files_(clock_, seed), random_(seed) {
    options_.checkpoint_bytes = checkpoint_bytes;
    options_.segment_rows_max = 5;
  }

  Status open() {
    auto opened = Catalog::open(files_, clock_, random_, metrics_, "/", options_);
    if (!opened) return Error(opened.error());
    catalog_ = std::move(*opened);
    return ok();
  }

  Status open_with_reserve(std::uint64_t bytes, telemetry::Log* log) {
    auto [catalog, load] = unloaded_catalog(files_, clock_, random_, metrics_, "/", options_, 0, bytes, log);
    catalog_ = std::move(catalog);
    return load();
  }

  /// Stops at the first failure.
  Status work(std::vector<std::string>& seen) {
    LAKE_CHECK_OK(open());
    seen.assign(1, describe(*catalog_->current()));
    for (int step = 0; step < 24; ++step) {
      clock_.advance(std::chrono::seconds(1));
      LAKE_CHECK_OK(upkeep(step));
      const auto outcome = catalog_->commit(step_of(step));
      if (!outcome) return Error(outcome.error());
      seen.push_back(describe(*outcome->snapshot));
    }
    return catalog_->close();
  }

  CommitRequest step_of(int step) {
    const SnapshotPtr head = catalog_->current();
    CommitRequest made;
    made.base = head->commit_id;
    if (step % 8 == 0) {
      const std::string name = "t" + std::to_string(step);
      const auto reserved = catalog_->reserve_table("main", name);
      Table table;
      table.table_id = reserved.table_id;
      table.location = reserved.location;
      table.schema_name = "main";
      table.name = name;
      table.schema = std::make_shared<const Schema>();
      made.definitions.emplace_back(CreateTable{table});
      return made;
    }
    TableDelta delta;
    const Table& table = *head->tables.begin()->second;
    delta.table_id = table.table_id;
    if (step % 5 == 0 && !table.files->empty()) {
      delta.deletes[table.files->front()->file_id] = {bit(static_cast<std::uint32_t>(step)), nullptr};
    } else if (step % 3 == 0) {
      DataFile file;
      file.file_id = catalog_->reserve_files(table.table_id, 1).value();
      file.path = "f" + std::to_string(file.file_id);
      file.row_count = 100;
      delta.added_files.push_back(file);
    } else {
      delta.appends.push_back({2, 0, std::make_shared<const std::string>(std::string(5000, 'a')), 2});
    }
    made.deltas.push_back(std::move(delta));
    return made;
  }

  Status upkeep(int step) {
    if (step == 10) LAKE_CHECK_OK(catalog_->put_tag("ten", std::nullopt));
    if (step != 18) return ok();
    const auto kept = catalog_->expire(INT64_MAX, 6, std::chrono::seconds(0));
    return kept ? ok() : Status(Error(kept.error()));
  }

  static codec::RoaringBitmap bit(std::uint32_t position) {
    codec::RoaringBitmap bitmap;
    bitmap.add(position);
    return bitmap;
  }

  sim::SimClock clock_;
  sim::SimFileSystem files_;
  os::SeededRandom random_;
  telemetry::Metrics metrics_;
  CatalogOptions options_;
  std::unique_ptr<Catalog> catalog_;
};

void sweep(sim::CrashOutcome outcome, std::uint64_t seed) {
  CrashRun whole(seed);
  std::vector<std::string> expected;
  ASSERT_TRUE(whole.work(expected));
  const std::uint64_t sync_count = whole.files_.sync_count();
  ASSERT_GT(sync_count, 25U);
  for (std::uint64_t k = 1; k <= sync_count; ++k) {
    SCOPED_TRACE("crash at sync " + std::to_string(k));
    CrashRun run(seed);
    std::vector<std::string> acknowledged;
    run.files_.crash_at_sync(k, outcome);
    const auto stopped = run.work(acknowledged);
    run.catalog_.reset();
    run.files_.reopen();
    const auto opened = run.open();
    ASSERT_TRUE(opened) << opened.error().message();
    const CommitId head = run.catalog_->current()->commit_id;
    ASSERT_GE(head + 1, acknowledged.size());
    ASSERT_LE(head, acknowledged.size())
        << "at most the commit in flight may be there without its acknowledgement";
    if (head < acknowledged.size()) {
      EXPECT_EQ(describe(*run.catalog_->current()), acknowledged.at(head));
    }
    const auto problems = run.catalog_->verify();
    ASSERT_TRUE(problems) << problems.error().message();
    for (const Problem& problem : *problems) ADD_FAILURE() << problem.where << ": " << problem.what;
    const auto more = run.catalog_->commit(run.step_of(head == 0 ? 0 : 1));
    EXPECT_TRUE(more) << more.error().message();
    EXPECT_TRUE(run.catalog_->close());
  }
}

TEST(CatalogCrash, EverySyncLosingAllThatWasNotSynced) { sweep(sim::CrashOutcome::kLoseAll, 1); }
TEST(CatalogCrash, EverySyncKeepingAllThatWasNotSynced) { sweep(sim::CrashOutcome::kKeepAll, 2); }
TEST(CatalogCrash, EverySyncWithTornAndReorderedWrites) {
  for (std::uint64_t seed = 3; seed < 8; ++seed) sweep(sim::CrashOutcome::kSeeded, seed);
}

TEST(CatalogFaults, FailedSyncMakesTheOutcomeUnknownAndStopsWork) {
  CrashRun run(1, kNoCheckpoint);
  ASSERT_TRUE(run.open());
  ASSERT_TRUE(run.catalog_->commit(run.step_of(0)));
  const SnapshotPtr before = run.catalog_->current();
  run.files_.faults().add({.operation = sim::Operation::kSync, .path_part = "-wal"});
  EXPECT_EQ(run.catalog_->commit(run.step_of(1)).error().code(), ErrorCode::kCommitUnknown);
  EXPECT_EQ(run.catalog_->current(), before);
  EXPECT_EQ(run.catalog_->commit(run.step_of(1)).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(run.catalog_->at_version(0).error().code(), ErrorCode::kUnavailable);
  ignore(run.catalog_->close(), "its disk failed");
  run.catalog_.reset();
  run.files_.reopen();
  ASSERT_TRUE(run.open());
  EXPECT_LE(run.catalog_->current()->commit_id, 2U);
  EXPECT_TRUE(run.catalog_->commit(run.step_of(1)));
  EXPECT_TRUE(run.catalog_->verify()->empty());
  EXPECT_TRUE(run.catalog_->close());
}

TEST(CatalogFaults, FullDiskRefusesTheCommitAndWorkGoesOnWhenThereIsRoom) {
  CrashRun run(1, kNoCheckpoint);
  ASSERT_TRUE(run.open());
  ASSERT_TRUE(run.catalog_->commit(run.step_of(0)));
  run.files_.set_space_left(6000);
  CommitId taken = 1;
  auto refused = run.catalog_->commit(run.step_of(1));
  for (; refused && taken < 100; ++taken) refused = run.catalog_->commit(run.step_of(1));  // the log had room
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(run.catalog_->current()->commit_id, taken);
  run.files_.set_space_left(std::nullopt);
  EXPECT_TRUE(run.catalog_->commit(run.step_of(1)));
  EXPECT_TRUE(run.catalog_->verify()->empty());
  EXPECT_TRUE(run.catalog_->close());
}

TEST(CatalogFaults, WhatFreesSpaceIsCommittedOnAFullDisk) {
  constexpr std::uint64_t kReserve = 1U << 20U;
  CrashRun run(1, kNoCheckpoint);
  const auto open = [&run] { return run.open_with_reserve(kReserve, nullptr); };
  const auto held = [&run] {
    const auto info = run.files_.stat("/catalog.sqlite.reserve");
    return info ? info->bytes : 0;
  };
  ASSERT_TRUE(open());
  EXPECT_EQ(held(), kReserve);
  ASSERT_TRUE(run.catalog_->commit(run.step_of(0)));
  ASSERT_TRUE(run.catalog_->put_tag("kept", std::nullopt));
  ASSERT_TRUE(run.catalog_->commit(run.step_of(8)));
  for (int n = 0; n < 8; ++n) ASSERT_TRUE(run.catalog_->commit(run.step_of(1)));
  ASSERT_TRUE(run.catalog_->close());
  run.files_.set_space_left(0);
  ASSERT_TRUE(open());
  // What adds something is refused, and leaves the reserve alone.
  EXPECT_EQ(run.catalog_->commit(run.step_of(1)).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(held(), kReserve);
  // Something is given at a time: others find no room for what they add.
  ASSERT_TRUE(run.catalog_->drop_tag("kept"));
  const auto left = held();
  EXPECT_LT(left, kReserve);
  EXPECT_GE(left, kReserve / 2);
  for (int n = 0; n < 100; ++n) static_cast<void>(run.catalog_->commit(run.step_of(1)));
  EXPECT_EQ(held(), left);
  CommitRequest drop;
  drop.base = run.catalog_->current()->commit_id;
  drop.definitions.emplace_back(DropTable{run.catalog_->current()->tables.begin()->first});
  const auto dropped = run.catalog_->commit(std::move(drop));
  ASSERT_TRUE(dropped) << dropped.error().message();
  EXPECT_TRUE(run.catalog_->expire(INT64_MAX, 1, std::chrono::seconds(0)));
  EXPECT_LT(held(), left);
  // The room is taken again as soon as it is there.
  ASSERT_TRUE(run.catalog_->close());
  run.files_.set_space_left(2 * kReserve);
  ASSERT_TRUE(open());
  EXPECT_EQ(held(), kReserve);
  EXPECT_TRUE(run.catalog_->verify()->empty());
  // Expiry alone uses it too.
  ASSERT_TRUE(run.catalog_->commit(run.step_of(16)));
  ASSERT_TRUE(run.catalog_->close());
  run.files_.set_space_left(0);
  ASSERT_TRUE(open());
  ASSERT_TRUE(run.catalog_->expire(INT64_MAX, 1, std::chrono::seconds(0)));
  EXPECT_LT(held(), kReserve);
  // A file that was removed has left room: it is taken while the lake is open.
  run.files_.set_space_left(2 * kReserve);
  ASSERT_TRUE(run.catalog_->forget_pending_delete("none"));
  EXPECT_EQ(held(), kReserve);
  EXPECT_TRUE(run.catalog_->close());
}

TEST(CatalogFaults, ShortRoomIsToldOnceAndMeasured) {
  constexpr std::uint64_t kReserve = 1U << 20U;
  CrashRun run(1, kNoCheckpoint);
  std::vector<std::string> lines;
  auto log = telemetry::Log::to_receiver(run.clock_, telemetry::LogLevel::kInfo, telemetry::LogFormat::kText,
                                         [&lines](std::string_view line) { lines.emplace_back(line); });
  const auto gauge = [&run] { return run.metrics_.gauge("dplake_catalog_reserve_bytes", "").value(); };
  ASSERT_TRUE(run.open_with_reserve(kReserve, &log));
  EXPECT_EQ(gauge(), kReserve);
  EXPECT_TRUE(lines.empty());
  ASSERT_TRUE(run.catalog_->commit(run.step_of(0)));
  ASSERT_TRUE(run.catalog_->close());
  ASSERT_TRUE(run.files_.remove_file("/catalog.sqlite.reserve"));
  run.files_.set_space_left(kReserve / 2);
  ASSERT_TRUE(run.open_with_reserve(kReserve, &log));
  EXPECT_EQ(gauge(), 0);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("catalog.reserve_short"), std::string::npos) << lines[0];
  EXPECT_NE(lines[0].find("held_bytes=0"), std::string::npos) << lines[0];
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(run.catalog_->forget_pending_delete("none"));
  EXPECT_EQ(lines.size(), 1U);
  run.files_.set_space_left(4 * kReserve);
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(run.catalog_->forget_pending_delete("none"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[1].find("catalog.reserve_filled"), std::string::npos) << lines[1];
  EXPECT_EQ(gauge(), kReserve);
  EXPECT_TRUE(run.catalog_->close());
}

TEST(CatalogFaults, ACopyThatFoundNoRoomIsRemoved) {
  CrashRun run(1, kNoCheckpoint);
  ASSERT_TRUE(run.open());
  ASSERT_TRUE(run.catalog_->commit(run.step_of(0)));
  ASSERT_TRUE(run.catalog_->close());
  auto connection = SqliteConnection::open(std::make_unique<SqliteVfs>(run.files_, run.clock_, run.random_),
                                           "/catalog.sqlite", 1U << 20U);
  ASSERT_TRUE(connection) << connection.error().message();
  run.files_.set_space_left(1000);
  const auto copied = (*connection)->vfs().copy_database("/copy");
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_FALSE(run.files_.stat("/copy"));
  run.files_.set_space_left(std::nullopt);
  EXPECT_TRUE((*connection)->vfs().copy_database("/copy"));
  EXPECT_TRUE((*connection)->close());
}

TEST(CatalogFaults, TheLogGrowsInStepsAndNotWithEachCommit) {
  CrashRun run(1, kNoCheckpoint);
  ASSERT_TRUE(run.open());
  ASSERT_TRUE(run.catalog_->commit(run.step_of(0)));
  constexpr int kCommits = 200;  // of 5,000 bytes each
  int growths = 0;
  std::uint64_t bytes = 0;
  for (int n = 0; n < kCommits; ++n) {
    ASSERT_TRUE(run.catalog_->commit(run.step_of(1)));
    const auto info = run.files_.stat("/catalog.sqlite-wal");
    ASSERT_TRUE(info);
    if (info->bytes != bytes) ++growths;
    bytes = info->bytes;
  }
  EXPECT_GT(bytes, 1'000'000U);
  EXPECT_LT(growths, 10);
  run.files_.crash(sim::CrashOutcome::kLoseAll);
  run.catalog_.reset();
  run.files_.reopen();
  ASSERT_TRUE(run.open());
  EXPECT_EQ(run.catalog_->current()->commit_id, kCommits + 1U);
  EXPECT_TRUE(run.catalog_->verify()->empty());
  EXPECT_TRUE(run.catalog_->commit(run.step_of(1)));
  EXPECT_TRUE(run.catalog_->close());
}

TEST(CatalogFaults, TheLogUsesTheRoomThatAStepFoundOnAnAlmostFullDisk) {
  CrashRun run(1, kNoCheckpoint);
  ASSERT_TRUE(run.open());
  ASSERT_TRUE(run.catalog_->commit(run.step_of(0)));
  const auto log_bytes = [&run] { return run.files_.stat("/catalog.sqlite-wal")->bytes; };
  constexpr std::uint64_t kLeft = 120'000;
  const auto bytes_max = log_bytes() + kLeft;
  run.files_.set_space_left(kLeft);
  for (int n = 0; n < 100 && log_bytes() < bytes_max; ++n) ASSERT_TRUE(run.catalog_->commit(run.step_of(1)));
  ASSERT_EQ(log_bytes(), bytes_max);
  run.files_.set_space_left(std::nullopt);
  ASSERT_TRUE(run.catalog_->commit(run.step_of(1)));
  EXPECT_EQ(log_bytes(), bytes_max) << "not again with each commit";
  EXPECT_TRUE(run.catalog_->verify()->empty());
  EXPECT_TRUE(run.catalog_->close());
}

TEST(CatalogFaults, UnreadablePageIsAnErrorOfThatRequestOnly) {
  CrashRun run(1, kNoCheckpoint);
  std::vector<std::string> seen;
  ASSERT_TRUE(run.work(seen));
  run.catalog_.reset();
  run.options_.sqlite_cache_bytes = 8192;
  ASSERT_TRUE(run.open());
  run.files_.faults().add({.operation = sim::Operation::kRead, .path_part = "catalog.sqlite"});
  EXPECT_EQ(run.catalog_->at_tag("ten").error().code(), ErrorCode::kIo);
  EXPECT_TRUE(run.catalog_->at_tag("ten"));
  EXPECT_TRUE(run.catalog_->commit(run.step_of(1)));
  EXPECT_TRUE(run.catalog_->close());
}

/// Opens the lake once for each read that this takes, which then answers half of what is there.
void cut_each_read(CrashRun& run) {
  const auto reads = [&] { return run.files_.faults().count(sim::Operation::kRead); };
  const auto reopened = [&] {
    run.files_.crash(sim::CrashOutcome::kKeepAll);  // so that the log stays
    run.catalog_.reset();
    run.files_.reopen();
    return run.open();
  };
  ASSERT_TRUE(reopened());
  const std::string whole = describe(*run.catalog_->current());
  const std::uint64_t before = reads();
  ASSERT_TRUE(reopened());
  const std::uint64_t reads_of_one = reads() - before;
  EXPECT_GT(reads_of_one, 3U);
  for (std::uint64_t k = 0; k < reads_of_one; ++k) {
    SCOPED_TRACE("short read " + std::to_string(k));
    run.files_.faults().add(
        {.operation = sim::Operation::kRead, .skip = k, .effect = sim::FaultEffect::kShortRead});
    if (reopened()) {
      EXPECT_EQ(describe(*run.catalog_->current()), whole);
    }
    run.files_.faults().clear();
    ASSERT_TRUE(reopened());
    EXPECT_EQ(describe(*run.catalog_->current()), whole);
  }
}

TEST(CatalogFaults, AReadThatEndsTooEarlyIsAnErrorOrHarmless) {
  CrashRun run(9);
  std::vector<std::string> seen;
  ASSERT_TRUE(run.work(seen));
  run.catalog_.reset();
  cut_each_read(run);
}

TEST(CatalogFaults, AReadOfTheLogThatEndsTooEarlyIsAnErrorOrHarmless) {
  CrashRun run(10, kNoCheckpoint);
  std::vector<std::string> seen;
  run.files_.crash_at_sync(20, sim::CrashOutcome::kKeepAll);
  ASSERT_FALSE(run.work(seen));
  run.catalog_.reset();
  run.files_.reopen();
  cut_each_read(run);
}

TEST(CatalogFaults, EveryEntryTheCatalogRestsOnIsDurable) {
  CrashRun run(1, kNoCheckpoint);
  ASSERT_TRUE(run.open());
  ASSERT_TRUE(run.catalog_->commit(run.step_of(0)));
  for (const char* path : {"/catalog.sqlite", "/catalog.sqlite-wal"}) {
    const auto durable = run.files_.check_durable(path);
    EXPECT_TRUE(durable) << durable.error().message();
  }
  EXPECT_TRUE(run.catalog_->close());
}

class DamageTest : public CatalogFixture {
 protected:
  [[nodiscard]] std::string path() const { return directory_ + "/catalog.sqlite"; }
  void close() {
    ASSERT_TRUE(catalog_->close());
    catalog_.reset();
  }
  /// Runs SQL on the closed catalog through our own file layer.
  void alter(const std::string& sql) {
    auto connection =
        SqliteConnection::open(std::make_unique<SqliteVfs>(posix_, clock_, random_), path(), 1U << 20U);
    ASSERT_TRUE(connection) << connection.error().message();
    const auto done = (*connection)->execute(sql);
    ASSERT_TRUE(done) << done.error().message();
    ASSERT_TRUE((*connection)->close());
  }
  void expect_corruption(const std::string& part) {
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption) << opened.error().message();
    EXPECT_NE(opened.error().message().find("catalog.sqlite"), std::string::npos) << opened.error().message();
    EXPECT_NE(opened.error().message().find(part), std::string::npos) << opened.error().message();
  }
};

TEST_F(DamageTest, NewerFormatIsRefusedNamingBothVersions) {
  close();
  alter("UPDATE meta SET value = '7' WHERE key = 'schema_version'");
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::kUnsupported);
  EXPECT_NE(opened.error().message().find("version 7"), std::string::npos);
  EXPECT_NE(opened.error().message().find("version 2"), std::string::npos);
}

TEST_F(DamageTest, OlderFormatIsCopiedAndMigratedInOneStep) {
  make_table("t");
  close();
  const Migration steps[] = {
      {2, "CREATE TABLE added(x)"}, {3, "INSERT INTO added VALUES (5)"}, {4, "NOT SQL"}};
  const auto prepare = [&](std::int64_t target) {
    auto connection =
        SqliteConnection::open(std::make_unique<SqliteVfs>(posix_, clock_, random_), path(), 1U << 20U);
    auto done = prepare_schema(**connection, "x", 0, steps, target);
    EXPECT_TRUE((*connection)->close());
    return done;
  };
  EXPECT_FALSE(prepare(5));
  EXPECT_FALSE(prepare(9));
  ASSERT_TRUE(prepare(4));
  EXPECT_TRUE(posix_.exists(path() + ".v2").value());
  EXPECT_EQ(try_open().error().code(), ErrorCode::kUnsupported);
  ASSERT_TRUE(posix_.rename(path() + ".v2", path()));
  open();
  EXPECT_NE(catalog_->current()->find("main", "t"), nullptr);
}

TEST_F(DamageTest, ForeignDatabaseIsRefused) {
  close();
  alter("PRAGMA application_id=5");
  expect_corruption("not a lake catalog");
}

TEST_F(DamageTest, EveryFlippedBitIsFoundOrHarmless) {
  const TableId id = make_table("t");
  append(id, 3);
  add_file(id, 10);
  const std::string expected = describe(*catalog_->current());
  close();
  const std::string whole = posix_.read_file(path()).value();
  for (std::size_t place = 0; place < whole.size(); place += 509) {
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ 4);
    ASSERT_TRUE(posix_.replace_file(path(), damaged));
    auto opened = try_open();
    if (opened) {
      EXPECT_EQ(describe(*(*opened)->current()), expected) << "byte " << place;
      EXPECT_TRUE((*opened)->close());
    } else {
      EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption)
          << "byte " << place << opened.error().message();
    }
  }
  ASSERT_TRUE(posix_.replace_file(path(), whole.substr(0, whole.size() - 4096)));
  EXPECT_EQ(try_open().error().code(), ErrorCode::kCorruption);
  ASSERT_TRUE(posix_.replace_file(
      path(), "this is no database at all, but it is long enough to look at it twice, or so"));
  EXPECT_EQ(try_open().error().code(), ErrorCode::kCorruption);
  ASSERT_TRUE(posix_.replace_file(path(), whole));
  open();
}

TEST_F(DamageTest, WrongRowsAreFoundByChecksumsAndByVerify) {
  const TableId id = make_table("t");
  append(id, 3);
  const FileId file = add_file(id, 10);
  ASSERT_TRUE(catalog_->commit(delete_of(id, file, {1})));
  close();
  const std::string whole = posix_.read_file(path()).value();
  const auto restore = [&] { ASSERT_TRUE(posix_.replace_file(path(), whole)); };
  alter("UPDATE chunks SET bytes = 'wor'");
  expect_corruption("checksum");
  restore();
  alter("UPDATE file_stats SET checksum = 1");
  expect_corruption("statistics");
  restore();
  alter("UPDATE delete_bitmaps SET bitmap = x'00'");
  expect_corruption("delete bitmap");
  restore();
  alter("DELETE FROM table_definitions");
  expect_corruption("definition");
  restore();
  alter("UPDATE table_definitions SET definition = '{'");
  EXPECT_EQ(try_open().error().code(), ErrorCode::kCorruption);
  restore();
  alter("DELETE FROM data_files; UPDATE delete_bitmaps SET row_count = 5");
  open();
  EXPECT_GE(catalog_->verify()->size(), 3U);
  close();
  restore();
  open();
}

TEST_F(DamageTest, AMissingDeleteBitmapIsFound) {
  const TableId id = make_table("t");
  const FileId one = add_file(id, 100);
  const FileId two = add_file(id, 100);
  ASSERT_TRUE(catalog_->commit(delete_of(id, one, {1})));
  ASSERT_TRUE(catalog_->commit(delete_of(id, one, {2})));
  ASSERT_TRUE(catalog_->commit(delete_of(id, two, {3})));
  append(id, 3);
  EXPECT_TRUE(catalog_->verify()->empty());
  close();
  const std::string whole = posix_.read_file(path()).value();
  const auto problem_after = [&](const std::string& sql) {
    EXPECT_TRUE(posix_.replace_file(path(), whole));
    alter(sql);
    open();
    const auto problems = catalog_->verify().value();
    close();
    return problems.empty() ? std::string() : problems.front().where + ": " + problems.front().what;
  };
  const std::string live = "DELETE FROM delete_bitmaps WHERE end_commit IS NULL AND file_id = ";
  EXPECT_EQ(problem_after(live + std::to_string(one)),
            "table id 1, file id " + std::to_string(one) +
                ", version 5: a delete bitmap that took over others is missing");
  EXPECT_EQ(problem_after(live + std::to_string(two)),
            "commit 6 (main.t -1 row): rows that it changed are missing");
  // Of rows that were inserted the same is found.
  EXPECT_EQ(problem_after("DELETE FROM chunks; DELETE FROM segments"),
            "commit 7 (main.t +3 inline rows): rows that it changed are missing");
  // What has expired is not missed.
  ASSERT_TRUE(posix_.replace_file(path(), whole));
  open();
  ASSERT_TRUE(catalog_->put_tag("first", 4));
  ASSERT_TRUE(catalog_->expire(INT64_MAX, 1, std::chrono::seconds(0)));
  EXPECT_TRUE(catalog_->verify()->empty());
  ASSERT_TRUE(catalog_->commit(delete_of(id, one, {7})));
  EXPECT_TRUE(catalog_->verify()->empty());
}

TEST_F(DamageTest, OpenTwiceIsRefused) {
  const auto second = try_open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
}

TEST_F(DamageTest, DirectoryThatIsNotThereIsNotFound) {
  const auto opened = Catalog::open(posix_, clock_, random_, metrics_, directory_ + "/absent", options_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::kNotFound);
}

TEST_F(DamageTest, SlowSyncsAreSharedByManyClients) {
  close();
  sim::FaultyFileSystem slow(posix_);
  slow.set_sync_delay(std::chrono::milliseconds(5), clock_);
  files_ = &slow;
  open();
  const TableId id = make_table("t");
  const auto run = [&](int clients, int rounds) {
    const os::MonotonicTime begin = clock_.monotonic_now();
    std::vector<std::thread> threads;
    for (int client = 0; client < clients; ++client) {
      threads.emplace_back([&] {
        for (int round = 0; round < rounds; ++round) append(id, 1);
      });
    }
    for (std::thread& thread : threads) thread.join();
    const double seconds = std::chrono::duration<double>(clock_.monotonic_now() - begin).count();
    return clients * rounds / seconds;
  };
  const double one = run(1, 40);
  const double sixteen = run(16, 40);
  RecordProperty("commits_per_second_1", std::to_string(one));
  RecordProperty("commits_per_second_16", std::to_string(sixteen));
  EXPECT_GE(sixteen, 8 * one) << one << " commits a second alone, " << sixteen << " with 16 clients";
  close();
  files_ = &posix_;
  open();
}

}  // namespace
}  // namespace lake::catalog
