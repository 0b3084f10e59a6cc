#include "lake/takeout/raw_signals.hpp"

#include <cmath>

#include "lake/takeout/location_tables.hpp"
#include "lake/takeout/member_readers.hpp"

namespace lake::takeout {
namespace {

using Signal = RawSignal;

void read_position(Members& outer, Signal::Position& position, Extra& extra) {
  outer.object([&](Members& members) {
    while (members.next()) {
      if (members.key() == "LatLng" || members.key() == "latLng") {
        read_place(members, extra, "position.LatLng", position.place);
      } else if (!time_member(members, "timestamp", position.time) &&
                 !real_member(members, "accuracyMeters", position.accuracy) &&
                 !real_member(members, "accuracyMm", position.accuracy_mm) &&
                 !real_member(members, "altitudeMeters", position.altitude) &&
                 !real_member(members, "speedMetersPerSecond", position.speed) &&
                 !text_member(members, "source", position.source) &&
                 !object_member(members, "point",
                                [&position](Members& inner) { return position.point.read(inner); })) {
        members.keep();
      }
    }
  });
}

void read_activities(Members& outer, Signal& signal) {
  outer.object([&signal](Members& members) {
    const auto begin = [&signal] { signal.activities.emplace_back(); };
    const auto take = [&signal](Members& inner) {
      auto& activity = signal.activities.back();
      return text_member(inner, "type", activity.type) || text_member(inner, "activityType", activity.type) ||
             real_member(inner, "confidence", activity.confidence) ||
             real_member(inner, "probability", activity.confidence);
    };
    while (members.next()) {
      if (time_member(members, "timestamp", signal.activity_time) ||
          objects_member(members, "probableActivities", begin, take) ||
          objects_member(members, "detectedActivities", begin, take))
        continue;
      members.keep();
    }
  });
}

void read_scan(Members& outer, Signal& signal) {
  outer.object([&signal](Members& members) {
    const auto begin = [&signal] { signal.stations.emplace_back(); };
    const auto take = [&signal](Members& inner) {
      auto& station = signal.stations.back();
      return integer_member(inner, "mac", station.mac) ||
             integer_member(inner, "rawRssi", station.rssi, ColumnType::kInt16);
    };
    while (members.next()) {
      if (time_member(members, "deliveryTime", signal.scan_time) ||
          objects_member(members, "devicesRecords", begin, take) ||
          objects_member(members, "devices", begin, take))
        continue;
      members.keep();
    }
  });
}

void write_position(const Signal::Position& position, std::string_view origin, const Timestamp& time,
                    const Extra* extra, EntrySink& sink) {
  constexpr auto& kTable = kLocationPoint;
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), time.micros);
  if (position.place) {
    row.integer(kTable.at("lat_e7"), position.place->lat);
    row.integer(kTable.at("lon_e7"), position.place->lon);
  } else {
    row.integer(kTable.at("lat_e7"), position.point.lat);
    row.integer(kTable.at("lon_e7"), position.point.lon);
  }
  if (position.accuracy) {
    row.real(kTable.at("accuracy_m"), position.accuracy);
  } else if (position.accuracy_mm) {
    row.real(kTable.at("accuracy_m"), *position.accuracy_mm / 1000);
  }
  row.real(kTable.at("alt_m"), position.altitude);
  row.real(kTable.at("speed_mps"), position.speed);
  row.text(kTable.at("source"), position.source);
  row.text(kTable.at("origin"), origin);
  row.integer(kTable.at("ts_offset_min"), offset_of(time));
  if (extra != nullptr) row.extra(extra->json());
}

/// Confidences are fractions here, percent in Records.json and in the table.
std::optional<std::int64_t> percent_of(const std::optional<double>& confidence) {
  if (!confidence || std::fabs(*confidence) > 100) return std::nullopt;
  return std::llround(*confidence <= 1 ? *confidence * 100 : *confidence);
}

}  // namespace

bool RawSignal::read_member(Members& members, Extra& extra) {
  if (members.key() == "position" && !position) {
    read_position(members, position.emplace(), extra);
  } else if (members.key() == "activityRecord") {
    has_activities = true;
    read_activities(members, *this);
  } else if (members.key() == "wifiScan") {
    has_scan = true;
    read_scan(members, *this);
  } else {
    return false;
  }
  return true;
}

std::string_view RawSignal::flaw(const std::optional<Timestamp>& fallback) const {
  if (!position && !has_activities && !has_scan) return "shape";
  if (fallback) return {};
  const bool timeless =
      (position && !position->time) || (has_activities && !activity_time) || (has_scan && !scan_time);
  return timeless ? "no time" : "";
}

void RawSignal::write(std::string_view origin, const std::optional<Timestamp>& fallback, const Extra& extra,
                      EntrySink& sink) const {
  const Extra* unwritten = &extra;  // goes to the first row
  if (position)
    write_position(*position, origin, position->time ? *position->time : *fallback,
                   std::exchange(unwritten, nullptr), sink);
  for (const auto& activity : activities) {
    auto row = sink.row(kLocationActivitySample);
    row.integer(kLocationActivitySample.at("ts_us"), (activity_time ? *activity_time : *fallback).micros);
    row.text(kLocationActivitySample.at("type"), activity.type);
    row.integer(kLocationActivitySample.at("confidence"), percent_of(activity.confidence));
    if (unwritten != nullptr) row.extra(std::exchange(unwritten, nullptr)->json());
  }
  for (const auto& station : stations) {
    auto row = sink.row(kWifiScan);
    row.integer(kWifiScan.at("ts_us"), (scan_time ? *scan_time : *fallback).micros);
    row.integer(kWifiScan.at("mac"), station.mac);
    row.integer(kWifiScan.at("rssi"), station.rssi);
    if (unwritten != nullptr) row.extra(std::exchange(unwritten, nullptr)->json());
  }
}

}  // namespace lake::takeout
