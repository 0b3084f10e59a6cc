#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName =
    "Takeout/Standortverlauf/Semantic Location History/2017/2017_DECEMBER.json";
const std::string kHead =
    R"({"timelineObjects": [{"placeVisit": {"location": {"latitudeE7": 1, "longitudeE7": 2}, "duration": {"startTimestampMs": "1000", "endTimestampMs": "2000"}}},)";
const std::string kFirst =
    "place_visit: start_us=1000000 end_us=2000000 hierarchy=0 origin=semantic lat_e7=1 lon_e7=2";

std::string file_of(const std::string& element) { return kHead + element + "]}"; }
std::string visit_of(const std::string& members) { return file_of(R"({"placeVisit": {)" + members + "}}"); }
std::string segment_of(const std::string& members) {
  return file_of(R"({"activitySegment": {)" + members + "}}");
}
const std::string kDuration =
    R"("duration": {"startTimestamp": "1970-01-01T00:00:03Z", "endTimestamp": "1970-01-01T00:00:04.5Z"})";

TEST(LocationSemantic, Visits) {
  expect_cases(
      kLocationSemantic, kName,
      {
          {"every member there is",
           visit_of(
               R"("location": {"latitudeE7": 555555555, "longitudeE7": -1066666666, "placeId": "JK4E4P", "address": "a", "name": "n", "semanticType": "TYPE_HOME", "sourceInfo": {"deviceTag": -7}, "locationConfidence": 60}, )" +
               kDuration +
               R"(, "placeConfidence": "MEDIUM_CONFIDENCE", "centerLatE7": 5, "centerLngE7": -6, "visitConfidence": 50, "otherCandidateLocations": [{"latitudeE7": 910000000}], "editConfirmationStatus": "NOT_CONFIRMED", "locationConfidence": 55, "placeVisitType": "SINGLE_PLACE", "placeVisitImportance": "MAIN", "checkin": {"a": 1})"),
           {kFirst,
            R"(place_visit: start_us=3000000 end_us=4500000 place_id=JK4E4P hierarchy=0 origin=semantic lat_e7=555555555 lon_e7=-1066666666 center_lat_e7=5 center_lon_e7=-6 name=n address=a semantic_type=TYPE_HOME probability=0.500000 place_probability=0.600000 place_confidence=MEDIUM_CONFIDENCE location_confidence=55.000000 confirmation=NOT_CONFIRMED visit_type=SINGLE_PLACE importance=MAIN device_tag=-7 candidates=[{"latitudeE7": 910000000}] checkin={"a": 1})"}},
          {"visits within a visit, with and without a level",
           visit_of(kDuration +
                    R"(, "location": {"placeId": "p"}, "childVisits": [{"location": {"placeId": "q"}, )" +
                    kDuration + R"(, "placeVisitLevel": 2, "new": 1}, {"location": {"placeId": "r"}, )" +
                    kDuration + "}]"),
           {kFirst,
            "place_visit: start_us=3000000 end_us=4500000 place_id=p hierarchy=0 origin=semantic "
            "extra={\"placeVisit.childVisits[0].new\":1}",
            "place_visit: start_us=3000000 end_us=4500000 place_id=q hierarchy=2 origin=semantic",
            "place_visit: start_us=3000000 end_us=4500000 place_id=r hierarchy=1 origin=semantic"}},
          {"no end, no place; an unknown member and one of another type",
           visit_of(
               R"("duration": {"startTimestamp": "1970-01-01T02:00:03+02:00"}, "future": {"x": null}, "visitConfidence": "high")"),
           {kFirst,
            R"(place_visit: start_us=3000000 hierarchy=0 origin=semantic start_offset_min=120 extra={"placeVisit.future":{"x": null},"placeVisit.visitConfidence":"high"})"}},
          {"the path of a visit",
           visit_of(
               kDuration +
               R"(, "simplifiedRawPath": {"points": [{"latE7": 8, "lngE7": 9, "accuracyMeters": 10, "timestampMs": "7000"}]})"),
           {kFirst, "place_visit: start_us=3000000 end_us=4500000 hierarchy=0 origin=semantic",
            "location_point: ts_us=7000000 lat_e7=8 lon_e7=9 accuracy_m=10.000000 origin=simplified_path"}},
          {"a file that stops inside an element", kHead + R"({"placeVisit": {"loca)", {kFirst}},
      });
}

TEST(LocationSemantic, SegmentsAndTheirPaths) {
  expect_cases(
      kLocationSemantic, kName,
      {
          {"every member there is",
           segment_of(
               R"("startLocation": {"latitudeE7": 1, "longitudeE7": 2, "sourceInfo": {"deviceTag": 7}}, "endLocation": {"latitudeE7": 3, "longitudeE7": 4}, )" +
               kDuration +
               R"(, "distance": 13071, "activityType": "WALKING", "confidence": "HIGH", "activities": [{"activityType": "WALKING"}], "waypointPath": {"waypoints": [{"latE7": 10000000, "lngE7": 20000000}, {"latE7": -5, "lngE7": 6}], "source": "INFERRED"}, "simplifiedRawPath": {"points": [{"latE7": 8, "lngE7": 9, "accuracyMeters": 10, "timestamp": "1970-01-01T00:00:04Z"}]}, "transitPath": {"name": "U2"}, "parkingEvent": {"method": "m"}, "editConfirmationStatus": "CONFIRMED")"),
           {kFirst,
            R"(travel_segment: start_us=3000000 end_us=4500000 origin=semantic start_lat_e7=1 start_lon_e7=2 end_lat_e7=3 end_lon_e7=4 distance_m=13071.000000 activity=WALKING confidence=HIGH confirmation=CONFIRMED path=LINESTRING (2.0000000 1.0000000, 0.0000006 -0.0000005) candidates=[{"activityType": "WALKING"}] transit_path={"name": "U2"} parking={"method": "m"} device_tag=7 extra={"activitySegment.waypointPath.source":"INFERRED"})",
            "location_point: ts_us=4000000 lat_e7=8 lon_e7=9 accuracy_m=10.000000 origin=simplified_path"}},
          {"no distance; points without a time are no points",
           segment_of(
               kDuration +
               R"(, "waypointPath": {"waypoints": [{"latE7": 1, "lngE7": 2}]}, "simplifiedRawPath": {"points": [{"latE7": 8, "lngE7": 9}]})"),
           {kFirst,
            R"(travel_segment: start_us=3000000 end_us=4500000 origin=semantic extra={"simplifiedRawPath.points[]":{"latE7":8,"lngE7":9},"activitySegment.waypointPath.waypoints[]":{"latE7":1,"lngE7":2}})"}},
      });
}

TEST(LocationSemantic, RejectsAndStrangers) {
  const auto at = std::to_string(kHead.size());
  expect_cases(kLocationSemantic, kName,
               {{"no JSON", file_of(R"({"placeVisit": {"a": 1x}})"), {kFirst}, {"syntax @" + at + "+25"}},
                {"no object", file_of("17"), {kFirst}, {"shape @" + at + "+2"}},
                {"neither stay nor trip", file_of(R"({"other": {}})"), {kFirst}, {"shape @" + at + "+13"}},
                {"no time", visit_of(R"("location": {})"), {kFirst}, {"no time @" + at + "+32"}},
                {"a child without a time",
                 visit_of(kDuration + R"(, "childVisits": [{}])"),
                 {kFirst},
                 {"no time @" + at + "+135"}},
                {"another member of the file",
                 kHead.substr(0, kHead.size() - 1) + R"(], "futureMember": [5]})",
                 {kFirst,
                  "raw_json: idx=1 path=Standortverlauf/Semantic Location History/2017/2017_DECEMBER.json "
                  "product=Standortverlauf member=futureMember doc=5"}}});
}

}  // namespace
}  // namespace lake::takeout
