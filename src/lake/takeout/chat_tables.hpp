#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kChatSpaceColumns[] = {
    {"space", ColumnType::kText},  // the folder: "DM <id>", "Space <id>"
    {"name", ColumnType::kText},
};
inline constexpr std::string_view kChatSpaceKey[] = {"space"};
inline constexpr TableSpec kChatSpace{
    .name = "chat_space", .columns = kChatSpaceColumns, .key = kChatSpaceKey};

inline constexpr ColumnSpec kChatMemberColumns[] = {{"space", ColumnType::kText},
                                                    {"email", ColumnType::kText},
                                                    {"name", ColumnType::kText},
                                                    {"user_type", ColumnType::kText}};
/// Members without an address are known by name.
inline constexpr std::string_view kChatMemberKey[] = {"space", "email", "name"};
inline constexpr TableSpec kChatMember{
    .name = "chat_member", .columns = kChatMemberColumns, .key = kChatMemberKey};

inline constexpr ColumnSpec kChatMessageColumns[] = {
    {"ts_us", ColumnType::kInt64},       {"message_id", ColumnType::kText},
    {"space", ColumnType::kText},        {"topic_id", ColumnType::kText},
    {"creator_name", ColumnType::kText}, {"creator_email", ColumnType::kText},
    {"creator_type", ColumnType::kText}, {"text", ColumnType::kText},
    {"updated_us", ColumnType::kInt64},  {"deleted_us", ColumnType::kInt64},
    {"state", ColumnType::kText},        {"deletion_type", ColumnType::kText},
    {"annotations", ColumnType::kJson},  {"quoted", ColumnType::kJson},
    {"ts_quality", ColumnType::kText},
};
inline constexpr std::string_view kChatMessageKey[] = {"ts_us", "message_id"};
inline constexpr TableSpec kChatMessage{
    .name = "chat_message", .columns = kChatMessageColumns, .key = kChatMessageKey};

inline constexpr ColumnSpec kChatReactionColumns[] = {
    {"message_id", ColumnType::kText}, {"emoji", ColumnType::kText}, {"reactor_email", ColumnType::kText}};
inline constexpr std::string_view kChatReactionKey[] = {"message_id", "emoji", "reactor_email"};
inline constexpr TableSpec kChatReaction{
    .name = "chat_reaction", .columns = kChatReactionColumns, .key = kChatReactionKey};

inline constexpr ColumnSpec kChatAttachmentColumns[] = {{"message_id", ColumnType::kText},
                                                        {"export_name", ColumnType::kText},
                                                        {"original_name", ColumnType::kText}};
inline constexpr std::string_view kChatAttachmentKey[] = {"message_id", "export_name", "original_name"};
inline constexpr TableSpec kChatAttachment{
    .name = "chat_attachment", .columns = kChatAttachmentColumns, .key = kChatAttachmentKey};

}  // namespace lake::takeout
