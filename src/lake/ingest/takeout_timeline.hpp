#pragma once

#include <span>
#include <string_view>

namespace lake::ingest {

/// How the rows of one table stand in takeout.timeline. All but `table`, `product`, `kind` are SQL
/// expressions over its columns, or empty.
struct TimelineSource {
  std::string_view table = {};
  std::string_view product = {};  // in double quotes: the column that tells it
  std::string_view kind = {};
  std::string_view time = {};  // a column, so that a condition on it reaches the files
  std::string_view end = {};
  std::string_view title = {};
  std::string_view summary = {};
  std::string_view url = {};
  bool has_place = false;
  std::string_view place = {};  // before lat_e7 and lon_e7
  bool is_detail = false;       // there are thousands of it a day
};
std::span<const TimelineSource> timeline_sources();

/// A table with times that the timeline leaves out.
struct NotInTimeline {
  std::string_view table = {};
  std::string_view why = {};
};
std::span<const NotInTimeline> not_in_timeline();

/// How the rows of one table stand in takeout.places: one line for each name, address, id and url.
struct PlaceSource {
  std::string_view table = {};
  std::string_view kind = {};
  std::string_view name = {};
  std::string_view address = {};
  std::string_view place_id = {};
  std::string_view url = {};
  std::string_view time = {};  // of a visit
};
std::span<const PlaceSource> place_sources();

}  // namespace lake::ingest
