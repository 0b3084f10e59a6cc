#include "lake/takeout/times.hpp"

#include <gtest/gtest.h>

namespace lake::takeout {
namespace {

struct IsoCase {
  const char* text;
  std::int64_t micros;
  int offset;  // 9999 = none
  TimeQuality quality;
};

TEST(Times, IsoTextsWithAnyFractionAndZone) {
  constexpr int kNone = 9999;
  const IsoCase cases[] = {
      {"1970-01-01T00:00:00Z", 0, 0, TimeQuality::kExact},
      {"2014-07-18T14:59:59.914Z", 1405695599914000, 0, TimeQuality::kExact},
      {"2021-12-13T03:04:05.123456789Z", 1639364645123456, 0, TimeQuality::kExact},
      {"2021-12-13T03:04:05.5Z", 1639364645500000, 0, TimeQuality::kExact},
      {"2024-06-01T12:00:00.000+02:00", 1717236000000000, 120, TimeQuality::kExact},
      {"2024-06-01T12:00:00-0330", 1717255800000000, -210, TimeQuality::kExact},
      {"2024-06-01 10:00", 1717236000000000, kNone, TimeQuality::kZoneUnknown},
      {"2020-02-29", 1582934400000000, kNone, TimeQuality::kDate},
      {"1969-12-31T23:59:59.999Z", -1000, 0, TimeQuality::kExact},
      {"0001-01-01T00:00:00Z", -62135596800000000, 0, TimeQuality::kExact},
  };
  for (const auto& each : cases) {
    const auto time = parse_iso(each.text);
    ASSERT_TRUE(time) << each.text;
    EXPECT_EQ(time->micros, each.micros) << each.text;
    EXPECT_EQ(time->offset_minutes.value_or(kNone), each.offset) << each.text;
    EXPECT_EQ(time->quality, each.quality) << each.text;
  }
}

TEST(Times, WhatIsNoIsoTime) {
  for (const char* text : {"",
                           "2021",
                           "2021-13-01",
                           "2021-02-29",
                           "2100-02-29",
                           "2021-00-10",
                           "2021-12-13T",
                           "2021-12-13T24:00:00Z",
                           "2021-12-13T03:60:00Z",
                           "2021-12-13T03:04:05.Z",
                           "2021-12-13T03:04:05.1234567890Z",
                           "2021-12-13T03:04:05ZZ",
                           "2021-12-13T03:04:05+2",
                           "2021-12-13T03:04:05+19:00",
                           "0000-01-01T00:00:00Z",
                           "0001-01-01T00:00:00+01:00",
                           " 2021-12-13",
                           "2021-12-13 ",
                           "-021-12-13",
                           "2021-1a-13"}) {
    EXPECT_FALSE(parse_iso(text)) << text;
  }
}

TEST(Times, EpochsOfEachUnit) {
  EXPECT_EQ(parse_epoch("1512947698030", 1000)->micros, 1512947698030000);
  EXPECT_EQ(parse_epoch("1512947698", 1)->micros, 1512947698000000);
  EXPECT_EQ(parse_epoch("1512947698030123456", 1'000'000'000)->micros, 1512947698030123);
  EXPECT_EQ(parse_epoch("-1", 1'000'000'000)->micros, -1);
  for (const char* text : {"", "12a", "1.5", " 1", "9223372036854775808", "9223372036854775807"})
    EXPECT_FALSE(parse_epoch(text, 1)) << text;
}

TEST(Times, WebkitMicrosAreKnownByTheirSize) {
  EXPECT_EQ(from_webkit_or_unix_micros(13157421298030000)->micros, 1512947698030000);
  EXPECT_EQ(from_webkit_or_unix_micros(1512947698030000)->micros, 1512947698030000);
}

}  // namespace
}  // namespace lake::takeout
