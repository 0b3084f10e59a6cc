#include <cmath>
#include <cstdint>
#include <string_view>

#include "lake/codec/bounds.hpp"
#include "lake/codec/transform.hpp"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

// Any bytes at all: what decodes encodes back to the same value, bounds enclose their text, nothing is read
// outside.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lake::codec;  // NOLINT(google-build-using-namespace)
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto value = decode_bool(bytes)) require(decode_bool(encode_bool(*value)).value() == *value);
  if (const auto value = decode_int32(bytes)) require(encode_int32(*value) == bytes);
  if (const auto value = decode_int64(bytes)) require(decode_int64(encode_int64(*value)).value() == *value);
  if (const auto value = decode_float(bytes); value && !std::isnan(*value))
    require(encode_float(*value) == bytes);
  if (const auto value = decode_double(bytes); value && !std::isnan(*value))
    require(decode_double(encode_double(*value)).value() == *value);
  if (const auto value = decode_decimal(bytes))
    require(decode_decimal(encode_decimal(*value)).value() == *value);
  if (const auto value = decode_uuid(bytes)) require(encode_uuid(*value) == bytes);
  for (const std::size_t length : {1U, 3U, 16U}) {
    require(lower_bound_text(bytes, length) <= bytes);
    require(lower_bound_binary(bytes, length) <= bytes);
    if (const auto upper = upper_bound_text(bytes, length)) require(*upper >= bytes);
    if (const auto upper = upper_bound_binary(bytes, length)) require(*upper >= bytes);
    require(bytes.starts_with(truncate_text(bytes, static_cast<std::int32_t>(length))));
  }
  return 0;
}
