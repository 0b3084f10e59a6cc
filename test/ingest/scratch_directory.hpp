#pragma once

#include <gtest/gtest.h>

#include <string>

#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"

namespace lake::ingest {

/// A directory of its own for one test.
class ScratchDirectory : public testing::Test {
 protected:
  void SetUp() override {
    os::SystemRandom random;
    directory_ = testing::TempDir() + "dplake-" + os::random_hex(random, 8);
    ASSERT_TRUE(files_.create_directories(directory_).has_value());
  }
  void TearDown() override { ASSERT_TRUE(files_.remove_tree(directory_).has_value()); }

  [[nodiscard]] std::string path(const std::string& name) const { return os::join_path(directory_, name); }
  std::string write(const std::string& name, const std::string& content) {
    const std::string whole = path(name);
    EXPECT_TRUE(files_.create_directories(os::parent_path(whole)).has_value());
    EXPECT_TRUE(files_.replace_file(whole, content).has_value());
    return whole;
  }

  os::PosixFileSystem files_;
  std::string directory_;
};

}  // namespace lake::ingest
