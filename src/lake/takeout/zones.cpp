#include "lake/takeout/zones.hpp"

#include <algorithm>
#include <utility>

#include "lake/takeout/times.hpp"
#include "lake/takeout/zone_table.hpp"

namespace lake::takeout {
namespace {

constexpr std::int64_t kMinute = 60'000'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDayMinutes = 1440;

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

/// Minutes since 1970 (UTC) of a change of clocks.
std::int64_t change_in(std::int64_t year, const zone_table::RuleDay& day, std::int64_t offset_before) {
  const std::int64_t first = days_from_civil(year, day.month, 1).value_or(0);
  const std::int64_t first_weekday = ((first + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
  std::int64_t found = first + (day.weekday - first_weekday + 7) % 7 + 7L * (day.week - 1);
  const auto next_month = days_from_civil(day.month == 12 ? year + 1 : year, day.month % 12 + 1, 1);
  if (found >= next_month.value_or(INT64_MAX)) found -= 7;
  return found * kDayMinutes + day.minute - offset_before;
}

std::int64_t year_of(std::int64_t minute) {
  const std::int64_t days = minute / kDayMinutes - (minute % kDayMinutes < 0 ? 1 : 0);
  std::int64_t year = 1970 + days / 366 - 1;
  while (days_from_civil(year + 1, 1, 1).value_or(INT64_MAX) <= days) ++year;
  while (days_from_civil(year, 1, 1).value_or(INT64_MIN) > days) --year;
  return year;
}

std::int16_t offset_in(const zone_table::Era& era, std::int64_t minute) {
  if (era.rule == 0) return era.standard;
  const auto& rule = zone_table::kRules[era.rule - 1U];
  const auto summer = static_cast<std::int16_t>(era.standard + rule.save);
  // What holds is what the last change before made.
  std::int64_t last = INT64_MIN;
  std::int16_t offset = era.standard;
  const auto year = year_of(minute);
  for (auto each = year - 1; each <= year + 1; ++each) {
    const auto begins = change_in(each, rule.summer, era.standard);
    const auto ends = change_in(each, rule.winter, summer);
    if (begins <= minute && begins > last) {
      last = begins;
      offset = summer;
    }
    if (ends <= minute && ends > last) {
      last = ends;
      offset = era.standard;
    }
  }
  return offset;
}

const zone_table::Zone* zone_named(std::string_view name) {
  const auto* const end = zone_table::kZones.data() + zone_table::kZones.size();
  const auto* const found =
      std::lower_bound(zone_table::kZones.data(), end, name,
                       [](const zone_table::Zone& zone, std::string_view text) { return zone.name < text; });
  return found == end || found->name != name ? nullptr : found;
}

bool is_alike(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char one, char two) { return lower(one) == lower(two); });
}

/// The zone whose name or city that is, in other letters.
std::string_view zone_meant(std::string_view name) {
  for (const auto& zone : zone_table::kZones) {
    if (is_alike(zone.name, name) || is_alike(zone.name.substr(zone.name.rfind('/') + 1), name))
      return zone.name;
  }
  return {};
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
  if (zone == nullptr) {
    if (name.starts_with("GMT") || name.starts_with("UTC")) name.remove_prefix(3);
    return explicit_offset(name);
  }
  const std::int64_t minute = utc_us / kMinute - (utc_us % kMinute < 0 ? 1 : 0);
  const auto* era = &zone_table::kEras[zone->first_era];
  while (minute >= era->until && era->until != INT32_MAX) ++era;
  return offset_in(*era, minute);
}

std::optional<std::int16_t> offset_of_local(std::string_view name, std::int64_t local_us) {
  const auto near = offset_at(name, local_us);
  if (!near) return std::nullopt;
  // The offset before any change near: that of half a day earlier. It holds when it is its own.
  const auto before = offset_at(name, local_us - *near * kMinute - 12 * kHour).value_or(0);
  if (offset_at(name, local_us - before * kMinute) == before) return before;
  const auto after = offset_at(name, local_us - *near * kMinute + 12 * kHour).value_or(0);
  return offset_at(name, local_us - after * kMinute) == after ? after : before;
}

Error unknown_zone(std::string_view name) {
  std::string message = "there is no rule for the time zone " + std::string(name) +
                        "; give a name such as Europe/Berlin, or an offset such as +02:00";
  if (const auto meant = zone_meant(name); !meant.empty()) message += " (" + std::string(meant) + "?)";
  return {ErrorCode::kInvalidArgument, std::move(message)};
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
