#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kBookmarkColumns[] = {
    {"added_us", ColumnType::kInt64},
    {"folder_path", ColumnType::kText},  // names joined with '/'
    {"url", ColumnType::kText},
    {"title", ColumnType::kText},
    {"modified_us", ColumnType::kInt64},
    {"description", ColumnType::kText},
};
inline constexpr std::string_view kBookmarkKey[] = {"added_us", "folder_path", "url"};
inline constexpr TableSpec kBookmark{.name = "bookmark", .columns = kBookmarkColumns, .key = kBookmarkKey};

inline constexpr ColumnSpec kReadingListColumns[] = {{"added_us", ColumnType::kInt64},
                                                     {"url", ColumnType::kText},
                                                     {"title", ColumnType::kText},
                                                     {"modified_us", ColumnType::kInt64}};
inline constexpr std::string_view kReadingListKey[] = {"added_us", "url"};
inline constexpr TableSpec kReadingList{
    .name = "reading_list", .columns = kReadingListColumns, .key = kReadingListKey};

}  // namespace lake::takeout
