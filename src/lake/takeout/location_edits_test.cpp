#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "Takeout/Location History (Timeline)/Timeline Edits.json";
const std::string kHead =
    R"({"timelineEdits": [{"rawSignal": {"signal": {"position": {"timestamp": "1970-01-01T00:00:01Z"}}}},)";
const std::string kFirst = "location_point: ts_us=1000000 origin=edit";

std::string signal_of(const std::string& signal, const std::string& more = "") {
  return kHead + R"({"rawSignal": {"signal": {)" + signal + "}" + more + "}}]}";
}

TEST(LocationEdits, Signals) {
  expect_cases(
      kLocationEdits, kName,
      {
          {"a position in millimetres",
           kHead +
               R"({"deviceId": "1978796627", "rawSignal": {"signal": {"position": {"point": {"latE7": 525163000, "lngE7": -133777000}, "accuracyMm": 13500, "altitudeMeters": 34.5, "source": "WIFI", "timestamp": "1970-01-01T00:00:02Z", "speedMetersPerSecond": 0.5}}}}]})",
           {kFirst,
            R"(location_point: ts_us=2000000 lat_e7=525163000 lon_e7=-133777000 accuracy_m=13.500000 alt_m=34.500000 speed_mps=0.500000 source=WIFI origin=edit extra={"deviceId":"1978796627"})"}},
          {"what its owner did; the time stands beside the signal",
           signal_of(
               R"("activityRecord": {"detectedActivities": [{"activityType": "STILL", "probability": 0.6}]})",
               R"(, "additionalTimestamp": "1970-01-01T00:00:03Z")"),
           {kFirst, "location_activity_sample: ts_us=3000000 type=STILL confidence=60"}},
          {"stations around",
           signal_of(
               R"("wifiScan": {"deliveryTime": "1970-01-01T00:00:04Z", "source": "ACTIVE_SCAN", "devices": [{"mac": "7", "rawRssi": -70}, {"mac": "8"}]})"),
           {kFirst,
            R"(wifi_scan: ts_us=4000000 mac=7 rssi=-70 extra={"rawSignal.signal.wifiScan.source":"ACTIVE_SCAN"})",
            "wifi_scan: ts_us=4000000 mac=8"}},
          {"an edit of another kind is kept as it is",
           kHead + R"({"deviceId": "1", "placeAggregates": {"a": 1}}]})",
           {kFirst,
            R"(raw_json: idx=1 path=Location History (Timeline)/Timeline Edits.json product=Location History (Timeline) member=timelineEdits doc={"deviceId": "1", "placeAggregates": {"a": 1}})"}},
          {"a file that stops inside an element", kHead + R"({"rawSig)", {kFirst}},
      });
}

TEST(LocationEdits, Rejects) {
  const auto at = std::to_string(kHead.size());
  expect_cases(kLocationEdits, kName,
               {{"no JSON", kHead + R"({"signal" 1}]})", {kFirst}, {"syntax @" + at + "+12"}},
                {"no time", signal_of(R"("position": {})"), {kFirst}, {"no time @" + at + "+43"}},
                {"an unknown signal", signal_of(R"("odour": {})"), {kFirst}, {"shape @" + at + "+40"}}});
}

}  // namespace
}  // namespace lake::takeout
