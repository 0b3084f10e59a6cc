#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lake::takeout {

/// How exact a time is, and how its zone was found.
enum class TimeQuality : std::uint8_t { kExact, kSecond, kMinute, kDate, kZoneInferred, kZoneUnknown };
/// "exact", "second", "minute", "date", "zone_inferred", "zone_unknown".
std::string_view name_of(TimeQuality quality);

/// A time as UTC, and what else its text said.
struct Timestamp {
  std::int64_t micros = 0;                     // since 1970-01-01T00:00:00Z
  std::optional<std::int16_t> offset_minutes;  // of the text, when it gave one (Z: 0)
  TimeQuality quality = TimeQuality::kExact;
  bool operator==(const Timestamp&) const = default;
};

// The time families of Google's exports. Each gives nothing for a text that is not of its family, for days
// and hours that do not exist, and for years outside 1 to 9999. No locale, no allocation.

/// "2021-12-13T03:04:05.007Z", 0 to 9 digits of a second (more than six are cut), "Z", "+02:00", "+0200" or
/// no zone at all (kZoneUnknown, read as UTC); "2021-12-13" is midnight UTC, kDate. A space may stand for the
/// T.
std::optional<Timestamp> parse_iso(std::string_view text);
/// Decimal text since 1970: "1512947698030" with 1000 a second, and so on. `per_second`: 1, 1000, 1000000 or
/// 1000000000 (cut to microseconds).
std::optional<Timestamp> parse_epoch(std::string_view text, std::int64_t per_second);
/// The same of a number. Nothing when the result leaves the range of years.
std::optional<Timestamp> from_epoch(std::int64_t value, std::int64_t per_second);
/// Microseconds since 1970 or since 1601 (WebKit), told apart by size.
std::optional<Timestamp> from_webkit_or_unix_micros(std::int64_t value);

/// Days since 1970-01-01 of a day that exists, proleptic Gregorian.
std::optional<std::int64_t> days_from_civil(std::int64_t year, unsigned month, unsigned day);

}  // namespace lake::takeout
