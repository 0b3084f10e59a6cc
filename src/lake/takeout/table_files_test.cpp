// Small files of records: members of groups, contacts as CSV, Fitbit's nights, single mails.
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/parser_fixture.hpp"

namespace lake::takeout {
namespace {

TEST(GroupMembersTest, situations) {
  const std::string names =
      "Email address,Nickname,Group status,Email status,Email preference,Posting permissions,Join "
      "year,Future\n";
  expect_cases(kGroupMembers, "Takeout/Groups/g@googlegroups.com/members.csv",
               {{"members",
                 names + "a@example.com,Ada,member,,email,allowed,2015,x\nb@example.com,,owner,,,,soon,\n",
                 {"group_member: group=g@googlegroups.com email=a@example.com nickname=Ada status=member "
                  "preference=email "
                  "permissions=allowed join_year=2015 extra={\"Future\":\"x\"}",
                  "group_member: group=g@googlegroups.com email=b@example.com status=owner extra={\"Join "
                  "year\":\"soon\"}"}},
                {"none without an address", names + ",Ada\n", {}, {rejected("no address", names, ",Ada")}}});
}

TEST(ContactsCsvTest, both_layouts_give_the_rows_of_cards) {
  const std::string old =
      "Name,Given Name,Additional Name,Family Name,Birthday,E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Type,"
      "E-mail 2 - Value,Phone 1 - Type,Phone 1 - Value,Group Membership\n";
  expect_cases(
      kContactsCsv, "Takeout/Contacts/All/All.csv",
      {{"old",
        old + "Ada B,Ada,,B,1990-01-02,Home,z@example.com ::: a@example.com,* Work,m@example.com,Mobile,+1 "
              "2,* myContacts\n",
        {"contact: name=Ada B mails=a@example.com m@example.com z@example.com phones=+1 2 given_name=Ada "
         "family_name=B "
         "birthday=1990-01-02 "
         "emails=[{\"value\":\"z@example.com\",\"label\":\"Home\"},{\"value\":\"a@example.com\",\"label\":"
         "\"Home\"},"
         "{\"value\":\"m@example.com\",\"label\":\"* Work\"}] numbers=[{\"value\":\"+1 "
         "2\",\"label\":\"Mobile\"}] "
         "extra={\"Group Membership\":\"* myContacts\"}"}},
       {"nobody", old + ",,,,1990-01-02,,,,,,,\n", {}, {rejected("no name", old, ",,,,1990-01-02,,,,,,,")}}});
  expect_cases(kContactsCsv, "c.csv",
               {{"since 2024",
                 "First Name,Middle Name,Last Name,Organization Name,Notes,Labels,E-mail 1 - Label,E-mail 1 "
                 "- Value\nAda,M,B,Example,hi,* x,,a@example.com\n",
                 {"contact: name=Ada M B mails=a@example.com phones= given_name=Ada family_name=B "
                  "middle_name=M organization=Example "
                  "note=hi emails=[{\"value\":\"a@example.com\"}] extra={\"Labels\":\"* x\"}"}}});
}

TEST(FitbitSleepTest, situations) {
  expect_cases(
      kFitbitSleep, "Takeout/Fitbit/Global Export Data/sleep-2020-01-01.json",
      {{"a night with its stages",
        R"([{"logId": 12, "dateOfSleep": "2020-01-02", "startTime": "2020-01-01T23:10:30.000", "endTime": "2020-01-02T07:00:00.000",
"duration": 28170000, "minutesToFallAsleep": 0, "minutesAsleep": 400, "minutesAwake": 69, "minutesAfterWakeup": 1, "timeInBed": 469,
"efficiency": 95, "type": "stages", "infoCode": 0, "mainSleep": true, "future": 1, "levels": {"summary": {"deep": {"count": 3}},
"data": [{"dateTime": "2020-01-01T23:10:30.000", "level": "light", "seconds": 300}, {"dateTime": "never", "level": "rem"}],
"shortData": [{"dateTime": "2020-01-01T23:12:00.000", "level": "wake", "seconds": 30}]}}])",
        {"sleep_stage: start_us=1577920230000000 log_id=12 level=light seconds=300 is_short=0 "
         "ts_quality=zone_unknown",
         "sleep_stage: start_us=1577920320000000 log_id=12 level=wake seconds=30 is_short=1 "
         "ts_quality=zone_unknown",
         "sleep_session: start_us=1577920230000000 end_us=1577948400000000 log_id=12 date=2020-01-02 "
         "type=stages duration_ms=28170000 "
         "asleep_min=400 awake_min=69 in_bed_min=469 to_sleep_min=0 after_wakeup_min=1 efficiency=95 "
         "info_code=0 is_main=1 "
         "summary={\"deep\": {\"count\": 3}} ts_quality=zone_unknown "
         "extra={\"future\":1,\"levels.dateTime\":\"never\"}"}},
       {"a night without a beginning",
        R"([{"logId": 1, "dateOfSleep": "2020-01-02"}])",
        {},
        {rejected("no time", "[", R"({"logId": 1, "dateOfSleep": "2020-01-02"})")}}});
}

TEST(MailEmlTest, situations) {
  const std::string text =
      "Message-ID: <1@example.com>\r\nDate: Mon, 12 Aug 2019 07:14:08 +0200\r\nFrom: Ada "
      "<a@example.com>\r\nTo: b@example.com\r\n"
      "Subject: =?UTF-8?Q?=C3=85?=\r\n\r\nhello\r\nFrom the day on\r\n";
  expect_cases(kMailEml, "letters/one.eml",
               {{"a message",
                 text,
                 {"mail_message: fallback_key=1@example.com 1565586848000000 message_id=1@example.com "
                  "date_us=1565586848000000 "
                  "date_offset_min=120 date_source=header from_name=Ada from_addr=a@example.com "
                  "to_addrs=[b@example.com] subject=\xC3\x85 "
                  "text=hello\nFrom the day on size=" +
                  std::to_string(text.size()) + " attachment_count=0 product=mail"}}});
}

TEST(MailEmlTest, what_is_no_mail_is_not_claimed) {
  for (const std::string_view text :
       {"hello\nworld\n", "Name: x\nOther: y\nThird: z\n\n", " folded\nFrom: x\nTo: y\n", ""}) {
    const EntryHead head("notes.txt", text, true);
    EXPECT_EQ(kMailEml.recognise(head), Certainty::kNone) << text;
  }
}

}  // namespace
}  // namespace lake::takeout
