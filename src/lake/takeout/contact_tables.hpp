#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kContactColumns[] = {
    {"name", ColumnType::kText},    // as shown
    {"mails", ColumnType::kText},   // sorted, between spaces; empty when there are none
    {"phones", ColumnType::kText},  // the same
    {"given_name", ColumnType::kText},   {"family_name", ColumnType::kText},
    {"middle_name", ColumnType::kText},  {"name_prefix", ColumnType::kText},
    {"name_suffix", ColumnType::kText},  {"nickname", ColumnType::kText},
    {"organization", ColumnType::kText}, {"title", ColumnType::kText},
    {"birthday", ColumnType::kText},                                     // as in the file: some have no year
    {"note", ColumnType::kText},         {"emails", ColumnType::kJson},  // [{"value","types","label"}]
    {"numbers", ColumnType::kJson},                                      // the same
    {"addresses", ColumnType::kJson},  // [{"value": lines, "types","label"}]
    {"urls", ColumnType::kTextList},     {"categories", ColumnType::kTextList},
    {"uid", ColumnType::kText},          {"revised_us", ColumnType::kInt64},
    {"photo_url", ColumnType::kText},    {"has_photo", ColumnType::kBool},
};
inline constexpr std::string_view kContactKey[] = {"name", "mails", "phones"};
/// The same contact stands in the file of each of its groups.
inline constexpr TableSpec kContact{
    .name = "contact", .columns = kContactColumns, .key = kContactKey, .fills_from_older = true};

inline constexpr ColumnSpec kContactGroupColumns[] = {
    {"group", ColumnType::kText},  // the folder, as the account's language names it
    {"name", ColumnType::kText},
    {"mails", ColumnType::kText},
    {"phones", ColumnType::kText},
};
inline constexpr std::string_view kContactGroupKey[] = {"group", "name", "mails", "phones"};
inline constexpr TableSpec kContactGroup{
    .name = "contact_group", .columns = kContactGroupColumns, .key = kContactGroupKey};

inline constexpr ColumnSpec kVoicePhoneColumns[] = {{"number", ColumnType::kText},
                                                    {"types", ColumnType::kTextList}};
inline constexpr std::string_view kVoicePhoneKey[] = {"number"};
/// The account's own numbers in Voice.
inline constexpr TableSpec kVoicePhone{
    .name = "voice_phone", .columns = kVoicePhoneColumns, .key = kVoicePhoneKey};

}  // namespace lake::takeout
