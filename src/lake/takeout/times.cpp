#include "lake/takeout/times.hpp"

#include <charconv>
#include <limits>

namespace lake::takeout {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86400 * kSecond;
constexpr std::int64_t kMicrosMin = -62135596800LL * kSecond;                // 0001-01-01
constexpr std::int64_t kMicrosMax = 253402300799LL * kSecond + kSecond - 1;  // 9999-12-31
constexpr std::int64_t kWebkitShift = 11644473600LL * kSecond;               // 1601 to 1970
constexpr std::int64_t kWebkitLeast = 8'000'000'000'000'000;                 // 2223 as Unix, 1854 as WebKit

/// Takes digits from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  /// Exactly `count` digits.
  bool digits(std::size_t count, std::int64_t& value) {
    if (text_.size() < count) return false;
    value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return false;
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return true;
  }
  bool take(char expected) {
    if (text_.empty() || text_.front() != expected) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// One to nine digits as microseconds of a second, the rest cut.
  bool fraction(std::int64_t& micros) {
    micros = 0;
    std::size_t count = 0;
    while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
      if (count < 6) micros = micros * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
      if (++count > 9) return false;
    }
    for (std::size_t i = count; i < 6; ++i) micros *= 10;
    return count > 0;
  }
  [[nodiscard]] bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
};

bool scan_date(Scanner& scan, std::int64_t& days) {
  std::int64_t year = 0;
  std::int64_t month = 0;
  std::int64_t day = 0;
  if (!scan.digits(4, year) || !scan.take('-') || !scan.digits(2, month) || !scan.take('-') ||
      !scan.digits(2, day))
    return false;
  const auto found = days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  if (!found || year == 0) return false;
  days = *found;
  return true;
}

bool scan_clock(Scanner& scan, std::int64_t& micros, bool& has_seconds) {
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  std::int64_t fraction = 0;
  if (!scan.digits(2, hour) || !scan.take(':') || !scan.digits(2, minute) || hour > 23 || minute > 59)
    return false;
  has_seconds = scan.take(':');
  if (has_seconds) {
    if (!scan.digits(2, second) || second > 60) return false;  // 60: a leap second, read as the next second
    if (scan.take('.') && !scan.fraction(fraction)) return false;
  }
  micros = ((hour * 60 + minute) * 60 + second) * kSecond + fraction;
  return true;
}

/// The zone at the end; false when there is something else.
bool scan_zone(Scanner& scan, Timestamp& time) {
  if (scan.at_end()) {
    time.quality = TimeQuality::kZoneUnknown;
    return true;
  }
  if (scan.take('Z')) {
    time.offset_minutes = 0;
    return scan.at_end();
  }
  const bool east = scan.take('+');
  if (!east && !scan.take('-')) return false;
  std::int64_t hours = 0;
  std::int64_t minutes = 0;
  if (!scan.digits(2, hours)) return false;
  scan.take(':');
  if (!scan.digits(2, minutes) || hours > 18 || minutes > 59 || !scan.at_end()) return false;
  const std::int64_t offset = (east ? 1 : -1) * (hours * 60 + minutes);
  time.offset_minutes = static_cast<std::int16_t>(offset);
  time.micros -= offset * 60 * kSecond;
  return true;
}

std::optional<Timestamp> within_years(Timestamp time) {
  if (time.micros < kMicrosMin || time.micros > kMicrosMax) return std::nullopt;
  return time;
}

}  // namespace

std::string_view name_of(TimeQuality quality) {
  switch (quality) {
    case TimeQuality::kExact:
      return "exact";
    case TimeQuality::kSecond:
      return "second";
    case TimeQuality::kMinute:
      return "minute";
    case TimeQuality::kDate:
      return "date";
    case TimeQuality::kZoneInferred:
      return "zone_inferred";
    case TimeQuality::kZoneUnknown:
      return "zone_unknown";
  }
  return "";
}

std::optional<std::int64_t> days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  constexpr unsigned kLengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return std::nullopt;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (day > kLengths[month - 1] + (month == 2 && leap ? 1U : 0U)) return std::nullopt;
  // Years begin in March here, so that the leap day is the last of its year.
  const std::int64_t shifted = month <= 2 ? year - 1 : year;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const std::int64_t year_of_era = shifted - era * 400;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

std::optional<Timestamp> parse_iso(std::string_view text) {
  Scanner scan(text);
  std::int64_t days = 0;
  if (!scan_date(scan, days)) return std::nullopt;
  Timestamp time;
  time.micros = days * kDay;
  if (scan.at_end()) {
    time.quality = TimeQuality::kDate;
    return time;
  }
  std::int64_t clock = 0;
  bool has_seconds = false;
  if ((!scan.take('T') && !scan.take(' ')) || !scan_clock(scan, clock, has_seconds)) return std::nullopt;
  time.micros += clock;
  if (!has_seconds) time.quality = TimeQuality::kMinute;
  if (!scan_zone(scan, time)) return std::nullopt;
  return within_years(time);
}

std::optional<Timestamp> from_epoch(std::int64_t value, std::int64_t per_second) {
  Timestamp time;
  if (per_second <= kSecond) {
    if (__builtin_mul_overflow(value, kSecond / per_second, &time.micros)) return std::nullopt;
  } else {
    const std::int64_t divisor = per_second / kSecond;
    time.micros = value / divisor - (value % divisor < 0 ? 1 : 0);
  }
  return within_years(time);
}

std::optional<Timestamp> parse_epoch(std::string_view text, std::int64_t per_second) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return from_epoch(value, per_second);
}

std::optional<Timestamp> from_webkit_or_unix_micros(std::int64_t value) {
  return from_epoch(value >= kWebkitLeast ? value - kWebkitShift : value, kSecond);
}

}  // namespace lake::takeout
