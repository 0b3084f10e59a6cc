#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

TEST(PlayInstalls, AppsOnDevices) {
  const std::string head = R"([{"install": {"doc": {"title": "a"}}},)";
  const std::string first = "play_install: title=a";
  const std::string broken = R"({"install": {"doc": }})";
  expect_cases(
      kPlayInstalls, "Takeout/Google Play ストア/Installs.json",
      {{"every member there is",
        head +
            R"({"install": {"doc": {"documentType": "Android Apps", "title": "T & U", "x": 1}, "firstInstallationTime": "1970-01-01T00:00:01.070725Z", "deviceAttribute": {"model": "SM-S901E", "carrier": "Vodafone", "manufacturer": "samsung", "deviceDisplayName": "samsung SM-S901E"}, "lastUpdateTime": "1970-01-01T00:00:02Z"}, "y": 2}])",
        {first,
         R"(play_install: first_installation_us=1070725 title=T & U device=samsung SM-S901E last_update_us=2000000 document_type=Android Apps model=SM-S901E manufacturer=samsung carrier=Vodafone extra={"install.doc.x":1,"y":2})"}},
       {"a time that is none",
        head + R"({"install": {"doc": {"title": "b"}, "firstInstallationTime": 7}}])",
        {first, R"(play_install: title=b extra={"install.firstInstallationTime":7})"}},
       {"no install", head + R"({"other": 1}])", {first}, {rejected("shape", head, R"({"other": 1})")}},
       {"no JSON", head + broken + "]", {first}, {rejected("syntax", head, broken)}},
       {"a cut file", head + R"({"install)", {first}}});
}

}  // namespace
}  // namespace lake::takeout
