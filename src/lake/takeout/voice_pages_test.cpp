#include "lake/takeout/file_products.hpp"
#include "lake/takeout/parser_fixture.hpp"

namespace lake::takeout {
namespace {

std::string message(const std::string& time, const std::string& tel, const std::string& name,
                    const std::string& text, bool is_me = false) {
  const auto shown =
      is_me ? "<abbr class=\"fn\" title=\"\">" + name + "</abbr>" : "<span class=\"fn\">" + name + "</span>";
  return "<div class=\"message\"><abbr class=\"dt\" title=\"" + time +
         "\">a day</abbr>:\n<cite class=\"sender vcard\"><a class=\"tel\" href=\"tel:" + tel + "\">" + shown +
         "</a></cite>:\n<q>" + text + "</q></div>";
}

std::string chat(const std::string& messages, const std::string& before = "") {
  return "<html><head><title>x</title></head><body><div class=\"hChatLog hfeed\">" + before + messages +
         "</div><div class=\"tags\">Labels:\n<a rel=\"tag\" href=\"#\">Text</a>, <a rel=\"tag\" "
         "href=\"#\">Inbox</a></div></body></html>";
}

TEST(VoicePagesTest, texts) {
  const auto page = chat("");
  expect_cases(
      kVoicePages, "Takeout/Voice/Calls/Ada - Text - 2019-08-12T05_14_08Z.html",
      {{"what was written and answered",
        chat(message("2019-08-12T07:14:08.123-07:00", "+14155550101", "Ada", "hello &amp;<br>good bye") +
             message("2019-08-12T07:15:08.000-07:00", "+14155550100", "Me", "", true)),
        {"voice_event: ts_us=1565619248123000 kind=text number=+14155550101 text=hello &\ngood bye name=Ada "
         "direction=in "
         "ts_offset_min=-420 labels=[Text, Inbox]",
         "voice_event: ts_us=1565619308000000 kind=text number=+14155550100 text= name=Me direction=out "
         "ts_offset_min=-420 "
         "labels=[Text, Inbox]"}},
       {"a group, and a picture",
        chat("<div class=\"message\"><abbr class=\"dt\" title=\"2019-08-12T07:14:08Z\">d</abbr>: <cite "
             "class=\"sender vcard\"><a "
             "class=\"tel\" href=\"tel:+1\"><span class=\"fn\"></span></a></cite>: <q></q><div><img "
             "src=\"Ada - Text-1.jpg\"></div></div>",
             "<div class=\"participants\">Group conversation with:\n<cite class=\"sender vcard\"><a "
             "class=\"tel\" href=\"tel:+1\"><span "
             "class=\"fn\">A</span></a></cite>, <cite class=\"sender vcard\"><a class=\"tel\" "
             "href=\"tel:+2\"></a></cite></div>"),
        {"voice_event: ts_us=1565594048000000 kind=text number=+1 text= direction=in participants=[+1, +2] "
         "media=[Ada - Text-1.jpg] "
         "labels=[Text, Inbox]"}},
       {"a message without a time",
        chat(message("yesterday", "+1", "A", "b")),
        {},
        {rejected("no time", "", chat(message("yesterday", "+1", "A", "b")))}},
       {"no message", page, {}, {rejected("shape", "", page)}}});
}

TEST(VoicePagesTest, calls) {
  const auto call = [](const std::string& inside) {
    return "<html><head><title>x</title></head><body><div class=\"haudio\"><span class=\"fn\">a "
           "call</span><div class=\"contributor "
           "vcard\">from <a class=\"tel\" href=\"tel:+14155550101\"><span "
           "class=\"fn\">Ada</span></a></div><abbr class=\"published\" "
           "title=\"2019-08-12T07:14:08.000Z\">a day</abbr>" +
           inside + "</div></body></html>";
  };
  const std::string row = "voice_event: ts_us=1565594048000000 kind=";
  expect_cases(
      kVoicePages, "Takeout/Voice/Calls/ - Voicemail - 2019-08-12T07_14_08Z.html",
      {{"a voicemail",
        call("<span class=\"full-text\">call me</span><audio controls=\"\" src=\"a.mp3\"></audio><abbr "
             "class=\"duration\" "
             "title=\"PT1M5S\">(00:01:05)</abbr>"),
        {row +
         "voicemail number=+14155550101 text=call me name=Ada direction=in duration_s=65 media=[a.mp3]"}}});
  expect_cases(kVoicePages, "Takeout/Voice/Calls/x.html",
               {{"the label tells the kind when the name does not",
                 call("<div class=\"tags\">Labels: <a rel=\"tag\" href=\"#\">Placed</a></div>"),
                 {row + "placed number=+14155550101 text= name=Ada direction=out labels=[Placed]"}},
                {"nothing tells",
                 call("<abbr class=\"duration\" title=\"PTxS\"></abbr>"),
                 {row + "call number=+14155550101 text= name=Ada"}}});
}

}  // namespace
}  // namespace lake::takeout
