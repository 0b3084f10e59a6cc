#include "lake/os/directory_watch.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"

namespace lake::os {
namespace {

constexpr std::chrono::milliseconds kLong{60'000};

TEST(DirectoryWatch, AFileThatIsClosedOrMovedInEndsTheWait) {
  PosixFileSystem files;
  SystemRandom random;
  const std::string directory = testing::TempDir() + "dplake-watch-" + random_hex(random, 8);
  ASSERT_TRUE(files.create_directories(directory).has_value());
  auto watch = *watch_directories({directory});
  // The change comes first, so that the wait ends at once or never: nothing here depends on speed.
  ASSERT_TRUE(files.replace_file(join_path(directory, "a"), "x").has_value());
  EXPECT_TRUE(watch->wait(kLong));
  ASSERT_TRUE(files.remove_tree(directory).has_value());
}

TEST(DirectoryWatch, StopEndsThisWaitAndAllLaterOnes) {
  auto watch = *watch_directories({});
  std::thread stopper([&] { watch->stop(); });
  EXPECT_FALSE(watch->wait(kLong));
  stopper.join();
  EXPECT_FALSE(watch->wait(kLong));
}

TEST(DirectoryWatch, WhatCannotBeWatchedIsLookedAtWhenTheTimeIsOver) {
  auto watch = *watch_directories({"/no/such/directory"});
  EXPECT_TRUE(watch->wait(std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace lake::os
