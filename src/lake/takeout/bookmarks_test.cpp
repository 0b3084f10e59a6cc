#include "lake/takeout/file_products.hpp"
#include "lake/takeout/parser_fixture.hpp"

namespace lake::takeout {
namespace {

const std::string kBegin =
    "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; "
    "charset=UTF-8\">\n"
    "<TITLE>Bookmarks</TITLE>\n<H1>Bookmarks</H1>\n<DL><p>\n";

TEST(BookmarksTest, situations) {
  const std::string bad = "<DT><A NAME=\"x\">no address</A>";
  expect_cases(
      kBookmarks, "Takeout/Chrome/Lesezeichen.html",
      {{"folders in folders, and back",
        kBegin + "<DT><H3 ADD_DATE=\"1\" PERSONAL_TOOLBAR_FOLDER=\"true\">Bar</H3>\n<DL><p>\n"
                 "<DT><A HREF=\"https://a.example.com/?a=1&amp;b=2\" ADD_DATE=\"1565621241\" "
                 "ICON=\"data:image/png;base64,AA\">A &amp; more</A>\n"
                 "<DT><H3>R\xC3\xA4"
                 "der &amp; &lt;Reisen&gt;</H3>\n<DL><p>\n<DT><A HREF=\"https://b.example.com/\" "
                 "ADD_DATE=\"1565621242\">B</A>\n"
                 "<DD>what it is\n</DL><p>\n<DT><A HREF=\"https://c.example.com/\" ADD_DATE=\"1565621243\" "
                 "LAST_MODIFIED=\"0\">C</A>\n</DL><p>\n"
                 "<DT><A HREF=\"https://d.example.com/\">D</A>\n</DL><p>\n",
        {"bookmark: added_us=1565621241000000 folder_path=Bar url=https://a.example.com/?a=1&b=2 title=A & "
         "more "
         "extra={\"icon\":\"data:image/png;base64,AA\"}",
         "bookmark: added_us=1565621242000000 folder_path=Bar/R\xC3\xA4"
         "der & <Reisen> url=https://b.example.com/ title=B "
         "description=what it is",
         "bookmark: added_us=1565621243000000 folder_path=Bar url=https://c.example.com/ title=C",
         "bookmark: folder_path= url=https://d.example.com/ title=D"}},
       {"lower case, microseconds, a link without an address",
        kBegin + "<dt><a href=\"https://a.example.com/\" add_date=\"1565621241000000\">a</a>\n" + bad +
            "\n<dt><a href=\"https://b.example.com/\" add_date=\"soon\">b</a>",
        {"bookmark: added_us=1565621241000000 folder_path= url=https://a.example.com/ title=a",
         "bookmark: folder_path= url=https://b.example.com/ title=b"},
        {rejected("no address",
                  kBegin + "<dt><a href=\"https://a.example.com/\" add_date=\"1565621241000000\">a</a>\n",
                  bad)}},
       {"a folder without a list does not name the next",
        kBegin + "<DT><H3>Empty</H3>\n<DT><A HREF=\"u\">t</A>\n<DL>\n<DT><A HREF=\"v\">w</A>\n",
        {"bookmark: folder_path= url=u title=t", "bookmark: folder_path= url=v title=w"}},
       {"cut in a link", kBegin + "<DT><A HREF=\"https", {}},
       {"more lists end than began",
        kBegin + "</DL></DL></DL>\n<DT><A HREF=\"u\">t</A>",
        {"bookmark: folder_path= url=u title=t"}}});
}

TEST(BookmarksTest, a_reading_list_is_known_by_its_heading) {
  const std::string begin =
      "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Reading List</TITLE>\n<H1>Reading List</H1>\n<DL><p>\n";
  expect_cases(kBookmarks, "Takeout/Chrome/x.html",
               {{"one",
                 begin + "<DT><A HREF=\"https://a.example.com/\" ADD_DATE=\"1565621241\">A</A>\n</DL><p>\n",
                 {"reading_list: added_us=1565621241000000 url=https://a.example.com/ title=A"}}});
}

TEST(BookmarksTest, a_link_beyond_all_bounds_is_rejected_and_the_next_is_read) {
  const auto parsed = parse(
      kBookmarks, "b.html",
      kBegin + "<DT><A HREF=\"data:" + std::string(3U << 20U, 'x') + "\">big</A>\n<DT><A HREF=\"u\">t</A>");
  ASSERT_FALSE(parsed.rejects.empty());
  EXPECT_EQ(parsed.rows.back(), "bookmark: folder_path= url=u title=t");
}

}  // namespace
}  // namespace lake::takeout
