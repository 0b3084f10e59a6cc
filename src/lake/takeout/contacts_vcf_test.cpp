#include "lake/takeout/components.hpp"
#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "Takeout/Google Kontakte/Alle Kontakte/Alle Kontakte.vcf";

std::string card(const std::string& lines) {
  return "BEGIN:VCARD\r\nVERSION:3.0\r\n" + lines + "END:VCARD\r\n";
}
std::string group(const std::string& rest) { return "contact_group: group=Alle Kontakte " + rest; }

TEST(ContactsVcf, Cards) {
  expect_cases(
      kContactsVcf, kName,
      {{"every line that has a column",
        card("FN:Ada B. Berg\r\nN:Berg;Ada;B.;Dr.;Jr.\r\nNICKNAME:A\r\nORG:Works;Unit "
             "1\r\nTITLE:Boss\r\nBDAY:1990-02-03\r\n"
             "NOTE:one\\ntwo\\, "
             "three\r\nitem1.EMAIL;TYPE=INTERNET;TYPE=HOME:b@x.example\r\nEMAIL:a@x.example\r\n"
             "item1.X-ABLabel:_$!<Other>!$_\r\nTEL;TYPE=CELL,VOICE:+49301\r\nADR;TYPE=HOME:;;Street "
             "1;Town;;10115;Land\r\n"
             "URL:https://example.com/"
             "\r\nCATEGORIES:myContacts,starred\r\nUID:u1\r\nREV:2020-01-01T00:00:00Z\r\n"
             "PHOTO:https://example.com/p.jpg\r\n"),
        {R"(contact: name=Ada B. Berg mails=a@x.example b@x.example phones=+49301 given_name=Ada family_name=Berg middle_name=B. name_prefix=Dr. name_suffix=Jr. nickname=A organization=Works)"
         "\n"
         R"(Unit 1 title=Boss birthday=1990-02-03 note=one)"
         "\n"
         R"(two, three emails=[{"value":"b@x.example","types":["INTERNET","HOME"],"label":"Other"},{"value":"a@x.example"}] numbers=[{"value":"+49301","types":["CELL","VOICE"]}] addresses=[{"value":"Street 1\u000aTown\u000a10115\u000aLand","types":["HOME"]}] urls=[https://example.com/] categories=[myContacts, starred] uid=u1 revised_us=1577836800000000 photo_url=https://example.com/p.jpg has_photo=1)",
         group("name=Ada B. Berg mails=a@x.example b@x.example phones=+49301")}},
       {"folded lines, in the middle of a character too",
        card("FN:Gr\xC3\r\n \xBC\xC3\x9F\r\n\te\r\n"),
        {"contact: name=Grüße mails= phones=", group("name=Grüße mails= phones=")}},
       {"nothing but parts of a name",
        card("N:Berg;Ada;;;\r\n"),
        {"contact: name=Ada Berg mails= phones= given_name=Ada family_name=Berg",
         group("name=Ada Berg mails= phones=")}},
       {"lines that no column takes",
        card("FN:A\r\nORG:o\r\nORG:p\r\nX-PHONETIC:a\r\nIMPP;TYPE=x:b\r\nIMPP:c\r\nNOTE:n\r\nNOTE:m\r\nREV:"
             "yesterday\r\nno "
             "line\r\n"),
        {R"(contact: name=A mails= phones= organization=o note=n extra={"ORG":"p","X-PHONETIC":"a","IMPP":[";TYPE=x:b","c"],"NOTE":"m","REV":"yesterday","":"no line"})",
         group("name=A mails= phones=")}},
       {"vCard 2.1: coded, soft line ends, types without a name",
        card("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Gr=C3=BC=\r\n=C3=9Fe\r\nTEL;CELL;PREF:+1\r\n"),
        {R"(contact: name=Grüße mails= phones=+1 numbers=[{"value":"+1","types":["CELL","PREF"]}])",
         group("name=Grüße mails= phones=+1")}},
       {"eight bits of another charset",
        card("FN:Gr\xFC\xDF"
             "e\r\n"),
        {"contact: name=Grüße mails= phones=", group("name=Grüße mails= phones=")}},
       {"a picture in the card",
        card("FN:A\r\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\r\n AAAA\r\n"),
        {"contact: name=A mails= phones= has_photo=1", group("name=A mails= phones=")}},
       {"no name at all, and lower case",
        "begin:vcard\nemail:a@x.example\nend:vcard\n",
        {R"(contact: name= mails=a@x.example phones= emails=[{"value":"a@x.example"}])",
         group("name= mails=a@x.example phones=")}},
       {"what is no card between cards",
        card("FN:A\r\n") + "junk\r\nBEGIN:VNOTE\r\nX:y\r\nEND:VNOTE\r\n\r\n" + card("FN:B\r\n"),
        {"contact: name=A mails= phones=", "contact: name=B mails= phones=", group("name=A mails= phones="),
         group("name=B mails= phones=")},
        {"shape @43+6", "shape @49+29"}}});
}

TEST(ContactsVcf, ACutFileGivesWhatIsWhole) {
  const auto text = card("FN:A\r\n") + "BEGIN:VCARD\r\nFN:B\r\n";
  for (const std::size_t chunk : {SIZE_MAX, std::size_t{1}}) {
    const auto parsed = parse(kContactsVcf, kName, text, chunk);
    EXPECT_EQ(parsed.rows.size(), 2U);
    EXPECT_FALSE(parsed.end.is_complete);
    EXPECT_EQ(parsed.end.offset, text.size());
  }
}

TEST(ContactsVcf, LongLinesAndCardsAreBounded) {
  const std::string photo(3U << 20U, 'A');
  std::string lines;
  for (int i = 0; i < 12; ++i) lines += "NOTE:" + std::string(1U << 20U, 'n') + "\r\n";
  const auto parsed = parse(
      kContactsVcf, kName, card("FN:A\r\nPHOTO:" + photo + "\r\n") + card(lines) + card("FN:B\r\n"), 100'000);
  EXPECT_EQ(parsed.rows.size(), 4U);
  ASSERT_EQ(parsed.rejects.size(), 1U);
  EXPECT_TRUE(parsed.rejects[0].starts_with("too large @"));
}

TEST(VoicePhones, OwnNumbersAreNoContacts) {
  expect_cases(kVoicePhones, "Takeout/Voice/Phones.vcf",
               {{"as it is",
                 card("FN:\r\nN:;;;;\r\nTEL;TYPE=CELL:+14155550100\r\nTEL:+1\r\n"),
                 {"voice_phone: number=+14155550100 types=[CELL]", "voice_phone: number=+1"}}});
}

TEST(Components, ValuesAreTakenApart) {
  EXPECT_EQ(split_value("a;b\\;c;;", ';'), (std::vector<std::string_view>{"a", "b\\;c", "", ""}));
  EXPECT_EQ(split_value("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(split_value("a\\", ','), (std::vector<std::string_view>{"a\\"}));
  EXPECT_EQ(split_value("a,\\", ','), (std::vector<std::string_view>{"a", "\\"}));
  EXPECT_EQ(unescaped("a\\n\\N\\,\\;\\\\b\\"), "a\n\n,;\\b\\");
}

}  // namespace
}  // namespace lake::takeout
