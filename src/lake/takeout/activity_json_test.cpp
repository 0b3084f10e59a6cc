#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "Takeout/My Activity/Search/MyActivity.json";
const std::string kHead =
    R"([{"header": "Search", "title": "Searched for a", "time": "1970-01-01T00:00:01.000Z", "products": ["Search"]},)";
const std::string kFirst =
    "activity: ts_us=1000000 product=Search header=Search verb=Searched for title=Searched for a "
    "products=[Search] is_ad=0 "
    "format=json ts_quality=exact";

std::string file_of(const std::string& element) { return kHead + element + "]"; }

TEST(ActivityJson, Events) {
  expect_cases(
      kActivityJson, kName,
      {
          {"every member there is",
           file_of(
               R"({"header": "Maps", "title": "Viewed area around x", "titleUrl": "https://example.com/?q\u003d1", "description": "d", "subtitles": [{"name": "s"}], "time": "1970-01-01T00:00:02.007Z", "products": ["Maps", "Search"], "details": [{"name": "From Google Ads"}], "activityControls": ["Web & App Activity"], "locationInfos": [{"name": "n", "url": "https://maps.example.com/maps/@?api=1&map_action=map&center=52.1,-13.25&zoom=12"}], "imageFile": "i.jpg", "audioFiles": ["a.mp3"]})"),
           {kFirst,
            R"(activity: ts_us=2007000 product=Maps header=Maps verb=Viewed title=Viewed area around x url=https://example.com/?q=1 description=d subtitles=[{"name": "s"}] details=[From Google Ads] controls=[Web & App Activity] products=[Maps, Search] locations=[{"name": "n", "url": "https://maps.example.com/maps/@?api=1&map_action=map&center=52.1,-13.25&zoom=12"}] lat_e7=521000000 lon_e7=-132500000 image_file=i.jpg audio_files=[a.mp3] is_ad=1 format=json ts_quality=exact)"}},
          {"no header, no products: the folder names the product",
           file_of(R"({"title": "Visited view-source:", "time": "1970-01-01T00:00:02Z"})"),
           {kFirst,
            "activity: ts_us=2000000 product=Search verb=Visited title=Visited view-source: is_ad=0 "
            "format=json ts_quality=exact"}},
          {"odd subtitles are kept as they are",
           file_of(
               R"({"title": "t", "subtitles": ["no object", {}], "details": ["x"], "time": "1970-01-01T00:00:02Z"})"),
           {kFirst,
            R"(activity: ts_us=2000000 product=Search title=t subtitles=["no object", {}] is_ad=0 format=json ts_quality=exact extra={"details[0]":"x"})"}},
          {"an unknown member",
           file_of(R"({"title": "t", "futureKey": {"deep": [true]}, "time": "1970-01-01T00:00:02Z"})"),
           {kFirst,
            R"(activity: ts_us=2000000 product=Search title=t is_ad=0 format=json ts_quality=exact extra={"futureKey":{"deep": [true]}})"}},
      });
}

TEST(ActivityJson, Rejects) {
  const auto at = std::to_string(kHead.size());
  expect_cases(
      kActivityJson, kName,
      {{"no JSON",
        file_of(R"({"title": bad, "time": "1970-01-01T00:00:02Z"})"),
        {kFirst},
        {"syntax @" + at + "+46"}},
       {"no object", file_of("42"), {kFirst}, {"shape @" + at + "+2"}},
       {"no time", file_of(R"({"header": "Search", "title": "t"})"), {kFirst}, {"no time @" + at + "+34"}}});
}

}  // namespace
}  // namespace lake::takeout
