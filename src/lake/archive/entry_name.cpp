#include "lake/archive/entry_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "lake/codec/utf8.hpp"

namespace lake::archive {
namespace {

constexpr std::size_t kComponentBytesMax = 255;
constexpr std::size_t kNameBytesMax = 4096;
constexpr std::size_t kPrintedBytesMax = 200;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// 0x80..0xFF of IBM code page 437.
constexpr std::array<std::uint16_t, 128> kCp437 = {
    0x00C7, 0x00FC, 0x00E9, 0x00E2, 0x00E4, 0x00E0, 0x00E5, 0x00E7, 0x00EA, 0x00EB, 0x00E8, 0x00EF, 0x00EE,
    0x00EC, 0x00C4, 0x00C5, 0x00C9, 0x00E6, 0x00C6, 0x00F4, 0x00F6, 0x00F2, 0x00FB, 0x00F9, 0x00FF, 0x00D6,
    0x00DC, 0x00A2, 0x00A3, 0x00A5, 0x20A7, 0x0192, 0x00E1, 0x00ED, 0x00F3, 0x00FA, 0x00F1, 0x00D1, 0x00AA,
    0x00BA, 0x00BF, 0x2310, 0x00AC, 0x00BD, 0x00BC, 0x00A1, 0x00AB, 0x00BB, 0x2591, 0x2592, 0x2593, 0x2502,
    0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255D, 0x255C, 0x255B, 0x2510, 0x2514,
    0x2534, 0x252C, 0x251C, 0x2500, 0x253C, 0x255E, 0x255F, 0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550,
    0x256C, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256B, 0x256A, 0x2518, 0x250C,
    0x2588, 0x2584, 0x258C, 0x2590, 0x2580, 0x03B1, 0x00DF, 0x0393, 0x03C0, 0x03A3, 0x03C3, 0x00B5, 0x03C4,
    0x03A6, 0x0398, 0x03A9, 0x03B4, 0x221E, 0x03C6, 0x03B5, 0x2229, 0x2261, 0x00B1, 0x2265, 0x2264, 0x2320,
    0x2321, 0x00F7, 0x2248, 0x00B0, 0x2219, 0x00B7, 0x221A, 0x207F, 0x00B2, 0x25A0, 0x00A0};

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string replace_wrong_bytes(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto point = codec::first_code_point(text.substr(at));
    out += point ? text.substr(at, point->bytes) : kReplacement;
    at += point ? point->bytes : 1;
  }
  return out;
}

bool is_control(std::uint32_t point) { return point < 0x20 || (point >= 0x7F && point < 0xA0); }

bool is_direction_mark(std::uint32_t point) {
  return point == 0x200E || point == 0x200F || point == 0x061C || (point >= 0x202A && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069);
}

bool is_reserved_device(std::string_view component) {
  std::string stem(component.substr(0, component.find('.')));
  while (!stem.empty() && stem.back() == ' ') stem.pop_back();
  std::ranges::transform(stem, stem.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  static constexpr std::array<std::string_view, 6> kWhole = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"};
  if (std::ranges::find(kWhole, stem) != kWhole.end()) return true;
  return stem.size() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")) && stem[3] >= '1' &&
         stem[3] <= '9';
}

/// Which hazards were met, each once.
class HazardSet {
 public:
  void add(NameHazard hazard) { met_[static_cast<std::size_t>(hazard)] = true; }
  [[nodiscard]] std::vector<NameHazard> list() const {
    std::vector<NameHazard> all;
    for (std::size_t i = 0; i < met_.size(); ++i) {
      if (met_[i]) all.push_back(static_cast<NameHazard>(i));
    }
    return all;
  }

 private:
  std::array<bool, static_cast<std::size_t>(NameHazard::kNotUtf8) + 1> met_{};
};

void inspect_characters(std::string_view name, HazardSet& hazards) {
  for (std::size_t at = 0; at < name.size();) {
    const auto point = codec::first_code_point(name.substr(at));
    if (!point) hazards.add(NameHazard::kNotUtf8);
    if (point && point->value == 0) hazards.add(NameHazard::kNul);
    if (point && point->value != 0 && is_control(point->value)) hazards.add(NameHazard::kControl);
    if (point && is_direction_mark(point->value)) hazards.add(NameHazard::kTextDirection);
    if (name[at] == '\\') hazards.add(NameHazard::kBackslash);
    if (name[at] == ':') hazards.add(NameHazard::kColon);
    at += point ? point->bytes : 1;
  }
}

void inspect_component(std::string_view component, HazardSet& hazards) {
  if (component == "..") hazards.add(NameHazard::kTraversal);
  if (component.size() > kComponentBytesMax) hazards.add(NameHazard::kTooLong);
  if (is_reserved_device(component)) hazards.add(NameHazard::kReservedDevice);
  const bool dots = component == "." || component == "..";
  if (!component.empty() && !dots && (component.back() == '.' || component.back() == ' '))
    hazards.add(NameHazard::kTrailingDot);
}

}  // namespace

bool is_utf8(std::string_view text) { return codec::is_utf8(text); }

std::string decode_cp437(std::string_view stored) {
  std::string out;
  for (const char c : stored) {
    const auto byte = static_cast<unsigned char>(c);
    codec::append_code_point(byte < 0x80 ? byte : kCp437[byte - 0x80U], out);
  }
  return out;
}

EntryName decode_utf8_name(std::string_view stored) {
  if (is_utf8(stored)) return {std::string(stored), NameOrigin::kUtf8};
  return {replace_wrong_bytes(stored), NameOrigin::kReplaced};
}

EntryName decode_name(std::string_view stored, bool declared_utf8) {
  if (declared_utf8 || is_ascii(stored)) return decode_utf8_name(stored);
  // Many writers store UTF-8 without saying so; text of code page 437 is hardly ever well-formed UTF-8.
  if (is_utf8(stored)) return {std::string(stored), NameOrigin::kUtf8Guessed};
  return {decode_cp437(stored), NameOrigin::kCp437};
}

std::string_view name_of(NameHazard hazard) {
  static constexpr std::array<std::string_view, 12> kNames = {
      "empty",           "nul",          "control", "text_direction", "absolute", "traversal", "backslash",
      "reserved_device", "trailing_dot", "colon",   "too_long",       "not_utf8"};
  return kNames.at(static_cast<std::size_t>(hazard));
}

std::string_view describe(NameHazard hazard) {
  static constexpr std::array<std::string_view, 12> kSentences = {
      "the name is empty",
      "the name contains a NUL byte",
      "the name contains control characters",
      "the name contains marks that turn the direction of text",
      "the name begins at the root of a file system",
      "the name leads out of its folder with ..",
      "the name contains a backslash, which is a separator on some systems",
      "the name is that of a device on some systems",
      "a part of the name ends in a dot or a space, which some systems drop",
      "the name contains a colon, which names a drive or a stream on some systems",
      "the name is longer than file systems allow",
      "the name is not well-formed UTF-8"};
  return kSentences.at(static_cast<std::size_t>(hazard));
}

std::vector<NameHazard> hazards_of(std::string_view name) {
  HazardSet hazards;
  if (name.empty()) hazards.add(NameHazard::kEmpty);
  inspect_characters(name, hazards);
  const bool drive =
      name.size() >= 2 && name[1] == ':' && std::isalpha(static_cast<unsigned char>(name[0])) != 0;
  if (name.starts_with('/') || name.starts_with('\\') || drive) hazards.add(NameHazard::kAbsolute);
  if (name.size() > kNameBytesMax) hazards.add(NameHazard::kTooLong);
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find_first_of("/\\", begin), name.size());
    inspect_component(name.substr(begin, end - begin), hazards);
    begin = end + 1;
  }
  return hazards.list();
}

std::string printable_name(std::string_view name) {
  std::string out = "'";
  std::size_t at = 0;
  while (at < name.size() && out.size() < kPrintedBytesMax) {
    const auto point = codec::first_code_point(name.substr(at));
    if (!point) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(name[at]));
    } else if (is_control(point->value) || is_direction_mark(point->value) || point->value == 0x2028 ||
               point->value == 0x2029) {
      out += fmt::format("\\u{:04x}", point->value);
    } else if (name[at] == '\\' || name[at] == '\'') {
      out += '\\';
      out += name[at];
    } else {
      out += name.substr(at, point->bytes);
    }
    at += point ? point->bytes : 1;
  }
  out += at < name.size() ? "...'" : "'";
  return out;
}

}  // namespace lake::archive
