#include "lake/takeout/local_dates.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "lake/takeout/zones.hpp"

namespace lake::takeout {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

/// What a date is made of: numbers and words, with what stands between them.
struct Piece {
  std::string_view text;
  bool is_number = false;
  std::int64_t value = 0;
  char after = 0;  // the first byte behind it
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Bytes of a separator at the front: spaces of every kind, commas, dots, slashes; 0 when something else is
/// there.
std::size_t separator_bytes(std::string_view text) {
  for (const std::string_view wide : {"\xC2\xA0", "\xE2\x80\xAF", "\xE3\x80\x80", "\xEF\xBC\x8C"}) {
    if (text.starts_with(wide)) return wide.size();
  }
  return std::string_view(" ,./-:;\t\n\r").find(text.front()) != std::string_view::npos ? 1 : 0;
}

constexpr std::size_t kPiecesMax = 14;
struct Pieces {
  std::array<Piece, kPiecesMax> list;
  std::size_t count = 0;
};

/// The characters of Chinese, Japanese and Korean dates end a number: 2018年1月31日, 5시.
constexpr std::string_view kUnits[] = {"年", "月", "日", "時", "时", "分",
                                       "秒", "년", "월", "일", "시", "초"};

std::optional<Pieces> pieces_of(std::string_view text) {
  Pieces pieces;
  while (!text.empty()) {
    if (const auto bytes = separator_bytes(text)) {
      text.remove_prefix(bytes);
      continue;
    }
    if (pieces.count == kPiecesMax) return std::nullopt;
    auto& piece = pieces.list[pieces.count++];
    piece.is_number = is_digit(text.front());
    std::size_t end = 0;
    // "GMT+8", "UTC-03:30" are one word.
    const bool has_offset = (text.starts_with("GMT") || text.starts_with("UTC")) && text.size() > 3 &&
                            (text[3] == '+' || text[3] == '-');
    if (has_offset) {
      end = 4;
      while (end < text.size() && (is_digit(text[end]) || text[end] == ':')) ++end;
    } else {
      while (end < text.size() && is_digit(text[end]) == piece.is_number &&
             separator_bytes(text.substr(end)) == 0)
        ++end;
    }
    piece.text = text.substr(0, end);
    text.remove_prefix(end);
    piece.after = text.empty() ? '\0' : text.front();
    if (!piece.is_number) continue;
    if (end > 6) return std::nullopt;
    for (const char c : piece.text) piece.value = piece.value * 10 + (c - '0');
    for (const auto unit : kUnits) {
      if (text.starts_with(unit)) {
        text.remove_prefix(unit.size());
        piece.after = '.';
        break;
      }
    }
  }
  return pieces;
}

// Beginnings of month names, abbreviated and whole, lower-case; a word is the month whose longest beginning
// it has.
constexpr std::pair<std::string_view, unsigned> kMonths[] = {
    {"jan", 1},     {"ene", 1},  {"gen", 1},    {"janv", 1},   {"sty", 1},   {"led", 1},   {"янв", 1},
    {"tammi", 1},   {"oca", 1},  {"feb", 2},    {"fev", 2},    {"fév", 2},   {"févr", 2},  {"lut", 2},
    {"úno", 2},     {"фев", 2},  {"helmi", 2},  {"şub", 2},    {"mar", 3},   {"mär", 3},   {"mrt", 3},
    {"maart", 3},   {"bře", 3},  {"мар", 3},    {"maalis", 3}, {"márc", 3},  {"mrz", 3},   {"apr", 4},
    {"avr", 4},     {"abr", 4},  {"kwi", 4},    {"dub", 4},    {"апр", 4},   {"huhti", 4}, {"nis", 4},
    {"ápr", 4},     {"may", 5},  {"mai", 5},    {"mei", 5},    {"mag", 5},   {"maj", 5},   {"kvě", 5},
    {"мая", 5},     {"май", 5},  {"touko", 5},  {"jun", 6},    {"juin", 6},  {"giu", 6},   {"cze", 6},
    {"čvn", 6},     {"июн", 6},  {"kesä", 6},   {"haz", 6},    {"jún", 6},   {"jul", 7},   {"juil", 7},
    {"lug", 7},     {"lip", 7},  {"čvc", 7},    {"июл", 7},    {"heinä", 7}, {"tem", 7},   {"júl", 7},
    {"aug", 8},     {"aoû", 8},  {"ago", 8},    {"sie", 8},    {"srp", 8},   {"авг", 8},   {"elo", 8},
    {"ağu", 8},     {"out", 10}, {"sep", 9},    {"set", 9},    {"wrz", 9},   {"zář", 9},   {"сен", 9},
    {"syys", 9},    {"eyl", 9},  {"szept", 9},  {"okt", 10},   {"oct", 10},  {"ott", 10},  {"paź", 10},
    {"říj", 10},    {"окт", 10}, {"loka", 10},  {"eki", 10},   {"nov", 11},  {"lis", 11},  {"ноя", 11},
    {"marras", 11}, {"kas", 11}, {"dec", 12},   {"dez", 12},   {"dic", 12},  {"déc", 12},  {"gru", 12},
    {"pro", 12},    {"дек", 12}, {"joulu", 12}, {"ara", 12},   {"dek", 12},
};

unsigned month_of(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::size_t longest = 0;
  unsigned month = 0;
  for (const auto& [beginning, number] : kMonths) {
    if (beginning.size() > longest && lower.starts_with(beginning)) {
      longest = beginning.size();
      month = number;
    }
  }
  return month;
}

enum class Half : std::uint8_t { kNone, kMorning, kAfternoon };

Half half_of(std::string_view word) {
  for (const std::string_view each : {"AM", "am", "午前", "오전", "上午"}) {
    if (word == each) return Half::kMorning;
  }
  for (const std::string_view each : {"PM", "pm", "午後", "오후", "下午"}) {
    if (word == each) return Half::kAfternoon;
  }
  return Half::kNone;
}

/// Words between the parts of dates: "31 de ene", "31 янв. 2018 г.".
bool is_filler(std::string_view word) {
  for (const std::string_view each : {"de", "at", "um", "г", "à", "alle", "kl", "o"}) {
    if (word == each) return true;
  }
  return false;
}

struct Found {
  std::array<std::int64_t, 3> date{};
  std::array<std::size_t, 3> date_digits{};
  std::array<std::int64_t, 3> clock{};
  std::size_t date_count = 0;
  std::size_t clock_count = 0;
  unsigned month = 0;
  std::size_t month_at = 0;  // numbers of the date before the month's name
  Half half = Half::kNone;
  char date_separator = 0;
  std::string_view zone;
};

/// Sorts the pieces; false when one has no place.
bool sort_pieces(const Pieces& pieces, Found& found) {
  bool in_clock = false;
  for (std::size_t i = 0; i < pieces.count; ++i) {
    const auto& piece = pieces.list[i];
    if (piece.is_number) {
      // The clock begins after three parts of the date, or where a colon follows.
      in_clock |= piece.after == ':' || found.date_count + (found.month != 0 ? 1 : 0) == 3;
      if (in_clock) {
        if (found.clock_count == 3) return false;
        found.clock[found.clock_count++] = piece.value;
      } else {
        if (found.date_count == 3) return false;
        if (found.date_count == 0) found.date_separator = piece.after;
        found.date_digits[found.date_count] = piece.text.size();
        found.date[found.date_count++] = piece.value;
      }
      continue;
    }
    const auto half = half_of(piece.text);
    if (half != Half::kNone) {
      found.half = half;
    } else if (found.half == Half::kNone && (piece.text == "a" || piece.text == "p") &&
               i + 1 < pieces.count && pieces.list[i + 1].text == "m") {  // "p. m."
      found.half = piece.text == "a" ? Half::kMorning : Half::kAfternoon;
      ++i;
    } else if (!in_clock && found.month == 0 && month_of(piece.text) != 0) {
      found.month = month_of(piece.text);
      found.month_at = found.date_count;
    } else if (is_filler(piece.text)) {
      continue;
    } else if (found.zone.empty() && found.date_count + (found.month != 0 ? 1 : 0) == 3) {
      found.zone = piece.text;  // behind the date; in Chinese before the clock
    } else {
      return false;
    }
  }
  return found.clock_count >= 2 && found.date_count + (found.month != 0 ? 1 : 0) == 3;
}

struct Day {
  std::int64_t year = 0;
  std::int64_t month = 0;
  std::int64_t day = 0;
};

std::int64_t whole_year(std::int64_t year, std::size_t digits) { return digits == 2 ? 2000 + year : year; }

std::optional<Day> day_of(const Found& found) {
  const auto& part = found.date;
  const auto& digits = found.date_digits;
  if (found.month != 0) {
    const bool year_first = digits[0] == 4;
    const std::size_t year = year_first ? 0 : 1;
    return Day{whole_year(part[year], digits[year]), found.month, part[1 - year]};
  }
  if (digits[0] == 4) return Day{part[0], part[1], part[2]};
  if (digits[2] != 4 && digits[2] != 2) return std::nullopt;
  const auto year = whole_year(part[2], digits[2]);
  // Slashes with AM and PM are American; who writes 24 hours puts the day first.
  const bool month_first = found.date_separator == '/' && found.half != Half::kNone;
  return month_first ? Day{year, part[0], part[1]} : Day{year, part[1], part[0]};
}

}  // namespace

std::optional<LocalDate> parse_local_date(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  if (text.size() > kLongest || text.size() < 8) return std::nullopt;
  const auto pieces = pieces_of(text);
  Found found;
  if (!pieces || !sort_pieces(*pieces, found)) return std::nullopt;
  const auto day = day_of(found);
  if (!day || day->year < 1 || day->year > 9999 || day->month > 12 || day->day > 31) return std::nullopt;
  const auto days =
      days_from_civil(day->year, static_cast<unsigned>(day->month), static_cast<unsigned>(day->day));
  auto hour = found.clock[0];
  if (found.half != Half::kNone) {
    if (hour > 12 || hour == 0) return std::nullopt;
    hour = hour % 12 + (found.half == Half::kAfternoon ? 12 : 0);
  }
  if (!days || hour > 23 || found.clock[1] > 59 || found.clock[2] > 60) return std::nullopt;
  LocalDate date;
  date.local_us = ((*days * 24 + hour) * 60 + found.clock[1]) * 60 * kSecond + found.clock[2] * kSecond;
  date.has_seconds = found.clock_count == 3;
  date.zone = found.zone;
  return date;
}

Timestamp with_account_zone(const LocalDate& date, std::string_view account_zone, std::int64_t export_us) {
  Timestamp time;
  time.micros = date.local_us;
  time.quality = date.has_seconds ? TimeQuality::kSecond : TimeQuality::kMinute;
  if (date.zone.empty()) return time;
  auto offset = offset_of_abbreviation(date.zone);
  const bool is_told = offset && (date.zone.starts_with("UTC") || date.zone.starts_with("GMT"));
  if (!offset) offset = offset_at(account_zone, export_us);
  if (!offset) offset = likely_offset_of_abbreviation(date.zone);
  if (!offset) {
    time.quality = TimeQuality::kZoneUnknown;
    return time;
  }
  time.offset_minutes = offset;
  time.micros -= *offset * 60L * kSecond;
  if (!is_told) time.quality = TimeQuality::kZoneInferred;
  return time;
}

}  // namespace lake::takeout
