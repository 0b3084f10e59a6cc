#include "lake/telemetry/measured_file_system.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

namespace lake::telemetry {
namespace {

class MeasuredFileSystemTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/lake_measured_XXXXXX";
    directory_ = ::mkdtemp(pattern);
  }
  void TearDown() override { EXPECT_TRUE(disk_.remove_tree(directory_)); }
  [[nodiscard]] std::string path(const std::string& name) const { return os::join_path(directory_, name); }
  /// The number that `/metrics` shows for a series; -1 without it.
  [[nodiscard]] double shown(const std::string& series) const {
    const std::string text = "\n" + metrics_.exposition();
    const auto at = text.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + series.size() + 2, nullptr);
  }
  [[nodiscard]] double count(const std::string& operation) const {
    return shown("dplake_file_operation_seconds_count{operation=\"" + operation + "\"}");
  }
  [[nodiscard]] double errors(const std::string& operation) const {
    return shown("dplake_file_operation_errors_total{operation=\"" + operation + "\"}");
  }

  std::string directory_;
  os::PosixFileSystem disk_;
  os::SystemClock clock_;
  Metrics metrics_;
  MeasuredFileSystem files_{disk_, clock_, metrics_};
};

TEST_F(MeasuredFileSystemTest, EachOperationIsCountedWithItsBytes) {
  auto file = files_.open(path("a"), os::OpenMode::kCreate);
  ASSERT_TRUE(file);
  std::array<std::byte, 10> bytes{};
  ASSERT_TRUE((*file)->write_at(0, bytes));
  ASSERT_TRUE((*file)->write_at(10, std::span(bytes).first(3)));
  ASSERT_TRUE((*file)->sync());
  const auto read = (*file)->read_at(5, bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, 8U);
  ASSERT_TRUE((*file)->close());
  ASSERT_TRUE(files_.rename(path("a"), path("b")));
  ASSERT_TRUE(files_.sync_directory(directory_));
  EXPECT_EQ(files_.list(directory_)->size(), 1U);
  EXPECT_EQ(files_.stat(path("b"))->bytes, 13U);
  ASSERT_TRUE(files_.remove_file(path("b")));
  EXPECT_EQ(count("open"), 1);
  EXPECT_EQ(count("write"), 2);
  EXPECT_EQ(count("sync"), 1);
  EXPECT_EQ(count("read"), 1);
  EXPECT_EQ(count("rename"), 1);
  EXPECT_EQ(count("sync_directory"), 1);
  EXPECT_EQ(count("list"), 1);
  EXPECT_EQ(count("stat"), 1);
  EXPECT_EQ(count("remove"), 1);
  EXPECT_EQ(count("truncate"), 0);
  EXPECT_EQ(shown("dplake_file_bytes_total{operation=\"write\"}"), 13);
  EXPECT_EQ(shown("dplake_file_bytes_total{operation=\"read\"}"), 8);
}

TEST_F(MeasuredFileSystemTest, WhatIsNotThereIsAnAnswerAndOtherFailuresAreErrors) {
  EXPECT_FALSE(files_.open(path("none"), os::OpenMode::kRead));
  EXPECT_FALSE(files_.stat(path("none")));
  EXPECT_EQ(count("open"), 1);
  EXPECT_EQ(errors("open"), 0);
  EXPECT_EQ(errors("stat"), 0);
  ASSERT_TRUE(files_.open(path("a"), os::OpenMode::kCreate));
  const auto file = files_.open(path("a"), os::OpenMode::kRead);
  ASSERT_TRUE(file);
  EXPECT_FALSE((*file)->write_at(0, std::array<std::byte, 1>{}));
  EXPECT_EQ(errors("write"), 1);
  EXPECT_EQ(shown("dplake_file_bytes_total{operation=\"write\"}"), 0);
}

}  // namespace
}  // namespace lake::telemetry
