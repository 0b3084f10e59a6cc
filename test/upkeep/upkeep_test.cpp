// Upkeep of a whole lake on a simulated disk and clock: bounds on inline rows, and how background work makes
// way.

#include "lake/upkeep/upkeep.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "lake/catalog/catalog.hpp"
#include "lake/telemetry/metrics.hpp"
#include "sim/sim_lake.hpp"

namespace lake::sim {
namespace {

std::uint64_t inline_commits(SimLake& lake, const std::string& name) {
  return lake.lake().catalog().current()->find("main", name)->segment_chunks;
}

std::string answer(SimLake& lake, const std::string& sql) {
  auto session = lake.lake().sessions().open();
  EXPECT_TRUE(session);
  auto result = (*session)->run_text(sql);
  if (!result) return result.error().message();
  return result->rows.empty() ? "" : result->rows[0][0].value_or("NULL");
}

std::uint64_t counted(SimLake& lake, const std::string& name) {
  return lake.lake().metrics().counter(name, "").value();
}

void expect_done(const Status& status) { EXPECT_TRUE(status) << status.error().message(); }

TEST(InlineRows, ACommitAtTheBoundFlushesFirst) {
  SimLake lake(1, [](auto& settings) { settings.tables.segment_count_max = 5; });
  lake.open();
  expect_done(lake.run("CREATE TABLE t (id INTEGER)"));
  for (int i = 0; i < 23; ++i) {
    expect_done(lake.run("INSERT INTO t VALUES (" + std::to_string(i) + ")"));
    EXPECT_LE(inline_commits(lake, "t"), 5U);
  }
  EXPECT_EQ(answer(lake, "SELECT count(*) || ' ' || sum(id) FROM t"), "23 253");
  EXPECT_EQ(counted(lake, "dplake_inline_waits_total"), 4U);
  lake.expect_sound();
  lake.close();
}

TEST(InlineRows, OldRowsAreFlushedByTheNextCommit) {
  SimLake lake(1, [](auto& settings) { settings.tables.segment_age_max = std::chrono::minutes(10); });
  lake.open();
  expect_done(lake.run("CREATE TABLE t (id INTEGER)"));
  expect_done(lake.run("INSERT INTO t VALUES (1)"));
  expect_done(lake.run("INSERT INTO t VALUES (2)"));
  EXPECT_EQ(inline_commits(lake, "t"), 2U);
  lake.clock().advance(std::chrono::minutes(11));
  expect_done(lake.run("INSERT INTO t VALUES (3)"));
  EXPECT_EQ(inline_commits(lake, "t"), 1U);
  EXPECT_EQ(answer(lake, "SELECT count(*) FROM t"), "3");
  lake.close();
}

TEST(InlineRows, AllTablesTogetherAreBoundedByMemory) {
  SimLake lake(1, [](auto& settings) {
    settings.memory.limit_bytes = 64ULL << 20U;
    settings.memory.segments_percent = 1;  // 671,088 bytes
    settings.tables.inline_bytes_max = 1ULL << 20U;
  });
  lake.open();
  for (int i = 0; i < 8; ++i) {
    const std::string table = "t" + std::to_string(i);
    expect_done(lake.run("CREATE TABLE " + table + " (v VARCHAR)"));
    expect_done(lake.run("INSERT INTO " + table + " SELECT repeat('x', 150000) FROM range(1)"));
  }
  EXPECT_LT(lake.lake().catalog().current()->inline_bytes, 850000U);
  EXPECT_GE(counted(lake, "dplake_inline_waits_total"), 1U);
  EXPECT_EQ(answer(lake, "SELECT sum(length(v)) FROM (FROM t0 UNION ALL FROM t3 UNION ALL FROM t7)"),
            "450000");
  lake.close();
}

TEST(InlineRows, ATransactionThatChangedThemIsToldToRunAgain) {
  SimLake lake(1, [](auto& settings) { settings.tables.segment_count_max = 3; });
  lake.open();
  expect_done(lake.run("CREATE TABLE t (id INTEGER, v INTEGER)"));
  for (int i = 0; i < 3; ++i) expect_done(lake.run("INSERT INTO t VALUES (" + std::to_string(i) + ", 0)"));
  const auto lost = lake.run("UPDATE t SET v = v + 1 WHERE id = 1");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code(), ErrorCode::kConflict) << lost.error().message();
  expect_done(lake.run("UPDATE t SET v = v + 1 WHERE id = 1"));
  EXPECT_EQ(answer(lake, "SELECT count(*) || ' ' || sum(v) FROM t"), "3 1");
  lake.close();
}

TEST(InlineRows, AFlushThatFailsRefusesTheCommitAndLosesNothing) {
  SimLake lake(1, [](auto& settings) { settings.tables.segment_count_max = 3; });
  lake.open();
  expect_done(lake.run("CREATE TABLE t (id INTEGER)"));
  for (int i = 0; i < 3; ++i) expect_done(lake.run("INSERT INTO t VALUES (" + std::to_string(i) + ")"));
  Fault full;
  full.operation = Operation::kWrite;
  full.times = 1'000'000;
  full.path_part = ".parquet";
  lake.disk().faults().add(full);
  const auto refused = lake.run("INSERT INTO t VALUES (9)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted) << refused.error().message();
  EXPECT_NE(refused.error().message().find("CALL lake_flush('main.t')"), std::string::npos)
      << refused.error().message();
  EXPECT_EQ(answer(lake, "SELECT count(*) FROM t"), "3");
  lake.disk().faults().clear();
  expect_done(lake.run("INSERT INTO t VALUES (9)"));
  EXPECT_EQ(answer(lake, "SELECT count(*) FROM t"), "4");
  EXPECT_EQ(inline_commits(lake, "t"), 1U);
  lake.expect_sound();
  lake.close();
}

TEST(InlineRows, AFlushGivenUpChangesNothing) {
  SimLake lake(1);
  lake.open();
  expect_done(lake.run("CREATE TABLE t (id INTEGER)"));
  for (int i = 0; i < 3; ++i) expect_done(lake.run("INSERT INTO t VALUES (" + std::to_string(i) + ")"));
  const auto given_up = lake.lake().upkeep().make_room(std::nullopt, [] { return true; });
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(inline_commits(lake, "t"), 3U);
  EXPECT_EQ(answer(lake, "SELECT count(*) FROM t"), "3");
  lake.close();
}

TEST(InlineRows, ManyCommitsAtTheBoundShareAFlush) {
  SimLake lake(1, [](auto& settings) {
    settings.tables.segment_count_max = 20;
    settings.engine.threads = 2;
  });
  lake.open();
  expect_done(lake.run("CREATE TABLE t (id INTEGER)"));
  constexpr int kClients = 6;
  constexpr int kCommits = 40;
  std::vector<std::thread> clients;
  std::atomic<int> refused{0};
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&] {
      auto session = lake.lake().sessions().open();
      for (int i = 0; i < kCommits; ++i) {
        if (!(*session)->run_text("INSERT INTO t VALUES (1)")) ++refused;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(answer(lake, "SELECT count(*) FROM t"), std::to_string(kClients * kCommits));
  EXPECT_LE(inline_commits(lake, "t"), 20U + kClients);  // those that looked at the same time
  lake.expect_sound();
  lake.close();
}

TEST(BackgroundRound, FlushesFromTheShareOn) {
  SimLake lake(1, [](auto& settings) {
    settings.tables.segment_count_max = 10;
    settings.tables.flush_percent = 50;
  });
  lake.open();
  expect_done(lake.run("CREATE TABLE t (id INTEGER)"));
  for (int i = 0; i < 4; ++i) expect_done(lake.run("INSERT INTO t VALUES (1)"));
  expect_done(lake.lake().upkeep().round(false));
  EXPECT_EQ(inline_commits(lake, "t"), 4U);
  expect_done(lake.run("INSERT INTO t VALUES (1)"));
  expect_done(lake.lake().upkeep().round(false));
  EXPECT_EQ(inline_commits(lake, "t"), 0U);
  EXPECT_EQ(answer(lake, "SELECT count(*) FROM t"), "5");
  lake.close();
}

TEST(BackgroundRound, PausesBetweenSmallStepsAndWorkByHandDoesNot) {
  SimLake lake(1);
  lake.open();
  expect_done(lake.run("CREATE TABLE t AS SELECT range AS id FROM range(30000)"));
  expect_done(lake.run("DELETE FROM t WHERE id % 2 = 0"));
  int pauses = 0;
  lake.lake().upkeep().pause = [&pauses] { ++pauses; };
  expect_done(lake.run("CALL lake_compact('t')"));
  EXPECT_EQ(pauses, 0);
  expect_done(lake.run("DELETE FROM t WHERE id % 3 = 0"));
  expect_done(lake.lake().upkeep().round(false));
  EXPECT_GE(pauses, 15000 / 2048);
  EXPECT_EQ(answer(lake, "SELECT count(*) FROM t"), "10000");
  lake.close();
}

TEST(BackgroundRound, KeepsTheFilesItReads) {
  SimLake lake(1, [](auto& settings) {
    settings.tables.inline_rows_max = 0;
    settings.upkeep.expiry_age = std::chrono::seconds(0);
    settings.upkeep.versions_min = 1;
    settings.upkeep.orphan_grace = std::chrono::seconds(0);
  });
  lake.open();
  expect_done(lake.run("CREATE TABLE t (id BIGINT)"));
  for (int i = 0; i < 9; ++i) expect_done(lake.run("INSERT INTO t SELECT range FROM range(3000)"));
  int pauses = 0;
  lake.lake().upkeep().pause = [&lake, &pauses] {
    if (pauses++ > 0) return;
    // All that is being read is replaced, and would be removed.
    lake.clock().advance(std::chrono::minutes(1));
    expect_done(lake.run("CALL lake_compact('t')"));
    lake.clock().advance(std::chrono::minutes(1));
    expect_done(lake.run("CALL lake_expire()"));
  };
  expect_done(lake.lake().upkeep().round(false));
  EXPECT_GT(pauses, 0);
  EXPECT_EQ(answer(lake, "SELECT count(*) || ' ' || sum(id) FROM t"), "27000 40486500");
  expect_done(lake.run("CALL lake_expire()"));
  EXPECT_EQ(answer(lake, "SELECT count(*) FROM lake_files('t')"), "1");
  lake.expect_sound();
  lake.close();
}

TEST(BackgroundRound, WaitsForRunningStatements) {
  SimLake lake(1, [](auto& settings) { settings.engine.threads = 2; });
  lake.open();
  expect_done(lake.run("CREATE TABLE t AS SELECT range AS id FROM range(30000)"));
  expect_done(lake.run("DELETE FROM t WHERE id % 2 = 0"));
  auto session = lake.lake().sessions().open();
  ASSERT_TRUE(session);
  auto rows = (*session)->run("SELECT * FROM range(1000000)", {}, {});
  ASSERT_TRUE(rows);
  ASSERT_TRUE((*rows)->next());
  std::atomic<bool> ended{false};
  int pauses = 0;
  auto& upkeep = lake.lake().upkeep();
  upkeep.pause = [&ended, &pauses, makes_way = upkeep.pause] {
    makes_way();  // the clock stands, so only the statement's end lets it go
    EXPECT_TRUE(ended);
    ++pauses;
  };
  std::thread background([&] { expect_done(upkeep.round(false)); });
  ended = true;
  rows->reset();
  background.join();
  EXPECT_GT(pauses, 0);
  session->reset();
  lake.close();
}

/// Tells which threads open or read Parquet files.
class WatchedFiles final : public os::FileSystem {
 public:
  explicit WatchedFiles(os::FileSystem& files) : files_(files) {}
  Result<std::unique_ptr<os::File>> open(const std::string& path, os::OpenMode mode) override {
    LAKE_TRY(auto file, files_.open(path, mode));
    if (!path.ends_with(".parquet")) return file;
    return std::unique_ptr<os::File>(std::make_unique<Watched>(std::move(file), *this));
  }
  Result<os::FileInfo> stat(const std::string& path) override { return files_.stat(path); }
  Status remove_file(const std::string& path) override { return files_.remove_file(path); }
  Status remove_directory(const std::string& path) override { return files_.remove_directory(path); }
  Status rename(const std::string& from, const std::string& to) override { return files_.rename(from, to); }
  Status create_directory(const std::string& path) override { return files_.create_directory(path); }
  Result<std::vector<os::DirectoryEntry>> list(const std::string& path) override { return files_.list(path); }
  Status sync_directory(const std::string& path) override { return files_.sync_directory(path); }
  Status set_permissions(const std::string& path, unsigned mode) override {
    return files_.set_permissions(path, mode);
  }
  Result<std::string> canonical(const std::string& path) override { return files_.canonical(path); }

  using Thread = std::pair<std::thread::id, int>;  // and its nice value
  std::set<Thread> take_threads() {
    const MutexLock lock(mutex_);
    return std::exchange(threads_, {});
  }

 private:
  class Watched final : public os::File {
   public:
    Watched(std::unique_ptr<os::File> file, WatchedFiles& owner) : file_(std::move(file)), owner_(owner) {}
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
      owner_.note();
      return file_->read_at(offset, out);
    }
    Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
      owner_.note();
      return file_->write_at(offset, bytes);
    }
    Status truncate(std::uint64_t bytes) override { return file_->truncate(bytes); }
    Result<std::uint64_t> size() override { return file_->size(); }
    Status sync() override { return file_->sync(); }
    Status lock_exclusive() override { return file_->lock_exclusive(); }
    Status close() override { return file_->close(); }
    [[nodiscard]] const std::string& path() const override { return file_->path(); }

   private:
    std::unique_ptr<os::File> file_;
    WatchedFiles& owner_;
  };
  void note() {
    const MutexLock lock(mutex_);
    threads_.emplace(std::this_thread::get_id(), ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())));
  }
  os::FileSystem& files_;
  Mutex mutex_;
  std::set<Thread> threads_ LAKE_GUARDED_BY(mutex_);
};

TEST(BackgroundRound, ReadsAndWritesOnItsOwnThreadAndOneBehindAllOthers) {
  SimClock clock;
  SimFileSystem disk(clock, 1);
  WatchedFiles files(disk);
  os::SeededRandom random(1);
  config::Settings settings;
  settings.data.directory = "/lake";
  settings.memory.limit_bytes = 512ULL << 20U;
  settings.engine.threads = 4;
  settings.engine.temp_bytes_max = 64ULL << 20U;
  settings.tables.row_group_rows = 4096;
  settings.tables.inline_rows_max = 0;
  settings.upkeep.enabled = false;
  auto lake = server::open(settings, {files, clock, random});
  ASSERT_TRUE(lake) << lake.error().message();
  auto session = (*lake)->sessions().open();
  ASSERT_TRUE(session);
  ASSERT_TRUE((*session)->run_text("CREATE TABLE t (id BIGINT, v VARCHAR) SORTED BY (v)"));
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE((*session)->run_text("INSERT INTO t SELECT range, 'v' || range FROM range(20000)"));
  }
  files.take_threads();
  expect_done((*lake)->upkeep().round(false));
  const int priority = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
  auto threads = files.take_threads();
  EXPECT_EQ(threads.erase({std::this_thread::get_id(), priority}), 1U);
  ASSERT_EQ(threads.size(), 1U);
  EXPECT_EQ(threads.begin()->second, 19);
  EXPECT_EQ((*lake)->catalog().current()->find("main", "t")->files->size(), 1U);
  session->reset();
  ASSERT_TRUE((*lake)->close());
}

}  // namespace
}  // namespace lake::sim
