#include "lake/codec/hash.hpp"
#include "lake/takeout/calendar_zones.hpp"
#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "Takeout/Kalender/EMAIL.ics";
// A zone that no table knows, with Berlin's rules.
const std::string kZone =
    "BEGIN:VTIMEZONE\r\nTZID:Own/"
    "Zone\r\nBEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n"
    "DTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nBEGIN:"
    "STANDARD\r\nTZOFFSETFROM:+0200\r\n"
    "TZOFFSETTO:+0100\r\nTZNAME:CET\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-"
    "1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
const std::string kHead =
    "BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//Google Calendar "
    "70.9054//EN\r\nVERSION:2.0\r\nX-WR-CALNAME:Family\\, all\r\n" +
    kZone;
const std::string kTail = "END:VCALENDAR\r\n";

std::string event(const std::string& lines) { return "BEGIN:VEVENT\r\n" + lines + "END:VEVENT\r\n"; }
std::string file(const std::string& components) { return kHead + components + kTail; }
std::string row(const std::string& rest) {
  return "calendar_event: uid=u calendar=Family, all component=VEVENT " + rest;
}

TEST(CalendarIcs, Events) {
  expect_cases(
      kCalendarIcs, kName,
      {{"every line that has a column",
        file(
            event("DTSTART;TZID=Own/Zone:20240701T140000\r\nDTEND;TZID=Own/"
                  "Zone:20240701T150000\r\nDTSTAMP:20240101T000000Z\r\nUID:u\r\n"
                  "RRULE:FREQ=WEEKLY;COUNT=5;BYDAY=MO\r\nEXDATE;TZID=Own/"
                  "Zone:20240708T140000,20240715T140000\r\nRDATE:20240720T120000Z\r\n"
                  "ORGANIZER;CN=A:mailto:a@x.example\r\nATTENDEE;CN=\"B; "
                  "C\";PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:b@x.example\r\n"
                  "CREATED:20240101T000001Z\r\nLAST-MODIFIED:20240101T000002Z\r\nDESCRIPTION:one\\ntwo\\, "
                  "three\r\nLOCATION:Here\r\nSEQUENCE:3\r\n"
                  "STATUS:CONFIRMED\r\nSUMMARY:A very\r\n  long "
                  "one\r\nTRANSP:OPAQUE\r\nCLASS:PRIVATE\r\nURL:https://example.com/\r\nCATEGORIES:a,b\r\n")),
        {row(
            "start_us=1719835200000000 end_us=1719838800000000 is_all_day=0 start_offset_min=120 "
            "start_zone=Own/Zone summary=A very long one "
            "description=one\ntwo, three location=Here status=CONFIRMED transparency=OPAQUE "
            "visibility=PRIVATE rrule=FREQ=WEEKLY;COUNT=5;BYDAY=MO "
            "exdates_us=[1720440000000000, 1721044800000000] rdates=[20240720T120000Z] organizer=a@x.example "
            R"(attendees=[{"address":"b@x.example","name":"B; C","status":"ACCEPTED","role":"REQ-PARTICIPANT"}] sequence=3 created_us=1704067201000000 modified_us=1704067202000000 url=https://example.com/ categories=[a, b] ts_quality=exact)")}},
       {"winter time, UTC",
        file(event("DTSTART;TZID=Own/Zone:20240115T140000\r\nUID:u\r\n") +
             event("DTSTART:20240115T140000Z\r\nUID:u\r\n")),
        {row("start_us=1705323600000000 is_all_day=0 start_offset_min=60 start_zone=Own/Zone "
             "ts_quality=exact"),
         row("start_us=1705327200000000 is_all_day=0 start_offset_min=0 ts_quality=exact")}},
       {"a day, a duration",
        file(event("DTSTART;VALUE=DATE:20240115\r\nDURATION:P1D\r\nUID:u\r\n")),
        {row("start_us=1705276800000000 end_us=1705363200000000 is_all_day=1 duration=P1D ts_quality=date")}},
       {"a moved instance of a rule",
        file(event("DTSTART:20240115T140000Z\r\nRECURRENCE-ID:20240114T140000Z\r\nUID:u\r\n")),
        {"calendar_event: uid=u calendar=Family, all recurrence_us=1705240800000000 component=VEVENT "
         "start_us=1705327200000000 is_all_day=0 "
         "start_offset_min=0 ts_quality=exact"}},
       {"a zone by its name alone, an unknown zone, no zone",
        file(event("DTSTART;TZID=America/New_York:20240115T090000\r\nUID:u\r\n") +
             event("DTSTART;TZID=No/Zone:20240115T140000\r\nUID:u\r\n") +
             event("DTSTART:20240115T140000\r\nUID:u\r\n")),
        {row("start_us=1705327200000000 is_all_day=0 start_offset_min=-300 start_zone=America/New_York "
             "ts_quality=exact"),
         row("start_us=1705327200000000 is_all_day=0 start_zone=No/Zone ts_quality=zone_unknown"),
         row("start_us=1705327200000000 is_all_day=0 ts_quality=zone_unknown")}},
       {"the calendar's own zone",
        kHead + "X-WR-TIMEZONE:Asia/Tokyo\r\n" + event("DTSTART:20240115T230000\r\nUID:u\r\n") + kTail,
        {row("start_us=1705327200000000 is_all_day=0 start_offset_min=540 ts_quality=zone_inferred")}},
       {"an alarm, lines that no column takes",
        file(event("DTSTART:20240115T140000Z\r\nUID:u\r\nX-NEW:n\r\nSUMMARY:a\r\nSUMMARY:b\r\nORGANIZER:"
                   "mailto:o\r\nORGANIZER:mailto:p\r\nSEQUENCE:"
                   "x\r\nBEGIN:VALARM\r\nTRIGGER:-PT10M\r\n"
                   "SUMMARY:not mine\r\nEND:VALARM\r\n")),
        {row(
            R"(start_us=1705327200000000 is_all_day=0 start_offset_min=0 summary=a organizer=o ts_quality=exact extra={"X-NEW":"n","SUMMARY":"b","ORGANIZER":"mailto:p","SEQUENCE":"x","VALARM.TRIGGER":"-PT10M","VALARM.SUMMARY":"not mine"})")}},
       {"no id: the event's own hash",
        file(event("DTSTART:20240115T140000Z\r\n")),
        {"calendar_event: uid=xxh3 " + std::to_string(codec::xxh3_64(event("DTSTART:20240115T140000Z\r\n"))) +
         " calendar=Family, all component=VEVENT start_us=1705327200000000 is_all_day=0 start_offset_min=0 "
         "ts_quality=exact"}},
       {"a task without a time",
        file("BEGIN:VTODO\r\nUID:t\r\nSUMMARY:do\r\nEND:VTODO\r\n"),
        {"calendar_event: uid=t calendar=Family, all component=VTODO summary=do"}},
       {"bad ones between good ones",
        file(event("UID:u\r\n") + event("DTSTART:20240115T140000Z\r\nUID:u\r\n") +
             "BEGIN:VFREEBUSY\r\nEND:VFREEBUSY\r\n" + event("DTSTART:20241315T140000Z\r\nUID:u\r\n")),
        {row("start_us=1705327200000000 is_all_day=0 start_offset_min=0 ts_quality=exact")},
        {"no time @" + std::to_string(kHead.size()) + "+33",
         "shape @" + std::to_string(kHead.size() + 92) + "+32",
         "no time @" + std::to_string(kHead.size() + 124) + "+59"}},
       {"an empty calendar", file(""), {}}});
}

TEST(CalendarIcs, ACutFileGivesWhatIsWhole) {
  const auto good = event("DTSTART:20240115T140000Z\r\nUID:u\r\n");
  for (const auto& text : {kHead + good + "BEGIN:VEVENT\r\nUID:", kHead + good}) {
    const auto parsed = parse(kCalendarIcs, kName, text, 10);
    EXPECT_EQ(parsed.rows.size(), 1U);
    EXPECT_FALSE(parsed.end.is_complete);
  }
}

TEST(CalendarIcs, AFileWithoutANameIsNamedByItself) {
  const auto parsed = parse(kCalendarIcs, kName,
                            "BEGIN:VCALENDAR\n" + event("DTSTART:20240115T140000Z\r\nUID:u\r\n") + kTail);
  ASSERT_EQ(parsed.rows.size(), 1U);
  EXPECT_NE(parsed.rows[0].find("calendar=EMAIL "), std::string::npos);
}

/// The zone of kZone.
CalendarZones zones() {
  TextContent content(kZone);
  Components components(content, "VCALENDAR");
  CalendarZones found;
  while (const auto component = components.next()) found.add(*component);
  return found;
}

TEST(CalendarZones, ChangesOfTheYear) {
  const auto known = zones();
  struct Case {
    const char* local;
    int minutes;
  };
  for (const auto& each : std::vector<Case>{{"20240331T015959", 60},
                                            {"20240331T023000", 60},
                                            {"20240331T030000", 120},
                                            {"20240701T120000", 120},
                                            {"20241027T023000", 120},
                                            {"20241027T030000", 60},
                                            {"20241231T235959", 60},
                                            {"20240101T000000", 60},
                                            {"19690101T000000", 60},
                                            {"20380701T000000", 120}}) {
    const auto time = known.time_of(each.local, "Own/Zone");
    ASSERT_TRUE(time) << each.local;
    EXPECT_EQ(time->offset_minutes, each.minutes) << each.local;
  }
}

TEST(CalendarZones, SpellingsOfTimesAndDurations) {
  for (const auto* text : {"", "2024", "20240230", "20240115T", "20240115T250000", "20240115T140000X",
                           "2024-01-15", "20240115 140000"})
    EXPECT_FALSE(parse_calendar_clock(text)) << text;
  EXPECT_EQ(parse_duration("P1DT2H30M"), 95'400'000'000);
  EXPECT_EQ(parse_duration("-PT15M"), -900'000'000);
  EXPECT_EQ(parse_duration("P2W"), 1'209'600'000'000);
  for (const auto* text : {"", "P", "1D", "PX", "P1", "P999999999999999999D", "P1Y"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace lake::takeout
