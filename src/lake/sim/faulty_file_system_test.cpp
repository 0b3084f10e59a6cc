#include "lake/sim/faulty_file_system.hpp"

#include <gtest/gtest.h>

#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::sim {
namespace {

TEST(FaultyFileSystem, PassesThroughWhatIsNotHit) {
  SimClock clock;
  SimFileSystem disk(clock);
  FaultyFileSystem files(disk);
  ASSERT_TRUE(files.create_directories("/d"));
  ASSERT_TRUE(files.replace_file("/d/a", "content", 0600));
  EXPECT_EQ(files.read_file("/d/a").value(), "content");
  EXPECT_EQ(files.list("/d").value().size(), 1U);
  ASSERT_TRUE(files.remove_tree("/d"));
  EXPECT_FALSE(disk.exists("/d").value());
}

TEST(FaultyFileSystem, InjectsErrorsAndKeepsAFailedSyncFailing) {
  SimClock clock;
  SimFileSystem disk(clock);
  FaultyFileSystem files(disk);
  files.faults().add({.operation = Operation::kSync});
  files.faults().add({.operation = Operation::kRename, .code = ErrorCode::kPermissionDenied});
  const auto file = std::move(*files.open("/a", os::OpenMode::kCreate));
  EXPECT_EQ(file->sync().error().code(), ErrorCode::kIo);
  EXPECT_FALSE(file->sync());
  EXPECT_EQ(files.rename("/a", "/b").error().code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(files.rename("/a", "/b"));
}

TEST(FaultyFileSystem, DelaysEverySync) {
  SimClock clock;
  SimFileSystem disk(clock);
  FaultyFileSystem files(disk);
  files.set_sync_delay(std::chrono::milliseconds(5), clock);
  ASSERT_TRUE(files.replace_file("/a", "x"));
  EXPECT_EQ(clock.monotonic_now(), std::chrono::milliseconds(10));
}

}  // namespace
}  // namespace lake::sim
