#include "lake/takeout/file_products.hpp"
#include "lake/takeout/parser_fixture.hpp"

namespace lake::takeout {
namespace {

constexpr const char* kPath = "Takeout/Google Photos/Photos from 2019/IMG_1.jpg.supplemental-metadata.json";
constexpr const char* kPlace =
    "directory=Google Photos/Photos from 2019/ name=IMG_1.jpg.supplemental-metadata.json product=Google "
    "Photos";

TEST(PhotoSidecarTest, situations) {
  const std::string place(kPlace);
  expect_cases(
      kPhotoSidecars, kPath,
      {{"all members",
        R"({"title": "IMG_1.jpg", "description": "a day", "imageViews": "12",
 "creationTime": {"timestamp": "1565621300", "formatted": "12.08.2019, 14:48:20 UTC"},
 "photoTakenTime": {"timestamp": "1565621241", "formatted": "18.09.2023 г., 10:35:11 ч. UTC"},
 "photoLastModifiedTime": {"timestamp": "1565621400"},
 "geoData": {"latitude": 52.5163, "longitude": 13.3777, "altitude": 34.0, "latitudeSpan": 0.0, "longitudeSpan": 0.0},
 "geoDataExif": {"latitude": 52.5, "longitude": 13.4, "altitude": 0.0, "latitudeSpan": 0.0, "longitudeSpan": 0.0},
 "people": [{"name": "Ada"}, {"name": "Bo"}], "url": "https://photos.example.com/photo/AF1", "favorited": true,
 "archived": true, "trashed": false, "googlePhotosOrigin": {"mobileUpload": {"deviceFolder": {"localFolderName": "Camera"},
 "deviceType": "ANDROID_PHONE"}}, "appSource": {"androidPackageName": "com.whatsapp"}, "sharedAlbumComments": [{"text": "hi"}]})",
        {"photo_sidecar: " + place +
             " title=IMG_1.jpg description=a day url=https://photos.example.com/photo/AF1 "
             "taken_us=1565621241000000 "
             "created_us=1565621300000000 modified_us=1565621400000000 lat_e7=525163000 lon_e7=133777000 "
             "altitude_m=34.000000 exif_lat_e7=525000000 exif_lon_e7=134000000 exif_altitude_m=0.000000 "
             "people=[Ada, Bo] views=12 favorited=1 archived=1 trashed=0 origin=mobileUpload "
             "device_type=ANDROID_PHONE device_folder=Camera app=com.whatsapp comments=[{\"text\": \"hi\"}]",
         "photo_person: url=https://photos.example.com/photo/AF1 name=Ada",
         "photo_person: url=https://photos.example.com/photo/AF1 name=Bo"}},
       {"zeros are no place, an empty description is none",
        R"({"title": "a", "description": "", "photoTakenTime": {"timestamp": "0"}, "geoData": {"latitude": 0.0, "longitude": 0.0,
 "altitude": 0.0}, "googlePhotosOrigin": {"webUpload": {"computerUpload": {}}}})",
        {"photo_sidecar: " + place +
         " title=a taken_us=0 origin=webUpload "
         "extra={\"googlePhotosOrigin.webUpload.computerUpload\":{}}"}},
       {"wrong types and unknown members are kept; people without an url are in the row",
        R"({"title": 5, "photoTakenTime": {"timestamp": "soon"}, "future": [1], "people": [{"name": "Ada", "age": 3}, 7]})",
        {"photo_sidecar: " + place +
         " people=[Ada] "
         "extra={\"title\":5,\"photoTakenTime.timestamp\":\"soon\",\"future\":[1],\"people[0].age\":3,"
         "\"people[1]\":7}"}},
       {"cut",
        R"({"title": "a", "photoTakenTime": {"timestamp": "1"}, "geoData)",
        {},
        {rejected("syntax", "", R"({"title": "a", "photoTakenTime": {"timestamp": "1"}, "geoData)")}}});
}

TEST(PhotoAlbumTest, situations) {
  const std::string row =
      "album: directory=Summer title=Summer 2019 description=sun access=protected date_us=1420070400000000";
  expect_cases(
      kPhotoAlbums, "Takeout/Google Fotos/Summer/Metadaten.json",
      {{"members",
        R"({"title": "Summer 2019", "description": "sun", "access": "protected", "date": {"timestamp": "1420070400"},
 "future": 1})",
        {row + " extra={\"future\":1}"}},
       {"of 2019",
        R"({"albumData": {"title": "Summer 2019", "description": "sun", "access": "protected", "date": {"timestamp": "1420070400"},
 "geoData": {"latitude": 1.5, "longitude": -2.5}, "enrichments": [{"narrativeEnrichment": {"text": "x"}}]}})",
        {row +
         " lat_e7=15000000 lon_e7=-25000000 enrichments=[{\"narrativeEnrichment\": {\"text\": \"x\"}}]"}},
       {"empty", "{}", {}}});
}

TEST(PhotoAlbumTest, other_objects_with_a_title_are_not_albums) {
  for (const auto* text :
       {R"({"title": "x"})", R"({"title": "x", "photoTakenTime": {"timestamp": "1"}})", "{}", "[]"}) {
    const EntryHead head("Takeout/Other/thing.json", text, true);
    EXPECT_EQ(kPhotoAlbums.recognise(head), Certainty::kNone) << text;
  }
}

}  // namespace
}  // namespace lake::takeout
