#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

// Tables for what no parser knows: every value is there, none has a meaning yet.

inline constexpr ColumnSpec kRawJsonColumns[] = {
    {"idx", ColumnType::kInt64},     // of the element in its file, from 0
    {"path", ColumnType::kText},     // in the export
    {"product", ColumnType::kText},  // the folder, as the account's language names it
    {"member", ColumnType::kText},   // of the top-level object that holds the element, if there is one
    {"doc", ColumnType::kJson},
};
inline constexpr std::string_view kRawJsonKey[] = {"idx", "path", "product"};
inline constexpr TableSpec kRawJson{.name = "raw_json", .columns = kRawJsonColumns, .key = kRawJsonKey};

inline constexpr ColumnSpec kRawCsvColumns[] = {
    {"position", ColumnType::kInt64},  // of the record behind the names, from 0
    {"path", ColumnType::kText},      {"product", ColumnType::kText},
    {"stem", ColumnType::kText},    // of the file's name
    {"fields", ColumnType::kJson},  // texts by the names of the first record
};
inline constexpr std::string_view kRawCsvKey[] = {"position", "path", "product"};
inline constexpr TableSpec kRawCsv{.name = "raw_csv", .columns = kRawCsvColumns, .key = kRawCsvKey};

}  // namespace lake::takeout
