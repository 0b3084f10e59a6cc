#include "lake/takeout/mail_words.hpp"

#include <gtest/gtest.h>

#include "lake/takeout/charsets.hpp"
#include "lake/takeout/transfer_codings.hpp"

namespace lake::takeout {
namespace {

struct TextCase {
  const char* from;
  const char* to;
};

TEST(MailWords, EncodedWords) {
  for (const auto& each : std::vector<TextCase>{
           {"plain text", "plain text"},
           {"=?UTF-8?Q?=C3=85pnet,Kategori:_Reklame?=", "Åpnet,Kategori: Reklame"},
           {"=?utf-8?B?R3LDvMOfZQ==?= und =?iso-8859-1?q?=FC?=", "Grüße und ü"},
           {"=?UTF-8?Q?a?= =?UTF-8?Q?b?=", "ab"},                           // words beside each other
           {"=?UTF-8?B?w4U=?=\r\n =?UTF-8?Q?=C3?= =?UTF-8?Q?=A5?=", "Åå"},  // a character cut between words
           {"=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"},
           {"=?UTF-8*en?Q?x?=", "x"},
           {"=?UTF-8?X?x?= =?UTF-8?Q?x", "=?UTF-8?X?x?= =?UTF-8?Q?x"},  // no words
           {"Gr\xC3\xBC\xC3\x9F"
            "e",
            "Grüße"},  // eight bits
           {"Gr\xFC\xDF"
            "e \x80",
            "Grüße €"},
           {"=?UTF-8?Q?=ZZ_=4?=", "=ZZ =4"},
           {"", ""},
       })
    EXPECT_EQ(decoded_words(each.from), each.to);
}

TEST(MailWords, Addresses) {
  const auto told = [](std::string_view value) {
    std::string text;
    for (const auto& each : parse_addresses(value)) text += "[" + each.name + "|" + each.addr + "]";
    return text;
  };
  for (const auto& each : std::vector<TextCase>{
           {"a@b.example", "[|a@b.example]"},
           {"Ada <a@b.example>, c@d.example", "[Ada|a@b.example][|c@d.example]"},
           {R"("Doe, Jane" <j@e.example>)", "[Doe, Jane|j@e.example]"},
           {R"("O \"Q\" R" <j@e.example>)", R"([O "Q" R|j@e.example])"},
           {"=?UTF-8?Q?=C3=84da?= <a@b.example>", "[Äda|a@b.example]"},
           {"a@b.example (Ada, B)", "[Ada, B|a@b.example]"},
           {"Friends: a@b.example, Bob <c@d.example>;", "[|a@b.example][Bob|c@d.example]"},
           {"undisclosed-recipients:;", ""},
           {"no address", "[no address|]"},
           {"<a@b.example", "[|a@b.example]"},
           {",,;", ""},
           {"a@b.example (open, c@d.example", "[|a@b.example][|c@d.example]"},
           {"\"open", "[open|]"},
       })
    EXPECT_EQ(told(each.from), each.to) << each.from;
}

TEST(MailWords, Parameters) {
  const auto file_of = [](std::string_view value) {
    return std::string(parse_parameters(value).parameter("filename"));
  };
  EXPECT_EQ(parse_parameters("Text/HTML; Charset=\"UTF-8\"").value, "text/html");
  EXPECT_EQ(parse_parameters("Text/HTML; Charset=\"UTF-8\"").parameter("charset"), "UTF-8");
  EXPECT_EQ(file_of(R"(attachment; filename="a; b.txt")"), "a; b.txt");
  EXPECT_EQ(file_of("attachment; filename*=UTF-8''%C3%9Cbersicht%201.bin"), "Übersicht 1.bin");
  EXPECT_EQ(file_of("attachment; filename*0*=ISO-8859-1'de'%DC; filename*1=\"ber\"; filename*2*=%20x"),
            "Über x");
  EXPECT_EQ(file_of("attachment; filename=\"=?UTF-8?Q?=C3=9C?=.txt\""), "Ü.txt");
  EXPECT_EQ(file_of("attachment; filename=plain.txt; filename*=UTF-8''%C3%9C"), "Ü");
  EXPECT_EQ(file_of("attachment; filename"), "");
  EXPECT_EQ(parse_parameters("").value, "");
}

TEST(MailWords, Dates) {
  struct Case {
    const char* text;
    const char* utc;
    std::optional<int> offset;
  };
  for (const auto& each : std::vector<Case>{
           {"Mon, 26 May 2025 22:18:04 +0200", "2025-05-26T20:18:04Z", 120},
           {"26 May 2025 22:18 +0530 (IST)", "2025-05-26T16:48:00Z", 330},
           {"Mon, 26 May 25 22:18:04 -0730", "2025-05-27T05:48:04Z", -450},
           {"Fri, 1 Jan 99 00:00:00 GMT", "1999-01-01T00:00:00Z", 0},
           {"Fri, 01 Jan 1999 00:00:00 EST", "1999-01-01T05:00:00Z", -300},
           {"Fri, 01 Jan 1999 00:00:00", "1999-01-01T00:00:00Z", std::nullopt},
           {"26-May-2025 22:18:04 -0000", "2025-05-26T22:18:04Z", 0},
       }) {
    const auto time = parse_mail_date(each.text);
    ASSERT_TRUE(time) << each.text;
    EXPECT_EQ(time->micros, parse_iso(each.utc)->micros) << each.text;
    EXPECT_EQ(time->offset_minutes ? std::optional<int>(*time->offset_minutes) : std::nullopt, each.offset)
        << each.text;
  }
  for (const auto* text : {"", "yesterday", "Mon, 31 Feb 2025 22:18:04 +0200", "Mon, 26 May 2025",
                           "Mon, 26 May 2025 25:00:00 +0000"})
    EXPECT_FALSE(parse_mail_date(text)) << text;
}

TEST(MailWords, Separators) {
  for (const auto* line : {"From 1833215653612141880@xxx Mon May 26 20:18:05 +0000 2025",
                           "From a@b.example Mon May 26 20:18:05 2025\r\n", "From - Mon May 26 20:18:05 2025",
                           "From a@b.example  Mon May 26 22:18:05 +0200 2025"}) {
    const auto separator = parse_separator(line);
    ASSERT_TRUE(separator) << line;
    EXPECT_EQ(separator->time->micros, parse_iso("2025-05-26T20:18:05Z")->micros) << line;
  }
  EXPECT_EQ(parse_separator("From 1833215653612141880@xxx Mon May 26 20:18:05 +0000 2025")->sender,
            "1833215653612141880@xxx");
  for (const auto* line : {"From here on it is text.", "From ", "From Mon to May I work 26 hours",
                           ">From a@b Mon May 26 20:18:05 2025", "from a@b.example Mon May 26 20:18:05 2025",
                           "From a@b.example Mon May 26 20:18:05"})
    EXPECT_FALSE(parse_separator(line)) << line;
}

TEST(MailWords, IdsAndLabels) {
  EXPECT_EQ(message_ids(" <a@b> junk <c@d>"), (std::vector<std::string>{"a@b", "c@d"}));
  EXPECT_EQ(message_ids("a@b"), (std::vector<std::string>{"a@b"}));
  EXPECT_EQ(message_ids(""), (std::vector<std::string>{}));
  EXPECT_EQ(split_labels(R"(Inbox,"Åpnet, og lukket",Work/Projects,)"),
            (std::vector<std::string>{"Inbox", "Åpnet, og lukket", "Work/Projects"}));
}

TEST(TransferCodings, Base64InPiecesAndWithFaults) {
  for (const auto& each : std::vector<TextCase>{{"YWJjZA==", "abcd"},
                                                {"YW Jj\r\nZA", "abc"},
                                                {"YQ==YQ==", "aa"},
                                                {"====", ""},
                                                {"Y!W*Jj", "abc"}}) {
    std::string whole;
    Base64Decoder().decode(each.from, whole);
    EXPECT_EQ(whole, each.to) << each.from;
    std::string pieces;
    Base64Decoder decoder;
    for (const char* c = each.from; *c != 0; ++c) decoder.decode({c, 1}, pieces);
    EXPECT_EQ(pieces, each.to) << each.from;
  }
}

TEST(TransferCodings, QuotedPrintable) {
  std::string text;
  QuotedPrintableDecoder decoder;
  for (const auto* line : {"a=3Db=\r\n", "c=C3=\r\n", "=A4 \t\r\n", "=ZZ=\n", "x=4", "1y", "z\n"})
    decoder.decode(line, text);
  EXPECT_EQ(text, "a=bcä\r\n=ZZxAyz\n");
}

TEST(Charsets, WhatIsDeclaredAndWhatIs) {
  struct Case {
    const char* bytes;
    const char* charset;
    const char* text;
    bool was_repaired;
  };
  for (const auto& each : std::vector<Case>{
           {"abc", "", "abc", false},
           {"\xE4", "iso-8859-1", "ä", false},
           {"\xC3\xA4", "ISO-8859-1", "ä", false},  // a lie
           {"\xE4", "utf-8", "\xEF\xBF\xBD", true},
           {"\xE4", "no-such-charset", "ä", false},
           {"\xE1", "KOI8-R", "А", false},
           {"\x93\xFA\x96\x7B", "Shift_JIS", "日本", false},
           {"+AOQ-", "utf-7", "ä", false},
           {"\x93\xFA\x96", "Shift_JIS", "日\xEF\xBF\xBD", true},
           {"\x81", "", "\xEF\xBF\xBD", true},
       }) {
    bool was_repaired = false;
    EXPECT_EQ(utf8_of(each.bytes, each.charset, was_repaired), each.text) << each.charset;
    EXPECT_EQ(was_repaired, each.was_repaired) << each.charset << " " << each.text;
  }
}

}  // namespace
}  // namespace lake::takeout
