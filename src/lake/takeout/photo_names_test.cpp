#include "lake/takeout/photo_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/takeout/times.hpp"

namespace lake::takeout {
namespace {

using ::testing::Contains;
using ::testing::Not;

TEST(PhotoNamesTest, a_name_is_taken_apart) {
  struct Case {
    const char* name;
    const char* stem;
    const char* number;
    const char* extension;
  };
  for (const auto& each :
       {Case{"IMG_1.jpg", "IMG_1", "", ".jpg"}, Case{"IMG_1(12).jpg", "IMG_1", "(12)", ".jpg"},
        Case{"IMG(a).jpg", "IMG(a)", "", ".jpg"}, Case{"(1).jpg", "(1)", "", ".jpg"},
        Case{".jpg", ".jpg", "", ""}, Case{"", "", "", ""}, Case{"PXL.MP.jpg", "PXL.MP", "", ".jpg"}}) {
    const auto media = parse_media_name(each.name);
    EXPECT_EQ(media.stem, each.stem) << each.name;
    EXPECT_EQ(media.number, each.number) << each.name;
    EXPECT_EQ(media.extension, each.extension) << each.name;
  }
}

TEST(PhotoNamesTest, a_medium_has_its_sidecar) {
  struct Case {
    const char* situation;
    const char* media;
    const char* sidecar;
  };
  const Case cases[] = {
      {"plain", "IMG_1.jpg", "IMG_1.jpg.json"},
      {"the number moves behind", "IMG_1(2).jpg", "IMG_1.jpg(2).json"},
      {"since 2024", "IMG_1.jpg", "IMG_1.jpg.supplemental-metadata.json"},
      {"since 2024 with a number", "IMG_1(2).jpg", "IMG_1.jpg.supplemental-metadata(2).json"},
      {"cut in the middle of the word", "PXL_20231118_035751175.MP.jpg",
       "PXL_20231118_035751175.MP.jpg.supplemental-met.json"},
      {"cut in the extension", "2019-08-12 a name that is far too long to keep.jpg",
       "2019-08-12 a name that is far too long to keep.json"},
      {"cut at 46 units", "0123456789012345678901234567890123456789012345678.jpg",
       "0123456789012345678901234567890123456789012345.json"},
      {"units of two", "0123456789012345678901234567890123456789012😀😀.jpg",
       "0123456789012345678901234567890123456789012😀.json"},
      {"a letter of three bytes is one",
       "写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真.jpg",
       "写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真写真.json"},
      {"without the extension", "IMG_1.jpg", "IMG_1.json"},
      {"an edited copy", "IMG_1-edited.jpg", "IMG_1.jpg.json"},
      {"a cut edit", "IMG_1-edi.jpg", "IMG_1.jpg.json"},
      {"in German, with a number", "IMG_1-bearbeitet(3).jpg", "IMG_1.jpg(3).json"},
      {"of a motion photo", "PXL_1.MP~2.jpg", "PXL_1.MP.jpg.json"},
      {"edited twice", "IMG_1-effects-edited.jpg", "IMG_1.jpg.json"},
  };
  for (const auto& each : cases)
    EXPECT_THAT(sidecar_names(each.media).names, Contains(each.sidecar)) << each.situation;
  EXPECT_THAT(sidecar_names("IMG-WA0001.jpg").names, Not(Contains("IMG.jpg.json")));
}

std::vector<std::string> joined(const std::vector<std::string>& media,
                                const std::vector<SidecarTitle>& sidecars) {
  std::vector<std::string> lines;
  for (const auto& join : join_sidecars(media, sidecars))
    lines.push_back(media[join.medium] + " " + sidecars[join.sidecar].name + " " + std::string(join.by));
  return lines;
}

TEST(PhotoNamesTest, films_and_copies_share_the_sidecar_of_their_photo) {
  EXPECT_EQ(joined({"A.HEIC", "A.MP4", "A-edited.HEIC", "B.MP4"}, {{"A.HEIC.json", "A.HEIC"}}),
            (std::vector<std::string>{"A.HEIC A.HEIC.json name", "A-edited.HEIC A.HEIC.json edited",
                                      "A.MP4 A.HEIC.json live"}));
  EXPECT_EQ(joined({"P.MP.jpg", "P.MP"}, {{"P.MP.jpg.json", "P.MP.jpg"}}),
            (std::vector<std::string>{"P.MP.jpg P.MP.jpg.json name", "P.MP P.MP.jpg.json live"}));
}

TEST(PhotoNamesTest, numbers_do_not_cross) {
  EXPECT_EQ(joined({"A.jpg", "A(1).jpg"}, {{"A.jpg.json", "A.jpg"}, {"A.jpg(1).json", "A.jpg"}}),
            (std::vector<std::string>{"A.jpg A.jpg.json name", "A(1).jpg A.jpg(1).json name"}));
  EXPECT_EQ(joined({"A(1).jpg"}, {{"A.jpg.json", "A.jpg"}}), std::vector<std::string>{});
}

TEST(PhotoNamesTest, a_title_of_one_sidecar_joins_and_one_of_two_does_not) {
  EXPECT_EQ(joined({"x.jpg"}, {{"odd.json", "x.jpg"}}), (std::vector<std::string>{"x.jpg odd.json title"}));
  EXPECT_EQ(joined({"x.jpg"}, {{"odd.json", "x.jpg"}, {"odder.json", "x.jpg"}}), std::vector<std::string>{});
}

TEST(PhotoNamesTest, names_hold_times) {
  EXPECT_EQ(time_in_name("IMG_20190812_144721.jpg"), parse_iso("2019-08-12T14:47:21")->micros);
  EXPECT_EQ(time_in_name("PXL_20210102_030405678.jpg"), parse_iso("2021-01-02T03:04:05")->micros);
  EXPECT_EQ(time_in_name("Screenshot_2019-08-12-14-47-21.png"), parse_iso("2019-08-12T14:47:21")->micros);
  for (const auto* name :
       {"", "IMG_1.jpg", "20190812.jpg", "IMG_20191312_144721.jpg", "12345678901234.jpg", "IMG_20190812"})
    EXPECT_EQ(time_in_name(name), std::nullopt) << name;
}

TEST(PhotoNamesTest, folders_of_a_year_are_no_albums) {
  for (const auto* folder : {"Photos from 2019", "Fotos von 2019", "2019年の写真"})
    EXPECT_TRUE(is_year_folder(folder));
  for (const auto* folder : {"Summer 2019", "Photos from", "Photos from 2019(1)", "2019", ""})
    EXPECT_FALSE(is_year_folder(folder)) << folder;
}

}  // namespace
}  // namespace lake::takeout
