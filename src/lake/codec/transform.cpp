#include "lake/codec/transform.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "lake/base/assert.hpp"
#include "lake/codec/bounds.hpp"
#include "lake/codec/utf8.hpp"

namespace lake::codec {
namespace {

constexpr std::int64_t kMicrosPerHour = 3'600'000'000;
constexpr std::int64_t kMicrosPerDay = 24 * kMicrosPerHour;
constexpr std::int32_t kEpochYear = 1970;

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  const std::int64_t quotient = value / by;
  return value % by < 0 ? quotient - 1 : quotient;
}

struct CivilDate {
  std::int64_t year = 0;
  unsigned month = 0;  // 1..12
  unsigned day = 0;    // 1..31
};

/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
CivilDate civil_from_days(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = floor_divide(days, 146'097);
  const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

std::string padded(std::int64_t number, std::size_t width) {
  std::string digits = std::to_string(number < 0 ? -number : number);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return number < 0 ? "-" + digits : digits;
}

std::uint32_t load_u32(const char* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class Unsigned, class Signed>
Signed truncate_wrapping(Signed value, std::int32_t width) {
  LAKE_ASSERT(width > 0);
  const Signed remainder = static_cast<Signed>(value % width);
  const auto above = static_cast<Unsigned>(remainder < 0 ? remainder + width : remainder);
  return static_cast<Signed>(static_cast<Unsigned>(value) - above);
}

}  // namespace

std::uint32_t murmur3_x86_32(std::string_view bytes, std::uint32_t seed) {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::uint32_t kFirst = 0xCC9E2D51;
  constexpr std::uint32_t kSecond = 0x1B873593;
  const auto scrambled = [](std::uint32_t block) { return std::rotl(block * kFirst, 15) * kSecond; };
  std::uint32_t hash = seed;
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    hash = std::rotl(hash ^ scrambled(load_u32(bytes.data() + at)), 13) * 5 + 0xE6546B64U;
  }
  std::uint32_t tail = 0;
  for (std::size_t i = bytes.size(); i > at; --i)
    tail = (tail << 8U) | static_cast<std::uint8_t>(bytes[i - 1]);
  if (at < bytes.size()) hash ^= scrambled(tail);
  hash ^= static_cast<std::uint32_t>(bytes.size());
  hash = (hash ^ (hash >> 16U)) * 0x85EBCA6BU;
  hash = (hash ^ (hash >> 13U)) * 0xC2B2AE35U;
  return hash ^ (hash >> 16U);
}

std::int32_t hash_bytes(std::string_view bytes) { return static_cast<std::int32_t>(murmur3_x86_32(bytes)); }

std::int32_t hash_integer(std::int64_t value) {
  return hash_bytes({reinterpret_cast<const char*>(&value), sizeof value});
}

std::int32_t hash_timestamp_nanos(std::int64_t nanos) { return hash_integer(floor_divide(nanos, 1000)); }

std::int32_t hash_decimal(Int128 unscaled) { return hash_bytes(encode_decimal(unscaled)); }

std::int32_t hash_uuid(const UuidBytes& uuid) {
  return hash_bytes({reinterpret_cast<const char*>(uuid.data()), uuid.size()});
}

std::int32_t bucket(std::int32_t hash, std::int32_t count) {
  LAKE_ASSERT(count > 0);
  return (hash & std::numeric_limits<std::int32_t>::max()) % count;
}

std::int32_t truncate_int32(std::int32_t value, std::int32_t width) {
  LAKE_ASSERT(width > 0);
  return static_cast<std::int32_t>(truncate_int64(value, width));
}

std::int64_t truncate_int64(std::int64_t value, std::int32_t width) {
  return truncate_wrapping<std::uint64_t>(value, width);
}

Int128 truncate_decimal(Int128 unscaled, std::int32_t width) {
  return truncate_wrapping<Uint128>(unscaled, width);
}

std::string_view truncate_text(std::string_view text, std::int32_t width) {
  LAKE_ASSERT(width > 0);
  return text.substr(0, prefix_bytes(text, static_cast<std::size_t>(width)));
}

std::string_view truncate_binary(std::string_view bytes, std::int32_t width) {
  LAKE_ASSERT(width > 0);
  return bytes.substr(0, static_cast<std::size_t>(width));
}

std::int32_t years_from_days(std::int32_t days) {
  return static_cast<std::int32_t>(civil_from_days(days).year - kEpochYear);
}

std::int32_t months_from_days(std::int32_t days) {
  const CivilDate date = civil_from_days(days);
  return static_cast<std::int32_t>((date.year - kEpochYear) * 12 + date.month - 1);
}

std::int32_t days_from_micros(std::int64_t micros) {
  return static_cast<std::int32_t>(floor_divide(micros, kMicrosPerDay));
}

std::int32_t years_from_micros(std::int64_t micros) { return years_from_days(days_from_micros(micros)); }

std::int32_t months_from_micros(std::int64_t micros) { return months_from_days(days_from_micros(micros)); }

std::int32_t hours_from_micros(std::int64_t micros) {
  const std::int64_t hours = floor_divide(micros, kMicrosPerHour);
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(hours, std::numeric_limits<std::int32_t>::min(),
                                                            std::numeric_limits<std::int32_t>::max()));
}

std::string year_text(std::int32_t years) { return padded(static_cast<std::int64_t>(years) + kEpochYear, 4); }

std::string month_text(std::int32_t months) {
  const std::int64_t years = floor_divide(months, 12);
  return padded(years + kEpochYear, 4) + "-" + padded(months - years * 12 + 1, 2);
}

std::string day_text(std::int32_t days) {
  const CivilDate date = civil_from_days(days);
  return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2);
}

std::string hour_text(std::int32_t hours) {
  const std::int64_t days = floor_divide(hours, 24);
  return day_text(static_cast<std::int32_t>(days)) + "-" + padded(hours - days * 24, 2);
}

std::string decimal_text(Int128 unscaled, std::uint8_t scale) {
  const bool negative = unscaled < 0;
  Uint128 rest = negative ? ~static_cast<Uint128>(unscaled) + 1 : static_cast<Uint128>(unscaled);
  std::string text;  // last digit first
  for (std::size_t digit_count = 0; rest != 0 || digit_count <= scale; ++digit_count, rest /= 10) {
    if (digit_count == scale && scale > 0) text.push_back('.');
    text.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
  }
  if (negative) text.push_back('-');
  std::reverse(text.begin(), text.end());
  return text;
}

std::string uuid_text(const UuidBytes& uuid) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kHex[uuid[i] >> 4U]);
    text.push_back(kHex[uuid[i] & 15U]);
  }
  return text;
}

std::string escape_path_value(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    const bool plain =
        letter || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || (byte == '.' && i > 0);
    if (plain) {
      escaped.push_back(static_cast<char>(byte));
    } else {
      escaped.push_back('%');
      escaped.push_back(kHex[byte >> 4U]);
      escaped.push_back(kHex[byte & 15U]);
    }
  }
  return escaped;
}

}  // namespace lake::codec
