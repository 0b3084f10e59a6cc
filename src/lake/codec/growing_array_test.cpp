#include "lake/codec/growing_array.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace lake::codec {
namespace {

GrowingArray<std::uint32_t> counted(std::uint32_t count) {
  GrowingArray<std::uint32_t> array;
  for (std::uint32_t i = 0; i < count; ++i) array.push_back(i);
  return array;
}

void expect_counted(const GrowingArray<std::uint32_t>& array, std::uint32_t count) {
  ASSERT_EQ(array.size(), count);
  for (std::uint32_t i = 0; i < count; ++i) ASSERT_EQ(array[i], i);
}

TEST(GrowingArray, KeepsItsValuesWhileItGrows) {
  expect_counted(counted(0), 0);
  expect_counted(counted(3'000'000), 3'000'000);
}

TEST(GrowingArray, IsShortenedAndFilledAgain) {
  auto array = counted(10);
  array.resize(3);
  expect_counted(array, 3);
  array.resize(5, 7);
  EXPECT_EQ(array[3], 7U);
  EXPECT_EQ(array.back(), 7U);
  array.resize(0);
  EXPECT_TRUE(array.empty());
  array.push_back(0);
  expect_counted(array, 1);
}

TEST(GrowingArray, CopiesAndMoves) {
  auto array = counted(1000);
  const auto copy = array;
  const auto moved = std::move(array);
  expect_counted(copy, 1000);
  expect_counted(moved, 1000);
  array = copy;  // NOLINT(bugprone-use-after-move): assigned to
  expect_counted(array, 1000);
  array = GrowingArray<std::uint32_t>();
  EXPECT_TRUE(array.empty());
}

}  // namespace
}  // namespace lake::codec
