#include "lake/takeout/calendar_zones.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "lake/takeout/html_tokens.hpp"
#include "lake/takeout/zones.hpp"

namespace lake::takeout {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kDay = 1440 * kMinute;

std::optional<std::int64_t> digits_of(std::string_view text) {
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return text.empty() ? std::nullopt : std::optional(value);
}

/// "+0200", "-033000"
std::optional<int> offset_minutes(std::string_view text) {
  if (text.size() < 5 || text.size() > 7 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto value = digits_of(text.substr(1, 4));
  if (!value || *value % 100 > 59 || *value > 1800) return std::nullopt;
  const auto minutes = static_cast<int>(*value / 100 * 60 + *value % 100);
  return text[0] == '-' ? -minutes : minutes;
}

/// The value behind "BYMONTH=" in a rule.
std::string_view rule_part(std::string_view rule, std::string_view name) {
  while (!rule.empty()) {
    const auto end = std::min(rule.find(';'), rule.size());
    const auto part = rule.substr(0, end);
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=')
      return part.substr(name.size() + 1);
    rule.remove_prefix(std::min(end + 1, rule.size()));
  }
  return {};
}

std::int64_t year_of(std::int64_t local_us) {
  const std::int64_t days = local_us / kDay - (local_us % kDay < 0 ? 1 : 0);
  std::int64_t year = 1970 + days / 366 - 1;
  while (days_from_civil(year + 1, 1, 1).value_or(INT64_MAX) <= days) ++year;
  while (days_from_civil(year, 1, 1).value_or(INT64_MIN) > days) --year;
  return year;
}

/// The n-th or last such weekday of a month, in days since 1970; nothing for a fifth that is not there.
std::optional<std::int64_t> weekday_of(std::int64_t year, unsigned month, int week, int weekday) {
  const auto first = days_from_civil(year, month, 1).value_or(0);
  const auto next = days_from_civil(month == 12 ? year + 1 : year, month % 12 + 1, 1).value_or(0);
  const auto begin = week > 0 ? first : next - 7;
  // 1970-01-01 was a Thursday: weekday 4.
  const auto to_weekday = ((weekday - 4 - begin) % 7 + 7) % 7;
  const auto day = begin + to_weekday + 7L * (week > 0 ? week - 1 : week + 1);
  if (day < first || day >= next) return std::nullopt;
  return day;
}

}  // namespace

std::optional<CalendarClock> parse_calendar_clock(std::string_view text) {
  text = trimmed(text);
  if (text.size() != 8 && text.size() != 15 && text.size() != 16) return std::nullopt;
  const auto date = digits_of(text.substr(0, 8));
  if (!date) return std::nullopt;
  const auto days = days_from_civil(*date / 10000, static_cast<unsigned>(*date / 100 % 100),
                                    static_cast<unsigned>(*date % 100));
  if (!days || *date < 10000) return std::nullopt;
  CalendarClock clock;
  clock.local_us = *days * kDay;
  clock.is_date = text.size() == 8;
  if (clock.is_date) return clock;
  const auto time = digits_of(text.substr(9, 6));
  if (text[8] != 'T' || !time || *time / 10000 > 23 || *time / 100 % 100 > 59 || *time % 100 > 60)
    return std::nullopt;
  clock.is_utc = text.size() == 16;
  if (clock.is_utc && text[15] != 'Z') return std::nullopt;
  clock.local_us += (*time / 10000 * 60 + *time / 100 % 100) * kMinute + *time % 100 * kSecond;
  return clock;
}

void CalendarZones::add(const Component& time_zone) {
  const auto* id = time_zone.line("TZID");
  if (id == nullptr || zones_.size() >= kZonesMax) return;
  std::vector<Change> changes;
  std::optional<CalendarClock> start;
  std::string_view rule;
  std::optional<int> from;
  std::optional<int> to;
  std::vector<std::string_view> dates;
  const auto finish = [&] {
    if (start && from && to && changes.size() < kChangesMax) {
      Change change{.first_local_us = start->local_us, .from_minutes = *from, .to_minutes = *to};
      const auto by_day = rule_part(rule, "BYDAY");
      const auto month = digits_of(rule_part(rule, "BYMONTH"));
      if (rule_part(rule, "FREQ") == "YEARLY" && by_day.size() >= 3 && month && *month >= 1 && *month <= 12) {
        static constexpr std::array<std::string_view, 7> kNames = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
        const auto name = by_day.substr(by_day.size() - 2);
        const auto* found = std::find(kNames.begin(), kNames.end(), name);
        auto number = by_day.substr(0, by_day.size() - 2);
        const bool is_last = number.starts_with('-');
        if (is_last || number.starts_with('+')) number.remove_prefix(1);
        const auto week = digits_of(number);
        if (found != kNames.end() && week && *week >= 1 && *week <= 5) {
          change.month = static_cast<unsigned>(*month);
          change.week = static_cast<int>(is_last ? -*week : *week);
          change.weekday = static_cast<int>(found - kNames.begin());
        }
        const auto until = parse_calendar_clock(rule_part(rule, "UNTIL"));
        if (until) change.until_us = until->local_us;
      }
      changes.push_back(change);
      for (const auto each : dates) {
        const auto clock = parse_calendar_clock(each);
        if (clock && changes.size() < kChangesMax)
          changes.push_back({.first_local_us = clock->local_us, .from_minutes = *from, .to_minutes = *to});
      }
    }
    start.reset();
    from.reset();
    to.reset();
    rule = {};
    dates.clear();
  };
  for (const auto& line : time_zone.lines) {
    if (line.inside.empty()) continue;
    // Each part has each of these once: the second begins the next part.
    if ((line.name == "DTSTART" && start) || (line.name == "TZOFFSETFROM" && from) ||
        (line.name == "TZOFFSETTO" && to))
      finish();
    if (line.name == "DTSTART") {
      start = parse_calendar_clock(line.value);
    } else if (line.name == "TZOFFSETFROM") {
      from = offset_minutes(line.value);
    } else if (line.name == "TZOFFSETTO") {
      to = offset_minutes(line.value);
    } else if (line.name == "RRULE") {
      rule = line.value;
    } else if (line.name == "RDATE") {
      for (const auto each : split_value(line.value, ',')) dates.push_back(each);
    }
  }
  finish();
  if (!changes.empty()) zones_.insert_or_assign(id->value, std::move(changes));
}

/// When the change last came before a wall clock's time; nothing when it did not come yet.
std::optional<std::int64_t> CalendarZones::latest(const Change& change, std::int64_t local_us) {
  if (local_us < change.first_local_us) return std::nullopt;
  if (change.month == 0) return change.first_local_us;
  const std::int64_t clock = ((change.first_local_us % kDay) + kDay) % kDay;
  const auto year = year_of(std::min(local_us, change.until_us));
  for (const auto each : {year, year - 1}) {
    const auto day = weekday_of(each, change.month, change.week, change.weekday);
    if (!day) continue;
    const auto at = *day * kDay + clock;
    if (at <= local_us && at <= change.until_us + kDay && at >= change.first_local_us) return at;
  }
  return change.first_local_us;
}

std::optional<std::int16_t> CalendarZones::offset_of(std::string_view name, std::int64_t local_us) const {
  const auto zone = zones_.find(name);
  if (zone == zones_.end()) return offset_of_local(name, local_us);
  const Change* best = nullptr;
  std::int64_t best_at = 0;
  const Change* first = &zone->second.front();
  for (const auto& change : zone->second) {
    if (change.first_local_us < first->first_local_us) first = &change;
    // The clock shows the old offset until the change: what it skips is read with the old one, and of hours
    // that come twice the first counts.
    const auto gained = (change.from_minutes - change.to_minutes) * kMinute;
    const auto at = latest(change, local_us - std::max<std::int64_t>(0, -gained));
    if (!at || (best != nullptr && *at < best_at)) continue;
    best = &change;
    best_at = *at;
  }
  return static_cast<std::int16_t>(best != nullptr ? best->to_minutes : first->from_minutes);
}

std::optional<Timestamp> CalendarZones::time_of(std::string_view value, std::string_view zone) const {
  const auto clock = parse_calendar_clock(value);
  if (!clock) return std::nullopt;
  Timestamp time;
  time.micros = clock->local_us;
  if (clock->is_date) {
    time.quality = TimeQuality::kDate;
    return time;
  }
  if (clock->is_utc) {
    time.offset_minutes = 0;
    return time;
  }
  const bool is_floating = zone.empty();
  const auto offset = offset_of(is_floating ? std::string_view(own_) : zone, clock->local_us);
  if (!offset) {
    time.quality = TimeQuality::kZoneUnknown;
    return time;
  }
  time.offset_minutes = offset;
  time.micros -= *offset * kMinute;
  if (is_floating) time.quality = TimeQuality::kZoneInferred;
  return time;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  text = trimmed(text);
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  if (!text.starts_with('P')) return std::nullopt;
  text.remove_prefix(1);
  std::int64_t seconds = 0;
  bool has_any = false;
  while (!text.empty()) {
    if (text.front() == 'T') {
      text.remove_prefix(1);
      continue;
    }
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end == text.data() + text.size() || number < 0 || number > 100'000'000)
      return std::nullopt;
    const char unit = *end;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    const std::int64_t unit_seconds = unit == 'W'   ? 604800
                                      : unit == 'D' ? 86400
                                      : unit == 'H' ? 3600
                                      : unit == 'M' ? 60
                                      : unit == 'S' ? 1
                                                    : 0;
    if (unit_seconds == 0) return std::nullopt;
    seconds += number * unit_seconds;
    if (seconds > 100'000LL * 86400) return std::nullopt;
    has_any = true;
  }
  if (!has_any) return std::nullopt;
  return (is_negative ? -seconds : seconds) * kSecond;
}

}  // namespace lake::takeout
