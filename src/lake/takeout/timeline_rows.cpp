#include "lake/takeout/timeline_rows.hpp"

#include <cmath>

#include "lake/takeout/location_tables.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/timeline_tables.hpp"

namespace lake::takeout {
namespace {

using Segment = TimelineSegment;

bool place_member(Members& members, std::string_view key, Extra& extra, std::string_view path,
                  std::optional<PlaceE7>& place) {
  if (members.key() != key) return false;
  read_place(members, extra, path, place);
  return true;
}

void read_stay(Members& outer, Segment::Stay& stay, Extra& extra) {
  outer.object([&](Members& members) {
    while (members.next()) {
      if (integer_member(members, "hierarchyLevel", stay.hierarchy, ColumnType::kInt16) ||
          real_member(members, "probability", stay.probability) ||
          object_member(members, "topCandidate", [&](Members& inner) {
            return text_member(inner, "placeId", stay.place_id) ||
                   text_member(inner, "placeID", stay.place_id) ||
                   text_member(inner, "semanticType", stay.semantic_type) ||
                   real_member(inner, "probability", stay.place_probability) ||
                   place_member(inner, "placeLocation", extra, "visit.topCandidate.placeLocation",
                                stay.place);
          }))
        continue;
      members.keep();
    }
  });
}

void read_travel(Members& outer, Segment::Travel& travel, Extra& extra) {
  outer.object([&](Members& members) {
    while (members.next()) {
      if (place_member(members, "start", extra, "activity.start", travel.start) ||
          place_member(members, "end", extra, "activity.end", travel.end) ||
          real_member(members, "distanceMeters", travel.distance) ||
          real_member(members, "probability", travel.probability) ||
          raw_member(members, "parking", travel.parking) ||
          object_member(members, "topCandidate", [&](Members& inner) {
            return text_member(inner, "type", travel.activity) ||
                   real_member(inner, "probability", travel.activity_probability);
          }))
        continue;
      members.keep();
    }
  });
}

bool read_memory_member(Members& members, Segment::Memory& memory) {
  return real_member(members, "distanceFromOriginKms", memory.distance_km) ||
         raw_member(members, "destinations", memory.destinations);
}

/// {trip: {...}} on Android, the trip itself on iOS.
void read_memory(Members& outer, Segment::Memory& memory) {
  outer.object([&memory](Members& members) {
    while (members.next()) {
      if (read_memory_member(members, memory) || object_member(members, "trip", [&memory](Members& inner) {
            return read_memory_member(inner, memory);
          }))
        continue;
      members.keep();
    }
  });
}

void read_path(Members& outer, std::vector<Segment::Step>& path, Extra& extra) {
  outer.objects([&](Members& members) {
    auto& step = path.emplace_back();
    while (members.next()) {
      if (place_member(members, "point", extra, "timelinePath[].point", step.place) ||
          time_member(members, "time", step.time) ||
          real_member(members, "durationMinutesOffsetFromStartTime", step.minutes_later))
        continue;
      members.keep();
    }
  });
}

/// The offset that the file tells apart, else that of the time's text.
std::optional<std::int64_t> told_offset(const std::optional<std::int64_t>& told,
                                        const std::optional<Timestamp>& time) {
  return told ? told : offset_of(time);
}

void write_stay(const Segment& segment, std::string_view origin, const Extra* extra, EntrySink& sink) {
  constexpr auto& kTable = kPlaceVisit;
  const auto& stay = *segment.stay;
  auto row = sink.row(kTable);
  row.integer(kTable.at("start_us"), segment.start->micros);
  row.integer(kTable.at("end_us"), micros_of(segment.end));
  row.text(kTable.at("place_id"), stay.place_id);
  row.integer(kTable.at("hierarchy"), stay.hierarchy);
  row.text(kTable.at("origin"), origin);
  row.integer(kTable.at("start_offset_min"), told_offset(segment.start_offset, segment.start));
  row.integer(kTable.at("end_offset_min"), told_offset(segment.end_offset, segment.end));
  if (stay.place) {
    row.integer(kTable.at("lat_e7"), stay.place->lat);
    row.integer(kTable.at("lon_e7"), stay.place->lon);
  }
  row.text(kTable.at("semantic_type"), stay.semantic_type);
  row.real(kTable.at("probability"), stay.probability);
  row.real(kTable.at("place_probability"), stay.place_probability);
  if (extra != nullptr) row.extra(extra->json());
}

void write_travel(const Segment& segment, std::string_view origin, const Extra* extra, EntrySink& sink) {
  constexpr auto& kTable = kTravelSegment;
  const auto& travel = *segment.travel;
  auto row = sink.row(kTable);
  row.integer(kTable.at("start_us"), segment.start->micros);
  row.integer(kTable.at("end_us"), micros_of(segment.end));
  row.text(kTable.at("origin"), origin);
  row.integer(kTable.at("start_offset_min"), told_offset(segment.start_offset, segment.start));
  row.integer(kTable.at("end_offset_min"), told_offset(segment.end_offset, segment.end));
  if (travel.start) {
    row.integer(kTable.at("start_lat_e7"), travel.start->lat);
    row.integer(kTable.at("start_lon_e7"), travel.start->lon);
  }
  if (travel.end) {
    row.integer(kTable.at("end_lat_e7"), travel.end->lat);
    row.integer(kTable.at("end_lon_e7"), travel.end->lon);
  }
  row.real(kTable.at("distance_m"), travel.distance);
  row.text(kTable.at("activity"), travel.activity);
  row.real(kTable.at("probability"), travel.probability);
  row.real(kTable.at("activity_probability"), travel.activity_probability);
  row.text(kTable.at("parking"), travel.parking);
  if (extra != nullptr) row.extra(extra->json());
}

void write_memory(const Segment& segment, std::string_view origin, const Extra* extra, EntrySink& sink) {
  constexpr auto& kTable = kTrip;
  auto row = sink.row(kTable);
  row.integer(kTable.at("start_us"), segment.start->micros);
  row.integer(kTable.at("end_us"), micros_of(segment.end));
  row.text(kTable.at("origin"), origin);
  row.integer(kTable.at("start_offset_min"), told_offset(segment.start_offset, segment.start));
  row.integer(kTable.at("end_offset_min"), told_offset(segment.end_offset, segment.end));
  row.real(kTable.at("distance_from_origin_km"), segment.memory->distance_km);
  row.text(kTable.at("destinations"), segment.memory->destinations);
  if (extra != nullptr) row.extra(extra->json());
}

/// When the phone was there: told, or minutes after a start that is told.
std::optional<std::int64_t> micros_of_step(const Segment::Step& step, const std::optional<Timestamp>& start) {
  if (step.time) return step.time->micros;
  if (!step.minutes_later || !start || std::fabs(*step.minutes_later) > 1e7) return std::nullopt;
  return start->micros + std::llround(*step.minutes_later * 60'000'000);
}

std::string json_of(const Segment::Step& step) {
  std::string json = "{";
  if (step.place)
    json +=
        "\"lat_e7\":" + std::to_string(step.place->lat) + ",\"lon_e7\":" + std::to_string(step.place->lon);
  if (step.minutes_later)
    json += (json.size() > 1 ? "," : "") + ("\"minutes\":" + std::to_string(*step.minutes_later));
  return json + "}";
}

}  // namespace

const TableSpec& TimelineSegment::table_of(std::string_view json) {
  if (json.find("\"visit\"") != std::string_view::npos) return kPlaceVisit;
  if (json.find("\"activity\"") != std::string_view::npos) return kTravelSegment;
  return json.find("\"timelineMemory\"") != std::string_view::npos ? kTrip : kLocationPoint;
}

void TimelineSegment::read(Members& members, Extra& extra) {
  while (members.next()) {
    const auto key = members.key();
    if (time_member(members, "startTime", start) || time_member(members, "endTime", end) ||
        integer_member(members, "startTimeTimezoneUtcOffsetMinutes", start_offset, ColumnType::kInt16) ||
        integer_member(members, "endTimeTimezoneUtcOffsetMinutes", end_offset, ColumnType::kInt16))
      continue;
    if (key == "visit" && !stay) {
      read_stay(members, stay.emplace(), extra);
    } else if (key == "activity" && !travel) {
      read_travel(members, travel.emplace(), extra);
    } else if (key == "timelineMemory" && !memory) {
      read_memory(members, memory.emplace());
    } else if (key == "timelinePath") {
      has_path = true;
      read_path(members, path, extra);
    } else {
      members.keep();
    }
  }
}

std::string_view TimelineSegment::flaw() const {
  if (!stay && !travel && !memory && !has_path) return "shape";
  if (start) return {};
  if (stay || travel || memory) return "no time";
  for (const auto& step : path) {
    if (step.time) return {};
  }
  return "no time";
}

void TimelineSegment::write(std::string_view origin, Extra& extra, EntrySink& sink) const {
  for (const auto& step : path) {
    if (!micros_of_step(step, start)) extra.add("timelinePath[]", json_of(step));
  }
  const Extra* unwritten = &extra;  // goes to the first row
  if (stay) write_stay(*this, origin, std::exchange(unwritten, nullptr), sink);
  if (travel) write_travel(*this, origin, std::exchange(unwritten, nullptr), sink);
  if (memory) write_memory(*this, origin, std::exchange(unwritten, nullptr), sink);
  constexpr auto& kTable = kLocationPoint;
  for (const auto& step : path) {
    const auto micros = micros_of_step(step, start);
    if (!micros) continue;
    auto row = sink.row(kTable);
    row.integer(kTable.at("ts_us"), *micros);
    if (step.place) {
      row.integer(kTable.at("lat_e7"), step.place->lat);
      row.integer(kTable.at("lon_e7"), step.place->lon);
    }
    row.text(kTable.at("origin"), "path");
    row.integer(kTable.at("ts_offset_min"), offset_of(step.time ? step.time : start));
    if (unwritten != nullptr) row.extra(std::exchange(unwritten, nullptr)->json());
  }
}

}  // namespace lake::takeout
