#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

const std::string kHead =
    R"({"Data Source": "derived:com.google.step_count.delta:x", "Data Points": [{"fitValue": [{"value": {"intVal": 7}}], "dataTypeName": "com.google.step_count.delta", "startTimeNanos": 1000000000, "endTimeNanos": 2000000000},)";
const std::string kFirst =
    "health_sample: start_us=1000000 end_us=2000000 metric=com.google.step_count.delta "
    "source=derived:com.google.step_count.delta:x value=7.000000 value_milli=7000 ts_quality=exact";

TEST(FitData, PointsOfAStream) {
  const std::string timeless = R"({"fitValue": [{"value": {"intVal": 7}}], "dataTypeName": "a"})";
  const std::string empty =
      R"({"fitValue": [], "dataTypeName": "a", "startTimeNanos": 1, "endTimeNanos": 2})";
  expect_cases(
      kFitData, "Takeout/Fit/All Data/derived_com.google.step_count.delta_com.goo.json",
      {{"several values, one of them a text",
        kHead +
            R"({"fitValue": [{"value": {"fpVal": 1.5}}, {"value": {"stringVal": "s"}}], "originDataSourceId": "o", "endTimeNanos": 2000000999, "dataTypeName": "t", "startTimeNanos": 1000000999}]})",
        {kFirst,
         R"(health_sample: start_us=1000000 end_us=2000000 metric=t source=derived:com.google.step_count.delta:x value=1.500000 value_milli=1500 ts_quality=exact extra={"originDataSourceId":"o","fitValue[1]":"s"})",
         "health_sample: start_us=1000000 end_us=2000000 metric=t[1] "
         "source=derived:com.google.step_count.delta:x "
         "ts_quality=exact"}},
       {"no time", kHead + timeless + "]}", {kFirst}, {rejected("no time", kHead, timeless)}},
       {"no value", kHead + empty + "]}", {kFirst}, {rejected("shape", kHead, empty)}},
       {"a cut file", kHead + R"({"fit)", {kFirst}}});
}

TEST(FitSessions, OneAFile) {
  const std::string timeless = R"({"fitnessActivity": "walking", "startTime": "x", "endTime": "y"})";
  expect_cases(
      kFitSessions, "Takeout/Fit/All Sessions/x_WALKING.json",
      {{"every member there is",
        R"({"fitnessActivity": "walking", "startTime": "1970-01-01T00:00:01Z", "endTime": "1970-01-01T00:00:02Z", "duration": "0.5s", "segment": [{"a": 1}], "aggregate": [{"b": 2}], "new": 3})",
        {R"(workout: start_us=1000000 end_us=2000000 type=walking duration=0.5s segments=[{"a": 1}] aggregates=[{"b": 2}] extra={"new":3})"}},
       {"no time", timeless, {}, {rejected("no time", "", timeless)}}});
}

}  // namespace
}  // namespace lake::takeout
