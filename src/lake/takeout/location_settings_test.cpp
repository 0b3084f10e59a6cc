#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "Takeout/Location History (Timeline)/Settings.json";
const std::string kHead = R"({"deviceSettings": [{"deviceTag": 1},)";
const std::string kFirst = "location_device: device_tag=1";

TEST(LocationSettings, DevicesAndChoices) {
  expect_cases(
      kLocationSettings, kName,
      {
          {"every member there is",
           kHead +
               R"({"deviceTag": -8024144696862913506, "devicePrettyName": "Phone", "platformType": "ANDROID", "androidOsLevel": 30, "iosVersion": "17.1", "deviceSpec": {"brand": "b"}, "legalCountryCode": "de", "deviceCreationTime": "1970-01-01T00:00:02Z", "reportingEnabled": true, "new": [1]}]})",
           {kFirst,
            R"(location_device: device_tag=-8024144696862913506 name=Phone platform=ANDROID android_os_level=30 ios_version=17.1 spec={"brand": "b"} legal_country=de created_us=2000000 reporting_enabled=1 extra={"new":[1]})"}},
          {"what the account chose",
           R"({"createdTime": "2013-02-01T00:00:00Z", "historyEnabled": true, "retentionWindowDays": 2147483647, "more": ["x"]})",
           {R"(location_setting: name=createdTime value="2013-02-01T00:00:00Z")",
            "location_setting: name=historyEnabled value=true",
            "location_setting: name=retentionWindowDays value=2147483647",
            R"(raw_json: idx=3 path=Location History (Timeline)/Settings.json product=Location History (Timeline) member=more doc="x")"}},
          {"a file that stops inside an element", kHead + R"({"devi)", {kFirst}},
      });
}

TEST(LocationSettings, Rejects) {
  const auto at = std::to_string(kHead.size());
  expect_cases(kLocationSettings, kName,
               {{"no tag", kHead + R"({"devicePrettyName": "x"}]})", {kFirst}, {"no device @" + at + "+25"}},
                {"no JSON", kHead + R"({"deviceTag": x}]})", {kFirst}, {"syntax @" + at + "+16"}},
                {"no object", kHead + "5]}", {kFirst}, {"shape @" + at + "+1"}},
                {"a choice that is no JSON",
                 R"({"hasReportedLocations": true, "historyEnabled": yes})",
                 {"location_setting: name=hasReportedLocations value=true"},
                 {"syntax @49+3"}}});
}

}  // namespace
}  // namespace lake::takeout
