#include "lake/takeout/zones.hpp"

#include <utility>

#include "lake/takeout/times.hpp"

namespace lake::takeout {
namespace {

constexpr std::int64_t kMinute = 60'000'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

/// When clocks change.
enum class Summer : std::uint8_t { kNone, kEurope, kAmerica, kAustralia, kNewZealand };

struct Zone {
  std::string_view name;
  std::int16_t standard;
  Summer summer = Summer::kNone;
};

constexpr Zone kZones[] = {
    {"UTC", 0},
    {"Etc/UTC", 0},
    {"GMT", 0},
    {"Etc/GMT", 0},
    {"Atlantic/Reykjavik", 0},
    {"Europe/London", 0, Summer::kEurope},
    {"Europe/Dublin", 0, Summer::kEurope},
    {"Europe/Lisbon", 0, Summer::kEurope},
    {"Atlantic/Canary", 0, Summer::kEurope},
    {"Europe/Berlin", 60, Summer::kEurope},
    {"Europe/Paris", 60, Summer::kEurope},
    {"Europe/Madrid", 60, Summer::kEurope},
    {"Europe/Rome", 60, Summer::kEurope},
    {"Europe/Vienna", 60, Summer::kEurope},
    {"Europe/Zurich", 60, Summer::kEurope},
    {"Europe/Amsterdam", 60, Summer::kEurope},
    {"Europe/Brussels", 60, Summer::kEurope},
    {"Europe/Luxembourg", 60, Summer::kEurope},
    {"Europe/Copenhagen", 60, Summer::kEurope},
    {"Europe/Oslo", 60, Summer::kEurope},
    {"Europe/Stockholm", 60, Summer::kEurope},
    {"Europe/Prague", 60, Summer::kEurope},
    {"Europe/Bratislava", 60, Summer::kEurope},
    {"Europe/Warsaw", 60, Summer::kEurope},
    {"Europe/Budapest", 60, Summer::kEurope},
    {"Europe/Belgrade", 60, Summer::kEurope},
    {"Europe/Zagreb", 60, Summer::kEurope},
    {"Europe/Ljubljana", 60, Summer::kEurope},
    {"Europe/Sarajevo", 60, Summer::kEurope},
    {"Europe/Malta", 60, Summer::kEurope},
    {"Europe/Athens", 120, Summer::kEurope},
    {"Europe/Helsinki", 120, Summer::kEurope},
    {"Europe/Bucharest", 120, Summer::kEurope},
    {"Europe/Sofia", 120, Summer::kEurope},
    {"Europe/Riga", 120, Summer::kEurope},
    {"Europe/Vilnius", 120, Summer::kEurope},
    {"Europe/Tallinn", 120, Summer::kEurope},
    {"Europe/Kiev", 120, Summer::kEurope},
    {"Europe/Kyiv", 120, Summer::kEurope},
    {"America/New_York", -300, Summer::kAmerica},
    {"US/Eastern", -300, Summer::kAmerica},
    {"America/Toronto", -300, Summer::kAmerica},
    {"America/Detroit", -300, Summer::kAmerica},
    {"America/Chicago", -360, Summer::kAmerica},
    {"US/Central", -360, Summer::kAmerica},
    {"America/Winnipeg", -360, Summer::kAmerica},
    {"America/Denver", -420, Summer::kAmerica},
    {"US/Mountain", -420, Summer::kAmerica},
    {"America/Edmonton", -420, Summer::kAmerica},
    {"America/Phoenix", -420},
    {"America/Los_Angeles", -480, Summer::kAmerica},
    {"US/Pacific", -480, Summer::kAmerica},
    {"America/Vancouver", -480, Summer::kAmerica},
    {"America/Anchorage", -540, Summer::kAmerica},
    {"Pacific/Honolulu", -600},
    {"America/Halifax", -240, Summer::kAmerica},
    {"America/St_Johns", -210, Summer::kAmerica},
    {"America/Bogota", -300},
    {"America/Lima", -300},
    {"America/Puerto_Rico", -240},
    {"America/Argentina/Buenos_Aires", -180},
    {"Asia/Tokyo", 540},
    {"Asia/Seoul", 540},
    {"Asia/Shanghai", 480},
    {"Asia/Hong_Kong", 480},
    {"Asia/Taipei", 480},
    {"Asia/Singapore", 480},
    {"Asia/Manila", 480},
    {"Asia/Kuala_Lumpur", 480},
    {"Australia/Perth", 480},
    {"Asia/Bangkok", 420},
    {"Asia/Ho_Chi_Minh", 420},
    {"Asia/Saigon", 420},
    {"Asia/Jakarta", 420},
    {"Asia/Dhaka", 360},
    {"Asia/Kolkata", 330},
    {"Asia/Calcutta", 330},
    {"Asia/Colombo", 330},
    {"Asia/Kathmandu", 345},
    {"Asia/Karachi", 300},
    {"Asia/Tashkent", 300},
    {"Asia/Dubai", 240},
    {"Asia/Riyadh", 180},
    {"Africa/Nairobi", 180},
    {"Africa/Johannesburg", 120},
    {"Africa/Lagos", 60},
    {"Africa/Algiers", 60},
    {"Africa/Accra", 0},
    {"Australia/Brisbane", 600},
    {"Australia/Sydney", 600, Summer::kAustralia},
    {"Australia/Melbourne", 600, Summer::kAustralia},
    {"Australia/Hobart", 600, Summer::kAustralia},
    {"Australia/Canberra", 600, Summer::kAustralia},
    {"Australia/Adelaide", 570, Summer::kAustralia},
    {"Australia/Darwin", 570},
    {"Pacific/Auckland", 720, Summer::kNewZealand},
};

struct Abbreviation {
  std::string_view text;
  std::int16_t minutes;
  bool is_ambiguous = false;
};

constexpr Abbreviation kAbbreviations[] = {
    {"UTC", 0},          {"GMT", 0},          {"Z", 0},
    {"WEZ", 0},          {"WET", 0},          {"WEST", 60},
    {"WESZ", 60},        {"CET", 60},         {"CEST", 120},
    {"MEZ", 60},         {"MESZ", 120},       {"EET", 120},
    {"EEST", 180},       {"OEZ", 120},        {"OESZ", 180},
    {"MSK", 180},        {"TRT", 180},        {"SAST", 120},
    {"CAT", 120},        {"EAT", 180},        {"WAT", 60},
    {"PKT", 300},        {"NPT", 345},        {"ICT", 420},
    {"WIB", 420},        {"WITA", 480},       {"WIT", 540},
    {"HKT", 480},        {"SGT", 480},        {"MYT", 480},
    {"PHT", 480},        {"AWST", 480},       {"JST", 540},
    {"KST", 540},        {"ACST", 570},       {"ACDT", 630},
    {"AEST", 600},       {"AEDT", 660},       {"NZST", 720},
    {"NZDT", 780},       {"HST", -600},       {"AKST", -540},
    {"AKDT", -480},      {"PST", -480},       {"PDT", -420},
    {"MST", -420},       {"MDT", -360},       {"CDT", -300},
    {"EST", -300},       {"EDT", -240},       {"NST", -210},
    {"NDT", -150},       {"BRT", -180},       {"BRST", -120},
    {"ART", -180},       {"CLT", -240},       {"CLST", -180},
    {"COT", -300},       {"PET", -300},       {"BST", 60, true},
    {"IST", 330, true},  {"CST", -360, true}, {"AST", -240, true},
    {"ADT", -180, true}, {"GST", 240, true},  {"SST", -660, true},
};

struct MonthRule {
  unsigned month;
  int sunday;  // 1 = the first; -1 = the last
};

/// Days since 1970 of that Sunday.
std::int64_t sunday_of(std::int64_t year, MonthRule rule) {
  const std::int64_t first = days_from_civil(year, rule.month, 1).value_or(0);
  const std::int64_t to_sunday = ((3 - first) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
  if (rule.sunday > 0) return first + to_sunday + 7 * (rule.sunday - 1);
  std::int64_t day = first + to_sunday + 28;
  const auto next_month =
      days_from_civil(rule.month == 12 ? year + 1 : year, rule.month % 12 + 1, 1).value_or(0);
  if (day >= next_month) day -= 7;
  return day;
}

std::int64_t year_of(std::int64_t us) {
  const std::int64_t days = us / kDay - (us % kDay < 0 ? 1 : 0);
  std::int64_t year = 1970 + days / 366 - 1;
  while (days_from_civil(year + 1, 1, 1).value_or(INT64_MAX) <= days) ++year;
  while (days_from_civil(year, 1, 1).value_or(INT64_MIN) > days) --year;
  return year;
}

/// Summer time of a year as [begin, end) in UTC; in the south it is the winter that lies between, and
/// is_south is true.
struct Change {
  std::int64_t begin;
  std::int64_t end;
  bool is_south;
};

Change changes_of(const Zone& zone, std::int64_t year) {
  const std::int64_t standard = zone.standard * kMinute;
  switch (zone.summer) {
    case Summer::kEurope:
      return {sunday_of(year, {3, -1}) * kDay + kHour, sunday_of(year, {10, -1}) * kDay + kHour, false};
    case Summer::kAmerica: {
      const bool now = year >= 2007;
      return {sunday_of(year, now ? MonthRule{3, 2} : MonthRule{4, 1}) * kDay + 2 * kHour - standard,
              sunday_of(year, now ? MonthRule{11, 1} : MonthRule{10, -1}) * kDay + kHour - standard, false};
    }
    case Summer::kAustralia:
      return {
          sunday_of(year, year >= 2008 ? MonthRule{4, 1} : MonthRule{3, -1}) * kDay + 2 * kHour - standard,
          sunday_of(year, year >= 2008 ? MonthRule{10, 1} : MonthRule{10, -1}) * kDay + 2 * kHour - standard,
          true};
    case Summer::kNewZealand:
      return {
          sunday_of(year, year >= 2008 ? MonthRule{4, 1} : MonthRule{3, 3}) * kDay + 2 * kHour - standard,
          sunday_of(year, year >= 2007 ? MonthRule{9, -1} : MonthRule{10, 1}) * kDay + 2 * kHour - standard,
          true};
    case Summer::kNone:
      break;
  }
  return {0, 0, false};
}

const Zone* zone_named(std::string_view name) {
  for (const auto& zone : kZones) {
    if (zone.name == name) return &zone;
  }
  return nullptr;
}

/// Behind "GMT" or "UTC": "+8", "-03:30", "+0530".
std::optional<std::int16_t> explicit_offset(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  int digits = 0;
  int value = 0;
  bool colon = false;
  for (const char c : text.substr(1)) {
    if (c == ':' && !colon) {
      colon = true;
      continue;
    }
    if (c < '0' || c > '9' || ++digits > 4) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  const int minutes = digits <= 2 ? value * 60 : value / 100 * 60 + value % 100;
  if (digits == 0 || minutes > 18 * 60) return std::nullopt;
  return static_cast<std::int16_t>(sign * minutes);
}

const Abbreviation* abbreviation(std::string_view text) {
  for (const auto& each : kAbbreviations) {
    if (each.text == text) return &each;
  }
  return nullptr;
}

}  // namespace

std::optional<std::int16_t> offset_at(std::string_view name, std::int64_t utc_us) {
  const auto* zone = zone_named(name);
  if (zone == nullptr) return std::nullopt;
  if (zone->summer == Summer::kNone) return zone->standard;
  const auto change = changes_of(*zone, year_of(utc_us + zone->standard * kMinute));
  const bool between = utc_us >= change.begin && utc_us < change.end;
  return static_cast<std::int16_t>(zone->standard + (between != change.is_south ? 60 : 0));
}

std::optional<std::int16_t> offset_of_local(std::string_view name, std::int64_t local_us) {
  const auto* zone = zone_named(name);
  if (zone == nullptr) return std::nullopt;
  // The offset before any change near: that of half a day earlier. It holds when it is its own.
  const auto before = offset_at(name, local_us - zone->standard * kMinute - 12 * kHour).value_or(0);
  if (offset_at(name, local_us - before * kMinute) == before) return before;
  const auto after = offset_at(name, local_us - zone->standard * kMinute + 12 * kHour).value_or(0);
  return offset_at(name, local_us - after * kMinute) == after ? after : before;
}

std::optional<std::int16_t> offset_of_abbreviation(std::string_view text) {
  if (text.size() > 3 && (text.starts_with("GMT") || text.starts_with("UTC")))
    return explicit_offset(text.substr(3));
  if (const auto offset = explicit_offset(text)) return offset;
  const auto* found = abbreviation(text);
  if (found == nullptr || found->is_ambiguous) return std::nullopt;
  return found->minutes;
}

std::optional<std::int16_t> likely_offset_of_abbreviation(std::string_view text) {
  const auto* found = abbreviation(text);
  if (found == nullptr) return offset_of_abbreviation(text);
  return found->minutes;
}

}  // namespace lake::takeout
