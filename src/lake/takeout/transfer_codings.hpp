#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lake::takeout {

/// Base64 that arrives in pieces. Bytes that are none of its alphabet are passed over. Threads: one.
class Base64Decoder {
 public:
  /// Appends what is complete.
  void decode(std::string_view text, std::string& out);

 private:
  std::uint32_t bits_ = 0;
  unsigned count_ = 0;  // of characters in bits_
};

/// Quoted-printable, line by line.
class QuotedPrintableDecoder {
 public:
  /// `line` with its line end, or a piece of it.
  void decode(std::string_view line, std::string& out);

 private:
  std::string held_;  // an escape cut by the end of a piece
};

/// Appends `text` with each `escape` and two hexadecimal digits as the byte they mean; an escape without them
/// stays.
void append_hex_coded(std::string_view text, char escape, std::string& out);

}  // namespace lake::takeout
