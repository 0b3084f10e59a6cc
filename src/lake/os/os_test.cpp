#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <thread>
#include <vector>

#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/machine.hpp"
#include "lake/os/random.hpp"

namespace lake::os {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

class PosixFileSystemTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/lake_os_XXXXXX";
    directory_ = ::mkdtemp(pattern);
  }
  void TearDown() override { EXPECT_TRUE(files_.remove_tree(directory_)); }
  [[nodiscard]] std::string path(const std::string& name) const { return join_path(directory_, name); }
  std::unique_ptr<File> opened(const std::string& name, OpenMode mode = OpenMode::kCreate) {
    auto file = files_.open(path(name), mode);
    EXPECT_TRUE(file) << file.error().message();
    return std::move(*file);
  }
  [[nodiscard]] unsigned mode_of(const std::string& name) const {
    struct stat info{};
    EXPECT_EQ(::stat(path(name).c_str(), &info), 0);
    return info.st_mode & 0777U;
  }

  PosixFileSystem files_;
  std::string directory_;
};

TEST_F(PosixFileSystemTest, ReadsBackWhatWasWrittenAnywhere) {
  const auto file = opened("a");
  ASSERT_TRUE(file->write_at(6, bytes_of("world")));
  ASSERT_TRUE(file->write_at(0, bytes_of("hello")));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(file->size().value(), 11U);
  std::string text(20, 'x');
  EXPECT_EQ(file->read_at(0, std::as_writable_bytes(std::span(text))).value(), 11U);
  EXPECT_EQ(text.substr(0, 11), std::string("hello\0world", 11));
  EXPECT_EQ(file->read_at(100, std::as_writable_bytes(std::span(text))).value(), 0U);
  ASSERT_TRUE(file->truncate(3));
  EXPECT_EQ(files_.read_file(path("a")).value(), "hel");
  EXPECT_EQ(file->path(), path("a"));
}

TEST_F(PosixFileSystemTest, ReadingWithoutLinksOpensRegularFilesAndNothingThroughALink) {
  ASSERT_TRUE(files_.create_directory(path("d")));
  ASSERT_TRUE(opened("d/a")->write_at(0, bytes_of("inside")));
  ASSERT_EQ(::symlink("d", path("through").c_str()), 0);
  ASSERT_EQ(::symlink("a", path("d/link").c_str()), 0);
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const auto code = [this](const std::string& full) {
    const auto file = files_.open(full, OpenMode::kReadNoLinks);
    return file ? "opened" : std::string(name_of(file.error().code()));
  };
  const std::string root = files_.canonical(directory_).value();
  EXPECT_EQ(code(root + "/d/a"), "opened");
  EXPECT_EQ(code(root + "//d//a"), "opened");
  EXPECT_EQ(code(root + "/d/link"), "permission_denied");
  EXPECT_NE(code(root + "/through/a"), "opened");
  EXPECT_EQ(code(root + "/pipe"), "permission_denied") << "and it does not wait for a writer";
  EXPECT_EQ(code(root + "/d"), "permission_denied");
  EXPECT_EQ(code(root + "/d/../d/a"), "invalid_argument");
  EXPECT_EQ(code("d/a"), "invalid_argument");
  EXPECT_EQ(code(root + "/d/absent"), "not_found");
}

TEST_F(PosixFileSystemTest, OpenModesDo) {
  EXPECT_EQ(files_.open(path("a"), OpenMode::kRead).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(files_.open(path("a"), OpenMode::kReadWrite).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(files_.open(path("no/a"), OpenMode::kCreate).error().code(), ErrorCode::kNotFound);
  const auto made = opened("a", OpenMode::kCreateNew);
  ASSERT_TRUE(made->write_at(0, bytes_of("x")));
  EXPECT_EQ(files_.open(path("a"), OpenMode::kCreateNew).error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(opened("a", OpenMode::kCreate)->size().value(), 1U);
  EXPECT_FALSE(opened("a", OpenMode::kRead)->write_at(0, bytes_of("y")));
}

TEST_F(PosixFileSystemTest, CloseMayBeRepeatedAndEndsTheFile) {
  const auto file = opened("a");
  EXPECT_TRUE(file->close());
  EXPECT_TRUE(file->close());
  EXPECT_FALSE(file->write_at(0, bytes_of("x")));
  EXPECT_FALSE(file->sync());
}

TEST_F(PosixFileSystemTest, LockHasOneHolderUntilClose) {
  const auto first = opened("LOCK");
  const auto second = opened("LOCK");
  ASSERT_TRUE(first->lock_exclusive());
  const auto refused = second->lock_exclusive();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  ASSERT_TRUE(first->close());
  EXPECT_TRUE(second->lock_exclusive());
}

TEST_F(PosixFileSystemTest, ReplaceFileLeavesOnlyTheNewContentWithItsMode) {
  ASSERT_TRUE(files_.replace_file(path("a"), "a long first content"));
  EXPECT_EQ(mode_of("a"), 0644U);
  ASSERT_TRUE(files_.replace_file(path("a"), "short", 0600));
  EXPECT_EQ(files_.read_file(path("a")).value(), "short");
  EXPECT_EQ(mode_of("a"), 0600U);
  EXPECT_EQ(files_.list(directory_)->size(), 1U);
}

TEST_F(PosixFileSystemTest, ReplaceFileGetsOverALeftover) {
  ASSERT_TRUE(opened("a.tmp")->write_at(0, bytes_of("left by a crash, longer than what comes")));
  ASSERT_TRUE(files_.replace_file(path("a"), "new"));
  EXPECT_EQ(files_.read_file(path("a")).value(), "new");
}

TEST_F(PosixFileSystemTest, DirectoriesAreMadeAndRemovedWhole) {
  ASSERT_TRUE(files_.create_directories(path("x/y/z")));
  ASSERT_TRUE(files_.create_directories(path("x/y/z")));
  EXPECT_EQ(files_.create_directory(path("x")).error().code(), ErrorCode::kAlreadyExists);
  ASSERT_TRUE(files_.replace_file(path("x/y/f"), "1"));
  EXPECT_EQ(files_.create_directories(path("x/y/f")).error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(files_.remove_directory(path("x")).error().code(), ErrorCode::kAlreadyExists);
  ASSERT_TRUE(files_.remove_tree(path("x")));
  ASSERT_TRUE(files_.remove_tree(path("x")));
  EXPECT_FALSE(files_.exists(path("x")).value());
}

TEST_F(PosixFileSystemTest, RemoveTreeDoesNotFollowLinks) {
  ASSERT_TRUE(files_.create_directories(path("keep")));
  ASSERT_TRUE(files_.replace_file(path("keep/f"), "1"));
  ASSERT_TRUE(files_.create_directories(path("x")));
  ASSERT_EQ(::symlink(path("keep").c_str(), path("x/link").c_str()), 0);
  ASSERT_TRUE(files_.remove_tree(path("x")));
  EXPECT_EQ(files_.read_file(path("keep/f")).value(), "1");
}

TEST_F(PosixFileSystemTest, ListAndStatTellTheKind) {
  ASSERT_TRUE(files_.create_directory(path("d")));
  ASSERT_TRUE(files_.replace_file(path("f"), "123"));
  auto entries = files_.list(directory_).value();
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].kind, FileKind::kDirectory);
  EXPECT_EQ(entries[1].name, "f");
  const auto info = files_.stat(path("f")).value();
  EXPECT_EQ(info.bytes, 3U);
  EXPECT_EQ(info.kind, FileKind::kFile);
  SystemClock clock;
  EXPECT_LT(std::abs(clock.wall_micros() - info.modified_micros), 600'000'000);
  EXPECT_EQ(files_.stat(path("no")).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(files_.list(path("no")).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(files_.sync_directory(path("no")).error().code(), ErrorCode::kNotFound);
}

TEST_F(PosixFileSystemTest, RenameReplaces) {
  ASSERT_TRUE(files_.replace_file(path("a"), "new"));
  ASSERT_TRUE(files_.replace_file(path("b"), "old"));
  ASSERT_TRUE(files_.rename(path("a"), path("b")));
  EXPECT_EQ(files_.read_file(path("b")).value(), "new");
  EXPECT_FALSE(files_.exists(path("a")).value());
  EXPECT_EQ(files_.rename(path("a"), path("c")).error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(files_.remove_file(path("b")));
  EXPECT_EQ(files_.remove_file(path("b")).error().code(), ErrorCode::kNotFound);
}

TEST_F(PosixFileSystemTest, ReadFileIsBounded) {
  ASSERT_TRUE(files_.replace_file(path("a"), "12345"));
  EXPECT_EQ(files_.read_file(path("a"), 5).value(), "12345");
  EXPECT_EQ(files_.read_file(path("a"), 4).error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(PosixFileSystemTest, CanonicalFollowsLinksAndDots) {
  ASSERT_TRUE(files_.create_directories(path("d/e")));
  ASSERT_EQ(::symlink(path("d/e").c_str(), path("link").c_str()), 0);
  const std::string real = files_.canonical(directory_).value();
  EXPECT_EQ(files_.canonical(path("link/../e/.")).value(), real + "/d/e");
  EXPECT_EQ(files_.canonical(path("none")).error().code(), ErrorCode::kNotFound);
}

TEST(Paths, SplitAndJoin) {
  EXPECT_EQ(parent_path("a/b/c"), "a/b");
  EXPECT_EQ(parent_path("a/b/"), "a");
  EXPECT_EQ(parent_path("c"), ".");
  EXPECT_EQ(parent_path("/c"), "/");
  EXPECT_EQ(parent_path("/"), "/");
  EXPECT_EQ(file_name("a/b"), "b");
  EXPECT_EQ(file_name("a/b/"), "b");
  EXPECT_EQ(file_name("b"), "b");
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("", "b"), "b");
}

TEST(Uuid, Version7IsOrderedByTimeAndWellFormed) {
  SeededRandom random(1);
  const std::string earlier = uuid_v7(random, 1'510'871'468'000);
  const std::string later = uuid_v7(random, 1'510'871'468'001);
  EXPECT_EQ(earlier.size(), 36U);
  EXPECT_LT(earlier, later);
  EXPECT_EQ(earlier.substr(0, 13), "015fc6f5-07e0");  // the 48 bits of 1510871468000
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) EXPECT_EQ(earlier[dash], '-');
  EXPECT_EQ(earlier[14], '7');
  EXPECT_NE(std::string("89ab").find(earlier[19]), std::string::npos);
}

TEST(Uuid, TheSameMillisecondGivesDifferentOnes) {
  SystemRandom random;
  std::set<std::string> all;
  for (int i = 0; i < 1000; ++i) all.insert(uuid_v7(random, 42));
  EXPECT_EQ(all.size(), 1000U);
}

TEST(Random, SeededRepeatsAndSystemDoesNot) {
  SeededRandom first(7);
  SeededRandom second(7);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(first.next(), second.next());
  EXPECT_EQ(SeededRandom(0).next(), 0xE220A8397B1DCDAFULL);  // splitmix64's first output for seed 0
  SystemRandom system;
  EXPECT_NE(system.next(), system.next());
}

TEST(Random, HexHasTwoDigitsForEachByte) {
  SeededRandom random(7);
  for (const std::size_t count : {0U, 1U, 7U, 8U, 32U}) {
    const std::string text = random_hex(random, count);
    EXPECT_EQ(text.size(), 2 * count);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
  }
}

TEST(SystemClock, MonotonicNeverGoesBack) {
  SystemClock clock;
  const auto before = clock.monotonic_now();
  EXPECT_GE(clock.monotonic_now(), before);
  EXPECT_GT(clock.wall_micros(), 1'577'836'800'000'000);  // 2020
}

TEST(Machine, HasMemoryAndAProcessor) {
  const Machine machine = this_machine();
  EXPECT_GT(machine.memory_bytes, 16ULL << 20U);
  EXPECT_GE(machine.cpu_count, 1U);
  EXPECT_GE(raise_open_files_limit(), 64U);
}

/// Uses about `kilobytes` of stack.
std::size_t deep(std::size_t kilobytes) {
  std::array<volatile char, 1024> room{};
  room[kilobytes % room.size()] = 1;
  const std::size_t below = kilobytes == 0 ? 0 : deep(kilobytes - 1);
  return below + static_cast<std::size_t>(room[kilobytes % room.size()]);
}

TEST(Machine, ThreadsGetTheStackThatWasAskedFor) {
  constexpr std::uint64_t kBytes = 128ULL << 20U;
  EXPECT_GE(raise_stack_size(kBytes), kBytes);
  std::size_t depth = 0;
  std::thread([&] { depth = deep(32U << 10U); }).join();
  EXPECT_EQ(depth, (32U << 10U) + 1);
}

}  // namespace
}  // namespace lake::os
