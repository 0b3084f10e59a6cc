#include "lake/sim/file_system.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "lake/sim/clock.hpp"

namespace lake::sim {
namespace {

using os::OpenMode;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

class SimFileSystemTest : public ::testing::Test {
 protected:
  std::unique_ptr<os::File> opened(const std::string& path, OpenMode mode = OpenMode::kCreate) {
    auto file = disk_.open(path, mode);
    EXPECT_TRUE(file) << file.error().message();
    return std::move(*file);
  }
  /// A file with durable content and entry.
  void put(const std::string& path, std::string_view content) {
    const auto file = opened(path);
    EXPECT_TRUE(file->write_at(0, bytes_of(content)));
    EXPECT_TRUE(file->sync());
    EXPECT_TRUE(disk_.sync_directory(os::parent_path(path)));
  }
  std::string content(const std::string& path) {
    auto text = disk_.read_file(path);
    return text ? *text : "<" + std::string(name_of(text.error().code())) + ">";
  }
  void crash_and_reopen(CrashOutcome outcome) {
    disk_.crash(outcome);
    disk_.reopen();
  }

  SimClock clock_;
  SimFileSystem disk_{clock_, 7};
};

TEST_F(SimFileSystemTest, FilesReadBackWhatWasWritten) {
  const auto file = opened("/a");
  ASSERT_TRUE(file->write_at(5000, bytes_of("end")));
  ASSERT_TRUE(file->write_at(0, bytes_of("start")));
  EXPECT_EQ(file->size().value(), 5003U);
  const std::string text = content("/a");
  EXPECT_EQ(text.substr(0, 6), std::string("start\0", 6));
  EXPECT_EQ(text.substr(5000), "end");
  ASSERT_TRUE(file->truncate(3));
  ASSERT_TRUE(file->truncate(6));
  EXPECT_EQ(content("/a"), std::string("sta\0\0\0", 6));
}

TEST_F(SimFileSystemTest, ErrorsAreThoseOfARealDisk) {
  EXPECT_EQ(disk_.open("/no", OpenMode::kRead).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(disk_.open("/no/dir/a", OpenMode::kCreate).error().code(), ErrorCode::kNotFound);
  put("/a", "1");
  EXPECT_EQ(disk_.open("/a", OpenMode::kCreateNew).error().code(), ErrorCode::kAlreadyExists);
  ASSERT_TRUE(disk_.create_directories("/d/e"));
  EXPECT_EQ(disk_.create_directory("/d").error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(disk_.remove_directory("/d").error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(disk_.remove_file("/zz").error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(opened("/a", OpenMode::kRead)->write_at(0, bytes_of("x")));
  EXPECT_EQ(disk_.list("/").value().size(), 2U);
  ASSERT_TRUE(disk_.remove_tree("/d"));
  EXPECT_FALSE(disk_.exists("/d").value());
}

TEST_F(SimFileSystemTest, LockIsExclusiveUntilClose) {
  const auto first = opened("/LOCK");
  const auto second = opened("/LOCK");
  ASSERT_TRUE(first->lock_exclusive());
  EXPECT_EQ(second->lock_exclusive().error().code(), ErrorCode::kUnavailable);
  ASSERT_TRUE(first->close());
  EXPECT_TRUE(second->lock_exclusive());
}

TEST_F(SimFileSystemTest, SyncedContentWithSyncedEntrySurvives) {
  put("/a", "kept");
  EXPECT_TRUE(disk_.is_durable("/a"));
  crash_and_reopen(CrashOutcome::kLoseAll);
  EXPECT_EQ(content("/a"), "kept");
}

TEST_F(SimFileSystemTest, UnsyncedWritesMayVanish) {
  put("/a", "old");
  ASSERT_TRUE(opened("/a")->write_at(0, bytes_of("new")));
  EXPECT_FALSE(disk_.is_durable("/a"));
  crash_and_reopen(CrashOutcome::kLoseAll);
  EXPECT_EQ(content("/a"), "old");
}

TEST_F(SimFileSystemTest, UnsyncedEntryVanishesWithItsSyncedContent) {
  const auto file = opened("/a");
  ASSERT_TRUE(file->write_at(0, bytes_of("x")));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(disk_.check_durable("/a").error().message(), "directory entry is not synced: /a");
  crash_and_reopen(CrashOutcome::kLoseAll);
  EXPECT_EQ(content("/a"), "<not_found>");
}

TEST_F(SimFileSystemTest, AnUnsyncedParentMakesItsFilesUnsafe) {
  ASSERT_TRUE(disk_.create_directory("/d"));
  put("/d/a", "x");
  EXPECT_EQ(disk_.check_durable("/d/a").error().message(), "directory entry is not synced: /d");
  ASSERT_TRUE(disk_.sync_directory("/"));
  EXPECT_TRUE(disk_.is_durable("/d/a"));
}

TEST_F(SimFileSystemTest, UnsyncedRemovalMayComeBack) {
  put("/a", "x");
  ASSERT_TRUE(disk_.remove_file("/a"));
  crash_and_reopen(CrashOutcome::kLoseAll);
  EXPECT_EQ(content("/a"), "x");
  ASSERT_TRUE(disk_.remove_file("/a"));
  ASSERT_TRUE(disk_.sync_directory("/"));
  crash_and_reopen(CrashOutcome::kLoseAll);
  EXPECT_EQ(content("/a"), "<not_found>");
}

TEST_F(SimFileSystemTest, ReplaceFileLeavesOldOrNewWhateverTheCrash) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    for (std::uint64_t k = 1; k <= 3; ++k) {
      SimFileSystem disk(clock_, seed);
      ASSERT_TRUE(disk.replace_file("/a", std::string(2000, 'o')));
      disk.crash_at_sync(k);
      const auto replaced = disk.replace_file("/a", std::string(3000, 'n'));
      if (!disk.is_crashed()) disk.crash();
      disk.reopen();
      const std::string text = disk.read_file("/a").value();
      EXPECT_TRUE(text == std::string(2000, 'o') || text == std::string(3000, 'n')) << text.size();
      EXPECT_TRUE(!replaced || text[0] == 'n');
      seen.insert(text.substr(0, 1));
    }
  }
  EXPECT_EQ(seen.size(), 2U);
}

TEST_F(SimFileSystemTest, RenameIsOneFateForBothNames) {
  bool renamed = false;
  bool stayed = false;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SimFileSystem disk(clock_, seed);
    ASSERT_TRUE(disk.create_directories("/d"));
    ASSERT_TRUE(disk.replace_file("/a", "x"));
    ASSERT_TRUE(disk.rename("/a", "/d/b"));
    disk.crash();
    disk.reopen();
    EXPECT_NE(disk.exists("/a").value(), disk.exists("/d/b").value());
    (disk.exists("/a").value() ? stayed : renamed) = true;
  }
  EXPECT_TRUE(renamed && stayed);
}

TEST_F(SimFileSystemTest, RenameBetweenDirectoriesIsDurableWhenOneIsSynced) {
  ASSERT_TRUE(disk_.create_directories("/d"));
  put("/a", "x");
  ASSERT_TRUE(disk_.rename("/a", "/d/b"));
  ASSERT_TRUE(disk_.sync_directory("/"));
  crash_and_reopen(CrashOutcome::kLoseAll);
  EXPECT_EQ(content("/a"), "<not_found>");
  EXPECT_EQ(content("/d/b"), "x");
}

TEST_F(SimFileSystemTest, WritesTearAtSectorsAndReorder) {
  bool torn = false;
  bool second_without_first = false;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SimFileSystem disk(clock_, seed);
    ASSERT_TRUE(disk.replace_file("/a", std::string(4096, 'o')));
    auto handle = std::move(*disk.open("/a", OpenMode::kReadWrite));
    ASSERT_TRUE(handle->write_at(0, bytes_of(std::string(2048, '1'))));
    ASSERT_TRUE(handle->write_at(2048, bytes_of(std::string(512, '2'))));
    disk.crash();
    disk.reopen();
    const std::string text = disk.read_file("/a").value();
    ASSERT_EQ(text.size(), 4096U);
    std::set<char> first;
    for (std::size_t sector = 0; sector < 8; ++sector) {
      const std::string bytes = text.substr(sector * 512, 512);
      EXPECT_EQ(bytes, std::string(512, bytes[0]));
      if (sector < 4) first.insert(bytes[0]);
    }
    torn = torn || first.size() == 2;
    second_without_first = second_without_first || (text[2048] == '2' && first == std::set<char>{'o'});
  }
  EXPECT_TRUE(torn);
  EXPECT_TRUE(second_without_first);
}

TEST_F(SimFileSystemTest, SameSeedSameDisk) {
  const auto run = [this](std::uint64_t seed) {
    SimFileSystem disk(clock_, seed);
    for (int i = 0; i < 20; ++i) {
      auto file = std::move(*disk.open("/f" + std::to_string(i), OpenMode::kCreate));
      EXPECT_TRUE(file->write_at(0, bytes_of(std::string(3000, static_cast<char>('a' + i)))));
    }
    disk.crash();
    disk.reopen();
    std::string all;
    const auto entries = disk.list("/").value();
    for (const auto& entry : entries) all += entry.name + disk.read_file("/" + entry.name).value();
    return all;
  };
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    EXPECT_EQ(run(seed), run(seed));
    outcomes.insert(run(seed));
  }
  EXPECT_GT(outcomes.size(), 3U);
}

TEST_F(SimFileSystemTest, NothingWorksAfterTheCrashUntilReopen) {
  const auto file = opened("/a");
  disk_.crash_at_sync(2);
  EXPECT_TRUE(disk_.sync_directory("/"));
  EXPECT_EQ(file->sync().error().code(), ErrorCode::kIo);
  EXPECT_TRUE(disk_.is_crashed());
  EXPECT_EQ(disk_.stat("/a").error().code(), ErrorCode::kIo);
  EXPECT_EQ(disk_.open("/b", OpenMode::kCreate).error().code(), ErrorCode::kIo);
  disk_.reopen();
  EXPECT_EQ(file->write_at(0, bytes_of("x")).error().code(), ErrorCode::kIo);
  EXPECT_EQ(content("/a"), "");
  EXPECT_EQ(disk_.sync_count(), 2U);
}

TEST_F(SimFileSystemTest, FullDiskTakesWhatFits) {
  put("/a", "1234");
  disk_.set_space_left(3);
  const auto file = opened("/b");
  const auto written = file->write_at(0, bytes_of("abcdef"));
  EXPECT_EQ(written.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(content("/b"), "abc");
  EXPECT_TRUE(opened("/a")->write_at(0, bytes_of("in p")));
  EXPECT_FALSE(opened("/a")->truncate(100));
  ASSERT_TRUE(disk_.remove_file("/a"));
  EXPECT_TRUE(file->write_at(3, bytes_of("defg")));
  EXPECT_FALSE(file->write_at(7, bytes_of("h")));
  disk_.set_space_left({});
  EXPECT_TRUE(file->write_at(7, bytes_of("h")));
}

TEST_F(SimFileSystemTest, FailedSyncIsFinalForTheFile) {
  put("/a", "old");
  disk_.faults().add({.operation = Operation::kSync, .path_part = "/a"});
  const auto file = opened("/a");
  ASSERT_TRUE(file->write_at(0, bytes_of("new")));
  EXPECT_FALSE(file->sync());
  EXPECT_FALSE(file->sync());
  EXPECT_FALSE(opened("/a")->sync());
  EXPECT_EQ(content("/a"), "new");
  EXPECT_FALSE(disk_.is_durable("/a"));
  crash_and_reopen(CrashOutcome::kLoseAll);
  EXPECT_EQ(content("/a"), "old");
  EXPECT_TRUE(opened("/a")->sync());
}

TEST_F(SimFileSystemTest, PlannedFaultHitsTheKthOperation) {
  disk_.faults().add({.operation = Operation::kWrite, .skip = 1, .times = 2, .path_part = "b"});
  const auto other = opened("/a");
  const auto file = opened("/b");
  EXPECT_TRUE(other->write_at(0, bytes_of("x")));
  EXPECT_TRUE(file->write_at(0, bytes_of("1")));
  EXPECT_FALSE(file->write_at(0, bytes_of("2")));
  EXPECT_FALSE(file->write_at(0, bytes_of("3")));
  EXPECT_TRUE(file->write_at(1, bytes_of("4")));
  EXPECT_EQ(content("/b"), "14");
  EXPECT_EQ(disk_.faults().count(Operation::kWrite), 5U);
}

TEST_F(SimFileSystemTest, ShortReadAnswersHalf) {
  put("/a", "12345678");
  disk_.faults().add({.operation = Operation::kRead, .effect = FaultEffect::kShortRead});
  EXPECT_EQ(content("/a"), "1234");
  EXPECT_EQ(content("/a"), "12345678");
}

TEST_F(SimFileSystemTest, SyncCoversOnlyWhatWasWrittenBeforeItBegan) {
  class WritingClock final : public os::Clock {
   public:
    explicit WritingClock(os::File& file) : file_(file) {}
    os::WallTime wall_now() override { return {}; }
    os::MonotonicTime monotonic_now() override { return {}; }
    void sleep(std::chrono::nanoseconds /*duration*/) override {
      EXPECT_TRUE(file_.write_at(3, bytes_of("late")));
    }

   private:
    os::File& file_;
  };
  put("/a", "");
  const auto file = opened("/a");
  ASSERT_TRUE(file->write_at(0, bytes_of("now")));
  WritingClock clock(*file);
  disk_.set_sync_delay(std::chrono::milliseconds(5), clock);
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(content("/a"), "nowlate");
  crash_and_reopen(CrashOutcome::kLoseAll);
  EXPECT_EQ(content("/a"), "now");
}

TEST_F(SimFileSystemTest, ThreadsMayWorkAtOnce) {
  disk_.set_sync_delay(std::chrono::milliseconds(1), clock_);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, i] {
      for (int j = 0; j < 50; ++j)
        put("/t" + std::to_string(i) + "-" + std::to_string(j), std::string(5000, 'x'));
    });
  }
  for (auto& thread : threads) thread.join();
  crash_and_reopen(CrashOutcome::kLoseAll);
  EXPECT_EQ(disk_.list("/").value().size(), 200U);
  EXPECT_EQ(content("/t3-49"), std::string(5000, 'x'));
}

}  // namespace
}  // namespace lake::sim
