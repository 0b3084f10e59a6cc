#include "lake/codec/roaring.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace lake::codec {
namespace {

RoaringBitmap bitmap_of(std::initializer_list<std::uint32_t> positions) {
  RoaringBitmap bitmap;
  for (const auto position : positions) bitmap.add(position);
  return bitmap;
}

/// Array, run and bitset containers in one bitmap.
RoaringBitmap bitmap_of_all_kinds() {
  RoaringBitmap bitmap;
  for (std::uint32_t i = 0; i < 100; ++i) bitmap.add(i * 7);
  for (std::uint32_t i = 0; i < 30000; ++i) bitmap.add((1U << 16U) + i);
  for (std::uint32_t i = 0; i < 20000; ++i) bitmap.add((2U << 16U) + i * 3);
  for (std::uint32_t i = 0; i < 50; ++i) bitmap.add((700U << 16U) + i * i);
  bitmap.add((1U << 28U) - 1);
  return bitmap;
}

TEST(RoaringBitmap, EmptyHasNothing) {
  const RoaringBitmap bitmap;
  EXPECT_TRUE(bitmap.empty());
  EXPECT_FALSE(bitmap.contains(0));
  EXPECT_EQ(bitmap.rank(100), 0U);
  EXPECT_FALSE(bitmap.intersects_range(0, 1ULL << 40U));
  const auto back = RoaringBitmap::deserialize(bitmap.serialize());
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->empty());
}

TEST(RoaringBitmap, RankCountsMembersBelow) {
  const auto bitmap = bitmap_of({0, 5, 9});
  EXPECT_EQ(bitmap.rank(0), 0U);
  EXPECT_EQ(bitmap.rank(1), 1U);
  EXPECT_EQ(bitmap.rank(5), 1U);
  EXPECT_EQ(bitmap.rank(10), 3U);
}

TEST(RoaringBitmap, RangesAreHalfOpen) {
  const auto bitmap = bitmap_of({10, 70000});
  EXPECT_TRUE(bitmap.intersects_range(10, 11));
  EXPECT_FALSE(bitmap.intersects_range(0, 10));
  EXPECT_FALSE(bitmap.intersects_range(11, 70000));
  EXPECT_TRUE(bitmap.intersects_range(11, 70001));
  EXPECT_FALSE(bitmap.intersects_range(10, 10));
  EXPECT_FALSE(bitmap.intersects_range(70001, ~0ULL));
  std::vector<std::uint32_t> found{1};
  bitmap.members_in(10, 70001, found);
  EXPECT_EQ(found, (std::vector<std::uint32_t>{1, 10, 70000}));
}

TEST(RoaringBitmap, RangesAgreeWithAPlainSet) {
  const auto bitmap = bitmap_of_all_kinds();
  const auto all = bitmap.members();
  const std::set<std::uint32_t> plain(all.begin(), all.end());
  for (std::uint64_t begin = 0; begin < (4U << 16U); begin += 997) {
    const std::uint64_t end = begin + 501;
    std::vector<std::uint32_t> found;
    bitmap.members_in(begin, end, found);
    const std::vector<std::uint32_t> expected(plain.lower_bound(static_cast<std::uint32_t>(begin)),
                                              plain.lower_bound(static_cast<std::uint32_t>(end)));
    EXPECT_EQ(found, expected);
    EXPECT_EQ(bitmap.intersects_range(begin, end), !expected.empty());
  }
}

TEST(RoaringBitmap, UniteAndSubtractWorkOnItself) {
  auto bitmap = bitmap_of({1, 2, 3});
  bitmap.unite(bitmap);
  EXPECT_EQ(bitmap.cardinality(), 3U);
  bitmap.unite(bitmap_of({3, 4}));
  EXPECT_EQ(bitmap.members(), (std::vector<std::uint32_t>{1, 2, 3, 4}));
  bitmap.subtract(bitmap_of({1, 9}));
  EXPECT_TRUE(bitmap.intersects(bitmap_of({2})));
  EXPECT_FALSE(bitmap.intersects(bitmap_of({1, 5})));
  bitmap.subtract(bitmap);
  EXPECT_TRUE(bitmap.empty());
}

TEST(RoaringBitmap, CopiesAreIndependent) {
  const auto original = bitmap_of({1});
  auto copy = original;
  copy.add(2);
  EXPECT_FALSE(original == copy);
  EXPECT_EQ(original.cardinality(), 1U);
}

TEST(RoaringBitmap, SerializationRoundTrips) {
  const auto bitmap = bitmap_of_all_kinds();
  const auto back = RoaringBitmap::deserialize(bitmap.serialize());
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_TRUE(*back == bitmap);
  EXPECT_EQ(back->members(), bitmap.members());
}

TEST(RoaringBitmap, ReadsTheExampleOfTheFormat) {
  // cookie 12346, one container, key 0, two values: 1 and 5
  const std::array<unsigned char, 20> bytes{0x3A, 0x30, 0,  0, 1, 0, 0, 0, 0, 0,
                                            1,    0,    16, 0, 0, 0, 1, 0, 5, 0};
  const auto bitmap = RoaringBitmap::deserialize({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  ASSERT_TRUE(bitmap) << bitmap.error().message();
  EXPECT_EQ(bitmap->members(), (std::vector<std::uint32_t>{1, 5}));
}

TEST(RoaringBitmap, EveryCutAndEveryTailIsRefused) {
  const std::string bytes = bitmap_of_all_kinds().serialize();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto cut = RoaringBitmap::deserialize(std::string_view(bytes).substr(0, length));
    ASSERT_FALSE(cut) << length;
    EXPECT_EQ(cut.error().code(), ErrorCode::kCorruption);
  }
  EXPECT_FALSE(RoaringBitmap::deserialize(bytes + '\0'));
}

TEST(RoaringBitmap, AChangedByteNeverBreaksOut) {
  const std::string bytes = bitmap_of_all_kinds().serialize();
  for (std::size_t i = 0; i < bytes.size(); i += i < 64 ? 1 : 37) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      const auto result = RoaringBitmap::deserialize(damaged);
      if (result) {
        EXPECT_EQ(result->members().size(), result->cardinality());
      } else {
        EXPECT_EQ(result.error().code(), ErrorCode::kCorruption);
      }
    }
  }
}

}  // namespace
}  // namespace lake::codec
