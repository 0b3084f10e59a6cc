#include "lake/takeout/chrome_tables.hpp"
#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

TEST(SearchEngines, TimesOfBothEpochs) {
  const std::string head = R"({"Search Engines": [{"keyword": "k", "sync_guid": "g"},)";
  const std::string first = "search_engine: sync_guid=g keyword=k";
  const auto at = std::to_string(head.size());
  expect_cases(
      kSearchEngines, "Takeout/Chrome/Suchmaschinen.json",
      {
          {"every member there is",
           head +
               R"({"suggestions_url": "s", "favicon_url": "f", "safe_for_autoreplace": true, "is_active": "ACTIVE_TRUE", "date_created": "13253932800000001", "url": "u", "short_name": "n", "keyword": "k2", "sync_guid": "g2", "last_modified": "1609459200000001", "input_encodings": "UTF-8"}]})",
           {first,
            R"(search_engine: sync_guid=g2 keyword=k2 short_name=n url=u suggestions_url=s favicon_url=f created_us=1609459200000001 modified_us=1609459200000001 is_active=ACTIVE_TRUE safe_for_autoreplace=1 extra={"input_encodings":"UTF-8"})"}},
          {"0 is no time; milliseconds",
           head + R"({"keyword": "k2", "date_created": "0", "last_modified": 1609459200001}]})",
           {first, "search_engine: keyword=k2 modified_us=1609459200001000"}},
          {"nothing to tell it by", head + R"({"url": "u"}]})", {first}, {"no name @" + at + "+12"}},
          {"no JSON", head + R"({"url": u}]})", {first}, {"syntax @" + at + "+10"}},
          {"a cut file and an unknown member",
           R"({"Search Engines": [], "More": 1, "x)",
           {"raw_json: idx=0 path=Chrome/Suchmaschinen.json product=Chrome member=More doc=1"}},
      });
}

TEST(ChromeDevices, AreKnownByName) {
  const std::string head = R"({"Device Info": [{"client_name": "c"},)";
  const std::string first = "chrome_device: client_name=c";
  const auto at = std::to_string(head.size());
  expect_cases(
      kChromeDevices, "Takeout/Chrome/Device Information.json",
      {
          {"every member there is",
           head +
               R"({"client_name": "Laptop", "model": "X1", "manufacturer": "m", "os_type": "OS_TYPE_LINUX", "device_type": "TYPE_LINUX", "chrome_version": "124.0", "last_updated_timestamp": "1609459200000001", "sync_user_agent": "s"}]})",
           {first,
            R"(chrome_device: client_name=Laptop model=X1 manufacturer=m os_type=OS_TYPE_LINUX device_type=TYPE_LINUX chrome_version=124.0 last_updated_us=1609459200000001 extra={"sync_user_agent":"s"})"}},
          {"nothing to tell it by", head + R"({"os_type": "x"}]})", {first}, {"no name @" + at + "+16"}},
          {"no object", head + R"("x"]})", {first}, {"shape @" + at + "+3"}},
      });
}

TEST(ChromeAutofill, StaysWholeInASensitiveTable) {
  EXPECT_TRUE(kAutofill.is_sensitive);
  expect_cases(
      kChromeAutofill, "Takeout/Chrome/Addresses and more.json",
      {{"two sections",
        R"({"Autofill": [{"name": "email", "value": ["a@example.com"]}, x], "Autofill Profile": [{"b": 2}]})",
        {R"(autofill: idx=0 section=Autofill doc={"name": "email", "value": ["a@example.com"]})",
         R"(autofill: idx=2 section=Autofill Profile doc={"b": 2})"},
        {"syntax @61+1"}}});
}

}  // namespace
}  // namespace lake::takeout
