#include "lake/takeout/transfer_codings.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace lake::takeout {
namespace {

constexpr std::uint8_t kNone = 255;
constexpr std::uint8_t kPad = 254;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  for (auto& each : values) each = kNone;
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  values['='] = kPad;
  return values;
}
constexpr auto kValues = make_values();

/// What a character gives at each of the four places of a group; kNoGroup where it is none of the alphabet.
constexpr std::uint32_t kNoGroup = 1U << 24U;
constexpr auto kGroups = [] {
  std::array<std::array<std::uint32_t, 256>, 4> groups{};
  for (unsigned place = 0; place < 4; ++place) {
    for (unsigned c = 0; c < 256; ++c)
      groups[place][c] = kValues[c] >= kPad ? kNoGroup : std::uint32_t{kValues[c]} << (18U - 6U * place);
  }
  return groups;
}();

std::uint32_t group_of(const char* text) {
  return kGroups[0][static_cast<unsigned char>(text[0])] | kGroups[1][static_cast<unsigned char>(text[1])] |
         kGroups[2][static_cast<unsigned char>(text[2])] | kGroups[3][static_cast<unsigned char>(text[3])];
}

std::uint32_t value_of(char c) { return kValues[static_cast<unsigned char>(c)]; }

int hex_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

void Base64Decoder::decode(std::string_view text, std::string& out) {
  std::size_t at = out.size();
  out.resize(at + text.size() / 4 * 3 + 6);
  const auto put = [&](std::uint32_t bits, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) out[at++] = static_cast<char>(bits >> (16U - 8U * i));
  };
  std::size_t i = 0;
  while (i < text.size()) {
    // Whole groups of a line, which is nearly all.
    if (count_ == 0) {
      while (i + 4 <= text.size()) {
        const auto group = group_of(text.data() + i);
        if (group >= kNoGroup) break;
        // Four bytes at once, the last of which the next group writes over: there is room for it.
        const auto bytes = __builtin_bswap32(group << 8U);
        std::memcpy(out.data() + at, &bytes, sizeof bytes);
        at += 3;
        i += 4;
      }
      if (i == text.size()) break;
    }
    const auto value = value_of(text[i++]);
    if (value == kNone) continue;
    if (value == kPad) {
      // Two or three characters make one or two bytes; then another text may follow.
      if (count_ >= 2) put(bits_ << (6U * (4 - count_)), count_ - 1);
      bits_ = 0;
      count_ = 0;
      continue;
    }
    bits_ = bits_ << 6U | value;
    if (++count_ < 4) continue;
    put(bits_, 3);
    bits_ = 0;
    count_ = 0;
  }
  out.resize(at);
}

void append_hex_coded(std::string_view text, char escape, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == escape && i + 2 < text.size() && hex_of(text[i + 1]) >= 0 && hex_of(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_of(text[i + 1]) * 16 + hex_of(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
}

void QuotedPrintableDecoder::decode(std::string_view line, std::string& out) {
  std::string joined;
  if (!held_.empty()) {
    joined = held_ + std::string(line);
    held_.clear();
    line = joined;
  }
  std::string_view end;
  if (line.ends_with('\n')) {
    end = line.ends_with("\r\n") ? "\r\n" : "\n";
    line.remove_suffix(end.size());
    while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
    if (line.ends_with('=')) {  // a soft line end
      line.remove_suffix(1);
      end = {};
    }
  } else {
    const auto escape = line.rfind('=');
    if (escape != std::string_view::npos && escape + 3 > line.size()) {
      held_ = line.substr(escape);
      line.remove_suffix(held_.size());
    }
  }
  append_hex_coded(line, '=', out);
  out += end;
}

}  // namespace lake::takeout
