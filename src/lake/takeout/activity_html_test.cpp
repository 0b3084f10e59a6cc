#include "lake/takeout/html_cells.hpp"
#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "Takeout/Meine Aktivitäten/Suche/MeineAktivitäten.html";
const std::string kHead =
    R"(<html><head><title>My Activity History</title><style type="text/css">.outer-cell {}</style></head><body><div class="mdl-grid">)";
const std::string kTail = "</div></body></html>";

std::string cell(const std::string& header, const std::string& body, const std::string& caption) {
  return R"(<div class="outer-cell mdl-cell mdl-cell--12-col mdl-shadow--2dp"><div class="mdl-grid"><div class="header-cell mdl-cell mdl-cell--12-col"><p class="mdl-typography--title">)" +
         header +
         R"(<br></p></div><div class="content-cell mdl-cell mdl-cell--6-col mdl-typography--body-1">)" +
         body +
         R"(</div><div class="content-cell mdl-cell mdl-cell--6-col mdl-typography--body-1 mdl-typography--text-right"></div><div class="content-cell mdl-cell mdl-cell--12-col mdl-typography--caption">)" +
         caption + "</div></div></div>";
}
std::string page(const std::string& cells) { return kHead + cells + kTail; }
const std::string kSearch = "<b>Products:</b><br>&emsp;Search<br>";

TEST(ActivityHtml, Events) {
  expect_cases(
      kActivityHtml, kName,
      {
          {"as seen in a real page of 2018",
           page(R"(<div class="outer-cell mdl-cell mdl-cell--12-col mdl-shadow--2dp"><div class="mdl-grid">
<div class="header-cell mdl-cell mdl-cell--12-col"><p class="mdl-typography--title">Search<br></p></div>
<div class="content-cell mdl-cell mdl-cell--6-col mdl-typography--body-1">Searched for&nbsp;<a href="https://www.example.com/search?q=a+b&amp;n=1">a b</a><br>Feb 8, 2017, 12:32:36 AM</div>
<div class="content-cell mdl-cell mdl-cell--6-col mdl-typography--body-1 mdl-typography--text-right"></div>
<div class="content-cell mdl-cell mdl-cell--12-col mdl-typography--caption"><b>Products:</b><br>&emsp;Search<br><b>Locations:</b><br>&emsp;From your home: <a href="https://example.com/maps?q=25.800819,-80.186310">https://example.com/maps?q=25.800819,-80.186310</a>
<br>
</div></div></div>)"),
           {R"(activity: ts_us=1486513956000000 product=Search header=Search verb=Searched for title=Searched for a b url=https://www.example.com/search?q=a+b&n=1 products=[Search] locations=[{"name":"https://example.com/maps?q=25.800819,-80.186310","url":"https://example.com/maps?q=25.800819,-80.186310","source":"From your home"}] lat_e7=258008190 lon_e7=-801863100 is_ad=0 format=html ts_quality=second)"}},
          {"subtitles, an advertisement, a label that nobody knows",
           page(cell(
               "Ads",
               R"(Visited&nbsp;<a href="https://example.com/">x &lt;y&gt;</a><br>plain<br><a href="https://example.com/s">linked</a><br>Jan 1, 1970, 12:00:02 AM UTC)",
               R"(<b>Products:</b><br>&emsp;Ads<br>&emsp;Search<br><b>Details:</b><br>&emsp;From Google Ads<br><b>Why is this here?</b><br>&emsp;So.<br>)")),
           {R"(activity: ts_us=2000000 product=Ads header=Ads verb=Visited title=Visited x <y> url=https://example.com/ subtitles=[{"name":"plain"},{"name":"linked","url":"https://example.com/s"}] details=[From Google Ads] products=[Ads, Search] is_ad=1 format=html ts_quality=second extra={"Why is this here?":[{"name":"So."}]})"}},
          {"German: verb behind the title, another date, a zone",
           page(cell(
               "Google Suche",
               R"(Nach&nbsp;<a href="https://example.com/">Wort</a> gesucht<br>01.01.1970, 02:00:02 MESZ)",
               R"(<b>Produkte:</b><br>&emsp;Google Suche<br><b>Standorte:</b><br>&emsp;<a href="https://example.com/maps?q=52.5,13.25">Ungefähr hier</a> - Von deinem Gerät<br>)")),
           {R"(activity: ts_us=2000000 product=Google Suche header=Google Suche verb=Searched for title=Nach Wort gesucht url=https://example.com/ products=[Google Suche] locations=[{"name":"Ungefähr hier","url":"https://example.com/maps?q=52.5,13.25","source":"Von deinem Gerät"}] lat_e7=525000000 lon_e7=132500000 is_ad=0 format=html ts_quality=zone_inferred)"}},
          {"no header, no caption: the folder names the product",
           page(cell("",
                     "Used&nbsp;Maps<br>Jan 1, 1970, 12:00:02\xE2\x80\xAF"
                     "AM UTC",
                     "")),
           {"activity: ts_us=2000000 product=Suche verb=Used title=Used Maps is_ad=0 format=html "
            "ts_quality=second"}},
          {"a title that is a date, and what stands behind the time",
           page(cell("Search", "Jan 1, 1970, 12:00:01 AM<br>Jan 1, 1970, 12:00:02 AM<br>later", kSearch)),
           {R"(activity: ts_us=2000000 product=Search header=Search title=Jan 1, 1970, 12:00:01 AM products=[Search] is_ad=0 format=html ts_quality=second extra={"remarks":[{"name":"later"}]})"}},
          {"bytes that are no UTF-8",
           page(cell("Search", "Used&nbsp;\xFF<br>Jan 1, 1970, 12:00:02 AM", kSearch)),
           {"activity: ts_us=2000000 product=Search header=Search verb=Used title=Used \xEF\xBF\xBD "
            "products=[Search] is_ad=0 format=html "
            "ts_quality=second"}},
          {"scripts are no text",
           page(
               cell("Search", "Used<script>alert('</div>')</script> x<br>Jan 1, 1970, 12:00:02 AM", kSearch)),
           {"activity: ts_us=2000000 product=Search header=Search verb=Used title=Used x products=[Search] "
            "is_ad=0 format=html "
            "ts_quality=second"}},
      });
}

TEST(ActivityHtml, RejectsAndTheirNeighbours) {
  const auto good = cell("Search", "Used&nbsp;x<br>Jan 1, 1970, 12:00:02 AM", kSearch);
  const auto bad = cell("Search", "Used&nbsp;x<br>yesterday", kSearch);
  const std::string line =
      "activity: ts_us=2000000 product=Search header=Search verb=Used title=Used x products=[Search] is_ad=0 "
      "format=html ts_quality=second";
  expect_cases(
      kActivityHtml, kName,
      {{"no time",
        page(good + bad + good),
        {line, line},
        {"no time @" + std::to_string(kHead.size() + good.size()) + "+" + std::to_string(bad.size())}}});
}

TEST(ActivityHtml, ACutPageGivesWhatIsWhole) {
  const auto good = cell("Search", "Used&nbsp;x<br>Jan 1, 1970, 12:00:02 AM", kSearch);
  const auto text = kHead + good + good.substr(0, good.size() - 30);
  for (const std::size_t chunk : {SIZE_MAX, std::size_t{1}}) {
    const auto parsed = parse(kActivityHtml, kName, text, chunk);
    EXPECT_EQ(parsed.rows.size(), 1U);
    EXPECT_FALSE(parsed.end.is_complete);
    EXPECT_EQ(parsed.end.offset, text.size());
  }
}

TEST(ActivityHtml, TooLongACellIsRejectedAndTheNextIsRead) {
  const auto good = cell("Search", "Used&nbsp;x<br>Jan 1, 1970, 12:00:02 AM", kSearch);
  const auto longest =
      cell("Search", std::string(kHtmlCellBytesMax, 'x') + "<br>Jan 1, 1970, 12:00:02 AM", kSearch);
  const auto parsed = parse(kActivityHtml, kName, kHead + good + longest + good + kTail, 100000);
  EXPECT_EQ(parsed.rows.size(), 2U);
  EXPECT_EQ(parsed.rejects,
            (std::vector<std::string>{"too large @" + std::to_string(kHead.size() + good.size()) + "+" +
                                      std::to_string(longest.size())}));
  EXPECT_TRUE(parsed.end.is_complete);
}

TEST(ActivityHtml, ASecondRunGoesOnBehindTheOffset) {
  const auto good = cell("Search", "Used&nbsp;x<br>Jan 1, 1970, 12:00:02 AM", kSearch);
  const auto parsed = parse(kActivityHtml, kName, page(good + good + good), 1000, kHead.size() + good.size());
  EXPECT_EQ(parsed.rows.size(), 2U);
}

}  // namespace
}  // namespace lake::takeout
