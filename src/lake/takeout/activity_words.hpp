#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lake::takeout {

// What the texts of an activity tell, whatever file they stand in.

/// Degrees times 1e7.
struct MapCentre {
  std::int32_t lat_e7 = 0;
  std::int32_t lon_e7 = 0;
};
/// The place in "...&center=52.1,13.4&zoom=12" or "maps?q=52.1,13.4".
std::optional<MapCentre> map_centre_in(std::string_view url);

/// The verb of a title, in English whatever its language: "Watched" of "Watched x" and of "x angesehen".
/// Nothing for titles in languages without a table: they have their text alone.
std::optional<std::string_view> verb_of(std::string_view title);
/// The title without what verb_of() found; the whole title when that is nothing.
std::string_view object_of(std::string_view title);

/// The details say that an advertisement led here.
bool names_ads(std::span<const std::string_view> details);

}  // namespace lake::takeout
