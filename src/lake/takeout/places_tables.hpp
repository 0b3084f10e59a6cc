#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kSavedItemColumns[] = {
    {"list", ColumnType::kText},  // the file's name, in the account's language
    {"title", ColumnType::kText},
    {"url", ColumnType::kText},
    {"note", ColumnType::kText},
    {"comment", ColumnType::kText},
    {"tags", ColumnType::kText},
    {"feature_id", ColumnType::kText},  // of the map: "0x47a8...:0x1d..."; the file tells no coordinates
};
inline constexpr std::string_view kSavedItemKey[] = {"list", "title", "url"};
inline constexpr TableSpec kSavedItem{
    .name = "saved_item", .columns = kSavedItemColumns, .key = kSavedItemKey};

inline constexpr ColumnSpec kSavedListColumns[] = {{"list", ColumnType::kText},
                                                   {"description", ColumnType::kText}};
inline constexpr std::string_view kSavedListKey[] = {"list"};
/// What a list tells of itself; many tell nothing and have no row.
inline constexpr TableSpec kSavedList{
    .name = "saved_list", .columns = kSavedListColumns, .key = kSavedListKey};

inline constexpr ColumnSpec kSavedPlaceColumns[] = {
    {"ts_us", ColumnType::kInt64},  {"url", ColumnType::kText},          {"name", ColumnType::kText},
    {"address", ColumnType::kText}, {"country_code", ColumnType::kText}, {"comment", ColumnType::kText},
    {"lat_e7", ColumnType::kInt32},  // none when only a customer id is known
    {"lon_e7", ColumnType::kInt32},
};
inline constexpr std::string_view kSavedPlaceKey[] = {"ts_us", "url"};
inline constexpr TableSpec kSavedPlace{
    .name = "saved_place", .columns = kSavedPlaceColumns, .key = kSavedPlaceKey};

inline constexpr ColumnSpec kPlaceReviewColumns[] = {
    {"ts_us", ColumnType::kInt64},  {"url", ColumnType::kText},          {"rating", ColumnType::kInt16},
    {"text", ColumnType::kText},    {"questions", ColumnType::kJson},    {"name", ColumnType::kText},
    {"address", ColumnType::kText}, {"country_code", ColumnType::kText}, {"lat_e7", ColumnType::kInt32},
    {"lon_e7", ColumnType::kInt32},
};
inline constexpr std::string_view kPlaceReviewKey[] = {"ts_us", "url"};
inline constexpr TableSpec kPlaceReview{
    .name = "place_review", .columns = kPlaceReviewColumns, .key = kPlaceReviewKey};

inline constexpr ColumnSpec kLabeledPlaceColumns[] = {{"name", ColumnType::kText},
                                                      {"address", ColumnType::kText},
                                                      {"lat_e7", ColumnType::kInt32},
                                                      {"lon_e7", ColumnType::kInt32}};
inline constexpr std::string_view kLabeledPlaceKey[] = {"name"};
inline constexpr TableSpec kLabeledPlace{
    .name = "labeled_place", .columns = kLabeledPlaceColumns, .key = kLabeledPlaceKey};

}  // namespace lake::takeout
