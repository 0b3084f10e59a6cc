// Semantic Location History/YYYY/YYYY_MONTH.json: stays and trips as the server understood them, to 2023.
// Shapes seen in real files, of 2017 (times as ...Ms) and of 2024.
#include "lake/takeout/generic_rows.hpp"
#include "lake/takeout/location_tables.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/places_e7.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/timeline_tables.hpp"

namespace lake::takeout {
namespace {

constexpr std::int16_t kNestedVisitsMax = 4;

struct Duration {
  std::optional<Timestamp> start;
  std::optional<Timestamp> end;
};

struct PathPoint {
  PlaceMembers place;
  std::optional<double> accuracy;
  std::optional<Timestamp> time;
};

struct Visit {
  Duration duration;
  PlaceMembers place;
  std::optional<std::int64_t> center_lat;
  std::optional<std::int64_t> center_lon;
  std::optional<std::int64_t> level;
  std::optional<std::int64_t> device_tag;
  std::optional<double> percent;        // that there was a stay
  std::optional<double> place_percent;  // that it was this place
  std::optional<double> location_confidence;
  std::optional<std::string_view> place_id;
  std::optional<std::string_view> name;
  std::optional<std::string_view> address;
  std::optional<std::string_view> semantic_type;
  std::optional<std::string_view> place_confidence;
  std::optional<std::string_view> confirmation;
  std::optional<std::string_view> visit_type;
  std::optional<std::string_view> importance;
  std::optional<std::string> candidates;
  std::optional<std::string> checkin;
};

struct Segment {
  Duration duration;
  PlaceMembers start;
  PlaceMembers end;
  std::optional<double> distance;
  std::optional<std::int64_t> device_tag;
  std::optional<std::string_view> activity;
  std::optional<std::string_view> confidence;
  std::optional<std::string_view> confirmation;
  std::optional<std::string> candidates;
  std::optional<std::string> transit_path;
  std::optional<std::string> parking;
  std::vector<PlaceMembers> waypoints;
};

/// One element of timelineObjects.
struct TimelineObject {
  std::vector<Visit> visits;  // one, and those within it
  std::optional<Segment> segment;
  std::vector<PathPoint> points;
};

bool read_duration(Members& members, Duration& duration) {
  return object_member(members, "duration", [&duration](Members& inner) {
    return time_member(inner, "startTimestamp", duration.start) ||
           time_member(inner, "endTimestamp", duration.end);
  });
}

bool read_device(Members& members, std::optional<std::int64_t>& device_tag) {
  return object_member(members, "sourceInfo", [&device_tag](Members& inner) {
    return integer_member(inner, "deviceTag", device_tag);
  });
}

/// simplifiedRawPath: points with their times.
bool read_raw_path(Members& members, std::vector<PathPoint>& points) {
  return object_member(members, "simplifiedRawPath", [&points](Members& path) {
    return objects_member(
        path, "points", [&points] { points.emplace_back(); },
        [&points](Members& inner) {
          auto& point = points.back();
          return point.place.read(inner) || real_member(inner, "accuracyMeters", point.accuracy) ||
                 time_member(inner, "timestamp", point.time);
        });
  });
}

bool read_visit_place(Members& members, Visit& visit) {
  return object_member(members, "location", [&visit](Members& inner) {
    return visit.place.read(inner) || text_member(inner, "placeId", visit.place_id) ||
           text_member(inner, "name", visit.name) || text_member(inner, "address", visit.address) ||
           text_member(inner, "semanticType", visit.semantic_type) ||
           real_member(inner, "locationConfidence", visit.place_percent) ||
           read_device(inner, visit.device_tag);
  });
}

bool read_visit_values(Members& members, Visit& visit) {
  return read_duration(members, visit.duration) ||
         integer_member(members, "centerLatE7", visit.center_lat, ColumnType::kInt32) ||
         integer_member(members, "centerLngE7", visit.center_lon, ColumnType::kInt32) ||
         text_member(members, "placeConfidence", visit.place_confidence) ||
         real_member(members, "visitConfidence", visit.percent) ||
         real_member(members, "locationConfidence", visit.location_confidence) ||
         text_member(members, "editConfirmationStatus", visit.confirmation) ||
         text_member(members, "placeVisitType", visit.visit_type) ||
         text_member(members, "placeVisitImportance", visit.importance) ||
         integer_member(members, "placeVisitLevel", visit.level, ColumnType::kInt16) ||
         raw_member(members, "otherCandidateLocations", visit.candidates) ||
         raw_member(members, "checkin", visit.checkin);
}

/// Visits within visits come to their own rows; deeper ones than any real file has are kept as they are.
void read_visit(Members& members, TimelineObject& object, std::int16_t depth) {
  const std::size_t at = object.visits.size();
  object.visits.emplace_back().level = depth;
  while (members.next()) {
    auto& visit = object.visits[at];  // a visit within it may move it
    if (read_visit_place(members, visit) || read_visit_values(members, visit) ||
        read_raw_path(members, object.points))
      continue;
    if (members.key() == "childVisits" && depth < kNestedVisitsMax) {
      members.objects([&object, depth](Members& inner) {
        read_visit(inner, object, static_cast<std::int16_t>(depth + 1));
      });
    } else {
      members.keep();
    }
  }
}

bool read_end_of_segment(Members& members, std::string_view key, PlaceMembers& place,
                         std::optional<std::int64_t>& device_tag) {
  return object_member(members, key, [&place, &device_tag](Members& inner) {
    return place.read(inner) || read_device(inner, device_tag);
  });
}

bool read_waypoints(Members& members, Segment& segment) {
  return object_member(members, "waypointPath", [&segment](Members& path) {
    return objects_member(
        path, "waypoints", [&segment] { segment.waypoints.emplace_back(); },
        [&segment](Members& inner) { return segment.waypoints.back().read(inner); });
  });
}

void read_segment(Members& members, TimelineObject& object) {
  auto& segment = object.segment.emplace();
  while (members.next()) {
    if (read_duration(members, segment.duration) ||
        read_end_of_segment(members, "startLocation", segment.start, segment.device_tag) ||
        read_end_of_segment(members, "endLocation", segment.end, segment.device_tag) ||
        real_member(members, "distance", segment.distance) ||
        text_member(members, "activityType", segment.activity) ||
        text_member(members, "confidence", segment.confidence) ||
        text_member(members, "editConfirmationStatus", segment.confirmation) ||
        raw_member(members, "activities", segment.candidates) ||
        raw_member(members, "transitPath", segment.transit_path) ||
        raw_member(members, "parkingEvent", segment.parking) || read_waypoints(members, segment) ||
        read_raw_path(members, object.points))
      continue;
    members.keep();
  }
}

std::optional<double> share_of(const std::optional<double>& percent) {
  return percent ? std::optional(*percent / 100) : std::nullopt;
}

void write_visit(const Visit& visit, const Extra* extra, EntrySink& sink) {
  constexpr auto& kTable = kPlaceVisit;
  auto row = sink.row(kTable);
  row.integer(kTable.at("start_us"), visit.duration.start->micros);
  row.integer(kTable.at("end_us"), micros_of(visit.duration.end));
  row.text(kTable.at("place_id"), visit.place_id);
  row.integer(kTable.at("hierarchy"), visit.level);
  row.text(kTable.at("origin"), "semantic");
  row.integer(kTable.at("start_offset_min"), offset_of(visit.duration.start));
  row.integer(kTable.at("end_offset_min"), offset_of(visit.duration.end));
  row.integer(kTable.at("lat_e7"), visit.place.lat);
  row.integer(kTable.at("lon_e7"), visit.place.lon);
  row.integer(kTable.at("center_lat_e7"), visit.center_lat);
  row.integer(kTable.at("center_lon_e7"), visit.center_lon);
  row.text(kTable.at("name"), visit.name);
  row.text(kTable.at("address"), visit.address);
  row.text(kTable.at("semantic_type"), visit.semantic_type);
  row.real(kTable.at("probability"), share_of(visit.percent));
  row.real(kTable.at("place_probability"), share_of(visit.place_percent));
  row.text(kTable.at("place_confidence"), visit.place_confidence);
  row.real(kTable.at("location_confidence"), visit.location_confidence);
  row.text(kTable.at("confirmation"), visit.confirmation);
  row.text(kTable.at("visit_type"), visit.visit_type);
  row.text(kTable.at("importance"), visit.importance);
  row.integer(kTable.at("device_tag"), visit.device_tag);
  row.text(kTable.at("candidates"), visit.candidates);
  row.text(kTable.at("checkin"), visit.checkin);
  if (extra != nullptr) row.extra(extra->json());
}

/// Waypoints have no times, so they are a line and no points. What has half a place is kept in `extra`.
std::string path_of(const Segment& segment, Extra& extra) {
  std::vector<PlaceE7> places;
  for (const auto& waypoint : segment.waypoints) {
    if (waypoint.lat && waypoint.lon) {
      places.push_back({static_cast<std::int32_t>(*waypoint.lat), static_cast<std::int32_t>(*waypoint.lon)});
    } else if (waypoint.lat || waypoint.lon) {
      extra.add("activitySegment.waypointPath.waypoints[]",
                waypoint.lat ? "{\"latE7\":" + std::to_string(*waypoint.lat) + "}"
                             : "{\"lngE7\":" + std::to_string(*waypoint.lon) + "}");
    }
  }
  if (places.size() == 1) {
    extra.add(
        "activitySegment.waypointPath.waypoints[]",
        "{\"latE7\":" + std::to_string(places[0].lat) + ",\"lngE7\":" + std::to_string(places[0].lon) + "}");
  }
  return line_text(places);
}

void write_segment(const Segment& segment, std::string_view path, const Extra* extra, EntrySink& sink) {
  constexpr auto& kTable = kTravelSegment;
  auto row = sink.row(kTable);
  row.integer(kTable.at("start_us"), segment.duration.start->micros);
  row.integer(kTable.at("end_us"), micros_of(segment.duration.end));
  row.text(kTable.at("origin"), "semantic");
  row.integer(kTable.at("start_offset_min"), offset_of(segment.duration.start));
  row.integer(kTable.at("end_offset_min"), offset_of(segment.duration.end));
  row.integer(kTable.at("start_lat_e7"), segment.start.lat);
  row.integer(kTable.at("start_lon_e7"), segment.start.lon);
  row.integer(kTable.at("end_lat_e7"), segment.end.lat);
  row.integer(kTable.at("end_lon_e7"), segment.end.lon);
  row.real(kTable.at("distance_m"), segment.distance);
  row.text(kTable.at("activity"), segment.activity);
  row.text(kTable.at("confidence"), segment.confidence);
  row.text(kTable.at("confirmation"), segment.confirmation);
  if (!path.empty()) row.text(kTable.at("path"), path);
  row.text(kTable.at("candidates"), segment.candidates);
  row.text(kTable.at("transit_path"), segment.transit_path);
  row.text(kTable.at("parking"), segment.parking);
  row.integer(kTable.at("device_tag"), segment.device_tag);
  if (extra != nullptr) row.extra(extra->json());
}

/// A point without a time is no point of the history.
void keep_timeless(const std::vector<PathPoint>& points, Extra& extra) {
  for (const auto& point : points) {
    if (point.time) continue;
    std::string json = "{";
    if (point.place.lat) json += "\"latE7\":" + std::to_string(*point.place.lat) + ",";
    if (point.place.lon) json += "\"lngE7\":" + std::to_string(*point.place.lon) + ",";
    if (point.accuracy) json += "\"accuracyMeters\":" + std::to_string(*point.accuracy) + ",";
    if (json.back() == ',') json.pop_back();
    extra.add("simplifiedRawPath.points[]", json + "}");
  }
}

void write_points(const std::vector<PathPoint>& points, EntrySink& sink) {
  constexpr auto& kTable = kLocationPoint;
  for (const auto& point : points) {
    if (!point.time) continue;
    auto row = sink.row(kTable);
    row.integer(kTable.at("ts_us"), point.time->micros);
    row.integer(kTable.at("lat_e7"), point.place.lat);
    row.integer(kTable.at("lon_e7"), point.place.lon);
    row.real(kTable.at("accuracy_m"), point.accuracy);
    row.text(kTable.at("origin"), "simplified_path");
    row.integer(kTable.at("ts_offset_min"), offset_of(point.time));
  }
}

ElementOutcome read_timeline_object(std::string_view text, JsonReader& reader, EntrySink& sink) {
  TimelineObject object;
  const bool names_visit = text.find("\"placeVisit\"") != std::string_view::npos;
  Extra extra(sink, names_visit ? kPlaceVisit : kTravelSegment);
  const auto outcome = reader.read(text, extra, [&](Members& members) {
    while (members.next()) {
      if (members.key() == "placeVisit" && object.visits.empty()) {
        members.object([&object](Members& inner) { read_visit(inner, object, 0); });
      } else if (members.key() == "activitySegment" && !object.segment) {
        members.object([&object](Members& inner) { read_segment(inner, object); });
      } else {
        members.keep();
      }
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (object.visits.empty() && !object.segment) return "shape";
  for (const auto& visit : object.visits) {
    if (!visit.duration.start) return "no time";
  }
  if (object.segment && !object.segment->duration.start) return "no time";
  if (reader.was_repaired()) sink.repaired();
  keep_timeless(object.points, extra);
  const std::string path = object.segment ? path_of(*object.segment, extra) : std::string();
  for (std::size_t i = 0; i < object.visits.size(); ++i)
    write_visit(object.visits[i], i == 0 ? &extra : nullptr, sink);
  if (object.segment) write_segment(*object.segment, path, object.visits.empty() ? &extra : nullptr, sink);
  write_points(object.points, sink);
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  return head.json.is_object() && head.json.has("timelineObjects") ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  return parse_numbered_elements(content, sink,
                                 [&head](const JsonElements::Element& element, std::int64_t idx,
                                         JsonReader& reader, EntrySink& into) -> ElementOutcome {
                                   if (element.member == "timelineObjects" && element.is_item)
                                     return read_timeline_object(element.text, reader, into);
                                   return write_raw_json(head, element.member, idx, element.text, into);
                                 });
}

constexpr const TableSpec* kTables[] = {&kPlaceVisit, &kTravelSegment, &kLocationPoint, &kRawJson};

}  // namespace

const Product kLocationSemantic{.name = "semantic_location",
                                .product = "location",
                                .version = 1,
                                .tables = kTables,
                                .recognise = recognise,
                                .parse = parse};

}  // namespace lake::takeout
