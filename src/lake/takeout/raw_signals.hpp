#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lake/takeout/json_members.hpp"
#include "lake/takeout/places_e7.hpp"
#include "lake/takeout/times.hpp"

namespace lake::takeout {

/// What a phone measured: a position, what its owner did, the wifi stations around. In rawSignals of
/// Timeline.json and, spelled otherwise, in Timeline Edits.json.
struct RawSignal {
  struct Position {
    std::optional<Timestamp> time;
    std::optional<PlaceE7> place;
    PlaceMembers point;
    std::optional<double> accuracy;
    std::optional<double> accuracy_mm;
    std::optional<double> altitude;
    std::optional<double> speed;
    std::optional<std::string_view> source;
  };
  struct Activity {
    std::optional<std::string_view> type;
    std::optional<double> confidence;  // fractions in files of this kind
  };
  struct Station {
    std::optional<std::int64_t> mac;
    std::optional<std::int64_t> rssi;
  };
  std::optional<Position> position;
  bool has_activities = false;
  std::optional<Timestamp> activity_time;
  std::vector<Activity> activities;
  bool has_scan = false;
  std::optional<Timestamp> scan_time;
  std::vector<Station> stations;

  /// False when the present member is no signal.
  bool read_member(Members& members, Extra& extra);
  /// The reason to reject it; empty when it can be written. `fallback`: a time that the element tells
  /// elsewhere.
  [[nodiscard]] std::string_view flaw(const std::optional<Timestamp>& fallback) const;
  /// `origin`: raw_signal, edit.
  void write(std::string_view origin, const std::optional<Timestamp>& fallback, const Extra& extra,
             EntrySink& sink) const;
};

}  // namespace lake::takeout
