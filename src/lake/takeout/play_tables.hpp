#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kPlayInstallColumns[] = {
    {"first_installation_us", ColumnType::kInt64},
    {"title", ColumnType::kText},
    {"device", ColumnType::kText},
    {"last_update_us", ColumnType::kInt64},
    {"document_type", ColumnType::kText},
    {"model", ColumnType::kText},
    {"manufacturer", ColumnType::kText},
    {"carrier", ColumnType::kText},
};
inline constexpr std::string_view kPlayInstallKey[] = {"first_installation_us", "title", "device"};
inline constexpr TableSpec kPlayInstall{
    .name = "play_install", .columns = kPlayInstallColumns, .key = kPlayInstallKey};

}  // namespace lake::takeout
