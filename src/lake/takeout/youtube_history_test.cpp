#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/youtube_names.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kWatchName = "Takeout/YouTube und YouTube Music/Verlauf/Wiedergabeverlauf.json";
const std::string kHead =
    R"([{"header": "YouTube", "title": "Watched a", "titleUrl": "https://www.example.com/watch?v\u003dabcdefghij1", "time": "1970-01-01T00:00:01Z", "products": ["YouTube"]},)";
const std::string kFirst =
    "yt_watch: ts_us=1000000 video_id=abcdefghij1 title=Watched a "
    "url=https://www.example.com/watch?v=abcdefghij1 is_music=0 is_ad=0 header=YouTube products=[YouTube] "
    "format=json ts_quality=exact";

TEST(YoutubeHistory, Watches) {
  expect_cases(
      kYtHistory, kWatchName,
      {
          {"every member there is",
           kHead +
               R"({"header": "YouTube Music", "title": "Watched t", "titleUrl": "https://music.example.com/watch?v=-_abcdefghi&list=x", "description": "d", "subtitles": [{"name": "c", "url": "https://www.example.com/channel/UCabcdefghijklmnopqrstuv"}, {"name": "more"}], "time": "1970-01-01T00:00:02.007Z", "products": ["YouTube"], "details": [{"name": "From Google Ads"}], "activityControls": ["YouTube watch history"], "imageFile": "i.jpg", "new": 1}])",
           {kFirst,
            R"(yt_watch: ts_us=2007000 video_id=-_abcdefghi title=Watched t url=https://music.example.com/watch?v=-_abcdefghi&list=x channel_id=UCabcdefghijklmnopqrstuv channel=c is_music=1 is_ad=1 header=YouTube Music description=d details=[From Google Ads] controls=[YouTube watch history] products=[YouTube] image_file=i.jpg format=json ts_quality=exact extra={"subtitles[1].name":"more","new":1})"}},
          {"a removed video, and a channel without the usual address",
           kHead +
               R"({"title": "Watched a video that has been removed", "time": "1970-01-01T00:00:02Z"},{"title": "t", "titleUrl": "https://www.example.com/post/x", "subtitles": [{"name": "c", "url": "https://www.example.com/@c"}], "time": "1970-01-01T00:00:03Z"}])",
           {kFirst,
            "yt_watch: ts_us=2000000 title=Watched a video that has been removed is_music=0 is_ad=0 "
            "format=json "
            "ts_quality=exact",
            "yt_watch: ts_us=3000000 title=t url=https://www.example.com/post/x channel=c "
            "channel_url=https://www.example.com/@c is_music=0 is_ad=0 format=json ts_quality=exact"}},
          {"a search among them",
           kHead +
               R"({"title": "Searched for a b", "titleUrl": "https://www.example.com/results?search_query=a+b%C3%A4%2&x=1", "time": "1970-01-01T00:00:02Z"}])",
           {kFirst,
            "yt_search: ts_us=2000000 title=Searched for a b query=a bä%2 "
            "url=https://www.example.com/results?search_query=a+b%C3%A4%2&x=1 is_ad=0 format=json "
            "ts_quality=exact"}},
          {"odd subtitles",
           kHead + R"({"title": "t", "subtitles": ["x", {}], "time": "1970-01-01T00:00:02Z"}])",
           {kFirst,
            R"(yt_watch: ts_us=2000000 title=t is_music=0 is_ad=0 format=json ts_quality=exact extra={"subtitles[0]":"x"})"}},
          {"a file that stops inside an element", kHead + R"({"title": )", {kFirst}},
      });
}

TEST(YoutubeHistory, SearchesAlsoInLanguagesNobodyKnows) {
  const std::vector<ParserCase> cases = {
      {"a search without an address",
       R"([{"title": "Searched for x", "titleUrl": "https://www.example.com/results?search_query=x", "time": "1970-01-01T00:00:01Z", "products": ["YouTube"]}, {"title": "Searched for something", "time": "1970-01-01T00:00:02Z"}])",
       {"yt_search: ts_us=1000000 title=Searched for x query=x "
        "url=https://www.example.com/results?search_query=x is_ad=0 products=[YouTube] format=json "
        "ts_quality=exact",
        "yt_search: ts_us=2000000 title=Searched for something is_ad=0 format=json ts_quality=exact"}}};
  expect_cases(kYtHistory, "Takeout/YouTube/history/search-history.json", cases);
  expect_cases(kYtHistory, "Takeout/YouTube og YouTube Music/logg/soek.json", cases);
  expect_cases(kYtHistory, "search-history.json", cases);
}

TEST(YoutubeHistory, Rejects) {
  const std::string syntax = R"({"title": bad, "time": "1970-01-01T00:00:02Z"})";
  const std::string timeless = R"({"title": "t"})";
  expect_cases(kYtHistory, kWatchName,
               {{"no JSON", kHead + syntax + "]", {kFirst}, {rejected("syntax", kHead, syntax)}},
                {"no object", kHead + "1]", {kFirst}, {rejected("shape", kHead, "1")}},
                {"no time", kHead + timeless + "]", {kFirst}, {rejected("no time", kHead, timeless)}}});
}

TEST(YoutubeHistory, MyActivityIsAnotherProducts) {
  Certainty by{};
  const std::string text = kHead.substr(0, kHead.size() - 1) + "]";
  EXPECT_EQ(product_for(EntryHead("Takeout/My Activity/YouTube/MyActivity.json", text, true), by),
            &kActivityJson);
}

TEST(YoutubeNames, Playlists) {
  EXPECT_EQ(playlist_title("List 1-videos"), "List 1");
  EXPECT_EQ(playlist_title("Videos in der Playlist „Musik“"), "Musik");
  EXPECT_EQ(playlist_title("音楽-動画"), "音楽");
  EXPECT_EQ(playlist_title("-videos"), "-videos");
  EXPECT_EQ(video_id_in("youtu.be/abcdefghij1?t=1"), "abcdefghij1");
  EXPECT_EQ(video_id_in("https://www.example.com/watch?v=abcdefghij12"), std::nullopt);
}

}  // namespace
}  // namespace lake::takeout
