#pragma once

#include <array>
#include <cstdint>

namespace lake::codec {

/// 128-bit integers of the compiler: unscaled values of wide decimals.
using Int128 = __int128;
using Uint128 = unsigned __int128;

/// The 16 bytes of a UUID in the order they are written as text (RFC 9562, big-endian).
using UuidBytes = std::array<std::uint8_t, 16>;

}  // namespace lake::codec
