#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"

struct roaring_bitmap_s;

namespace lake::codec {

/// A compressed set of row positions (0..2^28-1) of one file.
/// Format: the portable 32-bit roaring serialisation (roaring bitmap format specification).
/// Threads: const members from any thread; a shared bitmap is held as shared_ptr<const RoaringBitmap>.
class RoaringBitmap {
 public:
  RoaringBitmap();
  ~RoaringBitmap();
  RoaringBitmap(const RoaringBitmap& other);
  RoaringBitmap& operator=(const RoaringBitmap& other);
  RoaringBitmap(RoaringBitmap&& other) noexcept;
  RoaringBitmap& operator=(RoaringBitmap&& other) noexcept;

  /// All positions in [begin, end), end at most 2^32.
  static RoaringBitmap range(std::uint64_t begin, std::uint64_t end);

  void add(std::uint32_t position);
  void add_many(std::span<const std::uint32_t> positions);
  [[nodiscard]] bool contains(std::uint32_t position) const;
  [[nodiscard]] std::uint64_t cardinality() const;
  [[nodiscard]] bool empty() const { return cardinality() == 0; }
  /// Number of members below `position`.
  [[nodiscard]] std::uint64_t rank(std::uint32_t position) const;
  /// True when any member lies in [begin, end).
  [[nodiscard]] bool intersects_range(std::uint64_t begin, std::uint64_t end) const;
  /// Members in [begin, end), ascending, appended to `out`.
  void members_in(std::uint64_t begin, std::uint64_t end, std::vector<std::uint32_t>& out) const;
  [[nodiscard]] std::vector<std::uint32_t> members() const;
  void unite(const RoaringBitmap& other);
  void subtract(const RoaringBitmap& other);
  [[nodiscard]] bool intersects(const RoaringBitmap& other) const;
  bool operator==(const RoaringBitmap& other) const;

  [[nodiscard]] std::string serialize() const;
  /// Reads back serialize(). Errors: kCorruption for any byte string that is not exactly one valid bitmap.
  static Result<RoaringBitmap> deserialize(std::string_view bytes);

 private:
  struct Free {
    void operator()(roaring_bitmap_s* bitmap) const;
  };
  std::unique_ptr<roaring_bitmap_s, Free> bitmap_;
};

}  // namespace lake::codec
