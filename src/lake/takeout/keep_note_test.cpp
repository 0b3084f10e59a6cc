#include "lake/takeout/keep_tables.hpp"
#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

TEST(KeepNote, Notes) {
  EXPECT_TRUE(kKeepNote.is_sensitive);
  expect_cases(
      kKeepNoteJson, "Takeout/Google Notizen/A note.v2.json",
      {
          {"every member there is",
           "\xEF\xBB\xBF\n"
           R"({"color": "DEFAULT", "isTrashed": false, "isPinned": true, "isArchived": false, "textContent": "t", "textContentHtml": "<p>t</p>", "title": "A\nB", "userEditedTimestampUsec": 1690866303436000, "createdTimestampUsec": 1690436782242001, "labels": [{"name": "a"}, {"name": "b, c"}], "annotations": [{"url": "u"}], "attachments": [{"filePath": "x.jpeg"}], "sharees": [{"email": "e"}], "listContent": [{"text": "one", "textHtml": "<p>one</p>", "isChecked": false}, {"text": "two", "isChecked": true, "new": 1}]})"
           "\n",
           {R"(keep_note: created_us=1690436782242001 stem=A note.v2 edited_us=1690866303436000 title=A)"
            "\nB "
            R"(text=t html=<p>t</p> color=DEFAULT is_trashed=0 is_pinned=1 is_archived=0 labels=[a, b, c] attachments=[{"filePath": "x.jpeg"}] annotations=[{"url": "u"}] sharees=[{"email": "e"}] extra={"listContent[1].new":1})",
            "keep_item: created_us=1690436782242001 stem=A note.v2 position=0 text=one html=<p>one</p> "
            "checked=0",
            "keep_item: created_us=1690436782242001 stem=A note.v2 position=1 text=two checked=1"}},
          {"before 2022, and a member of another type",
           R"({"color": "RED", "isTrashed": "no", "textContent": "t", "userEditedTimestampUsec": 1})",
           {R"(keep_note: stem=A note.v2 edited_us=1 text=t color=RED extra={"isTrashed":"no"})"}},
      });
}

TEST(KeepNote, WhatIsNone) {
  const std::string untimed = R"({"color": "DEFAULT", "isTrashed": false, "title": "_Text note"})";
  const std::string broken =
      R"({"color": "DEFAULT", "isTrashed": false, "title": "x" "userEditedTimestampUsec": 1})";
  const std::string cut = R"({"color": "DEFAULT", "isTrashed": false, "title": "x)";
  expect_cases(kKeepNoteJson, "Takeout/Keep/x.json",
               {{"no time of editing", untimed, {}, {rejected("no time of editing", "", untimed)}},
                {"a comma is missing", "\n " + broken, {}, {rejected("syntax", "\n ", broken)}},
                {"a cut file", cut, {}, {rejected("syntax", "", cut)}}});
}

}  // namespace
}  // namespace lake::takeout
