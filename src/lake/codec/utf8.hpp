#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lake::codec {

/// One decoded code point and the bytes it took.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;
};

/// Decodes the code point that begins `text`; nullopt when the bytes are not well-formed UTF-8 (RFC 3629: no
/// surrogates, no overlong forms, nothing above U+10FFFF) or `text` is empty.
std::optional<CodePoint> first_code_point(std::string_view text);

/// Whether all of `text` is well-formed.
bool is_utf8(std::string_view text);

/// Appends the UTF-8 form of `value`, which must be a Unicode scalar value.
void append_code_point(std::uint32_t value, std::string& out);

/// Bytes of the first `count` code points of `text`, all of it when there are fewer. A byte that begins no
/// well-formed code point counts as one.
std::size_t prefix_bytes(std::string_view text, std::size_t count);

}  // namespace lake::codec
