#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lake/codec/int128.hpp"

namespace lake::codec {

/// Iceberg partition transforms on plain values (Iceberg table specification, "Partition Transforms" and
/// Appendix B). NULL stays NULL in every transform: the caller keeps it away. Threads: pure functions.

/// Murmur3 x86 32-bit (Appleby, public domain), seed 0 in Iceberg.
std::uint32_t murmur3_x86_32(std::string_view bytes, std::uint32_t seed = 0);

/// Hash of int, long, date (days), time (us) and timestamp (us): all as a 64-bit little-endian number.
std::int32_t hash_integer(std::int64_t value);
/// Hash of a nanosecond timestamp: that of its microseconds, rounded down.
std::int32_t hash_timestamp_nanos(std::int64_t nanos);
/// Hash of a decimal's unscaled value as minimal big-endian two's complement.
std::int32_t hash_decimal(Int128 unscaled);
/// Hash of a string's UTF-8 bytes, or of a binary or fixed value.
std::int32_t hash_bytes(std::string_view bytes);
std::int32_t hash_uuid(const UuidBytes& uuid);

/// bucket[count]: 0..count-1. `count` > 0.
std::int32_t bucket(std::int32_t hash, std::int32_t count);

/// truncate[width], `width` > 0: the multiple of `width` at or below the value. Values nearer than `width` to
/// the least value of the type wrap around as in the reference implementation, so the result is not monotone
/// there.
std::int32_t truncate_int32(std::int32_t value, std::int32_t width);
std::int64_t truncate_int64(std::int64_t value, std::int32_t width);
/// `width` counts units of the unscaled value.
Int128 truncate_decimal(Int128 unscaled, std::int32_t width);
/// The first `width` code points; a view into `text`.
std::string_view truncate_text(std::string_view text, std::int32_t width);
/// The first `width` bytes; a view into `bytes`.
std::string_view truncate_binary(std::string_view bytes, std::int32_t width);

/// Whole years, months, days or hours since 1970-01-01T00:00, rounded down, from days or from microseconds
/// since then. Dates are proleptic Gregorian.
std::int32_t years_from_days(std::int32_t days);
std::int32_t months_from_days(std::int32_t days);
std::int32_t years_from_micros(std::int64_t micros);
std::int32_t months_from_micros(std::int64_t micros);
std::int32_t days_from_micros(std::int64_t micros);
/// A 64-bit microsecond range has more hours than 32 bits hold; the ends (about year 246,000) saturate.
std::int32_t hours_from_micros(std::int64_t micros);

/// Partition values for people and paths: "2017", "2017-11", "2017-11-16", "2017-11-16-22". A year before 0
/// has a minus sign.
std::string year_text(std::int32_t years);
std::string month_text(std::int32_t months);
std::string day_text(std::int32_t days);
std::string hour_text(std::int32_t hours);

/// Unscaled value and scale as text, e.g. (1420, 2) -> "14.20".
std::string decimal_text(Int128 unscaled, std::uint8_t scale);
/// 36 lower-case characters.
std::string uuid_text(const UuidBytes& uuid);

/// Makes `text` fit for one path component: every byte other than letters, digits, '-', '_', '.' becomes %XX;
/// a leading '.' too.
std::string escape_path_value(std::string_view text);

}  // namespace lake::codec
