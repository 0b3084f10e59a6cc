#pragma once

#include <compare>
#include <cstdint>

#include "lake/base/assert.hpp"

namespace lake {

/// Address of one row inside one table: `file_id << 28 | position`, as a non-negative 63-bit number.
/// Shape: file ids 0..2^35-1 for each table, positions 0..2^28-1 in each file or segment. The same scheme
/// serves Parquet files and inline segments, so deletes, indexes and DML never ask which it is.
class RowAddress {
 public:
  static constexpr unsigned kPositionBits = 28;
  static constexpr std::uint64_t kRowsPerFileMax = 1ULL << kPositionBits;
  static constexpr std::uint64_t kFileIdMax = (1ULL << 35U) - 1;

  RowAddress(std::uint64_t file_id, std::uint64_t position) : value_((file_id << kPositionBits) | position) {
    LAKE_DEBUG_ASSERT(file_id <= kFileIdMax && position < kRowsPerFileMax);
  }
  static RowAddress from_value(std::int64_t value) { return RowAddress(static_cast<std::uint64_t>(value)); }

  [[nodiscard]] std::uint64_t file_id() const { return value_ >> kPositionBits; }
  [[nodiscard]] std::uint64_t position() const { return value_ & (kRowsPerFileMax - 1); }
  [[nodiscard]] std::int64_t value() const { return static_cast<std::int64_t>(value_); }
  auto operator<=>(const RowAddress&) const = default;

 private:
  explicit RowAddress(std::uint64_t value) : value_(value) {}
  std::uint64_t value_;
};

}  // namespace lake
