#include "lake/ingest/archive_shelf.hpp"

#include <gtest/gtest.h>

#include "lake/codec/sha256.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::ingest {
namespace {

class ArchiveShelfTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.create_directories("/in"));
    ASSERT_TRUE(files_.replace_file("/in/takeout-1.zip", "content"));
    part_.from = "/in/takeout-1.zip";
    part_.path = shelf_.place_of(sha256_, "takeout-1.zip");
  }
  static Status go_on(std::uint64_t /*bytes*/) { return ok(); }
  const std::string sha256_ = codec::hex_of(codec::sha256("content"));
  sim::SimClock clock_;
  sim::SimFileSystem files_{clock_};
  ArchiveShelf shelf_{files_, "/data/archives"};
  OrderedPart part_;
};

TEST_F(ArchiveShelfTest, PlacesAreNamedByContent) {
  EXPECT_EQ(part_.path, "/data/archives/" + sha256_ + "/takeout-1.zip");
  EXPECT_EQ(shelf_.place_of("abc", "../x"), "/data/archives/abc/x");
  EXPECT_EQ(shelf_.hash("/in/takeout-1.zip", go_on).value(), codec::hex_of(codec::sha256("content")));
}

TEST_F(ArchiveShelfTest, ACopyLeavesTheOriginal) {
  ASSERT_TRUE(shelf_.bring(part_, false, go_on));
  EXPECT_EQ(files_.read_file(part_.path).value(), "content");
  EXPECT_TRUE(files_.stat(part_.from));
  EXPECT_TRUE(files_.is_durable(part_.path));
  EXPECT_TRUE(shelf_.bring(part_, false, go_on));  // again, after an interruption
}

TEST_F(ArchiveShelfTest, AnAdoptedArchiveMoves) {
  ASSERT_TRUE(shelf_.bring(part_, true, go_on));
  EXPECT_EQ(files_.read_file(part_.path).value(), "content");
  EXPECT_FALSE(files_.stat(part_.from));
  EXPECT_TRUE(files_.is_durable(part_.path));
  EXPECT_TRUE(shelf_.bring(part_, true, go_on));
  ASSERT_TRUE(files_.remove_file(part_.path));
  EXPECT_EQ(shelf_.bring(part_, true, go_on).error().code(), ErrorCode::kNotFound);
}

TEST_F(ArchiveShelfTest, WhatWasDamagedOnItIsMendedBeforeTheOriginalGoes) {
  for (const bool is_taken : {false, true}) {
    ASSERT_TRUE(shelf_.bring(part_, false, go_on));
    ASSERT_TRUE(files_.replace_file(part_.path, "c0ntent"));
    ASSERT_TRUE(shelf_.bring(part_, is_taken, go_on));
    EXPECT_EQ(files_.read_file(part_.path).value(), "content") << is_taken;
  }
  EXPECT_FALSE(files_.stat(part_.from));
}

TEST_F(ArchiveShelfTest, WhatIsOnItAlreadyIsNotTakenAway) {
  ASSERT_TRUE(shelf_.bring(part_, true, go_on));
  part_.from = part_.path;
  for (const bool is_taken : {false, true}) {
    ASSERT_TRUE(shelf_.bring(part_, is_taken, go_on));
    EXPECT_EQ(files_.read_file(part_.path).value(), "content") << is_taken;
  }
}

TEST_F(ArchiveShelfTest, ACopyThatWasCutShortIsNotTakenForTheArchive) {
  int pieces = 0;
  const auto stop = [&pieces](std::uint64_t) -> Status {
    ++pieces;
    return Error(ErrorCode::kCancelled, "stop");
  };
  EXPECT_EQ(shelf_.bring(part_, false, stop).error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(pieces, 1);
  EXPECT_FALSE(files_.stat(part_.path));
  EXPECT_TRUE(files_.list(os::parent_path(part_.path)).value().empty()) << "it takes no room";
  ASSERT_TRUE(shelf_.bring(part_, false, go_on));
  EXPECT_EQ(files_.read_file(part_.path).value(), "content");
}

TEST_F(ArchiveShelfTest, ACopyThatTheDiskIsTooSmallForLeavesItNoFuller) {
  files_.faults().add({.operation = sim::Operation::kWrite, .code = ErrorCode::kResourceExhausted});
  EXPECT_EQ(shelf_.bring(part_, false, go_on).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(files_.list(os::parent_path(part_.path)).value().empty());
}

}  // namespace
}  // namespace lake::ingest
