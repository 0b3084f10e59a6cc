#include "lake/config/units.hpp"

#include <gtest/gtest.h>

namespace lake::config {
namespace {

TEST(Size, ReadsDecimalAndBinaryUnits) {
  EXPECT_EQ(size_of("512MB"), 512'000'000U);
  EXPECT_EQ(size_of("2GiB"), 2ULL << 30U);
  EXPECT_EQ(size_of("2 gib"), 2ULL << 30U);
  EXPECT_EQ(size_of("1.5KiB"), 1536U);
  EXPECT_EQ(size_of("4096"), 4096U);
  EXPECT_EQ(size_of("0"), 0U);
  EXPECT_EQ(size_of("7B"), 7U);
}

TEST(Size, RefusesOtherText) {
  for (const char* text :
       {"", "GB", "-1", "1XB", "1.2.3MB", "1e9", "99999999999999999999", "9999999999TiB", "1 0MB"})
    EXPECT_EQ(size_of(text), std::nullopt) << text;
}

TEST(Size, IsWrittenExactlyAndShort) {
  for (const char* text : {"128MiB", "500MB", "1GiB", "123B", "0B", "1kB", "64TiB"})
    EXPECT_EQ(size_text(size_of(text).value()), text);
}

TEST(Duration, ReadsUnits) {
  EXPECT_EQ(duration_of("250ms")->count(), 250);
  EXPECT_EQ(duration_of("10s")->count(), 10'000);
  EXPECT_EQ(duration_of("5min")->count(), 300'000);
  EXPECT_EQ(duration_of("1h")->count(), 3'600'000);
  EXPECT_EQ(duration_of("7d")->count(), 604'800'000);
  EXPECT_EQ(duration_of("0")->count(), 0);
  for (const char* text : {"", "5", "5m", "1.5h", "-1s", "99999999999999d"})
    EXPECT_FALSE(duration_of(text)) << text;
}

TEST(Duration, IsWrittenExactlyAndShort) {
  for (const char* text : {"7d", "25h", "90s", "1500ms", "0", "10min"})
    EXPECT_EQ(duration_text(duration_of(text).value()), text);
}

TEST(Percent, ReadsWithAndWithoutSign) {
  EXPECT_EQ(percent_of("60%"), 60U);
  EXPECT_EQ(percent_of("5"), 5U);
  EXPECT_EQ(percent_of("101"), std::nullopt);
  EXPECT_EQ(percent_of("%"), std::nullopt);
}

}  // namespace
}  // namespace lake::config
