#include "lake/codec/json_nesting.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lake::codec {
namespace {

TEST(JsonNesting, LevelsAreCountedOutsideOfTexts) {
  EXPECT_FALSE(is_nested_too_deep("[[{}]]", 3));
  EXPECT_TRUE(is_nested_too_deep("[[{}]]", 2));
  EXPECT_FALSE(is_nested_too_deep("[],[],[]", 1));
  EXPECT_FALSE(is_nested_too_deep(R"(["[[[[", "\"[[[["])", 1));
  EXPECT_TRUE(is_nested_too_deep(std::string(kJsonNestingMax + 1, '[')));
  EXPECT_FALSE(is_nested_too_deep("]]]][", 1));
}

}  // namespace
}  // namespace lake::codec
