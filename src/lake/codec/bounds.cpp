#include "lake/codec/bounds.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "lake/base/assert.hpp"
#include "lake/codec/utf8.hpp"

namespace lake::codec {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint32_t kCodePointMax = 0x10FFFF;
constexpr std::uint32_t kBeforeSurrogates = 0xD7FF;
constexpr std::uint32_t kAfterSurrogates = 0xE000;

template <class T>
std::string stored(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <class T>
T loaded(std::string_view bytes) {
  T value;
  bytes.copy(reinterpret_cast<char*>(&value), sizeof value);
  return value;
}

Error wrong_length(std::string_view type, std::size_t found) {
  return {ErrorCode::kCorruption, "stored value of type " + std::string(type) +
                                      " has a wrong length: " + std::to_string(found) + " bytes"};
}

template <class T>
Result<T> decoded(std::string_view type, std::string_view bytes) {
  if (bytes.size() != sizeof(T)) return wrong_length(type, bytes.size());
  return loaded<T>(bytes);
}

/// Code points of `text`; nothing when it is not UTF-8.
std::optional<std::vector<std::uint32_t>> code_points(std::string_view text) {
  std::vector<std::uint32_t> points;
  while (!text.empty()) {
    const auto point = first_code_point(text);
    if (!point) return std::nullopt;
    points.push_back(point->value);
    text.remove_prefix(point->bytes);
  }
  return points;
}

}  // namespace

std::string encode_bool(bool value) { return std::string(1, value ? 1 : 0); }
std::string encode_int32(std::int32_t value) { return stored(value); }
std::string encode_int64(std::int64_t value) { return stored(value); }

std::string encode_float(float value) {
  LAKE_DEBUG_ASSERT(!std::isnan(value));
  return stored(value);
}

std::string encode_double(double value) {
  LAKE_DEBUG_ASSERT(!std::isnan(value));
  return stored(value);
}

std::string encode_decimal(Int128 unscaled) {
  std::string bytes;
  while (true) {
    bytes.push_back(static_cast<char>(static_cast<Uint128>(unscaled) & 0xFFU));
    const bool sign_kept = (static_cast<std::uint8_t>(bytes.back()) & 0x80U) != 0;
    unscaled >>= 8;
    if ((unscaled == 0 && !sign_kept) || (unscaled == -1 && sign_kept)) break;
  }
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

std::string encode_uuid(const UuidBytes& uuid) {
  return {reinterpret_cast<const char*>(uuid.data()), uuid.size()};
}

Result<bool> decode_bool(std::string_view bytes) {
  if (bytes.size() != 1) return wrong_length("boolean", bytes.size());
  return bytes[0] != 0;
}

Result<std::int32_t> decode_int32(std::string_view bytes) { return decoded<std::int32_t>("int", bytes); }

Result<std::int64_t> decode_int64(std::string_view bytes) {
  if (bytes.size() == sizeof(std::int32_t)) return loaded<std::int32_t>(bytes);
  return decoded<std::int64_t>("long", bytes);
}

Result<float> decode_float(std::string_view bytes) { return decoded<float>("float", bytes); }

Result<double> decode_double(std::string_view bytes) {
  if (bytes.size() == sizeof(float)) return static_cast<double>(loaded<float>(bytes));
  return decoded<double>("double", bytes);
}

Result<Int128> decode_decimal(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > sizeof(Int128)) return wrong_length("decimal", bytes.size());
  const bool negative = (static_cast<std::uint8_t>(bytes[0]) & 0x80U) != 0;
  Uint128 value = negative ? ~static_cast<Uint128>(0) : 0;
  for (const char byte : bytes) value = (value << 8U) | static_cast<std::uint8_t>(byte);
  return static_cast<Int128>(value);
}

Result<UuidBytes> decode_uuid(std::string_view bytes) { return decoded<UuidBytes>("uuid", bytes); }

double lower_bound_double(double value) { return value == 0 ? -0.0 : value; }
double upper_bound_double(double value) { return value == 0 ? 0.0 : value; }

std::string lower_bound_text(std::string_view text, std::size_t length_max) {
  return std::string(text.substr(0, prefix_bytes(text, length_max)));
}

std::optional<std::string> upper_bound_text(std::string_view text, std::size_t length_max) {
  const std::size_t bytes = prefix_bytes(text, length_max);
  if (bytes == text.size()) return std::string(text);
  auto points = code_points(text.substr(0, bytes));
  if (!points) return std::nullopt;
  while (!points->empty() && points->back() == kCodePointMax) points->pop_back();
  if (points->empty()) return std::nullopt;
  points->back() = points->back() == kBeforeSurrogates ? kAfterSurrogates : points->back() + 1;
  std::string bound;
  for (const std::uint32_t point : *points) append_code_point(point, bound);
  return bound;
}

std::string lower_bound_binary(std::string_view bytes, std::size_t length_max) {
  return std::string(bytes.substr(0, length_max));
}

std::optional<std::string> upper_bound_binary(std::string_view bytes, std::size_t length_max) {
  if (bytes.size() <= length_max) return std::string(bytes);
  std::string bound(bytes.substr(0, length_max));
  while (!bound.empty() && bound.back() == '\xFF') bound.pop_back();
  if (bound.empty()) return std::nullopt;
  bound.back() = static_cast<char>(static_cast<std::uint8_t>(bound.back()) + 1);
  return bound;
}

}  // namespace lake::codec
