#include "lake/ingest/takeout_import.hpp"

#include <gtest/gtest.h>

namespace lake::ingest {
namespace {

TEST(ExportName, OfPartsAsGoogleNamesThem) {
  const auto plain = parse_export_name("takeout-20240425T101500Z-003.zip");
  EXPECT_EQ(plain.export_id, "takeout-20240425T101500Z");
  EXPECT_EQ(plain.export_us, 1714040100000000);
  EXPECT_EQ(plain.part_number, 3);
  const auto newer = parse_export_name("takeout-20250102T030405Z-1-012.tgz");
  EXPECT_EQ(newer.export_id, "takeout-20250102T030405Z");
  EXPECT_EQ(newer.part_number, 12);
  EXPECT_EQ(parse_export_name("takeout-20240425T101500Z").part_number, 0);
}

TEST(ExportName, OtherNamesTellNothing) {
  for (const char* name : {"", "takeout.zip", "takeout-2024.zip", "takeout-20241325T101500Z-001.zip",
                           "takeout-20240425X101500Z-001.zip", "my takeout-20240425T101500Z-001.zip"}) {
    EXPECT_TRUE(parse_export_name(name).export_id.empty()) << name;
  }
  EXPECT_EQ(parse_export_name("takeout-20240425T101500Z-copy.zip").part_number, 0);
  EXPECT_EQ(parse_export_name("takeout-20240425T101500Z-99999999999999999999.zip").part_number, 0);
}

}  // namespace
}  // namespace lake::ingest
