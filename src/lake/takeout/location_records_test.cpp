#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

const std::string kHead =
    R"({"locations": [{"latitudeE7": 1, "longitudeE7": 2, "timestamp": "1970-01-01T00:00:01Z"}, )";
const std::string kFirst = "location_point: ts_us=1000000 lat_e7=1 lon_e7=2 origin=record";

std::string file_of(const std::string& element) { return kHead + element + "]}"; }

TEST(LocationRecords, PointsOfBothSpellings) {
  expect_cases(
      kLocationRecords, "Takeout/Location History (Timeline)/Records.json",
      {
          {"a point as of 2018",
           file_of(
               R"({"timestampMs": "1512947698030", "latitudeE7": 351324213, "longitudeE7": -1122434441, "accuracy": 10})"),
           {kFirst,
            "location_point: ts_us=1512947698030000 lat_e7=351324213 lon_e7=-1122434441 accuracy_m=10.000000 "
            "origin=record"}},
          {"every member there is",
           file_of(
               R"({"latitudeE7": 525163000, "longitudeE7": 133777000, "accuracy": 5, "altitude": 34, "verticalAccuracy": 2, "velocity": 1, "heading": 359, "source": "WIFI", "deviceTag": -8024144696862913506, "deviceDesignation": "PRIMARY", "platformType": "ANDROID", "osLevel": 30, "formFactor": "PHONE", "batteryCharging": true, "serverTimestamp": "1970-01-01T00:00:03Z", "deviceTimestamp": "1970-01-01T00:00:02.5Z", "placeId": "ChIJ", "inferredLocation": [{"x": 1}], "timestamp": "1970-01-01T02:00:02+02:00"})"),
           {kFirst,
            R"(location_point: ts_us=2000000 lat_e7=525163000 lon_e7=133777000 accuracy_m=5.000000 alt_m=34.000000 valt_m=2.000000 speed_mps=1.000000 heading_deg=359 source=WIFI device_tag=-8024144696862913506 origin=record platform=ANDROID os_level=30 form_factor=PHONE device_designation=PRIMARY battery_charging=1 server_us=3000000 device_us=2500000 place_id=ChIJ inferred_location=[{"x": 1}] ts_offset_min=120)"}},
          {"activities and scans",
           file_of(
               R"({"latitudeE7": 3, "longitudeE7": 4, "activity": [{"activity": [{"type": "STILL", "confidence": 60}, {"type": "UNKNOWN", "confidence": 4}], "timestamp": "1970-01-01T00:00:05Z"}], "activeWifiScan": {"accessPoints": [{"mac": "281474976710655", "strength": -70, "frequencyMhz": 2412, "isConnected": true}]}, "locationMetadata": [{"timestamp": "1970-01-01T00:00:04Z", "wifiScan": {"accessPoints": [{"mac": "7", "strength": -60}]}}], "timestamp": "1970-01-01T00:00:06Z"})"),
           {kFirst, "location_point: ts_us=6000000 lat_e7=3 lon_e7=4 origin=record",
            "location_activity_sample: ts_us=5000000 type=STILL confidence=60",
            "location_activity_sample: ts_us=5000000 type=UNKNOWN confidence=4",
            "wifi_scan: ts_us=6000000 mac=281474976710655 rssi=-70 frequency_mhz=2412 is_connected=1",
            "wifi_scan: ts_us=4000000 mac=7 rssi=-60"}},
          {"beyond the pole is kept",
           file_of(R"({"latitudeE7": 910000000, "longitudeE7": 4, "timestamp": "1970-01-01T00:00:02Z"})"),
           {kFirst, "location_point: ts_us=2000000 lat_e7=910000000 lon_e7=4 origin=record"}},
          {"what no column holds goes to extra",
           file_of(
               R"({"latitudeE7": 3917967296, "longitudeE7": 4, "accuracy": "x", "futureKey": {"a": [1, null]}, "activity": [{"foo": 1}], "timestamp": "1970-01-01T00:00:02Z"})"),
           {kFirst,
            R"(location_point: ts_us=2000000 lon_e7=4 origin=record extra={"latitudeE7":3917967296,"accuracy":"x","futureKey":{"a": [1, null]},"activity[0].foo":1})"}},
          {"a time without a place",
           file_of(R"({"timestamp": "1970-01-01T00:00:02Z"})"),
           {kFirst, "location_point: ts_us=2000000 origin=record"}},
          {"a file that stops inside an element", kHead + R"({"latitudeE7": 52)", {kFirst}},
      });
}

TEST(LocationRecords, RejectsKeepTheirPlace) {
  const auto at = std::to_string(kHead.size());
  expect_cases(
      kLocationRecords, "Records.json",
      {{"no JSON", file_of(R"({"latitudeE7": 52x16})"), {kFirst}, {"syntax @" + at + "+21"}},
       {"no object", file_of(R"("no object")"), {kFirst}, {"shape @" + at + "+11"}},
       {"no time", file_of(R"({"latitudeE7": 1})"), {kFirst}, {"no time @" + at + "+17"}},
       {"a time that is none", file_of(R"({"timestamp": "soon"})"), {kFirst}, {"no time @" + at + "+21"}},
       {"another member",
        R"({"locations": [{"latitudeE7": 1, "timestamp": "1970-01-01T00:00:01Z"}], "x": 1})",
        {"location_point: ts_us=1000000 lat_e7=1 origin=record"},
        {"shape @77+1"}}});
}

TEST(LocationRecords, ACutFileSaysWhere) {
  const auto parsed = parse(kLocationRecords, "Records.json", kHead + R"({"latitudeE7": 52)");
  EXPECT_FALSE(parsed.end.is_complete);
  EXPECT_EQ(parsed.end.offset, kHead.size());
  EXPECT_EQ(parsed.counts.elements, 1U);
}

TEST(LocationRecords, ResumingPassesOverWhatIsStored) {
  const auto parsed =
      parse(kLocationRecords, "Records.json",
            file_of(R"({"latitudeE7": 3, "timestamp": "1970-01-01T00:00:02Z"})"), SIZE_MAX, kHead.size() - 2);
  EXPECT_EQ(parsed.rows, (std::vector<std::string>{"location_point: ts_us=2000000 lat_e7=3 origin=record"}));
}

}  // namespace
}  // namespace lake::takeout
