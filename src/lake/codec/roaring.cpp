#include "lake/codec/roaring.hpp"

#include <roaring/roaring.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "lake/base/assert.hpp"

namespace lake::codec {
namespace {

constexpr std::uint32_t kCookieWithoutRuns = 12346;
constexpr std::uint32_t kCookieWithRuns = 12347;
constexpr std::uint32_t kContainerCountMax = 65536;
constexpr std::uint32_t kArrayCardinalityMax = 4096;
constexpr std::size_t kBitsetBytes = 8192;
constexpr std::uint32_t kOffsetsFromContainerCount = 4;  // with runs, smaller bitmaps carry no offsets

/// Walks the portable serialisation and checks all that the library takes on trust: sorted keys, sorted
/// values, run ends, stated cardinalities and offsets, exact length. Little-endian machines only, as the
/// format.
class PortableFormat {
 public:
  explicit PortableFormat(std::string_view bytes) : bytes_(bytes) {}

  Status check() {
    LAKE_CHECK_OK(check_head());
    for (std::uint32_t i = 0; i < count_; ++i) LAKE_CHECK_OK(check_container(i));
    if (position_ != bytes_.size()) return damage("bytes after the last container");
    return ok();
  }

 private:
  static_assert(std::endian::native == std::endian::little);

  [[nodiscard]] bool has(std::size_t count) const { return bytes_.size() - position_ >= count; }
  template <class T>
  [[nodiscard]] T load(std::size_t offset) const {
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  [[nodiscard]] Error damage(std::string_view what) const {
    return {ErrorCode::kCorruption, "bitmap bytes are damaged: " + std::string(what) + ", at byte " +
                                        std::to_string(position_) + " of " + std::to_string(bytes_.size())};
  }
  [[nodiscard]] bool is_run(std::uint32_t index) const {
    return has_runs_ &&
           ((static_cast<std::uint8_t>(bytes_[run_flags_ + index / 8]) >> (index % 8)) & 1U) != 0;
  }
  [[nodiscard]] std::uint32_t stated_cardinality(std::uint32_t index) const {
    return load<std::uint16_t>(keys_ + 4ULL * index + 2) + 1U;
  }

  Status check_head() {
    if (!has(4)) return damage("no cookie");
    const auto cookie = load<std::uint32_t>(0);
    position_ = 4;
    has_runs_ = (cookie & 0xFFFFU) == kCookieWithRuns;
    if (has_runs_) {
      count_ = (cookie >> 16U) + 1;
      run_flags_ = position_;
      if (!has((count_ + 7) / 8)) return damage("run flags cut short");
      position_ += (count_ + 7) / 8;
    } else {
      if (cookie != kCookieWithoutRuns) return damage("unknown cookie");
      if (!has(4)) return damage("no container count");
      count_ = load<std::uint32_t>(position_);
      position_ += 4;
      if (count_ > kContainerCountMax) return damage("too many containers");
    }
    keys_ = position_;
    if (!has(4ULL * count_)) return damage("keys cut short");
    position_ += 4ULL * count_;
    for (std::uint32_t i = 1; i < count_; ++i) {
      if (load<std::uint16_t>(keys_ + 4ULL * i) <= load<std::uint16_t>(keys_ + 4ULL * (i - 1)))
        return damage("keys out of order");
    }
    has_offsets_ = !has_runs_ || count_ >= kOffsetsFromContainerCount;
    if (has_offsets_) {
      offsets_ = position_;
      if (!has(4ULL * count_)) return damage("offsets cut short");
      position_ += 4ULL * count_;
    }
    return ok();
  }

  Status check_container(std::uint32_t index) {
    if (has_offsets_ && load<std::uint32_t>(offsets_ + 4ULL * index) != position_)
      return damage("wrong offset");
    if (is_run(index)) return check_runs(stated_cardinality(index));
    if (stated_cardinality(index) <= kArrayCardinalityMax) return check_array(stated_cardinality(index));
    return check_bitset(stated_cardinality(index));
  }

  Status check_runs(std::uint32_t cardinality) {
    if (!has(2)) return damage("no run count");
    const std::size_t run_count = load<std::uint16_t>(position_);
    const std::size_t runs = position_ + 2;
    if (run_count == 0 || !has(2 + 4 * run_count)) return damage("runs cut short");
    std::uint32_t sum = 0;
    std::uint32_t next_min = 0;
    for (std::size_t i = 0; i < run_count; ++i) {
      const std::uint32_t start = load<std::uint16_t>(runs + 4 * i);
      const std::uint32_t more = load<std::uint16_t>(runs + 4 * i + 2);
      if (start < next_min) return damage("runs out of order");
      if (start + more > std::numeric_limits<std::uint16_t>::max()) return damage("run leaves its container");
      next_min = start + more + 2;  // runs that touch would be one: equal sets have equal runs
      sum += more + 1;
    }
    if (sum != cardinality) return damage("runs differ from the stated cardinality");
    position_ = runs + 4 * run_count;
    return ok();
  }

  Status check_array(std::uint32_t cardinality) {
    if (!has(2ULL * cardinality)) return damage("array cut short");
    for (std::uint32_t i = 1; i < cardinality; ++i) {
      if (load<std::uint16_t>(position_ + 2ULL * i) <= load<std::uint16_t>(position_ + 2ULL * (i - 1)))
        return damage("array out of order");
    }
    position_ += 2ULL * cardinality;
    return ok();
  }

  Status check_bitset(std::uint32_t cardinality) {
    if (!has(kBitsetBytes)) return damage("bitset cut short");
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < kBitsetBytes; i += 8)
      sum += static_cast<std::uint32_t>(std::popcount(load<std::uint64_t>(position_ + i)));
    if (sum != cardinality) return damage("bitset differs from the stated cardinality");
    position_ += kBitsetBytes;
    return ok();
  }

  std::string_view bytes_;
  std::size_t position_ = 0;
  std::size_t run_flags_ = 0;
  std::size_t keys_ = 0;
  std::size_t offsets_ = 0;
  std::uint32_t count_ = 0;
  bool has_runs_ = false;
  bool has_offsets_ = false;
};

/// Iterator at the first member >= `begin`; nothing when there is none.
bool seek(const roaring_bitmap_t* bitmap, std::uint64_t begin, roaring_uint32_iterator_t& iterator) {
  if (begin > std::numeric_limits<std::uint32_t>::max()) return false;
  roaring_init_iterator(bitmap, &iterator);
  return iterator.has_value &&
         roaring_move_uint32_iterator_equalorlarger(&iterator, static_cast<std::uint32_t>(begin));
}

roaring_bitmap_t* checked(roaring_bitmap_t* bitmap) {
  LAKE_ASSERT(bitmap != nullptr);  // the library answers null only when memory is out
  return bitmap;
}

}  // namespace

void RoaringBitmap::Free::operator()(roaring_bitmap_s* bitmap) const { roaring_bitmap_free(bitmap); }

RoaringBitmap::RoaringBitmap() : bitmap_(checked(roaring_bitmap_create())) {}
RoaringBitmap::~RoaringBitmap() = default;
RoaringBitmap::RoaringBitmap(const RoaringBitmap& other)
    : bitmap_(checked(roaring_bitmap_copy(other.bitmap_.get()))) {}
RoaringBitmap& RoaringBitmap::operator=(const RoaringBitmap& other) {
  if (this != &other) bitmap_.reset(checked(roaring_bitmap_copy(other.bitmap_.get())));
  return *this;
}
RoaringBitmap::RoaringBitmap(RoaringBitmap&& other) noexcept = default;
RoaringBitmap& RoaringBitmap::operator=(RoaringBitmap&& other) noexcept = default;

RoaringBitmap RoaringBitmap::range(std::uint64_t begin, std::uint64_t end) {
  RoaringBitmap all;
  if (begin < end) roaring_bitmap_add_range(all.bitmap_.get(), begin, end);
  return all;
}

void RoaringBitmap::add(std::uint32_t position) { roaring_bitmap_add(bitmap_.get(), position); }

void RoaringBitmap::add_many(std::span<const std::uint32_t> positions) {
  if (!positions.empty()) roaring_bitmap_add_many(bitmap_.get(), positions.size(), positions.data());
}

bool RoaringBitmap::contains(std::uint32_t position) const {
  return roaring_bitmap_contains(bitmap_.get(), position);
}

std::uint64_t RoaringBitmap::cardinality() const { return roaring_bitmap_get_cardinality(bitmap_.get()); }

std::uint64_t RoaringBitmap::rank(std::uint32_t position) const {
  return position == 0 ? 0 : roaring_bitmap_rank(bitmap_.get(), position - 1);
}

bool RoaringBitmap::intersects_range(std::uint64_t begin, std::uint64_t end) const {
  roaring_uint32_iterator_t iterator;
  return begin < end && seek(bitmap_.get(), begin, iterator) && iterator.current_value < end;
}

void RoaringBitmap::members_in(std::uint64_t begin, std::uint64_t end,
                               std::vector<std::uint32_t>& out) const {
  roaring_uint32_iterator_t iterator;
  if (begin >= end || !seek(bitmap_.get(), begin, iterator)) return;
  std::array<std::uint32_t, 256> block;  // in one call each, because a step of the iterator is no inline code
  while (iterator.has_value && iterator.current_value < end) {
    const auto wanted = static_cast<std::uint32_t>(std::min<std::uint64_t>(block.size(), end - begin));
    const std::uint32_t count = roaring_read_uint32_iterator(&iterator, block.data(), wanted);
    const auto last = std::lower_bound(block.begin(), block.begin() + count, end);
    out.insert(out.end(), block.begin(), last);
    if (last != block.begin() + count) return;
  }
}

std::vector<std::uint32_t> RoaringBitmap::members() const {
  std::vector<std::uint32_t> all(cardinality());
  if (!all.empty()) roaring_bitmap_to_uint32_array(bitmap_.get(), all.data());
  return all;
}

void RoaringBitmap::unite(const RoaringBitmap& other) {
  if (this != &other) roaring_bitmap_or_inplace(bitmap_.get(), other.bitmap_.get());
}

void RoaringBitmap::subtract(const RoaringBitmap& other) {
  if (this == &other) {
    roaring_bitmap_clear(bitmap_.get());
  } else {
    roaring_bitmap_andnot_inplace(bitmap_.get(), other.bitmap_.get());
  }
}

bool RoaringBitmap::intersects(const RoaringBitmap& other) const {
  return roaring_bitmap_intersect(bitmap_.get(), other.bitmap_.get());
}

bool RoaringBitmap::operator==(const RoaringBitmap& other) const {
  return roaring_bitmap_equals(bitmap_.get(), other.bitmap_.get());
}

std::string RoaringBitmap::serialize() const {
  const std::unique_ptr<roaring_bitmap_t, Free> compact(checked(roaring_bitmap_copy(bitmap_.get())));
  roaring_bitmap_run_optimize(compact.get());
  std::string bytes(roaring_bitmap_portable_size_in_bytes(compact.get()), '\0');
  const std::size_t written = roaring_bitmap_portable_serialize(compact.get(), bytes.data());
  LAKE_ASSERT(written == bytes.size());
  return bytes;
}

Result<RoaringBitmap> RoaringBitmap::deserialize(std::string_view bytes) {
  LAKE_CHECK_OK(PortableFormat(bytes).check());
  roaring_bitmap_t* bitmap = roaring_bitmap_portable_deserialize_safe(bytes.data(), bytes.size());
  if (bitmap == nullptr) return Error(ErrorCode::kCorruption, "bitmap bytes are damaged");
  RoaringBitmap result;
  result.bitmap_.reset(bitmap);
  return result;
}

}  // namespace lake::codec
