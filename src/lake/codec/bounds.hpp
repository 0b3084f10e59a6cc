#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/codec/int128.hpp"

namespace lake::codec {

/// Iceberg's single-value serialisation (Iceberg table specification, Appendix D, "Binary single-value
/// serialization"), used for column bounds and partition values. int32 also holds date (days), int64 also
/// time, timestamp (us) and timestamp_ns (ns). Strings and binary values are their own bytes and need no
/// call. Threads: pure functions.

std::string encode_bool(bool value);
std::string encode_int32(std::int32_t value);
std::string encode_int64(std::int64_t value);
/// Must not be NaN: bounds leave NaN out.
std::string encode_float(float value);
std::string encode_double(double value);
/// Unscaled value, big-endian two's complement, fewest bytes (at least one).
std::string encode_decimal(Int128 unscaled);
std::string encode_uuid(const UuidBytes& uuid);

/// Errors of every decode: kCorruption when the length is not the type's own (or that of a type it was
/// promoted from).
Result<bool> decode_bool(std::string_view bytes);
Result<std::int32_t> decode_int32(std::string_view bytes);
/// 8 bytes, or the 4 bytes of a value written before int became long.
Result<std::int64_t> decode_int64(std::string_view bytes);
Result<float> decode_float(std::string_view bytes);
/// 8 bytes, or the 4 bytes of a value written before float became double.
Result<double> decode_double(std::string_view bytes);
/// 1..16 bytes.
Result<Int128> decode_decimal(std::string_view bytes);
Result<UuidBytes> decode_uuid(std::string_view bytes);

/// Zero as a bound: -0.0 sorts before +0.0 in Iceberg while engines call them equal, so a lower bound of zero
/// is -0.0 and an upper one +0.0. Other values unchanged.
double lower_bound_double(double value);
double upper_bound_double(double value);

/// How long a string or binary bound may be, in code points or bytes (the reference implementation's
/// default).
inline constexpr std::size_t kBoundLengthMax = 16;

/// A bound of at most `length_max` code points that is <= `text` in byte order: its prefix.
std::string lower_bound_text(std::string_view text, std::size_t length_max = kBoundLengthMax);
/// A bound of at most `length_max` code points that is >= every string beginning as `text` does: the prefix
/// rounded up at its last code point that can grow. Nothing when none can, or when a cut would have to be
/// made in bytes that are not UTF-8.
std::optional<std::string> upper_bound_text(std::string_view text, std::size_t length_max = kBoundLengthMax);
/// The same in bytes.
std::string lower_bound_binary(std::string_view bytes, std::size_t length_max = kBoundLengthMax);
std::optional<std::string> upper_bound_binary(std::string_view bytes,
                                              std::size_t length_max = kBoundLengthMax);

}  // namespace lake::codec
