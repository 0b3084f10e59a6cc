// The few tags of EXIF that a lake has columns for. A TIFF structure is directories of 12-byte entries, whose
// values lie anywhere in the text: every offset is checked, and a fixed number of directories and entries is
// looked at.
#include <algorithm>
#include <array>
#include <cmath>

#include "lake/takeout/json_members.hpp"
#include "lake/takeout/media_headers.hpp"

namespace lake::takeout {
namespace {

constexpr std::size_t kEntriesMax = 512;
constexpr std::size_t kTextBytesMax = 256;

enum Tag : std::uint16_t {
  kImageWidth = 0x0100,
  kImageHeight = 0x0101,
  kMake = 0x010F,
  kModel = 0x0110,
  kOrientation = 0x0112,
  kDateTime = 0x0132,
  kExifDirectory = 0x8769,
  kGpsDirectory = 0x8825,
  kDateTimeOriginal = 0x9003,
  kOffsetTime = 0x9010,
  kOffsetTimeOriginal = 0x9011,
  kPixelWidth = 0xA002,
  kPixelHeight = 0xA003,
};
enum GpsTag : std::uint16_t { kLatRef = 1, kLat = 2, kLonRef = 3, kLon = 4, kAltRef = 5, kAlt = 6 };

class Tiff {
 public:
  explicit Tiff(std::string_view text) : text_(text), is_big_(text.starts_with("MM")) {}
  [[nodiscard]] bool is_tiff() const {
    return text_.size() >= 8 && (is_big_ || text_.starts_with("II")) && number(2, 2) == 42;
  }
  /// 0 beyond the text.
  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t bytes) const {
    if (at > text_.size() || bytes > text_.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      const auto digit = static_cast<unsigned char>(text_[at + (is_big_ ? i : bytes - 1 - i)]);
      value = value << 8U | digit;
    }
    return value;
  }

  struct Entry {
    std::uint16_t tag = 0;
    std::uint16_t type = 0;
    std::uint32_t count = 0;
    std::size_t at = 0;  // of the value's first byte
  };
  /// Calls `take(entry)` for each entry whose value lies inside the text.
  template <class Take>
  void each_entry(std::size_t directory, Take&& take) const {
    if (directory == 0 || directory >= text_.size()) return;
    const auto count = std::min<std::size_t>(number(directory, 2), kEntriesMax);
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = directory + 2 + i * 12;
      if (at + 12 > text_.size()) return;
      Entry entry{static_cast<std::uint16_t>(number(at, 2)), static_cast<std::uint16_t>(number(at + 2, 2)),
                  number(at + 4, 4), at + 8};
      const std::uint64_t bytes = std::uint64_t{entry.count} * size_of(entry.type);
      if (bytes == 0) continue;
      if (bytes > 4) entry.at = number(at + 8, 4);
      if (entry.at > text_.size() || bytes > text_.size() - entry.at) continue;
      take(entry);
    }
  }
  [[nodiscard]] std::optional<std::int64_t> integer(const Entry& entry) const {
    if (entry.type == 3) return number(entry.at, 2);
    if (entry.type == 4) return number(entry.at, 4);
    if (entry.type == 1) return number(entry.at, 1);
    return std::nullopt;
  }
  [[nodiscard]] std::string text(const Entry& entry) const {
    if (entry.type != 2) return "";
    auto found = text_.substr(entry.at, std::min<std::size_t>(entry.count, kTextBytesMax));
    found = found.substr(0, found.find('\0'));
    while (!found.empty() && found.back() == ' ') found.remove_suffix(1);
    return is_utf8(found) ? std::string(found) : repaired_utf8(found);
  }
  /// A fraction of an unsigned rational.
  [[nodiscard]] std::optional<double> fraction(const Entry& entry, std::size_t index) const {
    if (entry.type != 5 || index >= entry.count) return std::nullopt;
    const auto below = number(entry.at + index * 8 + 4, 4);
    if (below == 0) return std::nullopt;
    return static_cast<double>(number(entry.at + index * 8, 4)) / below;
  }

 private:
  static std::size_t size_of(std::uint16_t type) {
    constexpr std::array<std::size_t, 13> kSizes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};
    return type < kSizes.size() ? kSizes[type] : 0;
  }
  std::string_view text_;
  bool is_big_;
};

/// "2019:08:12 14:47:21"
std::optional<std::int64_t> local_time(std::string text) {
  if (text.size() < 19 || text[4] != ':' || text[7] != ':') return std::nullopt;
  text.resize(19);
  text[4] = text[7] = '-';
  const auto time = parse_iso(text);
  return time ? std::optional(time->micros) : std::nullopt;
}

/// "+02:00"
std::optional<std::int64_t> offset_minutes(const std::string& text) {
  const auto time = parse_iso("2000-01-01T12:00:00" + text);
  if (!time || !time->offset_minutes) return std::nullopt;
  return *time->offset_minutes;
}

std::optional<double> angle(const Tiff& tiff, const Tiff::Entry& entry) {
  const auto degrees = tiff.fraction(entry, 0);
  if (!degrees) return std::nullopt;
  return *degrees + tiff.fraction(entry, 1).value_or(0) / 60 + tiff.fraction(entry, 2).value_or(0) / 3600;
}

void read_gps(const Tiff& tiff, std::size_t directory, MediaHeader& header) {
  std::optional<double> lat;
  std::optional<double> lon;
  bool is_south = false;
  bool is_west = false;
  bool is_below = false;
  tiff.each_entry(directory, [&](const Tiff::Entry& entry) {
    if (entry.tag == kLatRef) is_south = tiff.text(entry).starts_with('S');
    if (entry.tag == kLonRef) is_west = tiff.text(entry).starts_with('W');
    if (entry.tag == kLat) lat = angle(tiff, entry);
    if (entry.tag == kLon) lon = angle(tiff, entry);
    if (entry.tag == kAltRef) is_below = tiff.integer(entry).value_or(0) == 1;
    if (entry.tag == kAlt) header.altitude_m = tiff.fraction(entry, 0);
  });
  if (is_below && header.altitude_m) header.altitude_m = -*header.altitude_m;
  // Cameras without a fix write zeros.
  if (!lat || !lon || (*lat == 0 && *lon == 0) || *lat > 90) return;
  header.place = place_of_degrees(is_south ? -*lat : *lat, is_west ? -*lon : *lon);
}

}  // namespace

void read_exif(std::string_view text, MediaHeader& header) {
  const Tiff tiff(text);
  if (!tiff.is_tiff()) return;
  std::size_t exif = 0;
  std::size_t gps = 0;
  std::optional<std::int64_t> changed;
  tiff.each_entry(tiff.number(4, 4), [&](const Tiff::Entry& entry) {
    if (entry.tag == kMake) header.camera_make = tiff.text(entry);
    if (entry.tag == kModel) header.camera_model = tiff.text(entry);
    if (entry.tag == kOrientation) header.orientation = tiff.integer(entry);
    if (entry.tag == kDateTime) changed = local_time(tiff.text(entry));
    if (entry.tag == kExifDirectory) exif = static_cast<std::size_t>(tiff.integer(entry).value_or(0));
    if (entry.tag == kGpsDirectory) gps = static_cast<std::size_t>(tiff.integer(entry).value_or(0));
  });
  std::optional<std::int64_t> any_offset;
  tiff.each_entry(exif, [&](const Tiff::Entry& entry) {
    if (entry.tag == kDateTimeOriginal) header.local_us = local_time(tiff.text(entry));
    if (entry.tag == kOffsetTimeOriginal) header.offset_minutes = offset_minutes(tiff.text(entry));
    if (entry.tag == kOffsetTime) any_offset = offset_minutes(tiff.text(entry));
    if (entry.tag == kPixelWidth && !header.width) header.width = tiff.integer(entry);
    if (entry.tag == kPixelHeight && !header.height) header.height = tiff.integer(entry);
  });
  if (!header.local_us) header.local_us = changed;
  if (!header.offset_minutes) header.offset_minutes = any_offset;
  if (!header.local_us) header.offset_minutes.reset();
  read_gps(tiff, gps, header);
}

}  // namespace lake::takeout
