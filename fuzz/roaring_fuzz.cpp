#include <cstdint>
#include <string_view>

#include "lake/codec/roaring.hpp"

// Any bytes at all: one valid bitmap, whose operations agree with each other, or kCorruption.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bitmap = lake::codec::RoaringBitmap::deserialize({reinterpret_cast<const char*>(data), size});
  if (!bitmap) {
    if (bitmap.error().code() != lake::ErrorCode::kCorruption) __builtin_trap();
    return 0;
  }
  if (bitmap->cardinality() > 1U << 20U) return 0;  // a few runs may name all of 2^32 members
  const auto members = bitmap->members();
  if (members.size() != bitmap->cardinality()) __builtin_trap();
  for (std::size_t i = 1; i < members.size(); ++i) {
    if (members[i] <= members[i - 1]) __builtin_trap();
  }
  if (!members.empty() &&
      (!bitmap->contains(members.back()) || bitmap->rank(members.back()) != members.size() - 1))
    __builtin_trap();
  lake::codec::RoaringBitmap rebuilt;
  rebuilt.add_many(members);
  if (!(rebuilt == *bitmap)) __builtin_trap();
  const auto back = lake::codec::RoaringBitmap::deserialize(bitmap->serialize());
  if (!back || !(*back == *bitmap)) __builtin_trap();
  return 0;
}
