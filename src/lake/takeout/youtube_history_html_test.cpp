#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kWatchName = "Takeout/YouTube und YouTube Music/Verlauf/Wiedergabeverlauf.html";
constexpr std::string_view kSearchName = "Takeout/YouTube og YouTube Music/logg/soek.html";

std::string page(const std::string& header, const std::string& body, const std::string& caption) {
  return R"(<html><body><div class="mdl-grid"><div class="outer-cell mdl-cell"><div class="mdl-grid"><div class="header-cell mdl-cell"><p class="mdl-typography--title">)" +
         header + R"(<br></p></div><div class="content-cell mdl-typography--body-1">)" + body +
         R"(</div><div class="content-cell mdl-typography--caption">)" + caption +
         "</div></div></div></div></body></html>";
}
const std::string kProducts = "<b>Products:</b><br>&emsp;YouTube<br>";
const std::string kTime = "<br>Jan 1, 1970, 12:00:02 AM UTC";

TEST(YoutubeHistoryHtml, Watches) {
  expect_cases(
      kYtHistoryHtml, kWatchName,
      {{"every line there is",
        page(
            "YouTube Music",
            R"(Watched&nbsp;<a href="https://music.example.com/watch?v=-_abcdefghi&amp;list=x">t</a><br><a href="https://www.example.com/channel/UCabcdefghijklmnopqrstuv">c</a><br>more)" +
                kTime,
            kProducts + "<b>Details:</b><br>&emsp;From Google Ads<br>"),
        {R"(yt_watch: ts_us=2000000 video_id=-_abcdefghi title=Watched t url=https://music.example.com/watch?v=-_abcdefghi&list=x channel_id=UCabcdefghijklmnopqrstuv channel=c is_music=1 is_ad=1 header=YouTube Music details=[From Google Ads] products=[YouTube] format=html ts_quality=second extra={"subtitles":[{"name":"more"}]})"}},
       {"a removed video",
        page("YouTube", "Watched a video that has been removed" + kTime, kProducts),
        {"yt_watch: ts_us=2000000 title=Watched a video that has been removed is_music=0 is_ad=0 "
         "header=YouTube products=[YouTube] format=html "
         "ts_quality=second"}},
       {"a channel without the usual address",
        page(
            "YouTube",
            R"(<a href="https://www.example.com/post/x">t</a><br><a href="https://www.example.com/@c">c</a>)" +
                kTime,
            ""),
        {"yt_watch: ts_us=2000000 title=t url=https://www.example.com/post/x channel=c "
         "channel_url=https://www.example.com/@c is_music=0 is_ad=0 "
         "header=YouTube format=html ts_quality=second"}},
       {"a search among them",
        page(
            "YouTube",
            R"(Searched for&nbsp;<a href="https://www.example.com/results?search_query=a+b%C3%A4%2&amp;x=1">a b</a>)" +
                kTime,
            ""),
        {"yt_search: ts_us=2000000 title=Searched for a b query=a bä%2 "
         "url=https://www.example.com/results?search_query=a+b%C3%A4%2&x=1 is_ad=0 "
         "header=YouTube format=html ts_quality=second"}},
       {"no time",
        page("YouTube", "Watched x", ""),
        {},
        {"no time @34+" + std::to_string(page("YouTube", "Watched x", "").size() - 34)}}});
}

TEST(YoutubeHistoryHtml, SearchesAlsoInLanguagesNobodyKnows) {
  const auto search = R"(<a href="https://www.example.com/results?search_query=x">x</a> søkt)" + kTime;
  expect_cases(kYtHistoryHtml, kSearchName,
               {{"as it is",
                 page("YouTube", search, ""),
                 {"yt_search: ts_us=2000000 title=x søkt query=x "
                  "url=https://www.example.com/results?search_query=x is_ad=0 header=YouTube format=html "
                  "ts_quality=second"}}});
}

TEST(YoutubeHistoryHtml, MyActivityOfYoutubeIsAnotherProduct) {
  const auto text = page("YouTube", "Watched x" + kTime, kProducts);
  Certainty by{};
  EXPECT_EQ(product_for(EntryHead("Takeout/My Activity/YouTube/MyActivity.html", text, true), by),
            &kActivityHtml);
  EXPECT_EQ(product_for(EntryHead("watch-history.html", text, true), by), &kYtHistoryHtml);
}

}  // namespace
}  // namespace lake::takeout
