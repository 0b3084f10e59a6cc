#include "lake/ingest/utf8_lines.hpp"

#include <algorithm>
#include <cstring>

namespace lake::ingest {

/// One byte of a character that is not ASCII, as Unicode table 3-7 has them: false where it may not stand.
bool Utf8Lines::step(std::uint8_t byte) {
  if (lacking_ > 0) {
    if (byte < low_ || byte > high_) return false;
    low_ = 0x80;
    high_ = 0xBF;
    --lacking_;
    return true;
  }
  if (byte < 0x80) return true;
  if (byte < 0xC2 || byte > 0xF4) return false;
  lacking_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
  if (byte == 0xE0) low_ = 0xA0;
  if (byte == 0xED) high_ = 0x9F;  // no surrogates
  if (byte == 0xF0) low_ = 0x90;
  if (byte == 0xF4) high_ = 0x8F;
  return true;
}

void Utf8Lines::add(std::span<const std::byte> piece) {
  if (flaw_) return;
  constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;
  const auto lines_until = [&](std::size_t end) {
    return static_cast<std::uint64_t>(
        std::count(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(end), std::byte{'\n'}));
  };
  for (std::size_t at = 0; at < piece.size();) {
    std::uint64_t word = 0;
    if (lacking_ == 0 && piece.size() - at >= sizeof word) {
      std::memcpy(&word, piece.data() + at, sizeof word);
      if ((word & kHighBits) == 0) {
        at += sizeof word;
        continue;
      }
    }
    const auto byte = std::to_integer<std::uint8_t>(piece[at]);
    if (!step(byte)) {
      flaw_ = {lines_ + lines_until(at), byte, false};
      return;
    }
    ++at;
  }
  lines_ += lines_until(piece.size());
}

void Utf8Lines::end() {
  if (!flaw_ && lacking_ > 0) flaw_ = {lines_, 0, true};
}

}  // namespace lake::ingest
