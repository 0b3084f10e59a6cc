#include "lake/codec/transform.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace lake::codec {
namespace {

constexpr std::int64_t kMicros20171116T223108 = 1510871468000000;

// Iceberg table specification, Appendix B, "32-bit Hash Requirements".
TEST(Hash, MatchesTheSpecification) {
  EXPECT_EQ(hash_integer(34), 2017239379);
  EXPECT_EQ(hash_decimal(1420), -500754589);
  EXPECT_EQ(hash_integer(17486), -653330422);        // date 2017-11-16
  EXPECT_EQ(hash_integer(81068000000), -662762989);  // time 22:31:08
  EXPECT_EQ(hash_integer(kMicros20171116T223108), -2047944441);
  EXPECT_EQ(hash_integer(kMicros20171116T223108 + 1), -1207196810);
  EXPECT_EQ(hash_timestamp_nanos(kMicros20171116T223108 * 1000), -2047944441);
  EXPECT_EQ(hash_timestamp_nanos((kMicros20171116T223108 + 1) * 1000 + 1), -1207196810);
  EXPECT_EQ(hash_bytes("iceberg"), 1210000089);
  EXPECT_EQ(hash_bytes(std::string("\x00\x01\x02\x03", 4)), -188683207);
  const UuidBytes uuid{0xf7, 0x9c, 0x3e, 0x09, 0x67, 0x7c, 0x4b, 0xbd,
                       0xa4, 0x79, 0x3f, 0x34, 0x9c, 0xb7, 0x85, 0xe7};
  EXPECT_EQ(hash_uuid(uuid), 1488055340);
  EXPECT_EQ(uuid_text(uuid), "f79c3e09-677c-4bbd-a479-3f349cb785e7");
}

TEST(Bucket, IsNeverNegative) {
  EXPECT_EQ(bucket(-1, 16), std::numeric_limits<std::int32_t>::max() % 16);
  EXPECT_EQ(bucket(hash_integer(34), 10), 2017239379 % 10);
  EXPECT_EQ(bucket(std::numeric_limits<std::int32_t>::min(), 7), 0);
}

TEST(Truncate, RoundsDownAlsoBelowZero) {
  EXPECT_EQ(truncate_int32(1, 10), 0);
  EXPECT_EQ(truncate_int32(-1, 10), -10);
  EXPECT_EQ(truncate_int32(-10, 10), -10);
  EXPECT_EQ(truncate_int64(-11, 10), -20);
  EXPECT_EQ(truncate_int64(12345678901, 100), 12345678900);
  EXPECT_EQ(decimal_text(truncate_decimal(1065, 50), 2), "10.50");
  EXPECT_EQ(decimal_text(truncate_decimal(-1, 50), 2), "-0.50");
}

TEST(Truncate, WrapsNextToTheLeastValueAsTheReferenceDoes) {
  EXPECT_EQ(truncate_int32(std::numeric_limits<std::int32_t>::min(), 10), 2147483646);
  EXPECT_GT(truncate_int64(std::numeric_limits<std::int64_t>::min(), 10), 0);
}

TEST(Truncate, CutsTextAtCodePoints) {
  EXPECT_EQ(truncate_text("iceberg", 3), "ice");
  EXPECT_EQ(truncate_text("ic", 3), "ic");
  EXPECT_EQ(truncate_text("\xD0\xB0\xD0\xB1\xD0\xB2", 2), "\xD0\xB0\xD0\xB1");
  EXPECT_EQ(truncate_text("\xF0\x9F\x98\x80x", 1), "\xF0\x9F\x98\x80");
  EXPECT_EQ(truncate_binary("abcd", 3), "abc");
}

TEST(TimeTransforms, CountFromTheEpoch) {
  EXPECT_EQ(years_from_days(17486), 47);
  EXPECT_EQ(months_from_days(17486), 47 * 12 + 10);
  EXPECT_EQ(days_from_micros(kMicros20171116T223108), 17486);
  EXPECT_EQ(hours_from_micros(kMicros20171116T223108), 17486 * 24 + 22);
  EXPECT_EQ(years_from_micros(kMicros20171116T223108), 47);
  EXPECT_EQ(months_from_micros(kMicros20171116T223108), 574);
}

TEST(TimeTransforms, RoundDownBeforeTheEpoch) {
  EXPECT_EQ(years_from_days(-1), -1);
  EXPECT_EQ(months_from_days(-1), -1);
  EXPECT_EQ(days_from_micros(-1), -1);
  EXPECT_EQ(hours_from_micros(-1), -1);
  EXPECT_EQ(hours_from_micros(-3'600'000'000), -1);
  EXPECT_EQ(years_from_micros(-1), -1);
}

TEST(TimeTransforms, SaturateAtTheEndOfTheRange) {
  EXPECT_EQ(hours_from_micros(std::numeric_limits<std::int64_t>::max()),
            std::numeric_limits<std::int32_t>::max());
  EXPECT_GT(years_from_days(std::numeric_limits<std::int32_t>::max()), 5'000'000);
}

TEST(PartitionText, ReadsAsDates) {
  EXPECT_EQ(year_text(47), "2017");
  EXPECT_EQ(month_text(574), "2017-11");
  EXPECT_EQ(month_text(-1), "1969-12");
  EXPECT_EQ(day_text(17486), "2017-11-16");
  EXPECT_EQ(day_text(-1), "1969-12-31");
  EXPECT_EQ(day_text(11016), "2000-02-29");
  EXPECT_EQ(hour_text(17486 * 24 + 22), "2017-11-16-22");
  EXPECT_EQ(hour_text(-1), "1969-12-31-23");
  EXPECT_EQ(year_text(-1971), "-0001");
}

TEST(PartitionText, WritesDecimals) {
  EXPECT_EQ(decimal_text(1420, 2), "14.20");
  EXPECT_EQ(decimal_text(5, 3), "0.005");
  EXPECT_EQ(decimal_text(-5, 0), "-5");
  EXPECT_EQ(decimal_text(0, 0), "0");
  EXPECT_EQ(decimal_text(0, 2), "0.00");
  EXPECT_EQ(decimal_text(static_cast<Int128>(1) << 127U, 0), "-170141183460469231731687303715884105728");
}

TEST(PartitionText, EscapesWhatAPathCannotHold) {
  EXPECT_EQ(escape_path_value("a/b c=1"), "a%2Fb%20c%3D1");
  EXPECT_EQ(escape_path_value(".."), "%2E.");
  EXPECT_EQ(escape_path_value("2017-11_x.y"), "2017-11_x.y");
}

}  // namespace
}  // namespace lake::codec
