#include "lake/access/token.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::access {
namespace {

class AdminTokenTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(disk_.create_directories("/data")); }
  sim::SimClock clock_;
  sim::SimFileSystem disk_{clock_};
  os::SeededRandom random_{3};
};

TEST_F(AdminTokenTest, FirstStartMakesItLaterStartsReadIt) {
  EXPECT_EQ(AdminToken::load(disk_, "/data").error().code(), ErrorCode::kNotFound);
  const auto made = AdminToken::load_or_make(disk_, random_, "/data").value();
  EXPECT_EQ(made.reveal().size(), 64U);
  EXPECT_TRUE(disk_.is_durable("/data/admin.token"));
  EXPECT_EQ(AdminToken::load_or_make(disk_, random_, "/data")->reveal(), made.reveal());
  EXPECT_EQ(AdminToken::load(disk_, "/data")->reveal(), made.reveal());
}

TEST_F(AdminTokenTest, MatchesOnlyItself) {
  const auto token = AdminToken::load_or_make(disk_, random_, "/data").value();
  EXPECT_TRUE(token.matches(token.reveal()));
  EXPECT_FALSE(token.matches(""));
  EXPECT_FALSE(token.matches(token.reveal().substr(1)));
  EXPECT_FALSE(token.matches(token.reveal() + "0"));
  std::string near = token.reveal();
  near.back() = near.back() == '0' ? '1' : '0';
  EXPECT_FALSE(token.matches(near));
}

TEST_F(AdminTokenTest, ADamagedFileIsNotReplaced) {
  for (const std::string content : {"", "short\n", "ZZ"}) {
    ASSERT_TRUE(disk_.replace_file("/data/admin.token", content));
    EXPECT_EQ(AdminToken::load_or_make(disk_, random_, "/data").error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(disk_.read_file("/data/admin.token").value(), content);
  }
}

TEST(AdminToken, IsReadableByItsOwnerOnly) {
  char pattern[] = "/tmp/lake_token_XXXXXX";
  const std::string directory = ::mkdtemp(pattern);
  os::PosixFileSystem files;
  os::SystemRandom random;
  ASSERT_TRUE(AdminToken::load_or_make(files, random, directory));
  struct stat info{};
  ASSERT_EQ(::stat((directory + "/admin.token").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_TRUE(files.remove_tree(directory));
}

}  // namespace
}  // namespace lake::access
