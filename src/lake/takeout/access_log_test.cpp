#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName =
    "Takeout/Access log activity/Activities - A list of Google services accessed by.csv";
const std::string kOld =
    "Gaia ID,Activity Timestamp,IP Address,Proxied Host IP Address,Is Non-routable IP Address,Activity "
    "Country,Activity Region,Activity City,User Agent String,Product Name,Sub-Product Name,Activity "
    "Type,Gmail "
    "Access Channel\n";
const std::string kNew =
    "Gaia ID,Activity Timestamp,IP Address,Proxied Host IP Address,Is Non-routable IP Address,Activity "
    "Country,Activity Region,Activity City,User Agent String,Product Name,Sub-Product Name,Referer Product "
    "Name,Referer Sub-Product Name,Activity Type,Gmail Access Channel,Android Webview Package Name,Later\n";

std::string line(const std::string& second, const std::string& ip) {
  return "42,1970-01-01 00:00:0" + second + " UTC," + ip +
         ",,False,DE,Berlin,B,\"Mozilla, x\",Gmail,Web,Login,\n";
}
std::string row(const std::string& second, const std::string& ip, const std::string& count) {
  return "access_log: ts_us=" + second + "000000 ip=" + ip +
         " product=Gmail sub_product=Web activity_type=Login user_agent=Mozilla, x is_non_routable=False "
         "country=DE "
         "region=Berlin city=B gaia_id=42 ts_quality=exact count=" +
         count;
}

TEST(AccessLog, EqualLinesOfOneSecondAreCounted) {
  const auto lines = line("1", "a") + line("1", "b") + line("1", "a") + line("1", "a") + line("2", "a") +
                     line("3", "a") + line("3", "a");
  expect_cases(kAccessActivities, kName,
               {{"13 columns",
                 kOld + lines,
                 {row("1", "a", "3"), row("1", "b", "1"), row("2", "a", "1"), row("3", "a", "2")}},
                {"nothing happened", kOld, {}}});
  const auto parsed = parse(kAccessActivities, kName, kOld + lines);
  EXPECT_EQ(parsed.counts.elements, 7U);
  EXPECT_EQ(parsed.counts.rows, 4U);
}

TEST(AccessLog, SixteenColumnsAndMore) {
  const std::string bad = "42,yesterday,::1,,,,,,,,,,,,,,";
  const std::string good = "42,1970-01-01 00:00:01 UTC,::1,p,,,,,,A,,r,s,Other,IMAP,w,x\n";
  expect_cases(
      kAccessActivities, kName,
      {{"every member there is",
        kNew + good + bad + "\n",
        {R"(access_log: ts_us=1000000 ip=::1 product=A activity_type=Other proxied_ip=p referer_product=r referer_sub_product=s gmail_channel=IMAP webview_package=w gaia_id=42 ts_quality=exact count=1 extra={"Later":"x"})"},
        {rejected("no time", kNew + good, bad)}}});
}

TEST(AccessLog, ResumingCountsASecondWhole) {
  const auto lines = line("1", "a") + line("1", "b") + line("1", "b");
  const auto parsed =
      parse(kAccessActivities, kName, kOld + lines, SIZE_MAX, kOld.size() + line("1", "a").size() - 1);
  EXPECT_EQ(parsed.rows, (std::vector<std::string>{row("1", "b", "2")}));
}

TEST(AccessDevices, WithALocationOfTwoLines) {
  const std::string head =
      "Gaia ID,Device Type,Brand Name,Marketing Name,OS,OS Version,Device Model,User Given Name,Device Last "
      "Location\n";
  const std::string good = "42,MOBILE,Google,Pixel,ANDROID,14,m,Mine,\"Country ISO: DE,\n Time: x\"\n";
  const std::string bad = ",MOBILE,,,,,,,";
  expect_cases(kAccessDevices,
               "Takeout/Access log activity/Devices - A list of devices (i.e. Nest, Pixel, iPh.csv",
               {{"one, and one without a name",
                 head + good + bad + "\n",
                 {"access_device: gaia_id=42 device=m user_given_name=Mine type=MOBILE brand=Google "
                  "marketing_name=Pixel os=ANDROID os_version=14 last_location=Country ISO: DE,\n Time: x"},
                 {rejected("no device", head + good, bad)}}});
}

}  // namespace
}  // namespace lake::takeout
