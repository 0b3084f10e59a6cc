#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kActivityColumns[] = {
    {"ts_us", ColumnType::kInt64},
    {"product", ColumnType::kText},
    {"header", ColumnType::kText},
    {"verb", ColumnType::kText},  // the title's, where its language is known: "Watched", "Searched for"
    {"title", ColumnType::kText},
    {"url", ColumnType::kText},
    {"description", ColumnType::kText},
    {"subtitles", ColumnType::kJson},
    {"details", ColumnType::kTextList},
    {"controls", ColumnType::kTextList},
    {"products", ColumnType::kTextList},
    {"locations", ColumnType::kJson},
    {"lat_e7", ColumnType::kInt32},  // the centre of the map that the first location names
    {"lon_e7", ColumnType::kInt32},
    {"image_file", ColumnType::kText},
    {"audio_files", ColumnType::kTextList},
    {"is_ad", ColumnType::kBool},
    {"format", ColumnType::kText},  // json, html
    {"ts_quality", ColumnType::kText},
};
/// The header is left out: HTML copies and some JSON rows lack it.
inline constexpr std::string_view kActivityKey[] = {"ts_us", "product", "title", "url"};
inline constexpr TableSpec kActivity{
    .name = "activity", .columns = kActivityColumns, .key = kActivityKey, .fills_from_older = true};

}  // namespace lake::takeout
