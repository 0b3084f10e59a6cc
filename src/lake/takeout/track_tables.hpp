#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

// Files of places that other programs than Google's write. `path` is the file's, so that the same track in
// two files stays two.

inline constexpr ColumnSpec kGpxPointColumns[] = {
    {"ts_us", ColumnType::kInt64},                                          // none for most routes
    {"path", ColumnType::kText},         {"kind", ColumnType::kText},       // track, route
    {"track", ColumnType::kInt32},                                          // its place in the file, from 0
    {"segment", ColumnType::kInt32},     {"position", ColumnType::kInt64},  // in the file, from 0
    {"name", ColumnType::kText},                                            // of the track
    {"lat_e7", ColumnType::kInt32},      {"lon_e7", ColumnType::kInt32},
    {"ele_m", ColumnType::kDouble},      {"speed_mps", ColumnType::kDouble},
    {"course_deg", ColumnType::kDouble}, {"heart_rate", ColumnType::kInt16},
    {"cadence", ColumnType::kInt16},
};
inline constexpr std::string_view kGpxPointKey[] = {"ts_us", "path", "position"};
inline constexpr TableSpec kGpxPoint{.name = "gpx_point", .columns = kGpxPointColumns, .key = kGpxPointKey};

inline constexpr ColumnSpec kGpxWaypointColumns[] = {
    {"position", ColumnType::kInt64}, {"path", ColumnType::kText},        {"ts_us", ColumnType::kInt64},
    {"lat_e7", ColumnType::kInt32},   {"lon_e7", ColumnType::kInt32},     {"ele_m", ColumnType::kDouble},
    {"name", ColumnType::kText},      {"description", ColumnType::kText}, {"comment", ColumnType::kText},
    {"symbol", ColumnType::kText},    {"type", ColumnType::kText},        {"url", ColumnType::kText},
};
inline constexpr std::string_view kGpxWaypointKey[] = {"position", "path"};
inline constexpr TableSpec kGpxWaypoint{
    .name = "gpx_waypoint", .columns = kGpxWaypointColumns, .key = kGpxWaypointKey};

inline constexpr ColumnSpec kKmlPlacemarkColumns[] = {
    {"position", ColumnType::kInt64},  // in the file, from 0
    {"path", ColumnType::kText},
    {"folder", ColumnType::kText},  // names of the folders around, joined with '/'
    {"name", ColumnType::kText},
    {"description", ColumnType::kText},
    {"address", ColumnType::kText},
    {"begin_us", ColumnType::kInt64},
    {"end_us", ColumnType::kInt64},
    {"lat_e7", ColumnType::kInt32},  // of a point
    {"lon_e7", ColumnType::kInt32},
    {"alt_m", ColumnType::kDouble},
    {"geometry_type", ColumnType::kText},
    {"geometry", ColumnType::kText},  // well-known text in degrees
    {"data", ColumnType::kJson},      // of ExtendedData, by name
    {"style", ColumnType::kText},
};
inline constexpr std::string_view kKmlPlacemarkKey[] = {"position", "path"};
inline constexpr TableSpec kKmlPlacemark{
    .name = "kml_placemark", .columns = kKmlPlacemarkColumns, .key = kKmlPlacemarkKey};

inline constexpr ColumnSpec kKmlPointColumns[] = {
    {"ts_us", ColumnType::kInt64},    {"path", ColumnType::kText},    {"track", ColumnType::kInt32},
    {"position", ColumnType::kInt64}, {"lat_e7", ColumnType::kInt32}, {"lon_e7", ColumnType::kInt32},
    {"alt_m", ColumnType::kDouble},
};
inline constexpr std::string_view kKmlPointKey[] = {"ts_us", "path", "track", "position"};
/// Of gx:Track, as Google wrote location history until 2024.
inline constexpr TableSpec kKmlPoint{.name = "kml_point", .columns = kKmlPointColumns, .key = kKmlPointKey};

inline constexpr ColumnSpec kGeoJsonFeatureColumns[] = {
    {"position", ColumnType::kInt64},  // in the file, from 0
    {"path", ColumnType::kText},      {"id", ColumnType::kText},
    {"name", ColumnType::kText},      {"ts_us", ColumnType::kInt64},
    {"lat_e7", ColumnType::kInt32},  // of a point
    {"lon_e7", ColumnType::kInt32},   {"geometry_type", ColumnType::kText},
    {"geometry", ColumnType::kJson},  {"properties", ColumnType::kJson},
};
inline constexpr std::string_view kGeoJsonFeatureKey[] = {"position", "path"};
inline constexpr TableSpec kGeoJsonFeature{
    .name = "geojson_feature", .columns = kGeoJsonFeatureColumns, .key = kGeoJsonFeatureKey};

}  // namespace lake::takeout
