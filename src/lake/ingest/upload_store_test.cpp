#include "lake/ingest/upload_store.hpp"

#include <gtest/gtest.h>

#include "lake/codec/sha256.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/faulty_file_system.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::ingest {
namespace {

std::string hex_sha256(std::string_view bytes) { return codec::hex_of(codec::sha256(bytes)); }

/// A store that may die and come again on the same disk.
class UploadStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }
  void start() {
    auto opened = UploadStore::open(files_, clock_, random_, metrics_, "/data/uploads", bounds_);
    ASSERT_TRUE(opened) << opened.error().message();
    store_ = std::move(*opened);
  }
  void crash() {
    files_.crash();
    store_.reset();
    files_.reopen();
    start();
  }
  std::string begun(std::optional<std::uint64_t> bytes, std::string_view sha256 = "") {
    const auto info = store_->begin("takeout-1.zip", bytes, sha256);
    EXPECT_TRUE(info);
    return info ? info->id : "";
  }
  Result<UploadInfo> write(const std::string& id, std::uint64_t offset, std::string_view bytes,
                           bool is_last = false) {
    LAKE_TRY(const auto writer, store_->go_on(id, offset));
    LAKE_CHECK_OK(writer->write(bytes));
    return writer->end(is_last);
  }
  std::size_t files_there() { return files_.list("/data/uploads")->size(); }

  sim::SimClock clock_;
  sim::SimFileSystem files_{clock_};
  os::SeededRandom random_{1};
  telemetry::Metrics metrics_;
  UploadBounds bounds_{1000, 3, std::chrono::hours(1)};
  std::unique_ptr<UploadStore> store_;
};

TEST_F(UploadStoreTest, PiecesMakeTheFile) {
  const auto id = begun(11, hex_sha256("hello world"));
  EXPECT_EQ(store_->find(id)->offset, 0U);
  EXPECT_EQ(write(id, 0, "hello ")->offset, 6U);
  EXPECT_FALSE(store_->find(id)->is_complete);
  const auto whole = write(id, 6, "world");
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_TRUE(whole->is_complete);
  EXPECT_EQ(files_.read_file(store_->data_path(id)).value(), "hello world");
  EXPECT_EQ(whole->name, "takeout-1.zip");
}

TEST_F(UploadStoreTest, AWrongOffsetIsAConflict) {
  const auto id = begun(11);
  ASSERT_TRUE(write(id, 0, "hello "));
  for (const std::uint64_t offset : {0ULL, 5ULL, 7ULL, 11ULL, 1ULL << 60U}) {
    EXPECT_EQ(store_->go_on(id, offset).error().code(), ErrorCode::kConflict) << offset;
  }
  EXPECT_TRUE(store_->go_on(id, 6));
  EXPECT_EQ(store_->go_on("0123456789abcdef0123456789abcdef", 0).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(store_->go_on("../../etc/passwd", 0).error().code(), ErrorCode::kNotFound);
}

TEST_F(UploadStoreTest, OnePieceAtATime) {
  const auto id = begun(11);
  const auto writer = store_->go_on(id, 0).value().release();
  EXPECT_EQ(store_->go_on(id, 0).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(store_->remove(id).error().code(), ErrorCode::kConflict);
  delete writer;
  EXPECT_TRUE(store_->go_on(id, 0));
}

TEST_F(UploadStoreTest, APieceThatBrokeOffIsKeptAsFarAsItCame) {
  const auto id = begun(11);
  {
    const auto writer = store_->go_on(id, 0);
    ASSERT_TRUE((*writer)->write("hel"));
  }
  EXPECT_EQ(store_->find(id)->offset, 3U);
  EXPECT_EQ(write(id, 3, "lo world")->sha256, hex_sha256("hello world"));
}

TEST_F(UploadStoreTest, AfterACrashItGoesOnWhereTheDiskStands) {
  const auto id = begun(11, hex_sha256("hello world"));
  ASSERT_TRUE(write(id, 0, "hello "));
  auto writer = store_->go_on(id, 6);
  ASSERT_TRUE((*writer)->write("wor"));
  files_.crash();
  writer->reset();
  store_.reset();
  files_.reopen();
  start();
  EXPECT_EQ(store_->find(id)->offset, 6U);
  const auto whole = write(id, 6, "world");
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_TRUE(whole->is_complete);
  crash();
  EXPECT_TRUE(store_->find(id)->is_complete);
  EXPECT_EQ(store_->find(id)->sha256, hex_sha256("hello world"));
}

TEST_F(UploadStoreTest, BytesThatDidNotReachTheDiskAreNotConfirmed) {
  const auto id = begun(11, hex_sha256("hello world"));
  {
    const auto writer = store_->go_on(id, 0);
    ASSERT_TRUE((*writer)->write("hello "));
    files_.faults().add({.operation = sim::Operation::kSync, .path_part = id});
  }
  EXPECT_EQ(store_->find(id)->offset, 0U);
  // A disk that failed once is not believed: the rest is no whole file.
  EXPECT_FALSE(write(id, 0, "hello world"));
  EXPECT_FALSE(store_->find(id)->is_complete);
}

TEST_F(UploadStoreTest, TheHashIsThatOfTheBytesThatCameInTheirPlace) {
  // As a disk does that tells of a failure once, and writes what comes then.
  sim::FaultyFileSystem disk(files_);
  auto opened = UploadStore::open(disk, clock_, random_, metrics_, "/data/uploads", bounds_);
  ASSERT_TRUE(opened);
  store_ = std::move(*opened);
  const auto id = begun(11);
  disk.faults().add({.operation = sim::Operation::kSync, .path_part = id});
  EXPECT_EQ(write(id, 0, "hello world").error().code(), ErrorCode::kIo);
  EXPECT_EQ(store_->find(id)->offset, 0U);
  const auto whole = write(id, 0, "HELLO WORLD");
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_TRUE(whole->is_complete);
  EXPECT_EQ(whole->sha256, hex_sha256("HELLO WORLD"));
  store_.reset();  // before the disk
}

TEST_F(UploadStoreTest, WhatIsOldIsKeptAtTheStartForImportsThatTakeIt) {
  const auto id = begun(5);
  ASSERT_TRUE(write(id, 0, "hello"));
  ASSERT_TRUE(store_->take(id));
  clock_.advance(std::chrono::hours(30));
  crash();
  ASSERT_TRUE(store_->find(id));
  EXPECT_TRUE(store_->take(id));
  begun(5);
  EXPECT_TRUE(store_->find(id));
  store_->put_back(id);
  begun(5);
  EXPECT_FALSE(store_->find(id));
}

TEST_F(UploadStoreTest, OtherContentThanAnnouncedIsNotKept) {
  const auto id = begun(5, hex_sha256("hello"));
  EXPECT_EQ(write(id, 0, "hallo").error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(store_->find(id).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(files_there(), 0U);
  EXPECT_EQ(store_->begin("x", 1, "nothex").error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(UploadStoreTest, MoreThanAnnouncedIsRefused) {
  const auto id = begun(5);
  EXPECT_EQ(write(id, 0, "hello world").error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(store_->find(id)->offset, 0U);
  const auto unknown = begun(std::nullopt);
  EXPECT_EQ(write(unknown, 0, std::string(1001, 'x')).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(write(unknown, 0, std::string(1000, 'x'), true)->is_complete);
  EXPECT_EQ(store_->begin("x", 1001, "").error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(UploadStoreTest, UploadsAreBoundedAndAge) {
  const auto first = begun(5);
  begun(5);
  begun(5);
  EXPECT_EQ(store_->begin("x", 5, "").error().code(), ErrorCode::kResourceExhausted);
  clock_.advance(std::chrono::minutes(59));
  ASSERT_TRUE(write(first, 0, "he"));
  clock_.advance(std::chrono::minutes(2));
  begun(5);
  EXPECT_EQ(store_->list().size(), 2U);
  EXPECT_TRUE(store_->find(first));
  ASSERT_TRUE(store_->remove(first));
  EXPECT_EQ(files_there(), 2U);
}

TEST_F(UploadStoreTest, ATakenUploadStays) {
  const auto id = begun(5);
  EXPECT_EQ(store_->take(id).error().code(), ErrorCode::kConflict);
  ASSERT_TRUE(write(id, 0, "hello"));
  ASSERT_TRUE(store_->take(id));
  EXPECT_EQ(store_->take(id).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(store_->remove(id).error().code(), ErrorCode::kConflict);
  clock_.advance(std::chrono::hours(3));
  begun(5);
  EXPECT_TRUE(store_->find(id));
  store_->put_back(id);
  EXPECT_TRUE(store_->take(id));
  ASSERT_TRUE(files_.rename(store_->data_path(id), "/data/there"));
  EXPECT_TRUE(store_->forget(id));
  EXPECT_TRUE(store_->forget(id));
  EXPECT_FALSE(store_->find(id));
}

TEST_F(UploadStoreTest, HalvesOfUploadsGoAtTheStart) {
  const auto id = begun(5);
  ASSERT_TRUE(write(id, 0, "he"));
  const std::string other(32, 'a');
  ASSERT_TRUE(files_.replace_file("/data/uploads/" + other + ".data", "no note"));
  ASSERT_TRUE(files_.replace_file("/data/uploads/readme", "not ours"));
  ASSERT_TRUE(files_.remove_file(store_->data_path(id)));
  crash();
  EXPECT_TRUE(store_->list().empty());
  EXPECT_EQ(files_there(), 1U);
}

TEST(HarmlessName, IsOneComponent) {
  struct Case {
    std::string given;
    std::string made;
  };
  const Case cases[] = {{"takeout-1.zip", "takeout-1.zip"},
                        {"../../etc/passwd", "passwd"},
                        {"C:\\temp\\x.zip", "x.zip"},
                        {"..", "upload"},
                        {"", "upload"},
                        {"a/", "upload"},
                        {".hidden", "hidden"},
                        {std::string("a\0b\nc", 5), "a_b_c"},
                        {"日本.zip", "日本.zip"},
                        {"a\xff\xc3.zip", "a__.zip"}};
  for (const auto& each : cases) EXPECT_EQ(harmless_name(each.given), each.made) << each.given;
  const auto cut = harmless_name("ä" + std::string(198, 'x') + ".zip");
  EXPECT_LE(cut.size(), 200U);
  EXPECT_TRUE(cut.ends_with("x.zip"));
  EXPECT_EQ(cut[0], 'x');
}

}  // namespace
}  // namespace lake::ingest
