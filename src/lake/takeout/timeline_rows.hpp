#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/takeout/json_members.hpp"
#include "lake/takeout/places_e7.hpp"
#include "lake/takeout/times.hpp"

namespace lake::takeout {

/// One element of the timelines that phones export: of semanticSegments (Android), of the array (iOS). The
/// two have the same members; iOS writes numbers as texts, which the readers of Members take anyway.
struct TimelineSegment {
  struct Stay {
    std::optional<std::int64_t> hierarchy;
    std::optional<double> probability;
    std::optional<double> place_probability;
    std::optional<std::string_view> place_id;
    std::optional<std::string_view> semantic_type;
    std::optional<PlaceE7> place;
  };
  struct Travel {
    std::optional<PlaceE7> start;
    std::optional<PlaceE7> end;
    std::optional<double> distance;
    std::optional<double> probability;
    std::optional<double> activity_probability;
    std::optional<std::string_view> activity;
    std::optional<std::string> parking;
  };
  struct Memory {
    std::optional<double> distance_km;
    std::optional<std::string> destinations;
  };
  struct Step {
    std::optional<PlaceE7> place;
    std::optional<Timestamp> time;        // Android
    std::optional<double> minutes_later;  // iOS: after the start
  };
  std::optional<Timestamp> start;
  std::optional<Timestamp> end;
  std::optional<std::int64_t> start_offset;
  std::optional<std::int64_t> end_offset;
  std::optional<Stay> stay;
  std::optional<Travel> travel;
  std::optional<Memory> memory;
  std::vector<Step> path;
  bool has_path = false;

  /// The table that most members of an element are of, for the report of unknown ones.
  static const TableSpec& table_of(std::string_view json);
  void read(Members& members, Extra& extra);
  /// The reason to reject it; empty when it can be written.
  [[nodiscard]] std::string_view flaw() const;
  /// `origin`: android, ios. Steps without a time are put into `extra`.
  void write(std::string_view origin, Extra& extra, EntrySink& sink) const;
};

}  // namespace lake::takeout
