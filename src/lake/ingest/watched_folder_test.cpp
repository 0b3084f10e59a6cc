#include "lake/ingest/watched_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::ingest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Watched : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(files_.create_directories("/in").has_value()); }
  void write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(files_.replace_file("/in/" + name, bytes).has_value());
  }
  std::vector<std::string> look() {
    std::vector<std::string> names;
    const auto settled = folder_.look();
    EXPECT_TRUE(settled.has_value());
    for (const auto& file : *settled) names.push_back(file.name);
    return names;
  }
  std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> names;
    const auto entries = *files_.list(path);
    for (const auto& entry : entries) names.push_back(entry.name);
    return names;
  }
  sim::SimClock clock_;
  sim::SimFileSystem files_{clock_};
  WatchedFolder folder_{files_, clock_, "/in", std::chrono::seconds(2)};
};

TEST_F(Watched, AFileIsTakenOnceItStopsGrowing) {
  write("a.csv", "n\n1\n");
  EXPECT_THAT(look(), IsEmpty());
  clock_.advance(std::chrono::seconds(1));
  write("a.csv", "n\n1\n2\n");
  EXPECT_THAT(look(), IsEmpty());
  clock_.advance(std::chrono::milliseconds(1999));
  EXPECT_THAT(look(), IsEmpty());
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_THAT(look(), ElementsAre("a.csv"));
}

TEST_F(Watched, PartsOfDownloadsHiddenFilesAndFoldersAreLeftAlone) {
  for (const char* name : {".hidden", "b.part", "c.tmp", "d.crdownload"}) write(name, "x");
  ASSERT_TRUE(files_.create_directories("/in/folder").has_value());
  look();
  clock_.advance(std::chrono::seconds(3));
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(Watched, WhatIsDoneAndWhatFailedGoesToItsFolder) {
  write("a.csv", "1");
  write("b.csv", "2");
  ASSERT_TRUE(folder_.move_done("a.csv").has_value());
  ASSERT_TRUE(folder_.move_failed("b.csv", "no table").has_value());
  EXPECT_THAT(names_in("/in/done"), ElementsAre("a.csv"));
  EXPECT_THAT(names_in("/in/error"), testing::UnorderedElementsAre("b.csv", "b.csv.error.txt"));
  EXPECT_EQ(*files_.read_file("/in/error/b.csv.error.txt"), "no table\n");
  // Another file of that name does not take the place of the first.
  write("a.csv", "3");
  ASSERT_TRUE(folder_.move_done("a.csv").has_value());
  EXPECT_EQ(*files_.read_file("/in/done/a.csv"), "1");
  EXPECT_EQ(*files_.read_file("/in/done/a.csv.1"), "3");
}

}  // namespace
}  // namespace lake::ingest
