#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

const std::string kHead = R"([{"dateTime": "01/02/70 00:00:00", "value": "7"},)";

TEST(FitbitJson, ValuesOfAllForms) {
  const std::string first =
      "health_sample: start_us=86400000000 end_us=86400000000 metric=heart_rate source=fitbit "
      "value=7.000000 value_milli=7000 ts_quality=zone_unknown";
  const std::string timeless = R"({"dateTime": "1970-01-02", "value": "7"})";
  const std::string broken = R"({"dateTime" 1})";
  expect_cases(
      kFitbitJson, "Takeout/Fitbit/Global Export Data/heart_rate-2024-01-31.json",
      {{"a pulse with its confidence",
        kHead + R"({"dateTime": "01/31/24 17:05:09", "value": {"bpm": 61, "confidence": 2}}])",
        {first,
         "health_sample: start_us=1706720709000000 end_us=1706720709000000 metric=heart_rate source=fitbit "
         "value=61.000000 value_milli=61000 confidence=2 ts_quality=zone_unknown"}},
       {"a resting pulse",
        kHead +
            R"({"dateTime": "01/02/70 00:00:00", "value": {"date": "01/02/70", "value": 61.5, "error": 6.5}}])",
        {first,
         R"(health_sample: start_us=86400000000 end_us=86400000000 metric=heart_rate source=fitbit value=61.500000 value_milli=61500 ts_quality=zone_unknown extra={"value.date":"01/02/70","value.error":6.5})"}},
       {"a value that is no number",
        kHead + R"({"dateTime": "01/02/70 00:00:00", "value": [1], "more": 2}])",
        {first,
         R"(health_sample: start_us=86400000000 end_us=86400000000 metric=heart_rate source=fitbit ts_quality=zone_unknown extra={"value":[1],"more":2})"}},
       {"another spelling of the time",
        kHead + timeless + "]",
        {first},
        {rejected("no time", kHead, timeless)}},
       {"no JSON", kHead + broken + "]", {first}, {rejected("syntax", kHead, broken)}},
       {"a cut file", kHead + R"({"dateTi)", {first}}});
}

TEST(FitbitJson, TheAccountsZoneIsApplied) {
  Parsed parsed;
  const std::string text = R"([{"dateTime": "07/01/21 02:00:00", "value": 1}])";
  TextContent content(text);
  Batch batch;
  CollectingTaker taker(parsed);
  EntrySink sink({.entry_id = 7, .export_us = 1, .resume_offset = 0}, batch, parsed.drift, taker, 1U << 20U,
                 1000);
  const EntryHead head("Takeout/Fitbit/Global Export Data/steps-2021-07-01.json", text, true);
  ASSERT_TRUE(kFitbitJson.parse(head, {.time_zone = "Europe/Berlin"}, content, sink).has_value());
  ASSERT_TRUE(taker.take(batch, sink.counts()).has_value());
  EXPECT_EQ(parsed.rows,
            (std::vector<std::string>{
                "health_sample: start_us=1625097600000000 end_us=1625097600000000 metric=steps source=fitbit "
                "value=1.000000 value_milli=1000 ts_quality=zone_inferred"}));
}

TEST(FitbitCsv, OneNumberOrMore) {
  const std::string head = "timestamp,beats per minute,data source\n";
  const std::string good = "1970-01-01T00:00:01Z,61.0,Charge 5\n";
  expect_cases(
      kFitbitCsv, "Takeout/Fitbit/Physical Activity_GoogleData/heart_rate_2024-01-31.csv",
      {{"one, and records without a time and a number",
        head + good + "now,61.0,x\n1970-01-01T00:00:01Z,,x\n",
        {"health_sample: start_us=1000000 end_us=1000000 metric=heart_rate source=Charge 5 value=61.000000 "
         "value_milli=61000 ts_quality=exact"},
        {rejected("no time", head + good, "now,61.0,x"),
         rejected("no number", head + good + "now,61.0,x\n", "1970-01-01T00:00:01Z,,x")}},
       {"two",
        "timestamp,a,b,data source\n1970-01-01T00:00:01Z,1,2,\n",
        {"health_sample: start_us=1000000 end_us=1000000 metric=a value=1.000000 value_milli=1000 "
         "ts_quality=exact",
         "health_sample: start_us=1000000 end_us=1000000 metric=b value=2.000000 value_milli=2000 "
         "ts_quality=exact"}}});
}

}  // namespace
}  // namespace lake::takeout
