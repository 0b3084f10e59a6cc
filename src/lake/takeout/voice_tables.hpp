#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kVoiceEventColumns[] = {
    {"ts_us", ColumnType::kInt64},
    {"kind", ColumnType::kText},    // text, placed, received, missed, voicemail, recorded
    {"number", ColumnType::kText},  // of who called or wrote, as tel: has it
    {"text", ColumnType::kText},    // a text, or what a voicemail was heard to say; empty for calls
    {"name", ColumnType::kText},
    {"direction", ColumnType::kText},  // in, out
    {"duration_s", ColumnType::kInt64},
    {"ts_offset_min", ColumnType::kInt16},
    {"participants", ColumnType::kTextList},  // numbers of a group's members
    {"media", ColumnType::kTextList},         // names of files beside the page
    {"labels", ColumnType::kTextList},
};
inline constexpr std::string_view kVoiceEventKey[] = {"ts_us", "kind", "number", "text"};
inline constexpr TableSpec kVoiceEvent{
    .name = "voice_event", .columns = kVoiceEventColumns, .key = kVoiceEventKey};

inline constexpr ColumnSpec kGroupMemberColumns[] = {
    {"group", ColumnType::kText},  // the folder: its address
    {"email", ColumnType::kText},      {"nickname", ColumnType::kText},
    {"status", ColumnType::kText},     {"email_status", ColumnType::kText},
    {"preference", ColumnType::kText}, {"permissions", ColumnType::kText},
    {"join_year", ColumnType::kInt32},
};
inline constexpr std::string_view kGroupMemberKey[] = {"group", "email"};
inline constexpr TableSpec kGroupMember{
    .name = "group_member", .columns = kGroupMemberColumns, .key = kGroupMemberKey};

}  // namespace lake::takeout
