#include "lake/takeout/places_e7.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "lake/takeout/member_readers.hpp"

namespace lake::takeout {
namespace {

void trim(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\t'))
    text.remove_suffix(1);
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto [end, failed] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (failed != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::string degrees_text(std::int32_t e7) {
  const std::int64_t whole = std::llabs(e7);
  std::string fraction = std::to_string(whole % 10'000'000);
  fraction.insert(0, 7 - fraction.size(), '0');
  return (e7 < 0 ? "-" : "") + std::to_string(whole / 10'000'000) + "." + fraction;
}

}  // namespace

std::optional<PlaceE7> place_of_degrees(double lat, double lon) {
  if (!(std::fabs(lat) <= 180) || !(std::fabs(lon) <= 180)) return std::nullopt;
  return PlaceE7{static_cast<std::int32_t>(std::llround(lat * 1e7)),
                 static_cast<std::int32_t>(std::llround(lon * 1e7))};
}

std::optional<PlaceE7> parse_place(std::string_view text) {
  trim(text);
  const bool is_uri = take(text, "geo:");
  const auto lat = take_number(text);
  // In JSON the sign may be written as an escape.
  if (lat && !take(text, "°")) take(text, "\\u00b0");
  if (!lat || !take(text, ",")) return std::nullopt;
  trim(text);
  const auto lon = take_number(text);
  if (!lon) return std::nullopt;
  if (!take(text, "°")) take(text, "\\u00b0");
  // Behind a place in a geo: address may stand its altitude and parameters.
  const bool at_end = text.empty() || (is_uri && (text.front() == ',' || text.front() == ';'));
  return at_end ? place_of_degrees(*lat, *lon) : std::nullopt;
}

std::optional<PlaceE7> parse_place_json(std::string_view json) {
  trim(json);
  if (take(json, "{")) {
    trim(json);
    if (!take(json, "\"latLng\"") && !take(json, "\"LatLng\"")) return std::nullopt;
    trim(json);
    if (!take(json, ":") || !json.ends_with('}')) return std::nullopt;
    json.remove_suffix(1);
    trim(json);
  }
  if (json.size() < 2 || json.front() != '"' || json.back() != '"') return std::nullopt;
  return parse_place(json.substr(1, json.size() - 2));
}

std::string line_text(const std::vector<PlaceE7>& places) {
  if (places.size() < 2) return {};
  std::string text = "LINESTRING (";
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (i > 0) text += ", ";
    text += degrees_text(places[i].lon) + " " + degrees_text(places[i].lat);
  }
  return text + ")";
}

void read_place(Members& members, Extra& extra, std::string_view path, std::optional<PlaceE7>& place) {
  std::optional<std::string> json;
  members.raw(json);
  if (!json) return;
  if (const auto found = parse_place_json(*json)) {
    place = found;
  } else {
    extra.add(path, *json);
  }
}

bool PlaceMembers::read(Members& members) {
  return integer_member(members, "latitudeE7", lat, ColumnType::kInt32) ||
         integer_member(members, "longitudeE7", lon, ColumnType::kInt32) ||
         integer_member(members, "latE7", lat, ColumnType::kInt32) ||
         integer_member(members, "lngE7", lon, ColumnType::kInt32);
}

}  // namespace lake::takeout
