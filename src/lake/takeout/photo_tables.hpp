#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

// Google Photos. media_file and photo_sidecar are what the files tell; photo, album_item and media_sidecar
// are made of them after an import, so that parts may come in any order.

inline constexpr ColumnSpec kMediaFileColumns[] = {
    {"directory", ColumnType::kText},  // below the export's root
    {"name", ColumnType::kText},
    {"product", ColumnType::kText},  // the first folder, as the account's language names it
    {"mime", ColumnType::kText},     // of what the bytes are
    {"width", ColumnType::kInt32},
    {"height", ColumnType::kInt32},
    {"exif_local_us", ColumnType::kInt64},  // of a clock whose zone exif_offset_min tells, or nothing
    {"exif_offset_min", ColumnType::kInt16},
    {"film_us", ColumnType::kInt64},  // UTC, in the header of a film
    {"duration_ms", ColumnType::kInt64},
    {"name_local_us", ColumnType::kInt64},  // what the file's name tells, of an unknown zone
    {"lat_e7", ColumnType::kInt32},
    {"lon_e7", ColumnType::kInt32},
    {"altitude_m", ColumnType::kDouble},
    {"orientation", ColumnType::kInt16},
    {"camera_make", ColumnType::kText},
    {"camera_model", ColumnType::kText},
};
inline constexpr std::string_view kMediaFileKey[] = {"directory", "name"};
/// Each picture and film of an export, whatever product it belongs to, with what its header tells.
inline constexpr TableSpec kMediaFile{
    .name = "media_file", .columns = kMediaFileColumns, .key = kMediaFileKey};

inline constexpr ColumnSpec kPhotoSidecarColumns[] = {
    {"directory", ColumnType::kText},
    {"name", ColumnType::kText},
    {"product", ColumnType::kText},
    {"title", ColumnType::kText},  // the name the medium had
    {"description", ColumnType::kText},
    {"url", ColumnType::kText},
    {"taken_us", ColumnType::kInt64},
    {"created_us", ColumnType::kInt64},  // in Google Photos
    {"modified_us", ColumnType::kInt64},
    {"lat_e7", ColumnType::kInt32},  // as shown in Google Photos
    {"lon_e7", ColumnType::kInt32},
    {"altitude_m", ColumnType::kDouble},
    {"exif_lat_e7", ColumnType::kInt32},
    {"exif_lon_e7", ColumnType::kInt32},
    {"exif_altitude_m", ColumnType::kDouble},
    {"people", ColumnType::kTextList},
    {"views", ColumnType::kInt64},
    {"favorited", ColumnType::kBool},
    {"archived", ColumnType::kBool},
    {"trashed", ColumnType::kBool},
    {"origin", ColumnType::kText},  // mobileUpload, driveSync, webUpload, ...
    {"device_type", ColumnType::kText},
    {"device_folder", ColumnType::kText},
    {"app", ColumnType::kText},
    {"comments", ColumnType::kJson},
};
inline constexpr std::string_view kPhotoSidecarKey[] = {"directory", "name"};
inline constexpr TableSpec kPhotoSidecar{
    .name = "photo_sidecar", .columns = kPhotoSidecarColumns, .key = kPhotoSidecarKey};

inline constexpr ColumnSpec kPhotoPersonColumns[] = {{"url", ColumnType::kText}, {"name", ColumnType::kText}};
inline constexpr std::string_view kPhotoPersonKey[] = {"url", "name"};
/// Who is on the photo with that url.
inline constexpr TableSpec kPhotoPerson{
    .name = "photo_person", .columns = kPhotoPersonColumns, .key = kPhotoPersonKey};

inline constexpr ColumnSpec kAlbumColumns[] = {
    {"directory", ColumnType::kText},  // the last folder: albums of one title have one each
    {"title", ColumnType::kText},       {"description", ColumnType::kText}, {"access", ColumnType::kText},
    {"date_us", ColumnType::kInt64},    {"lat_e7", ColumnType::kInt32},     {"lon_e7", ColumnType::kInt32},
    {"enrichments", ColumnType::kJson}, {"comments", ColumnType::kJson},
};
inline constexpr std::string_view kAlbumKey[] = {"directory", "title"};
inline constexpr TableSpec kAlbum{.name = "album", .columns = kAlbumColumns, .key = kAlbumKey};

inline constexpr ColumnSpec kMediaSidecarColumns[] = {
    {"directory", ColumnType::kText},
    {"name", ColumnType::kText},
    {"sidecar", ColumnType::kText},    // its name, in the same directory
    {"joined_by", ColumnType::kText},  // name, edited, live (film and photo share one), title
};
inline constexpr std::string_view kMediaSidecarKey[] = {"directory", "name"};
inline constexpr TableSpec kMediaSidecar{
    .name = "media_sidecar", .columns = kMediaSidecarColumns, .key = kMediaSidecarKey};

inline constexpr ColumnSpec kPhotoColumns[] = {
    {"taken_us", ColumnType::kInt64},    {"content_hash", ColumnType::kUint64},  // of import_entry
    {"bytes", ColumnType::kInt64},       {"name", ColumnType::kText},
    {"taken_source", ColumnType::kText},  // exif, film, sidecar, name
    {"ts_quality", ColumnType::kText},   {"tz_offset_min", ColumnType::kInt16},
    {"exif_us", ColumnType::kInt64},  // UTC where its zone is known, else of the camera's clock
    {"sidecar_us", ColumnType::kInt64},  {"name_us", ColumnType::kInt64},
    {"lat_e7", ColumnType::kInt32},      {"lon_e7", ColumnType::kInt32},
    {"altitude_m", ColumnType::kDouble}, {"geo_source", ColumnType::kText},  // exif, sidecar
    {"width", ColumnType::kInt32},       {"height", ColumnType::kInt32},
    {"duration_ms", ColumnType::kInt64}, {"mime", ColumnType::kText},
    {"camera", ColumnType::kText},       {"title", ColumnType::kText},
    {"description", ColumnType::kText},  {"url", ColumnType::kText},
    {"favorited", ColumnType::kBool},    {"archived", ColumnType::kBool},
    {"trashed", ColumnType::kBool},      {"origin", ColumnType::kText},
    {"device_type", ColumnType::kText},  {"joined_by", ColumnType::kText},  // NULL: no sidecar was found
    {"locations", ColumnType::kInt32},                                      // files with these bytes
    {"directory", ColumnType::kText},  // of the one that the row tells of
    {"entry_id", ColumnType::kInt64},    {"byte_offset", ColumnType::kInt64},
    {"byte_count", ColumnType::kInt64},
};
inline constexpr std::string_view kPhotoKey[] = {"taken_us", "content_hash", "bytes", "name"};
/// Each picture and film of Google Photos once, by its bytes. Made of the others.
inline constexpr TableSpec kPhoto{.name = "photo", .columns = kPhotoColumns, .key = kPhotoKey};

inline constexpr ColumnSpec kAlbumItemColumns[] = {{"directory", ColumnType::kText},  // as album.directory
                                                   {"name", ColumnType::kText},
                                                   {"path", ColumnType::kText}};
inline constexpr std::string_view kAlbumItemKey[] = {"directory", "name"};
/// The media in folders of albums. Made of the others.
inline constexpr TableSpec kAlbumItem{
    .name = "album_item", .columns = kAlbumItemColumns, .key = kAlbumItemKey};

}  // namespace lake::takeout
