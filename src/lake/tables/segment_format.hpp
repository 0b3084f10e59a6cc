#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"

/// Bytes of an inline segment block: constants and primitives shared by its encoder and decoder.
/// Format: docs/formats/inline_segment.md.
namespace lake::tables {

inline constexpr std::string_view kSegmentMagic = "DPLS";
inline constexpr std::uint8_t kSegmentVersion = 1;
inline constexpr std::uint8_t kSegmentHiddenColumns = 1;  // flag: the two hidden columns follow in each batch
inline constexpr std::size_t kSegmentLeavesMax = 8192;
// Fixed-size arrays make vectors large before any byte is read, so their sizes are bounded: values in one
// row, values in one batch of more than one row, and elements of arrays inside one list element.
inline constexpr std::uint64_t kSegmentRowCellsMax = 1ULL << 26U;
inline constexpr std::uint64_t kSegmentBatchCellsMax = 1ULL << 22U;
inline constexpr std::uint64_t kSegmentListArrayMax = 32768;

/// Type tags. Never renumber: they are on disk.
enum class SegmentType : std::uint8_t {
  kBoolean = 1,
  kTinyInt = 2,
  kSmallInt = 3,
  kInteger = 4,
  kBigInt = 5,
  kHugeInt = 6,
  kUTinyInt = 7,
  kUSmallInt = 8,
  kUInteger = 9,
  kUBigInt = 10,
  kUHugeInt = 11,
  kFloat = 12,
  kDouble = 13,
  kDecimal = 14,
  kVarchar = 15,
  kBlob = 16,
  kBit = 17,
  kBigNum = 18,
  kUuid = 19,
  kDate = 20,
  kTime = 21,
  kTimeNs = 22,
  kTimeTz = 23,
  kTimestamp = 24,
  kTimestampS = 25,
  kTimestampMs = 26,
  kTimestampNs = 27,
  kTimestampTz = 28,
  kInterval = 29,
  kEnum = 30,
  kGeometry = 31,
  kVariant = 32,
  kStruct = 40,
  kList = 41,
  kMap = 42,
  kArray = 43,
  kUnion = 44,
};

/// How the NULLs of a vector are told.
enum class SegmentValidity : std::uint8_t { kAllValid = 0, kBitmap = 1, kAllNull = 2 };

/// Rows of a batch at most, when a row has `cells` values.
inline std::uint64_t segment_batch_rows(std::uint64_t cells) {
  return std::clamp<std::uint64_t>(kSegmentBatchCellsMax / std::max<std::uint64_t>(cells, 1), 1, 2048);
}

/// LEB128, unsigned.
inline void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80U) {
    out.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
    value >>= 7U;
  }
  out.push_back(static_cast<char>(value));
}

inline void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out.append(text);
}

/// Reads a block front to back; never past its end. Errors: kCorruption with the offset.
class SegmentReader {
 public:
  explicit SegmentReader(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - offset_; }
  [[nodiscard]] std::string_view rest() const { return bytes_.substr(offset_); }

  Result<std::uint8_t> byte() {
    if (remaining() == 0) return damaged("ends too early");
    return static_cast<std::uint8_t>(bytes_[offset_++]);
  }
  Result<std::uint64_t> varint(std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      LAKE_TRY(const std::uint8_t next, byte());
      if (shift == 63 && next > 1) break;
      value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
      if ((next & 0x80U) != 0) continue;
      if (value > max) return damaged("a number out of range");
      return value;
    }
    return damaged("a number too long");
  }
  Result<std::string_view> take(std::uint64_t count) {
    if (count > remaining()) return damaged("ends too early");
    const auto part = bytes_.substr(offset_, count);
    offset_ += count;
    return part;
  }
  Result<std::string_view> text() {
    LAKE_TRY(const std::uint64_t length, varint());
    return take(length);
  }
  [[nodiscard]] Error damaged(std::string_view what) const {
    return Error(ErrorCode::kCorruption,
                 "inline segment is damaged: " + std::string(what) + " at offset " + std::to_string(offset_));
  }

 private:
  std::string_view bytes_;
  std::size_t offset_ = 0;
};

}  // namespace lake::tables
