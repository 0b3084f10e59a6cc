#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "Zeitleiste.json";
const std::string kHead =
    R"({"semanticSegments": [{"startTime": "1970-01-01T00:00:01Z", "endTime": "1970-01-01T00:00:02Z", "visit": {"hierarchyLevel": 1}},)";
const std::string kFirst = "place_visit: start_us=1000000 end_us=2000000 hierarchy=1 origin=android";

std::string segment_of(const std::string& members) {
  return kHead +
         R"({"startTime": "1970-01-01T02:00:03.000+02:00", "endTime": "1970-01-01T02:00:04.500+02:00", )" +
         members + "}]}";
}
std::string signal_of(const std::string& signal) {
  return R"({"rawSignals": [{"position": {"timestamp": "1970-01-01T00:00:09Z"}},)" + signal + "]}";
}
const std::string kFirstSignal = "location_point: ts_us=9000000 origin=raw_signal";

TEST(TimelineAndroid, Segments) {
  expect_cases(
      kTimelineAndroid, kName,
      {
          {"a stay",
           segment_of(
               R"("startTimeTimezoneUtcOffsetMinutes": 120, "endTimeTimezoneUtcOffsetMinutes": 60, "visit": {"hierarchyLevel": 0, "probability": 0.5, "isTimelessVisit": false, "topCandidate": {"placeId": "ChIJ", "semanticType": "HOME", "probability": 0.25, "placeLocation": {"latLng": "52.5163000°, 13.3777000°"}}})"),
           {kFirst,
            R"(place_visit: start_us=3000000 end_us=4500000 place_id=ChIJ hierarchy=0 origin=android start_offset_min=120 end_offset_min=60 lat_e7=525163000 lon_e7=133777000 semantic_type=HOME probability=0.500000 place_probability=0.250000 extra={"visit.isTimelessVisit":false})"}},
          {"a trip between two places",
           segment_of(
               R"("activity": {"start": {"latLng": "1.0°, 2.0°"}, "end": {"latLng": "nowhere"}, "distanceMeters": 12.5, "probability": 0.75, "topCandidate": {"type": "WALKING", "probability": 0.5}, "parking": {"startTime": "x"}})"),
           {kFirst,
            R"(travel_segment: start_us=3000000 end_us=4500000 origin=android start_offset_min=120 end_offset_min=120 start_lat_e7=10000000 start_lon_e7=20000000 distance_m=12.500000 activity=WALKING probability=0.750000 activity_probability=0.500000 parking={"startTime": "x"} extra={"activity.end":{"latLng": "nowhere"}})"}},
          {"a journey",
           segment_of(
               R"("timelineMemory": {"trip": {"distanceFromOriginKms": 321, "destinations": [{"identifier": {"placeId": "p"}}]}, "note": "n"})"),
           {kFirst,
            R"(trip: start_us=3000000 end_us=4500000 origin=android start_offset_min=120 end_offset_min=120 distance_from_origin_km=321.000000 destinations=[{"identifier": {"placeId": "p"}}] extra={"timelineMemory.note":"n"})"}},
          {"a path; a step without a time gets none",
           segment_of(
               R"("timelinePath": [{"point": "1.0°, 2.0°", "time": "1970-01-01T02:00:03+02:00"}, {"point": "3.0, 4.0"}])"),
           {kFirst,
            R"(location_point: ts_us=3000000 lat_e7=10000000 lon_e7=20000000 origin=path ts_offset_min=120 extra={"timelinePath[]":{"lat_e7":30000000,"lon_e7":40000000}})"}},
          {"a file that stops inside a segment", kHead + R"({"startTi)", {kFirst}},
      });
}

TEST(TimelineAndroid, RawSignalsAsTheFirstMember) {
  expect_cases(
      kTimelineAndroid, kName,
      {
          {"a position",
           signal_of(
               R"({"position": {"LatLng": "52.5163°, 13.3777°", "accuracyMeters": 13, "altitudeMeters": 70.5, "source": "WIFI", "timestamp": "1970-01-01T00:00:10Z", "speedMetersPerSecond": 0.25}, "new": 1})"),
           {kFirstSignal,
            R"(location_point: ts_us=10000000 lat_e7=525163000 lon_e7=133777000 accuracy_m=13.000000 alt_m=70.500000 speed_mps=0.250000 source=WIFI origin=raw_signal extra={"new":1})"}},
          {"what its owner did",
           signal_of(
               R"({"activityRecord": {"probableActivities": [{"type": "STILL", "confidence": 0.57}, {"type": "WALKING", "confidence": 0.03}], "timestamp": "1970-01-01T00:00:10Z"}})"),
           {kFirstSignal, "location_activity_sample: ts_us=10000000 type=STILL confidence=57",
            "location_activity_sample: ts_us=10000000 type=WALKING confidence=3"}},
          {"stations around",
           signal_of(
               R"({"wifiScan": {"deliveryTime": "1970-01-01T00:00:10Z", "devicesRecords": [{"mac": 281474976710655, "rawRssi": -70}]}})"),
           {kFirstSignal, "wifi_scan: ts_us=10000000 mac=281474976710655 rssi=-70"}},
      });
}

TEST(TimelineAndroid, FrequentPlacesHaveNoTime) {
  expect_cases(
      kTimelineAndroid, kName,
      {{"the profile",
        R"({"userLocationProfile": {"frequentPlaces": [{"placeId": "p", "placeLocation": "1.0°, 2.0°", "label": "HOME"}, {"placeId": "q", "placeLocation": "?"}], "persona": {"a": 1}}})",
        {R"(frequent_place: place_id=p label=HOME lat_e7=10000000 lon_e7=20000000 extra={"frequentPlaces[].placeLocation":"?","persona":{"a": 1}})",
         "frequent_place: place_id=q"}},
       {"a profile without places, and an unknown member",
        R"({"semanticSegments": [], "userLocationProfile": {"persona": 1}, "next": [2]})",
        {R"(raw_json: idx=0 path=Zeitleiste.json product= member=userLocationProfile doc={"persona": 1})",
         "raw_json: idx=1 path=Zeitleiste.json product= member=next doc=2"}}});
}

TEST(TimelineAndroid, Rejects) {
  const auto at = std::to_string(kHead.size());
  expect_cases(
      kTimelineAndroid, kName,
      {{"no JSON", kHead + R"({"visit": x}]})", {kFirst}, {"syntax @" + at + "+12"}},
       {"no object", kHead + "null]}", {kFirst}, {"shape @" + at + "+4"}},
       {"no kind", kHead + R"({"startTime": "1970-01-01T00:00:01Z"}]})", {kFirst}, {"shape @" + at + "+37"}},
       {"no start", kHead + R"({"visit": {}}]})", {kFirst}, {"no time @" + at + "+13"}},
       {"a signal without a time", signal_of(R"({"wifiScan": {}})"), {kFirstSignal}, {"no time @68+16"}},
       {"no signal", signal_of("{}"), {kFirstSignal}, {"shape @68+2"}}});
}

}  // namespace
}  // namespace lake::takeout
