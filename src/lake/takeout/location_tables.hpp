#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

// Tables of the location history, of all its generations. Places are degrees times 1e7, as the files have
// them.

inline constexpr ColumnSpec kLocationPointColumns[] = {
    {"ts_us", ColumnType::kInt64},
    {"lat_e7", ColumnType::kInt32},
    {"lon_e7", ColumnType::kInt32},
    {"accuracy_m", ColumnType::kFloat},
    {"alt_m", ColumnType::kFloat},
    {"valt_m", ColumnType::kFloat},  // vertical accuracy
    {"speed_mps", ColumnType::kFloat},
    {"heading_deg", ColumnType::kInt16},
    {"source", ColumnType::kText},
    {"device_tag", ColumnType::kInt64},
    {"origin", ColumnType::kText},  // record, path, simplified_path, raw_signal, edit, visit, segment_end
    {"platform", ColumnType::kText},
    {"os_level", ColumnType::kInt32},
    {"form_factor", ColumnType::kText},
    {"device_designation", ColumnType::kText},
    {"battery_charging", ColumnType::kBool},
    {"server_us", ColumnType::kInt64},
    {"device_us", ColumnType::kInt64},
    {"place_id", ColumnType::kText},
    {"inferred_location", ColumnType::kJson},
    {"ts_offset_min", ColumnType::kInt16},
};
inline constexpr std::string_view kLocationPointKey[] = {"ts_us", "lat_e7", "lon_e7", "device_tag", "origin"};
/// Later exports lack altitude and speed that earlier ones told.
inline constexpr TableSpec kLocationPoint{.name = "location_point",
                                          .columns = kLocationPointColumns,
                                          .key = kLocationPointKey,
                                          .fills_from_older = true};

inline constexpr ColumnSpec kLocationActivitySampleColumns[] = {
    {"ts_us", ColumnType::kInt64}, {"type", ColumnType::kText}, {"confidence", ColumnType::kInt16}};
inline constexpr std::string_view kLocationActivitySampleKey[] = {"ts_us", "type", "confidence"};
inline constexpr TableSpec kLocationActivitySample{.name = "location_activity_sample",
                                                   .columns = kLocationActivitySampleColumns,
                                                   .key = kLocationActivitySampleKey};

inline constexpr ColumnSpec kWifiScanColumns[] = {{"ts_us", ColumnType::kInt64},
                                                  {"mac", ColumnType::kInt64},
                                                  {"rssi", ColumnType::kInt16},
                                                  {"frequency_mhz", ColumnType::kInt32},
                                                  {"is_connected", ColumnType::kBool}};
inline constexpr std::string_view kWifiScanKey[] = {"ts_us", "mac"};
/// MAC addresses tell where a person was.
inline constexpr TableSpec kWifiScan{.name = "wifi_scan",
                                     .columns = kWifiScanColumns,
                                     .key = kWifiScanKey,
                                     .fills_from_older = true,
                                     .is_sensitive = true};

}  // namespace lake::takeout
