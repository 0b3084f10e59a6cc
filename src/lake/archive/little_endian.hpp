#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace lake::archive {

/// Unsigned little-endian number at the start of `bytes`, which must hold it.
template <class T>
T little_endian(std::span<const std::byte> bytes) {
  T value = 0;
  for (std::size_t i = sizeof(T); i > 0; --i) {
    value = static_cast<T>(static_cast<T>(value << 8U) | static_cast<T>(bytes[i - 1]));
  }
  return value;
}
inline std::uint16_t le16(std::span<const std::byte> bytes) { return little_endian<std::uint16_t>(bytes); }
inline std::uint32_t le32(std::span<const std::byte> bytes) { return little_endian<std::uint32_t>(bytes); }
inline std::uint64_t le64(std::span<const std::byte> bytes) { return little_endian<std::uint64_t>(bytes); }

inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace lake::archive
