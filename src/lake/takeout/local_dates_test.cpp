#include "lake/takeout/local_dates.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "lake/takeout/zones.hpp"

namespace lake::takeout {
namespace {

std::int64_t at(const char* iso) { return parse_iso(iso)->micros; }

TEST(LocalDates, Spellings) {
  const auto expected = at("2018-01-31T22:54:50Z");
  for (const std::string_view text : {"Jan 31, 2018, 10:54:50 PM",
                                      "Jan 31, 2018, 10:54:50\xE2\x80\xAFPM",
                                      "January 31, 2018 at 10:54:50 PM",
                                      "31 Jan 2018, 22:54:50",
                                      "31.01.2018, 22:54:50",
                                      "31.01.2018 22:54:50",
                                      "2018/01/31 22:54:50",
                                      "2018-01-31 22:54:50",
                                      "1/31/18, 10:54:50 PM",
                                      "31/01/2018 22:54:50",
                                      "31 janv. 2018, 22:54:50",
                                      "31 ene 2018, 22:54:50",
                                      "31 de jan. de 2018, 22:54:50",
                                      "31 sty 2018, 22:54:50",
                                      "31 янв. 2018 г., 22:54:50",
                                      "2018年1月31日 22:54:50",
                                      "2018. 1. 31. 오후 10:54:50",
                                      "31 Oca 2018 22:54:50",
                                      "31 gen 2018, 22:54:50",
                                      "31 ene 2018, 10:54:50 p. m."}) {
    const auto date = parse_local_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(date->local_us, expected) << text;
    EXPECT_EQ(date->zone, "") << text;
    EXPECT_TRUE(date->has_seconds) << text;
  }
  const auto minute = parse_local_date("31.01.2018, 22:54");
  ASSERT_TRUE(minute);
  EXPECT_FALSE(minute->has_seconds);
}

TEST(LocalDates, Months) {
  for (const auto& [text, month] :
       std::vector<std::pair<const char*, const char*>>{{"8 mars 2018, 05:14:40", "03"},
                                                        {"8 März 2018, 05:14:40", "03"},
                                                        {"8 mei 2018, 05:14:40", "05"},
                                                        {"8 mai 2018, 05:14:40", "05"},
                                                        {"8 juin 2018, 05:14:40", "06"},
                                                        {"8 juil. 2018, 05:14:40", "07"},
                                                        {"8 août 2018, 05:14:40", "08"},
                                                        {"8 set 2018, 05:14:40", "09"},
                                                        {"8 out. 2018, 05:14:40", "10"},
                                                        {"8 Dez. 2018, 05:14:40", "12"},
                                                        {"8 dic 2018, 05:14:40", "12"},
                                                        {"8 lis 2018, 05:14:40", "11"}}) {
    const auto date = parse_local_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(date->local_us, at(("2018-" + std::string(month) + "-08T05:14:40Z").c_str())) << text;
  }
}

TEST(LocalDates, ZonesBehindTheTime) {
  for (const auto& [text, zone] :
       std::vector<std::pair<const char*, const char*>>{{"31.01.2018, 22:54:50 MEZ", "MEZ"},
                                                        {"Jan 31, 2018, 10:54:50 PM CET", "CET"},
                                                        {"2018/01/31 22:54:50 JST", "JST"},
                                                        {"2018年1月31日 GMT+8 22:54:50", "GMT+8"},
                                                        {"31 Jan 2018, 22:54:50 GMT-03:30", "GMT-03:30"}}) {
    const auto date = parse_local_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(date->zone, zone) << text;
    EXPECT_EQ(date->local_us, at("2018-01-31T22:54:50Z")) << text;
  }
}

TEST(LocalDates, WhatIsNone) {
  for (const std::string_view text :
       {"", "Watched Jan 31, 2018, 10:54:50 PM", "Feb 30, 2018, 10:54:50 PM", "Jan 31, 2018", "10:54:50 PM",
        "Jan 31, 2018, 13:54:50 PM", "Jan 31, 2018, 0:54:50 PM", "31.13.2018, 22:54:50",
        "31.01.2018, 24:54:50", "31.01.2018, 22:60:50", "1 2 3 4 5 6 7 8", "1.2.3 Jan 4 5:6:7",
        "99999999.01.2018, 22:54:50", "0000-01-01 00:00:00", "31.01.2018, 22:54:50 CET and more"})
    EXPECT_FALSE(parse_local_date(text)) << text;
}

TEST(LocalDates, ZoneRule) {
  struct Case {
    const char* situation;
    const char* zone_text;
    const char* account;
    const char* exported;
    const char* utc;
    TimeQuality quality;
  };
  for (const auto& each : std::vector<Case>{
           {"none: UTC", "", "Europe/Berlin", "2018-03-01", "2018-01-31T22:54:50Z", TimeQuality::kSecond},
           {"UTC", " UTC", "", "2020-03-01", "2018-01-31T22:54:50Z", TimeQuality::kSecond},
           {"an offset", " GMT+8", "", "2020-03-01", "2018-01-31T14:54:50Z", TimeQuality::kSecond},
           {"summer time of the export, on a day in January", " MESZ", "", "2024-07-01",
            "2018-01-31T20:54:50Z", TimeQuality::kZoneInferred},
           {"an abbreviation of several zones: the account's", " CST", "Asia/Shanghai", "2024-07-01",
            "2018-01-31T14:54:50Z", TimeQuality::kZoneInferred},
           {"the account's at the time of the export", " BST", "Europe/London", "2024-07-01",
            "2018-01-31T21:54:50Z", TimeQuality::kZoneInferred},
           {"of several zones, nothing known", " CST", "", "2024-07-01", "2018-02-01T04:54:50Z",
            TimeQuality::kZoneInferred},
           {"an unknown one", " XYZT", "", "2024-07-01", "2018-01-31T22:54:50Z", TimeQuality::kZoneUnknown},
       }) {
    const auto text = "Jan 31, 2018, 10:54:50 PM" + std::string(each.zone_text);
    const auto date = parse_local_date(text);
    ASSERT_TRUE(date) << each.situation;
    const auto time = with_account_zone(*date, each.account, at(each.exported));
    EXPECT_EQ(time.micros, at(each.utc)) << each.situation;
    EXPECT_EQ(time.quality, each.quality) << each.situation;
  }
}

TEST(Zones, OffsetsOverTheYear) {
  struct Case {
    const char* zone;
    const char* utc;
    int minutes;
  };
  for (const auto& each : std::vector<Case>{{"Europe/Berlin", "2024-03-31T00:59:59Z", 60},
                                            {"Europe/Berlin", "2024-03-31T01:00:00Z", 120},
                                            {"Europe/Berlin", "2024-10-27T00:59:59Z", 120},
                                            {"Europe/Berlin", "2024-10-27T01:00:00Z", 60},
                                            {"America/New_York", "2024-03-10T06:59:59Z", -300},
                                            {"America/New_York", "2024-03-10T07:00:00Z", -240},
                                            {"America/New_York", "2024-11-03T05:59:59Z", -240},
                                            {"America/New_York", "2024-11-03T06:00:00Z", -300},
                                            {"America/New_York", "2005-04-01T12:00:00Z", -300},
                                            {"America/New_York", "2005-10-31T12:00:00Z", -300},
                                            {"Australia/Sydney", "2024-01-01T00:00:00Z", 660},
                                            {"Australia/Sydney", "2024-04-06T16:00:00Z", 600},
                                            {"Australia/Sydney", "2024-10-05T16:00:00Z", 660},
                                            {"Pacific/Auckland", "2024-07-01T00:00:00Z", 720},
                                            {"Asia/Tokyo", "2024-07-01T00:00:00Z", 540},
                                            {"Asia/Kolkata", "2024-07-01T00:00:00Z", 330},
                                            {"Europe/London", "1969-07-01T00:00:00Z", 60},
                                            // Rules that came and went.
                                            {"Europe/Moscow", "2010-07-01T00:00:00Z", 240},
                                            {"Europe/Moscow", "2012-07-01T00:00:00Z", 240},
                                            {"Europe/Moscow", "2024-07-01T00:00:00Z", 180},
                                            {"Europe/Istanbul", "2015-01-01T00:00:00Z", 120},
                                            {"Europe/Istanbul", "2024-01-01T00:00:00Z", 180},
                                            {"America/Sao_Paulo", "2018-12-01T00:00:00Z", -120},
                                            {"America/Sao_Paulo", "2020-12-01T00:00:00Z", -180},
                                            {"Africa/Casablanca", "2024-03-20T00:00:00Z", 0},
                                            {"Africa/Casablanca", "2024-06-01T00:00:00Z", 60},
                                            {"Australia/Lord_Howe", "2024-01-01T00:00:00Z", 660},
                                            {"Australia/Lord_Howe", "2024-07-01T00:00:00Z", 630},
                                            {"Pacific/Apia", "2011-12-30T09:59:00Z", -600},
                                            {"Pacific/Apia", "2011-12-30T10:00:00Z", 840},
                                            {"Asia/Kathmandu", "2024-01-01T00:00:00Z", 345},
                                            {"America/Mexico_City", "2022-07-01T00:00:00Z", -300},
                                            {"America/Mexico_City", "2024-07-01T00:00:00Z", -360},
                                            {"Europe/Berlin", "2100-07-01T00:00:00Z", 120},
                                            // Names that browsers still give, and offsets.
                                            {"Asia/Calcutta", "2024-07-01T00:00:00Z", 330},
                                            {"Europe/Kiev", "2024-07-01T00:00:00Z", 180},
                                            {"Etc/GMT+5", "2024-07-01T00:00:00Z", -300},
                                            {"+02:00", "2024-01-01T00:00:00Z", 120},
                                            {"UTC-03:30", "2024-01-01T00:00:00Z", -210}}) {
    EXPECT_EQ(offset_at(each.zone, at(each.utc)), each.minutes) << each.zone << " " << each.utc;
  }
  for (const char* name : {"Mars/Olympus", "", "Europe", "europe/berlin", "+", "UTC+", "+99:00"})
    EXPECT_EQ(offset_at(name, 0), std::nullopt) << name;
}

TEST(Zones, WhatMayHaveBeenMeantIsTold) {
  EXPECT_NE(unknown_zone("berlin").message().find("Europe/Berlin?"), std::string::npos);
  EXPECT_EQ(unknown_zone("Mars/Olympus").message().find('?'), std::string::npos);
}

TEST(Zones, LocalTimes) {
  for (const auto& [local, minutes] :
       std::vector<std::pair<const char*, int>>{{"2024-03-31T01:59:59Z", 60},
                                                {"2024-03-31T02:30:00Z", 60},  // does not occur
                                                {"2024-03-31T03:00:00Z", 120},
                                                {"2024-10-27T02:30:00Z", 120},  // occurs twice
                                                {"2024-10-27T03:00:00Z", 60},
                                                {"2024-07-01T12:00:00Z", 120}})
    EXPECT_EQ(offset_of_local("Europe/Berlin", at(local)), minutes) << local;
  EXPECT_EQ(offset_of_local("America/Los_Angeles", at("2024-07-01T12:00:00Z")), -420);
}

}  // namespace
}  // namespace lake::takeout
