#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/takeout/components.hpp"
#include "lake/takeout/times.hpp"

namespace lake::takeout {

/// A wall clock's time, "20240115T080000" as if it were UTC; "20240115" is midnight.
struct CalendarClock {
  std::int64_t local_us = 0;
  bool is_date = false;
  bool is_utc = false;
};
std::optional<CalendarClock> parse_calendar_clock(std::string_view text);

/// The zones that a calendar brings along (VTIMEZONE), and those known by name. Bound: kZonesMax zones of
/// kChangesMax rules.
class CalendarZones {
 public:
  static constexpr std::size_t kZonesMax = 1000;
  static constexpr std::size_t kChangesMax = 200;
  /// Of times without a zone: the calendar's own (X-WR-TIMEZONE), else the account's.
  void set_own(std::string_view name) { own_ = name; }
  [[nodiscard]] const std::string& own() const { return own_; }
  void add(const Component& time_zone);
  /// The time of a line such as DTSTART;TZID=Europe/Berlin:20240115T080000. Nothing when it is no time.
  /// Quality: kExact, kDate; kZoneInferred for a floating time in the own zone; kZoneUnknown where no rule is
  /// known (read as UTC).
  [[nodiscard]] std::optional<Timestamp> time_of(const ContentLine& line) const {
    return time_of(line.value, line.parameter("TZID"));
  }
  [[nodiscard]] std::optional<Timestamp> time_of(std::string_view value, std::string_view zone) const;

 private:
  /// A change of clocks, once or every year.
  struct Change {
    std::int64_t first_local_us = 0;
    std::int64_t until_us = INT64_MAX / 2;
    int from_minutes = 0;
    int to_minutes = 0;
    unsigned month = 0;  // 0 = once
    int week = 0;        // 1 = first, -1 = last
    int weekday = 0;     // 0 = Sunday
  };
  [[nodiscard]] std::optional<std::int16_t> offset_of(std::string_view zone, std::int64_t local_us) const;
  static std::optional<std::int64_t> latest(const Change& change, std::int64_t local_us);

  std::string own_;
  std::map<std::string, std::vector<Change>, std::less<>> zones_;
};

/// "P1DT2H30M", "-PT15M" in microseconds.
std::optional<std::int64_t> parse_duration(std::string_view text);

}  // namespace lake::takeout
