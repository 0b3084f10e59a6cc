#include "lake/codec/hash.hpp"
#include "lake/takeout/mail_index.hpp"
#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "Takeout/Gmail/Alle E-Mails.mbox";
const std::string kSeparator = "From 1000@xxx Thu Jan 01 00:00:10 +0000 1970\r\n";

std::string message(const std::string& headers, const std::string& body) {
  return kSeparator + headers + "\r\n" + body + "\r\n";
}
/// A row of a message with nothing but these, and what each has.
std::string row(const std::string& between, const std::string& behind) {
  return "mail_message: gm_msgid=1000 " + between + "received_us=10000000 " + behind + " product=mail";
}

TEST(MailMbox, HeadersAreDecoded) {
  const std::string all = message(
      "X-GM-THRID: 999\r\nX-Gmail-Labels: =?UTF-8?Q?Inbox,Unread,\"=C3=85pnet,?=\r\n "
      "=?UTF-8?Q?_og_lukket\"?=\r\nDate: Thu, 01 Jan 1970 01:00:05 +0100\r\n"
      "Message-ID: <m@x.example>\r\nIn-Reply-To: <r@x.example>\r\nReferences: "
      "<q@x.example>\r\n\t<r@x.example>\r\n"
      "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= an\r\n alle\r\nFROM: =?iso-8859-1?Q?=C4da?= <a@x.example>\r\n"
      "To: b@x.example, \"Doe, Jane\" <j@x.example>\r\nCc: c@x.example\r\nBcc: d@x.example\r\nReply-To: "
      "e@x.example\r\n"
      "List-Id: News <news.x.example>\r\nX-Other: ignored\r\n",
      "Hello\r\n");
  const auto bytes = std::to_string(all.size() - kSeparator.size());
  expect_cases(
      kMailMbox, kName,
      {{"every header there is",
        all,
        {"mail_message: gm_msgid=1000 gm_thrid=999 message_id=m@x.example date_us=5000000 date_offset_min=60 "
         "date_source=header received_us=10000000 "
         "from_name=Äda from_addr=a@x.example to_addrs=[b@x.example, j@x.example] cc_addrs=[c@x.example] "
         "bcc_addrs=[d@x.example] "
         "reply_to=e@x.example names={\"j@x.example\":\"Doe, Jane\"} subject=Grüße an alle "
         "in_reply_to=r@x.example "
         "reference_ids=[q@x.example, r@x.example] list_id=news.x.example labels=[Inbox, Unread, Åpnet, og "
         "lukket] is_unread=1 is_sent=0 "
         "is_spam=0 is_trash=0 text=Hello size=" +
             bytes + " attachment_count=0 product=mail",
         "mail_label: label=Inbox", "mail_label: label=Unread", "mail_label: label=Åpnet, og lukket"}},
       {"nothing but one header",
        message("X: y\r\n", ""),
        {row("date_us=10000000 date_source=separator ", "size=10 attachment_count=0")}},
       {"a date a day after the mail came is a lie",
        message("Date: Sat, 03 Jan 1970 00:00:11 +0000\r\n", ""),
        {row("date_us=10000000 date_source=separator ", "size=43 attachment_count=0")}},
       {"eight bits in a header",
        message("Subject: Gr\xFC\xDF"
                "e\r\n",
                ""),
        {row("date_us=10000000 date_source=separator ", "subject=Grüße size=20 attachment_count=0")}},
       {"labels in a language nobody knows tell no flags",
        message("X-Gmail-Labels: Abc\r\n", ""),
        {row("date_us=10000000 date_source=separator ", "labels=[Abc] size=25 attachment_count=0"),
         "mail_label: label=Abc"}}});
}

TEST(MailMbox, Separators) {
  const std::string text = kSeparator + "X: y\r\n\r\na\r\n\r\n";
  expect_cases(kMailMbox, kName,
               {{"two messages",
                 kSeparator + "X: y\r\n\r\na\r\n" + "\r\n" + text,
                 {row("date_us=10000000 date_source=separator ", "text=a size=13 attachment_count=0"),
                  row("date_us=10000000 date_source=separator ", "text=a size=13 attachment_count=0")}},
                {"lines that begin like one",
                 kSeparator + "X: y\r\n\r\nFrom here\r\n>From there\r\n>>From a\r\nFrom a@b Mon May 26 "
                              "20:18:05 2025\r\nno header\r\n",
                 {row("date_us=10000000 date_source=separator ",
                      "text=From here\nFrom there\n>From a\nFrom a@b Mon May 26 20:18:05 2025\nno header "
                      "size=88 attachment_count=0")}},
                {"another program's, without ids",
                 "From a@b.example Thu Jan  1 00:00:10 1970\nX: y\nMessage-ID: <m@x>\n\na\n",
                 {"mail_message: fallback_key=m@x 10000000 message_id=m@x date_us=10000000 "
                  "date_source=separator received_us=10000000 text=a size=26 "
                  "attachment_count=0 product=mail"}},
                {"no id at all",
                 "From a@b.example Thu Jan  1 00:00:10 1970\nX: y\n\na\n",
                 {"mail_message: fallback_key=xxh3 " + std::to_string(codec::xxh3_64("X: y\n\na\n")) +
                  " date_us=10000000 "
                  "date_source=separator received_us=10000000 text=a size=8 "
                  "attachment_count=0 product=mail"}}});
}

TEST(MailMbox, TextsOfParts) {
  const auto mail = [](const std::string& headers, const std::string& body) {
    return message(headers, body);
  };
  const auto told = [](const std::string& text) {
    const auto parsed = parse(kMailMbox, kName, text, 7);
    EXPECT_EQ(parsed.rows.size(), 1U);
    const auto& line = parsed.rows.empty() ? "" : parsed.rows[0];
    const auto begin = line.find(" text=");
    return begin == std::string::npos ? "" : line.substr(begin + 6, line.rfind(" size=") - begin - 6);
  };
  EXPECT_EQ(told(mail("Content-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n",
                      "PHA+YTwvcD48cD5iPC9wPjxzY3JpcHQ+eDwvc2NyaXB0Pg==\r\n")),
            "a\n\nb");
  EXPECT_EQ(
      told(mail(
          "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n",
          "Gr=FC=DF=\r\ne\r\n")),
      "Grüße");
  EXPECT_EQ(told(mail("Content-Type: multipart/alternative; boundary=\"b\"\r\n",
                      "preamble\r\n--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b\r\nContent-Type: "
                      "text/html\r\n\r\n<p>html\r\n--b--\r\nepilogue\r\n")),
            "plain");
  EXPECT_EQ(told(mail("Content-Type: multipart/alternative; boundary=b\r\n",
                      "--b\r\nContent-Type: text/plain\r\n\r\n \r\n--b\r\nContent-Type: "
                      "text/html\r\n\r\n<p>html\r\n--b--\r\n")),
            "html");
  EXPECT_EQ(
      told(mail("Content-Type: multipart/mixed; boundary=b\r\n",
                "--b\r\n\r\none\r\n--bc\r\n--b \r\nContent-Type: text/html\r\n\r\n<b>two</b>\r\n--b--\r\n")),
      "one\n--bc\n\ntwo");
  // A nested message is read through, an unclosed multipart ends with the mail.
  EXPECT_EQ(told(mail("Content-Type: multipart/mixed; boundary=b\r\n",
                      "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inside\r\nContent-Type: "
                      "multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\ninner\r\n")),
            "inner");
  EXPECT_EQ(told(mail("Content-Type: multipart/mixed\r\n", "no boundary\r\n")), "no boundary");
}

TEST(MailMbox, AttachmentsAreListedWithTheirBytes) {
  const std::string head = "Content-Type: multipart/mixed; boundary=b\r\n";
  const std::string before =
      "--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/pdf; name=\"old.pdf\"\r\nContent-Disposition: "
      "attachment;\r\n filename*=UTF-8''%C3%9C.pdf\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n";
  const std::string body = "YWJj\r\nZA==\r\n";
  const std::string image = "\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <c@x>\r\n\r\n";
  const auto text = message(head, before + body + image + "raw\r\n\r\n--b--\r\n");
  const auto first = std::to_string(text.find("YWJj"));
  const auto second = std::to_string(text.find("raw\r\n"));
  expect_cases(
      kMailMbox, kName,
      {{"a named one, a picture",
        text,
        {row("date_us=10000000 date_source=separator ",
             "text=text size=" + std::to_string(text.size() - kSeparator.size()) + " attachment_count=2"),
         "mail_attachment: gm_msgid=1000 part=2 filename=Ü.pdf mime=application/pdf size=4 content_hash=" +
             std::to_string(static_cast<std::int64_t>(codec::xxh3_64("abcd"))) +
             " encoding=base64 is_inline=0 body_offset=" + first + " body_bytes=14",
         "mail_attachment: gm_msgid=1000 part=3 mime=image/png size=5 content_hash=" +
             std::to_string(static_cast<std::int64_t>(codec::xxh3_64("raw\r\n"))) +
             " content_id=c@x is_inline=1 body_offset=" + second + " body_bytes=7"}}});
}

TEST(MailMbox, BytesBeforeTheFirstMessageAreRejected) {
  Parsed parsed;
  const std::string text = "junk\n" + message("X: y\r\n", "");
  TextContent content(text);
  Batch batch;
  CollectingTaker taker(parsed);
  EntrySink sink({7, 1, 0}, batch, parsed.drift, taker, 1U << 20U, 1000);
  ASSERT_TRUE(kMailMbox.parse(EntryHead(kName, text, true), {}, content, sink).has_value());
  ASSERT_TRUE(taker.take(batch, sink.counts()).has_value());
  EXPECT_EQ(parsed.rejects, (std::vector<std::string>{"shape @0+5"}));
  EXPECT_EQ(parsed.rows.size(), 1U);
}

TEST(MailMbox, BoundsHold) {
  // A line, a header, a part list and a text beyond every bound.
  const std::string long_line(300'000, 'x');
  std::string parts;
  for (int i = 0; i < 2100; ++i) parts += "--b\r\nContent-Type: image/png\r\n\r\nx\r\n";
  const auto text =
      message("Subject: " + long_line + "\r\nContent-Type: multipart/mixed; boundary=b\r\n", parts) +
      message("X: y\r\n", std::string(5'000'000, 'y') + "\r\n");
  const auto parsed = parse(kMailMbox, kName, text, 65536);
  EXPECT_EQ(parsed.counts.elements, 2U);
  ASSERT_EQ(parsed.rows.size(), 2U + 1999U);
  EXPECT_NE(parsed.rows[0].find("extra={\"parts_left_out\":101}"), std::string::npos);
  EXPECT_NE(parsed.rows[1].find("extra={\"text_is_cut\":true}"), std::string::npos);
  EXPECT_LT(parsed.rows[0].size(), 200'000U);
}

TEST(MailMbox, DeepNestingIsBounded) {
  std::string body;
  for (int i = 0; i < 200; ++i) {
    const auto edge = "b" + std::to_string(i) + "x";
    body += "Content-Type: multipart/mixed; boundary=" + edge + "\r\n\r\n--" + edge + "\r\n";
  }
  const auto parsed = parse(kMailMbox, kName, kSeparator + body + "\r\nend\r\n", 100);
  EXPECT_EQ(parsed.counts.elements, 1U);
  EXPECT_NE(parsed.rows.at(0).find("end"), std::string::npos);
}

/// The index of a mailbox.
Parsed indexed(std::string_view text, std::size_t chunk_bytes) {
  Parsed parsed;
  const EntryHead head(kName, text.substr(0, kHeadBytes), text.size() <= kHeadBytes);
  TextContent content(text, chunk_bytes);
  Batch batch;
  CollectingTaker taker(parsed);
  EntrySink sink({.entry_id = 7, .export_us = 1, .resume_offset = 0}, batch, parsed.drift, taker, 1U << 20U,
                 1000);
  const auto end = index_mbox(head, content, sink);
  EXPECT_TRUE(end && end->is_complete);
  EXPECT_TRUE(taker.take(batch, sink.counts()).has_value());
  return parsed;
}

TEST(MailMbox, TheIndexTellsWhatHeadersTell) {
  const std::string headers =
      "Message-ID: <m@x.example>\r\nX-Gmail-Labels: Abc\r\nContent-Type: "
      "application/x\r\nContent-Transfer-Encoding: base64\r\n";
  const auto attached = message(headers, "QUJD\r\n>From x\r\nFrom a\r\nRkZG\r\n-\r\nQUJD\r\n");
  const auto plain = message("Subject: s\r\n", "\nFrom\nFrom 1\n");
  const auto other = "From a@b.example Thu Jan 01 00:00:10 1970\nX: y\n\nBody\n\nFrom nobody\n";
  const auto all = attached + plain + other;
  const auto size = [](const std::string& text) { return std::to_string(text.size() - kSeparator.size()); };
  // As the whole parser has it, texts and attachments apart.
  auto rows = parse(kMailMbox, kName, all).rows;
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0], row("message_id=m@x.example date_us=10000000 date_source=separator ",
                         "labels=[Abc] size=" + size(attached) + " attachment_count=1"));
  EXPECT_EQ(rows[1], row("date_us=10000000 date_source=separator ",
                         "subject=s text=From\nFrom 1 size=" + size(plain) + " attachment_count=0"));
  std::vector<std::string> expected;
  for (auto& each : rows) {
    if (each.starts_with("mail_attachment:")) continue;
    const auto cut = [&each](std::string_view from, std::string_view to) {
      const auto begin = each.find(from);
      if (begin != std::string::npos) each.erase(begin, each.find(to, begin) - begin);
    };
    cut(" text=", " size=");
    cut(" attachment_count=", " product=");
    expected.push_back(each);
  }
  for (const std::size_t chunk : {SIZE_MAX, std::size_t{1}, std::size_t{7}}) {
    const auto found = indexed(all, chunk);
    EXPECT_EQ(found.rows, expected) << chunk;
    EXPECT_EQ(found.rejects.size(), 0U);
  }
}

}  // namespace
}  // namespace lake::takeout
