#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kKeepNoteColumns[] = {
    {"created_us", ColumnType::kInt64},  // none before about 2022
    {"stem", ColumnType::kText},         // of the file's name, which a note keeps
    {"edited_us", ColumnType::kInt64},  {"title", ColumnType::kText},       {"text", ColumnType::kText},
    {"html", ColumnType::kText},        {"color", ColumnType::kText},       {"is_trashed", ColumnType::kBool},
    {"is_pinned", ColumnType::kBool},   {"is_archived", ColumnType::kBool}, {"labels", ColumnType::kTextList},
    {"attachments", ColumnType::kJson}, {"annotations", ColumnType::kJson}, {"sharees", ColumnType::kJson},
};
inline constexpr std::string_view kKeepNoteKey[] = {"created_us", "stem"};
/// People keep passwords in notes.
inline constexpr TableSpec kKeepNote{
    .name = "keep_note", .columns = kKeepNoteColumns, .key = kKeepNoteKey, .is_sensitive = true};

inline constexpr ColumnSpec kKeepItemColumns[] = {
    {"created_us", ColumnType::kInt64}, {"stem", ColumnType::kText}, {"position", ColumnType::kInt32},
    {"text", ColumnType::kText},        {"html", ColumnType::kText}, {"checked", ColumnType::kBool},
};
inline constexpr std::string_view kKeepItemKey[] = {"created_us", "stem", "position"};
inline constexpr TableSpec kKeepItem{
    .name = "keep_item", .columns = kKeepItemColumns, .key = kKeepItemKey, .is_sensitive = true};

}  // namespace lake::takeout
