#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kMailMessageColumns[] = {
    {"gm_msgid", ColumnType::kInt64},  // Gmail's id: the number in the separator
    {"fallback_key",
     ColumnType::kText},  // where there is none: Message-ID and time, else the hash of the message
    {"gm_thrid", ColumnType::kInt64},
    {"message_id", ColumnType::kText},  // without brackets
    {"date_us", ColumnType::kInt64},
    {"date_offset_min", ColumnType::kInt16},
    {"date_source",
     ColumnType::kText},  // header, separator (when the header is missing or lies a day after it)
    {"received_us", ColumnType::kInt64},  // the separator's
    {"from_name", ColumnType::kText},
    {"from_addr", ColumnType::kText},
    {"to_addrs", ColumnType::kTextList},
    {"cc_addrs", ColumnType::kTextList},
    {"bcc_addrs", ColumnType::kTextList},
    {"reply_to", ColumnType::kText},
    {"names", ColumnType::kJson},  // of those addresses that have one: {"addr": "name"}
    {"subject", ColumnType::kText},
    {"in_reply_to", ColumnType::kText},
    {"reference_ids", ColumnType::kTextList},
    {"list_id", ColumnType::kText},
    {"labels", ColumnType::kTextList},
    {"is_unread", ColumnType::kBool},  // NULL where the labels' language is unknown
    {"is_sent", ColumnType::kBool},
    {"is_spam", ColumnType::kBool},
    {"is_trash", ColumnType::kBool},
    {"text", ColumnType::kText},
    {"size", ColumnType::kInt64},  // of the raw message without its separator
    {"attachment_count", ColumnType::kInt32},
    {"product", ColumnType::kText},  // mail, groups
};
/// The id begins with the time it came at, so it sorts as time does.
inline constexpr std::string_view kMailMessageKey[] = {"gm_msgid", "fallback_key"};
inline constexpr TableSpec kMailMessage{
    .name = "mail_message", .columns = kMailMessageColumns, .key = kMailMessageKey};

inline constexpr ColumnSpec kMailAttachmentColumns[] = {
    {"gm_msgid", ColumnType::kInt64},
    {"fallback_key", ColumnType::kText},
    {"part", ColumnType::kText},  // "2.1": its place in the message
    {"filename", ColumnType::kText},
    {"mime", ColumnType::kText},
    {"size", ColumnType::kInt64},           // decoded
    {"content_hash", ColumnType::kUint64},  // XXH3 of the decoded bytes
    {"encoding", ColumnType::kText},
    {"content_id", ColumnType::kText},
    {"is_inline", ColumnType::kBool},
    {"body_offset", ColumnType::kInt64},  // of the encoded bytes behind byte_offset, the message's
    {"body_bytes", ColumnType::kInt64},
};
inline constexpr std::string_view kMailAttachmentKey[] = {"gm_msgid", "fallback_key", "part"};
inline constexpr TableSpec kMailAttachment{
    .name = "mail_attachment", .columns = kMailAttachmentColumns, .key = kMailAttachmentKey};

inline constexpr ColumnSpec kMailLabelColumns[] = {{"label", ColumnType::kText}};
inline constexpr std::string_view kMailLabelKey[] = {"label"};
inline constexpr TableSpec kMailLabel{
    .name = "mail_label", .columns = kMailLabelColumns, .key = kMailLabelKey};

}  // namespace lake::takeout
