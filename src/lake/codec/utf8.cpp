#include "lake/codec/utf8.hpp"

#include "lake/base/assert.hpp"

namespace lake::codec {
namespace {

constexpr std::uint32_t kSurrogateFirst = 0xD800;
constexpr std::uint32_t kSurrogateLast = 0xDFFF;
constexpr std::uint32_t kCodePointMax = 0x10FFFF;

}  // namespace

std::optional<CodePoint> first_code_point(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return CodePoint{lead, 1};
  std::size_t bytes = 0;
  std::uint32_t value = 0;
  std::uint32_t value_min = 0;
  if ((lead & 0xE0U) == 0xC0) {
    bytes = 2, value = lead & 0x1FU, value_min = 0x80;
  } else if ((lead & 0xF0U) == 0xE0) {
    bytes = 3, value = lead & 0x0FU, value_min = 0x800;
  } else if ((lead & 0xF8U) == 0xF0) {
    bytes = 4, value = lead & 0x07U, value_min = 0x10000;
  } else {
    return std::nullopt;
  }
  if (text.size() < bytes) return std::nullopt;
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xC0U) != 0x80) return std::nullopt;
    value = (value << 6U) | (next & 0x3FU);
  }
  const bool surrogate = value >= kSurrogateFirst && value <= kSurrogateLast;
  if (value < value_min || value > kCodePointMax || surrogate) return std::nullopt;
  return CodePoint{value, bytes};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto point = first_code_point(text);
    if (!point) return false;
    text.remove_prefix(point->bytes);
  }
  return true;
}

void append_code_point(std::uint32_t value, std::string& out) {
  LAKE_ASSERT(value <= kCodePointMax && (value < kSurrogateFirst || value > kSurrogateLast));
  const auto byte = [&out](std::uint32_t bits) { out.push_back(static_cast<char>(bits)); };
  const auto tail = [&byte, value](unsigned shift) { byte(0x80U | ((value >> shift) & 0x3FU)); };
  if (value < 0x80) {
    byte(value);
  } else if (value < 0x800) {
    byte(0xC0U | (value >> 6U));
    tail(0);
  } else if (value < 0x10000) {
    byte(0xE0U | (value >> 12U));
    tail(6);
    tail(0);
  } else {
    byte(0xF0U | (value >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::size_t prefix_bytes(std::string_view text, std::size_t count) {
  std::size_t bytes = 0;
  for (; count > 0 && bytes < text.size(); --count) {
    const auto point = first_code_point(text.substr(bytes));
    bytes += point ? point->bytes : 1;
  }
  return bytes;
}

}  // namespace lake::codec
