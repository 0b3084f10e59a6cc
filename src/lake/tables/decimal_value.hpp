#pragma once

#include "lake/codec/int128.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

inline codec::Int128 wide(duckdb::hugeint_t value) {
  return static_cast<codec::Int128>(
      (static_cast<codec::Uint128>(static_cast<std::uint64_t>(value.upper)) << 64U) | value.lower);
}

/// The integer that a DECIMAL is stored as: 1.50 of scale 2 is 150.
inline codec::Int128 unscaled(const duckdb::Value& value) {
  switch (value.type().InternalType()) {
    case duckdb::PhysicalType::INT16:
      return value.GetValueUnsafe<std::int16_t>();
    case duckdb::PhysicalType::INT32:
      return value.GetValueUnsafe<std::int32_t>();
    case duckdb::PhysicalType::INT64:
      return value.GetValueUnsafe<std::int64_t>();
    default:
      return wide(value.GetValueUnsafe<duckdb::hugeint_t>());
  }
}

}  // namespace lake::tables
