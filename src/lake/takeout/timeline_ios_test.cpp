#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "location-history.json";
const std::string kHead =
    R"([{"startTime": "1970-01-01T01:00:01+01:00", "endTime": "1970-01-01T01:00:02+01:00", "visit": {"hierarchyLevel": "1", "topCandidate": {"placeID": "a"}}},)";
const std::string kFirst =
    "place_visit: start_us=1000000 end_us=2000000 place_id=a hierarchy=1 origin=ios start_offset_min=60 "
    "end_offset_min=60";

std::string file_of(const std::string& members) {
  return kHead + R"({"startTime": "1970-01-01T00:00:03Z", "endTime": "1970-01-01T00:00:04Z", )" + members +
         "}]";
}

TEST(TimelineIos, NumbersAreTexts) {
  expect_cases(
      kTimelineIos, kName,
      {
          {"a stay",
           file_of(
               R"("visit": {"hierarchyLevel": "0", "topCandidate": {"probability": "0.500000", "semanticType": "Home", "placeID": "ChIJ", "placeLocation": "geo:52.516300,13.377700"}, "probability": "0.250000"})"),
           {kFirst,
            "place_visit: start_us=3000000 end_us=4000000 place_id=ChIJ hierarchy=0 origin=ios "
            "lat_e7=525163000 lon_e7=133777000 semantic_type=Home probability=0.250000 "
            "place_probability=0.500000"}},
          {"a trip between two places",
           file_of(
               R"("activity": {"probability": "0.98", "end": "geo:3.0,4.0", "topCandidate": {"type": "walking", "probability": "0.7"}, "distanceMeters": "1234.500000", "start": "geo:1.0,2.0"})"),
           {kFirst,
            "travel_segment: start_us=3000000 end_us=4000000 origin=ios start_lat_e7=10000000 "
            "start_lon_e7=20000000 end_lat_e7=30000000 end_lon_e7=40000000 distance_m=1234.500000 "
            "activity=walking probability=0.980000 activity_probability=0.700000"}},
          {"a journey",
           file_of(
               R"("timelineMemory": {"destinations": [{"identifier": "p"}], "distanceFromOriginKms": "12"})"),
           {kFirst,
            R"(trip: start_us=3000000 end_us=4000000 origin=ios distance_from_origin_km=12.000000 destinations=[{"identifier": "p"}])"}},
          {"a path, its steps minutes after the start",
           file_of(
               R"("timelinePath": [{"point": "geo:1.0,2.0", "durationMinutesOffsetFromStartTime": "0"}, {"point": "geo:3.0,4.0", "durationMinutesOffsetFromStartTime": "5"}, {"point": "geo:5.0,6.0"}])"),
           {kFirst,
            R"(location_point: ts_us=3000000 lat_e7=10000000 lon_e7=20000000 origin=path extra={"timelinePath[]":{"lat_e7":50000000,"lon_e7":60000000}})",
            "location_point: ts_us=303000000 lat_e7=30000000 lon_e7=40000000 origin=path"}},
          {"a number that is none, and an unknown member",
           file_of(R"("visit": {"probability": "often", "x": "y"})"),
           {kFirst,
            R"(place_visit: start_us=3000000 end_us=4000000 origin=ios extra={"visit.probability":"often","visit.x":"y"})"}},
          {"a file that stops inside an element", kHead + R"({"startTime")", {kFirst}},
      });
}

TEST(TimelineIos, Rejects) {
  const auto at = std::to_string(kHead.size());
  expect_cases(kTimelineIos, kName,
               {{"no JSON", kHead + R"({"visit": }])", {kFirst}, {"syntax @" + at + "+11"}},
                {"no object", kHead + "[]]", {kFirst}, {"shape @" + at + "+2"}},
                {"no start", kHead + R"({"visit": {}}])", {kFirst}, {"no time @" + at + "+13"}},
                {"minutes after no start",
                 kHead + R"({"timelinePath": [{"durationMinutesOffsetFromStartTime": "5"}]}])",
                 {kFirst},
                 {"no time @" + at + "+63"}}});
}

}  // namespace
}  // namespace lake::takeout
