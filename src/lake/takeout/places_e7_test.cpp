#include "lake/takeout/places_e7.hpp"

#include <gtest/gtest.h>

namespace lake::takeout {
namespace {

TEST(PlacesE7, SpellingsOfPhones) {
  const PlaceE7 berlin{525163000, 133777000};
  EXPECT_EQ(parse_place("52.5163000°, 13.3777000°"), berlin);
  EXPECT_EQ(parse_place("52.5163, 13.3777"), berlin);
  EXPECT_EQ(parse_place("geo:52.516300,13.377700"), berlin);
  EXPECT_EQ(parse_place("geo:52.5163,13.3777,34.5"), berlin);
  EXPECT_EQ(parse_place("geo:52.5163,13.3777;u=35"), berlin);
  EXPECT_EQ(parse_place("-0.0000001°, -180°"), (PlaceE7{-1, -1800000000}));
}

TEST(PlacesE7, TextsThatAreNoPlace) {
  for (const auto* text : {"", "geo:", "52.5", "52.5,", "52.5;13", "52.5, 13.4 east", "1e3,4", "nan,1",
                           "181, 0", "52.5, 13.4, 7"})
    EXPECT_EQ(parse_place(text), std::nullopt) << text;
}

TEST(PlacesE7, InJson) {
  EXPECT_EQ(parse_place_json(R"("1.0\u00b0, 2.0\u00b0")"), (PlaceE7{10000000, 20000000}));
  EXPECT_EQ(parse_place_json(R"({ "latLng": "1.0°, 2.0°" })"), (PlaceE7{10000000, 20000000}));
  EXPECT_EQ(parse_place_json(R"({"latLng": "1.0°, 2.0°", "more": 1})"), std::nullopt);
  EXPECT_EQ(parse_place_json("17"), std::nullopt);
}

TEST(PlacesE7, LinesKeepAllDecimals) {
  EXPECT_EQ(line_text({{10000000, -5}, {525163000, 133777000}}),
            "LINESTRING (-0.0000005 1.0000000, 13.3777000 52.5163000)");
  EXPECT_EQ(line_text({{1, 2}}), "");
}

}  // namespace
}  // namespace lake::takeout
