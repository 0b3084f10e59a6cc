#include "lake/base/row_address.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace lake {
namespace {

TEST(RowAddress, LimitsFitANonNegativeBigint) {
  const RowAddress last(RowAddress::kFileIdMax, RowAddress::kRowsPerFileMax - 1);
  EXPECT_EQ(last.value(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(last.file_id(), RowAddress::kFileIdMax);
  EXPECT_EQ(last.position(), RowAddress::kRowsPerFileMax - 1);
  EXPECT_EQ(RowAddress(0, 0).value(), 0);
}

TEST(RowAddress, ValueIsTheWayBack) {
  for (const std::uint64_t file : {0ULL, 1ULL, 77ULL, 1ULL << 34U, (1ULL << 35U) - 1}) {
    for (const std::uint64_t position : {0ULL, 1ULL, (1ULL << 28U) - 1}) {
      const RowAddress address(file, position);
      const RowAddress again = RowAddress::from_value(address.value());
      EXPECT_EQ(again, address);
      EXPECT_EQ(again.file_id(), file);
      EXPECT_EQ(again.position(), position);
    }
  }
}

TEST(RowAddress, OrderIsThatOfFileThenPosition) {
  EXPECT_LT(RowAddress(1, RowAddress::kRowsPerFileMax - 1), RowAddress(2, 0));
  EXPECT_LT(RowAddress(2, 0), RowAddress(2, 1));
}

#ifndef NDEBUG
TEST(RowAddressDeathTest, OneBeyondALimitIsABug) {
  EXPECT_DEATH(RowAddress(RowAddress::kFileIdMax + 1, 0), "file_id <= kFileIdMax");
  EXPECT_DEATH(RowAddress(0, RowAddress::kRowsPerFileMax), "position < kRowsPerFileMax");
}
#endif

}  // namespace
}  // namespace lake
