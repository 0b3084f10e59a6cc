// Lists of YouTube as CSV, since about 2021: subscriptions, playlists, the videos of a playlist, own videos.
// Names of columns follow the account's language, so the form of the values counts where there is one.
// Subscriptions and playlists' videos were seen in real files; playlists.csv and videos.csv are from memory
// and known by their English names only.
#include "lake/takeout/csv_product.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/youtube_names.hpp"
#include "lake/takeout/youtube_tables.hpp"

namespace lake::takeout {
namespace {

using Fields = std::vector<std::string>;

// --- subscriptions: channel, address, title ---

bool is_subscription(const Fields& fields) {
  return fields.size() >= 3 && is_channel_id(fields[0]) && fields[1].find("/channel/") != std::string::npos;
}

ElementOutcome read_subscription(const Fields& values, const CsvNames& names, EntrySink& sink) {
  constexpr auto& kTable = kYtSubscription;
  if (values.empty() || !is_channel_id(values[0])) return "no channel";
  CsvFields fields(values, names, sink);
  const auto id = fields.take(std::size_t{0});
  const auto url = fields.take(1);
  const auto title = fields.take(2);
  const auto extra = fields.extra(kTable, sink);
  auto row = sink.row(kTable);
  row.text(kTable.at("channel_id"), id);
  row.text(kTable.at("title"), title);
  row.text(kTable.at("url"), url);
  row.extra(extra);
  return kStored;
}

Certainty recognise_subscriptions(const EntryHead& head) {
  const auto records = csv_head(head, 2);
  if (!records.empty() && CsvNames(records[0]).has({"channel id", "channel url", "channel title"}))
    return Certainty::kContent;
  for (const auto& record : records) {
    if (is_subscription(record)) return Certainty::kShape;
  }
  return Certainty::kNone;
}

Result<ParseEnd> parse_subscriptions(const EntryHead& /*head*/, const ParseOptions& /*options*/,
                                     Content& content, EntrySink& sink) {
  CsvNames names;
  bool is_first = true;
  return parse_csv_records(
      content, sink,
      [&](const Fields& fields) {
        if (!std::exchange(is_first, false) || is_subscription(fields)) return true;
        names = CsvNames(fields);
        return false;
      },
      [&](const Fields& fields, EntrySink& into) { return read_subscription(fields, names, into); });
}

// --- the videos of a playlist: video, when it was added ---

bool is_playlist_item(const Fields& fields) {
  return fields.size() == 2 && is_video_id(fields[0]) && parse_csv_time(fields[1]).has_value();
}

ElementOutcome write_playlist_item(const Fields& values, const CsvNames& names, std::string_view playlist,
                                   std::string_view playlist_id, EntrySink& sink) {
  constexpr auto& kTable = kYtPlaylistItem;
  CsvFields fields(values, names, sink);
  const auto video = fields.take(std::size_t{0});
  const auto time = parse_csv_time(fields.peek(1));
  if (!video) return "no video";
  if (!time) return "no time";
  fields.take(1);
  const auto extra = fields.extra(kTable, sink);
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), time->micros);
  row.text(kTable.at("playlist"), playlist);
  row.text(kTable.at("video_id"), video);
  if (!playlist_id.empty()) row.text(kTable.at("playlist_id"), playlist_id);
  row.extra(extra);
  return kStored;
}

Certainty recognise_items(const EntryHead& head) {
  const auto records = csv_head(head, 2);
  if (!records.empty() && CsvNames(records[0]).has({"video id", "playlist video creation timestamp"}))
    return Certainty::kContent;
  for (const auto& record : records) {
    if (is_playlist_item(record)) return Certainty::kShape;
  }
  return Certainty::kNone;
}

Result<ParseEnd> parse_items(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                             EntrySink& sink) {
  CsvNames names;
  bool is_first = true;
  const auto playlist = playlist_title(stem(head.name));
  return parse_csv_records(
      content, sink,
      [&](const Fields& fields) {
        if (!std::exchange(is_first, false) || is_playlist_item(fields)) return true;
        names = CsvNames(fields);
        return false;
      },
      [&](const Fields& fields, EntrySink& into) {
        return write_playlist_item(fields, names, playlist, "", into);
      });
}

// --- playlists: one a record, or of one playlist its record and then its videos (older) ---

struct Playlist {
  std::string id;
  std::string title;
};

ElementOutcome read_playlist(const Fields& values, const CsvNames& names, Playlist& last, EntrySink& sink) {
  constexpr auto& kTable = kYtPlaylist;
  CsvFields fields(values, names, sink);
  const auto id = fields.take({"playlist id"});
  if (!id) return "no id";
  const auto title = fields.take({"playlist title (original)", "playlist title", "title"});
  const auto description = fields.take({"playlist description (original)", "description"});
  const auto visibility = fields.take({"playlist visibility", "visibility"});
  const auto created = fields.take_time({"playlist create timestamp", "time created"});
  const auto updated = fields.take_time({"playlist update timestamp", "time updated"});
  const auto channel = fields.take({"channel id"});
  last = {std::string(*id), std::string(title.value_or(""))};
  const auto extra = fields.extra(kTable, sink);
  auto row = sink.row(kTable);
  row.text(kTable.at("playlist_id"), id);
  row.text(kTable.at("title"), title);
  row.text(kTable.at("description"), description);
  row.text(kTable.at("visibility"), visibility);
  row.integer(kTable.at("created_us"), micros_of(created));
  row.integer(kTable.at("updated_us"), micros_of(updated));
  row.text(kTable.at("channel_id"), channel);
  row.extra(extra);
  return kStored;
}

bool are_playlist_names(const Fields& fields) {
  const CsvNames names(fields);
  return names.count() > 2 && names.has({"playlist id"}) && !names.has({"video id"});
}

bool are_item_names(const Fields& fields) {
  const CsvNames names(fields);
  return names.count() == 2 && names.has({"video id"});
}

Certainty recognise_playlists(const EntryHead& head) {
  const auto records = csv_head(head, 1);
  return !records.empty() && are_playlist_names(records[0]) ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse_playlists(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                                 EntrySink& sink) {
  CsvNames names;
  bool of_items = false;
  Playlist last;
  return parse_csv_records(
      content, sink,
      [&](const Fields& fields) {
        const bool begins_items = are_item_names(fields);
        if (!begins_items && !are_playlist_names(fields)) return true;
        of_items = begins_items;
        names = CsvNames(fields);
        return false;
      },
      [&](const Fields& fields, EntrySink& into) {
        if (!of_items) return read_playlist(fields, names, last, into);
        const auto title = last.title.empty() ? playlist_title(stem(head.name)) : last.title;
        return write_playlist_item(fields, names, title, last.id, into);
      });
}

// --- own videos ---

ElementOutcome read_video(const Fields& values, const CsvNames& names, EntrySink& sink) {
  constexpr auto& kTable = kYtVideo;
  CsvFields fields(values, names, sink);
  const auto id = fields.take({"video id"});
  if (!id) return "no video";
  const auto title = fields.take({"video title (original)", "video title"});
  const auto description = fields.take({"video description (original)", "video description"});
  const auto duration = fields.take_integer({"approx duration (ms)"});
  const auto privacy = fields.take({"privacy"});
  const auto created = fields.take_time({"video create timestamp"});
  const auto published = fields.take_time({"video publish timestamp"});
  const auto extra = fields.extra(kTable, sink);
  auto row = sink.row(kTable);
  row.text(kTable.at("video_id"), id);
  row.text(kTable.at("title"), title);
  row.text(kTable.at("description"), description);
  row.integer(kTable.at("duration_ms"), duration);
  row.text(kTable.at("privacy"), privacy);
  row.integer(kTable.at("created_us"), micros_of(created));
  row.integer(kTable.at("published_us"), micros_of(published));
  row.extra(extra);
  return kStored;
}

bool are_video_names(const Fields& fields) {
  return CsvNames(fields).has({"video id", "approx duration (ms)"});
}

Certainty recognise_videos(const EntryHead& head) {
  const auto records = csv_head(head, 1);
  return !records.empty() && are_video_names(records[0]) ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse_videos(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                              EntrySink& sink) {
  return parse_named_csv_records(content, sink,
                                 [&](const Fields& fields, const CsvNames& names, EntrySink& into) {
                                   return read_video(fields, names, into);
                                 });
}

constexpr const TableSpec* kSubscriptionTables[] = {&kYtSubscription};
constexpr const TableSpec* kItemTables[] = {&kYtPlaylistItem};
constexpr const TableSpec* kPlaylistTables[] = {&kYtPlaylist, &kYtPlaylistItem};
constexpr const TableSpec* kVideoTables[] = {&kYtVideo};

}  // namespace

const Product kYtSubscriptionsCsv{.name = "yt_subscription",
                                  .product = "youtube",
                                  .version = 1,
                                  .tables = kSubscriptionTables,
                                  .recognise = recognise_subscriptions,
                                  .parse = parse_subscriptions};
const Product kYtPlaylistItems{.name = "yt_playlist_item",
                               .product = "youtube",
                               .version = 1,
                               .tables = kItemTables,
                               .recognise = recognise_items,
                               .parse = parse_items};
const Product kYtPlaylists{.name = "yt_playlist",
                           .product = "youtube",
                           .version = 1,
                           .tables = kPlaylistTables,
                           .is_from_memory = true,
                           .recognise = recognise_playlists,
                           .parse = parse_playlists};
const Product kYtVideos{.name = "yt_video",
                        .product = "youtube",
                        .version = 1,
                        .tables = kVideoTables,
                        .is_from_memory = true,
                        .recognise = recognise_videos,
                        .parse = parse_videos};

}  // namespace lake::takeout
