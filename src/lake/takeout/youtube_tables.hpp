#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kYtWatchColumns[] = {
    {"ts_us", ColumnType::kInt64},
    {"video_id", ColumnType::kText},  // none when the video was removed, or something else was looked at
    {"title", ColumnType::kText},     // as in the file, with its verb
    {"url", ColumnType::kText},
    {"channel_id", ColumnType::kText},
    {"channel", ColumnType::kText},
    {"channel_url", ColumnType::kText},  // where it is not the usual one of the id
    {"is_music", ColumnType::kBool},
    {"is_ad", ColumnType::kBool},
    {"header", ColumnType::kText},
    {"description", ColumnType::kText},
    {"details", ColumnType::kTextList},
    {"controls", ColumnType::kTextList},
    {"products", ColumnType::kTextList},
    {"image_file", ColumnType::kText},
    {"format", ColumnType::kText},  // json, html
    {"ts_quality", ColumnType::kText},
};
inline constexpr std::string_view kYtWatchKey[] = {"ts_us", "video_id"};
inline constexpr TableSpec kYtWatch{
    .name = "yt_watch", .columns = kYtWatchColumns, .key = kYtWatchKey, .fills_from_older = true};

inline constexpr ColumnSpec kYtSearchColumns[] = {
    {"ts_us", ColumnType::kInt64},       {"title", ColumnType::kText},  // as in the file, with its verb
    {"query", ColumnType::kText},                                       // what was searched for
    {"url", ColumnType::kText},          {"is_ad", ColumnType::kBool},
    {"header", ColumnType::kText},       {"description", ColumnType::kText},
    {"details", ColumnType::kTextList},  {"controls", ColumnType::kTextList},
    {"products", ColumnType::kTextList}, {"image_file", ColumnType::kText},
    {"format", ColumnType::kText},       {"ts_quality", ColumnType::kText},
};
inline constexpr std::string_view kYtSearchKey[] = {"ts_us", "title"};
inline constexpr TableSpec kYtSearch{
    .name = "yt_search", .columns = kYtSearchColumns, .key = kYtSearchKey, .fills_from_older = true};

inline constexpr ColumnSpec kYtSubscriptionColumns[] = {
    {"channel_id", ColumnType::kText},     {"title", ColumnType::kText},       {"url", ColumnType::kText},
    {"subscribed_us", ColumnType::kInt64}, {"description", ColumnType::kText},
};
inline constexpr std::string_view kYtSubscriptionKey[] = {"channel_id"};
/// Since 2021 nothing tells when the subscription began.
inline constexpr TableSpec kYtSubscription{.name = "yt_subscription",
                                           .columns = kYtSubscriptionColumns,
                                           .key = kYtSubscriptionKey,
                                           .fills_from_older = true};

inline constexpr ColumnSpec kYtCommentColumns[] = {
    {"ts_us", ColumnType::kInt64},     {"comment_id", ColumnType::kText}, {"video_id", ColumnType::kText},
    {"channel_id", ColumnType::kText}, {"parent_id", ColumnType::kText},  {"text", ColumnType::kText},
    {"segments", ColumnType::kJson},  // an array, whatever the file's spelling
    {"price", ColumnType::kText},
};
inline constexpr std::string_view kYtCommentKey[] = {"ts_us", "comment_id"};
inline constexpr TableSpec kYtComment{
    .name = "yt_comment", .columns = kYtCommentColumns, .key = kYtCommentKey, .fills_from_older = true};

inline constexpr ColumnSpec kYtLiveChatColumns[] = {
    {"ts_us", ColumnType::kInt64},     {"live_chat_id", ColumnType::kText}, {"video_id", ColumnType::kText},
    {"channel_id", ColumnType::kText}, {"text", ColumnType::kText},         {"segments", ColumnType::kJson},
    {"price", ColumnType::kText},
};
inline constexpr std::string_view kYtLiveChatKey[] = {"ts_us", "live_chat_id"};
inline constexpr TableSpec kYtLiveChat{
    .name = "yt_live_chat", .columns = kYtLiveChatColumns, .key = kYtLiveChatKey, .fills_from_older = true};

inline constexpr ColumnSpec kYtPlaylistColumns[] = {
    {"playlist_id", ColumnType::kText}, {"title", ColumnType::kText},
    {"description", ColumnType::kText}, {"visibility", ColumnType::kText},
    {"created_us", ColumnType::kInt64}, {"updated_us", ColumnType::kInt64},
    {"channel_id", ColumnType::kText},
};
inline constexpr std::string_view kYtPlaylistKey[] = {"playlist_id"};
inline constexpr TableSpec kYtPlaylist{
    .name = "yt_playlist", .columns = kYtPlaylistColumns, .key = kYtPlaylistKey, .fills_from_older = true};

inline constexpr ColumnSpec kYtPlaylistItemColumns[] = {
    {"ts_us", ColumnType::kInt64},    {"playlist", ColumnType::kText},  // its title
    {"video_id", ColumnType::kText},  {"playlist_id", ColumnType::kText},
    {"title", ColumnType::kText},     {"description", ColumnType::kText},
    {"position", ColumnType::kInt32}, {"channel_id", ColumnType::kText},
    {"channel", ColumnType::kText},   {"published_us", ColumnType::kInt64},
    {"privacy", ColumnType::kText},
};
inline constexpr std::string_view kYtPlaylistItemKey[] = {"ts_us", "playlist", "video_id"};
inline constexpr TableSpec kYtPlaylistItem{.name = "yt_playlist_item",
                                           .columns = kYtPlaylistItemColumns,
                                           .key = kYtPlaylistItemKey,
                                           .fills_from_older = true};

inline constexpr ColumnSpec kYtVideoColumns[] = {
    {"video_id", ColumnType::kText},      {"title", ColumnType::kText},   {"description", ColumnType::kText},
    {"duration_ms", ColumnType::kInt64},  {"privacy", ColumnType::kText}, {"created_us", ColumnType::kInt64},
    {"published_us", ColumnType::kInt64},
};
inline constexpr std::string_view kYtVideoKey[] = {"video_id"};
inline constexpr TableSpec kYtVideo{
    .name = "yt_video", .columns = kYtVideoColumns, .key = kYtVideoKey, .fills_from_older = true};

}  // namespace lake::takeout
