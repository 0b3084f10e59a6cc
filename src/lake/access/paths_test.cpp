#include "lake/access/paths.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace lake::access {
namespace {

class AllowedPathsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/lake_paths_XXXXXX";
    base_ = files_.canonical(::mkdtemp(pattern)).value();
    for (const char* name : {"/in", "/in/sub", "/in/data", "/out"})
      ASSERT_TRUE(files_.create_directories(base_ + name));
    for (const char* name : {"/in/a.csv", "/in/data/admin.token", "/out/b.csv"})
      ASSERT_TRUE(files_.replace_file(base_ + name, "x"));
  }
  void TearDown() override { EXPECT_TRUE(files_.remove_tree(base_)); }

  AllowedPaths allowed() { return AllowedPaths::open(files_, {base_ + "/in"}, {base_ + "/in/data"}).value(); }
  void expect_refused(const std::string& path) {
    const auto result = allowed().resolve(path);
    ASSERT_FALSE(result) << path << " -> " << *result;
    EXPECT_EQ(result.error().code(), ErrorCode::kPermissionDenied) << result.error().message();
  }

  os::PosixFileSystem files_;
  std::string base_;
};

TEST_F(AllowedPathsTest, FilesBelowARootAreAllowed) {
  EXPECT_EQ(allowed().resolve(base_ + "/in/a.csv").value(), base_ + "/in/a.csv");
  EXPECT_EQ(allowed().resolve(base_ + "/in").value(), base_ + "/in");
  EXPECT_EQ(allowed().resolve(base_ + "/in/./sub/../a.csv").value(), base_ + "/in/a.csv");
  EXPECT_EQ(allowed().resolve(base_ + "/in/sub/not/yet.parquet").value(), base_ + "/in/sub/not/yet.parquet");
  EXPECT_EQ(allowed().resolve(base_ + "/in/*.csv").value(), base_ + "/in/*.csv");
}

TEST_F(AllowedPathsTest, TheRestIsRefused) {
  expect_refused(base_ + "/out/b.csv");
  expect_refused(base_ + "/in/../out/b.csv");
  expect_refused(base_ + "/in/no/../../out/b.csv");
  expect_refused(base_ + "/in/*/../../out/b.csv");
  expect_refused(base_ + "/inside");
  expect_refused("in/a.csv");
  expect_refused("");
  expect_refused("-");
  expect_refused("/");
  expect_refused(base_ + "/in/a.csv" + '\0' + ".gz");
}

TEST_F(AllowedPathsTest, TheLakesOwnFilesStayClosed) {
  expect_refused(base_ + "/in/data/admin.token");
  expect_refused(base_ + "/in/sub/../data");
}

TEST_F(AllowedPathsTest, LinksAreFollowedBeforeJudging) {
  ASSERT_EQ(::symlink((base_ + "/out").c_str(), (base_ + "/in/link").c_str()), 0);
  ASSERT_EQ(::symlink((base_ + "/out/none").c_str(), (base_ + "/in/dangling").c_str()), 0);
  ASSERT_EQ(::symlink((base_ + "/in/a.csv").c_str(), (base_ + "/in/good").c_str()), 0);
  expect_refused(base_ + "/in/link/b.csv");
  expect_refused(base_ + "/in/link/made.csv");
  expect_refused(base_ + "/in/dangling");
  EXPECT_EQ(allowed().resolve(base_ + "/in/good").value(), base_ + "/in/a.csv");
}

TEST_F(AllowedPathsTest, DevicesStreamsAndUrlsAreRefusedEvenBelowTheRootDirectory) {
  const auto everything = AllowedPaths::open(files_, {"/"}, {}).value();
  for (const char* path : {"/dev/stdin", "/dev/null", "/proc/self/environ", "/sys", "/tmp/../dev/zero",
                           "stdin", "file:///etc/passwd", "https://example.com/a.csv", "s3://bucket/a"}) {
    EXPECT_FALSE(everything.resolve(path)) << path;
  }
  ASSERT_EQ(::mkfifo((base_ + "/in/pipe").c_str(), 0600), 0);
  expect_refused(base_ + "/in/pipe");
  EXPECT_TRUE(everything.resolve(base_ + "/out/b.csv"));
}

TEST_F(AllowedPathsTest, WithoutRootsNothingIsAllowed) {
  const auto nothing = AllowedPaths::open(files_, {}, {}).value();
  EXPECT_FALSE(nothing.resolve(base_ + "/in/a.csv"));
}

TEST_F(AllowedPathsTest, BadRootsAreTold) {
  EXPECT_EQ(AllowedPaths::open(files_, {"relative"}, {}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AllowedPaths::open(files_, {base_ + "/none"}, {}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(AllowedPaths::open(files_, {base_ + "/in/a.csv"}, {}).error().code(),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace lake::access
