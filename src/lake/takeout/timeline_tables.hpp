#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

// Tables of the timeline: where a person stayed and how they went on. Points, activity samples and scans are
// in location_tables.hpp. `origin` tells the generation (semantic, android, ios): they tell of one stay with
// seconds between, and are not merged.

inline constexpr ColumnSpec kPlaceVisitColumns[] = {
    {"start_us", ColumnType::kInt64},
    {"end_us", ColumnType::kInt64},
    {"place_id", ColumnType::kText},
    {"hierarchy", ColumnType::kInt16},  // 0 = the stay, 1 = within one
    {"origin", ColumnType::kText},
    {"start_offset_min", ColumnType::kInt16},
    {"end_offset_min", ColumnType::kInt16},
    {"lat_e7", ColumnType::kInt32},
    {"lon_e7", ColumnType::kInt32},
    {"center_lat_e7", ColumnType::kInt32},
    {"center_lon_e7", ColumnType::kInt32},
    {"name", ColumnType::kText},
    {"address", ColumnType::kText},
    {"semantic_type", ColumnType::kText},
    {"probability", ColumnType::kDouble},        // that there was a stay, 0 to 1
    {"place_probability", ColumnType::kDouble},  // that it was this place, 0 to 1
    {"place_confidence", ColumnType::kText},
    {"location_confidence", ColumnType::kDouble},  // as the file has it
    {"confirmation", ColumnType::kText},
    {"visit_type", ColumnType::kText},
    {"importance", ColumnType::kText},
    {"device_tag", ColumnType::kInt64},
    {"candidates", ColumnType::kJson},
    {"checkin", ColumnType::kJson},
};
inline constexpr std::string_view kPlaceVisitKey[] = {"start_us", "end_us", "place_id", "hierarchy",
                                                      "origin"};
inline constexpr TableSpec kPlaceVisit{
    .name = "place_visit", .columns = kPlaceVisitColumns, .key = kPlaceVisitKey, .fills_from_older = true};

inline constexpr ColumnSpec kTravelSegmentColumns[] = {
    {"start_us", ColumnType::kInt64},
    {"end_us", ColumnType::kInt64},
    {"origin", ColumnType::kText},
    {"start_offset_min", ColumnType::kInt16},
    {"end_offset_min", ColumnType::kInt16},
    {"start_lat_e7", ColumnType::kInt32},
    {"start_lon_e7", ColumnType::kInt32},
    {"end_lat_e7", ColumnType::kInt32},
    {"end_lon_e7", ColumnType::kInt32},
    {"distance_m", ColumnType::kDouble},
    {"activity", ColumnType::kText},
    {"probability", ColumnType::kDouble},           // that there was a trip, 0 to 1
    {"activity_probability", ColumnType::kDouble},  // that it was of this kind, 0 to 1
    {"confidence", ColumnType::kText},
    {"confirmation", ColumnType::kText},
    {"path", ColumnType::kText},  // well-known text in degrees; its points have no times
    {"candidates", ColumnType::kJson},
    {"transit_path", ColumnType::kJson},
    {"parking", ColumnType::kJson},
    {"device_tag", ColumnType::kInt64},
};
inline constexpr std::string_view kTravelSegmentKey[] = {"start_us", "end_us", "origin"};
inline constexpr TableSpec kTravelSegment{.name = "travel_segment",
                                          .columns = kTravelSegmentColumns,
                                          .key = kTravelSegmentKey,
                                          .fills_from_older = true};

inline constexpr ColumnSpec kTripColumns[] = {
    {"start_us", ColumnType::kInt64},       {"end_us", ColumnType::kInt64},
    {"origin", ColumnType::kText},          {"start_offset_min", ColumnType::kInt16},
    {"end_offset_min", ColumnType::kInt16}, {"distance_from_origin_km", ColumnType::kDouble},
    {"destinations", ColumnType::kJson},
};
inline constexpr std::string_view kTripKey[] = {"start_us", "end_us", "origin"};
inline constexpr TableSpec kTrip{.name = "trip", .columns = kTripColumns, .key = kTripKey};

inline constexpr ColumnSpec kFrequentPlaceColumns[] = {{"place_id", ColumnType::kText},
                                                       {"label", ColumnType::kText},
                                                       {"lat_e7", ColumnType::kInt32},
                                                       {"lon_e7", ColumnType::kInt32}};
inline constexpr std::string_view kFrequentPlaceKey[] = {"place_id", "label"};
/// Places without a time: nothing tells when.
inline constexpr TableSpec kFrequentPlace{
    .name = "frequent_place", .columns = kFrequentPlaceColumns, .key = kFrequentPlaceKey};

inline constexpr ColumnSpec kLocationDeviceColumns[] = {
    {"device_tag", ColumnType::kInt64},      {"name", ColumnType::kText},
    {"platform", ColumnType::kText},         {"android_os_level", ColumnType::kInt32},
    {"ios_version", ColumnType::kText},      {"spec", ColumnType::kJson},
    {"legal_country", ColumnType::kText},    {"created_us", ColumnType::kInt64},
    {"reporting_enabled", ColumnType::kBool}};
inline constexpr std::string_view kLocationDeviceKey[] = {"device_tag"};
inline constexpr TableSpec kLocationDevice{.name = "location_device",
                                           .columns = kLocationDeviceColumns,
                                           .key = kLocationDeviceKey,
                                           .fills_from_older = true};

inline constexpr ColumnSpec kLocationSettingColumns[] = {{"name", ColumnType::kText},
                                                         {"value", ColumnType::kJson}};
inline constexpr std::string_view kLocationSettingKey[] = {"name"};
inline constexpr TableSpec kLocationSetting{
    .name = "location_setting", .columns = kLocationSettingColumns, .key = kLocationSettingKey};

}  // namespace lake::takeout
