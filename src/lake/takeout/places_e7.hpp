#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/takeout/json_members.hpp"

namespace lake::takeout {

/// Degrees times 1e7.
struct PlaceE7 {
  std::int32_t lat = 0;
  std::int32_t lon = 0;
  bool operator==(const PlaceE7&) const = default;
};

/// "48.8566000°, 2.3522000°" with or without the signs, "geo:48.8566,2.3522" with or without an altitude.
/// Nothing for other texts and for numbers that are no angle (beyond 180).
std::optional<PlaceE7> parse_place(std::string_view text);
/// Of two numbers in degrees.
std::optional<PlaceE7> place_of_degrees(double lat, double lon);
/// The same where the text is a JSON value or the only member, "latLng", of a JSON object.
std::optional<PlaceE7> parse_place_json(std::string_view json);
/// "LINESTRING (lon lat, ...)" in degrees with all seven decimals; empty for less than two places.
std::string line_text(const std::vector<PlaceE7>& places);

/// Reads the present member, a place in one of those spellings; another value is kept in `extra` as `path`.
void read_place(Members& members, Extra& extra, std::string_view path, std::optional<PlaceE7>& place);

/// A place in two members that are numbers already; either may be missing.
struct PlaceMembers {
  std::optional<std::int64_t> lat;
  std::optional<std::int64_t> lon;
  /// Takes latitudeE7, longitudeE7, and latE7, lngE7.
  bool read(Members& members);
};

}  // namespace lake::takeout
