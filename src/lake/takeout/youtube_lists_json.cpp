// Lists of YouTube as its programming interface gives them, in exports to about 2021: subscriptions.json,
// likes.json and one file for each playlist; to 2017 the histories too. Shapes seen in real files.
#include "lake/takeout/json_product.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/youtube_names.hpp"
#include "lake/takeout/youtube_tables.hpp"

namespace lake::takeout {
namespace {

/// One element: {contentDetails, snippet{..., resourceId}, status, ...}
struct Item {
  std::optional<Timestamp> time;  // publishedAt: when it was added to the list
  std::optional<Timestamp> published;
  std::optional<std::string_view> title;
  std::optional<std::string_view> description;
  std::optional<std::string_view> video_id;
  std::optional<std::string_view> resource_video_id;
  std::optional<std::string_view> resource_channel_id;
  std::optional<std::string_view> channel_id;
  std::optional<std::string_view> channel;
  std::optional<std::string_view> playlist_id;
  std::optional<std::string_view> privacy;
  std::optional<std::int64_t> position;
};

bool read_snippet(Members& members, Item& item) {
  return object_member(members, "snippet", [&item](Members& inner) {
    return time_member(inner, "publishedAt", item.time) || text_member(inner, "title", item.title) ||
           text_member(inner, "description", item.description) ||
           text_member(inner, "channelId", item.channel_id) ||
           text_member(inner, "channelTitle", item.channel) ||
           text_member(inner, "playlistId", item.playlist_id) ||
           integer_member(inner, "position", item.position, ColumnType::kInt32) ||
           object_member(inner, "resourceId", [&item](Members& resource) {
             return text_member(resource, "videoId", item.resource_video_id) ||
                    text_member(resource, "channelId", item.resource_channel_id);
           });
  });
}

JsonReader::Outcome read_item(std::string_view text, JsonReader& reader, Extra& extra, Item& item) {
  return reader.read(text, extra, [&item](Members& members) {
    while (members.next()) {
      if (read_snippet(members, item) ||
          object_member(members, "contentDetails",
                        [&item](Members& inner) {
                          return text_member(inner, "videoId", item.video_id) ||
                                 time_member(inner, "videoPublishedAt", item.published);
                        }) ||
          object_member(members, "status", [&item](Members& inner) {
            return text_member(inner, "privacyStatus", item.privacy);
          }))
        continue;
      members.keep();
    }
  });
}

ElementOutcome read_subscription(const JsonElements::Element& element, JsonReader& reader, EntrySink& sink) {
  constexpr auto& kTable = kYtSubscription;
  Extra extra(sink, kTable);
  Item item;
  const auto outcome = read_item(element.text, reader, extra, item);
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!item.resource_channel_id) return "no channel";
  if (reader.was_repaired()) sink.repaired();
  auto row = sink.row(kTable);
  row.text(kTable.at("channel_id"), item.resource_channel_id);
  row.text(kTable.at("title"), item.title);
  row.integer(kTable.at("subscribed_us"), micros_of(item.time));
  row.text(kTable.at("description"), item.description);
  row.extra(extra.json());
  return kStored;
}

void write_watch(const Item& item, const Extra& extra, EntrySink& sink) {
  constexpr auto& kTable = kYtWatch;
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), item.time->micros);
  row.text(kTable.at("video_id"), item.video_id ? item.video_id : item.resource_video_id);
  row.text(kTable.at("title"), item.title);
  row.text(kTable.at("description"), item.description);
  row.text(kTable.at("format"), "json");
  row.text(kTable.at("ts_quality"), name_of(item.time->quality));
  row.extra(extra.json());
}

void write_item(const Item& item, std::string_view playlist, const Extra& extra, EntrySink& sink) {
  constexpr auto& kTable = kYtPlaylistItem;
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), item.time->micros);
  row.text(kTable.at("playlist"), playlist);
  row.text(kTable.at("video_id"), item.video_id ? item.video_id : item.resource_video_id);
  row.text(kTable.at("playlist_id"), item.playlist_id);
  row.text(kTable.at("title"), item.title);
  row.text(kTable.at("description"), item.description);
  row.integer(kTable.at("position"), item.position);
  row.text(kTable.at("channel_id"), item.channel_id);
  row.text(kTable.at("channel"), item.channel);
  row.integer(kTable.at("published_us"), micros_of(item.published));
  row.text(kTable.at("privacy"), item.privacy);
  row.extra(extra.json());
}

/// `stem`: the file's name tells the list's title.
ElementOutcome read_list_item(std::string_view text, JsonReader& reader, EntrySink& sink,
                              std::string_view stem) {
  const bool watched = is_watch_history(stem);
  Extra extra(sink, watched ? kYtWatch : kYtPlaylistItem);
  Item item;
  const auto outcome = read_item(text, reader, extra, item);
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!item.time) return "no time";
  if (!item.video_id && !item.resource_video_id) return "no video";
  if (reader.was_repaired()) sink.repaired();
  if (item.video_id && item.resource_video_id && item.video_id != item.resource_video_id)
    extra.add("snippet.resourceId.videoId", json_quoted(*item.resource_video_id));
  if (item.resource_channel_id)
    extra.add("snippet.resourceId.channelId", json_quoted(*item.resource_channel_id));
  if (watched) {
    write_watch(item, extra, sink);
  } else {
    write_item(item, stem, extra, sink);
  }
  return kStored;
}

Certainty recognise_subscriptions(const EntryHead& head) {
  const bool own = head.json.has("[].snippet.resourceId.channelId") && head.json.has("[].snippet.title");
  return head.json.is_array() && own ? Certainty::kContent : Certainty::kNone;
}

Certainty recognise_items(const EntryHead& head) {
  const bool own =
      head.json.has("[].snippet.publishedAt") &&
      (head.json.has("[].snippet.resourceId.videoId") || head.json.has("[].contentDetails.videoId"));
  return head.json.is_array() && own ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse_subscriptions(const EntryHead& /*head*/, const ParseOptions& /*options*/,
                                     Content& content, EntrySink& sink) {
  return parse_json_elements(content, sink, read_subscription);
}

Result<ParseEnd> parse_items(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                             EntrySink& sink) {
  const auto name = stem(head.name);
  return parse_json_elements(
      content, sink, [name](const JsonElements::Element& element, JsonReader& reader, EntrySink& into) {
        return read_list_item(element.text, reader, into, name);
      });
}

constexpr const TableSpec* kSubscriptionTables[] = {&kYtSubscription};
constexpr const TableSpec* kItemTables[] = {&kYtPlaylistItem, &kYtWatch};

}  // namespace

const Product kYtSubscriptionsJson{.name = "yt_subscription",
                                   .product = "youtube",
                                   .version = 1,
                                   .tables = kSubscriptionTables,
                                   .recognise = recognise_subscriptions,
                                   .parse = parse_subscriptions};
const Product kYtListJson{.name = "yt_likes",
                          .product = "youtube",
                          .version = 1,
                          .tables = kItemTables,
                          .recognise = recognise_items,
                          .parse = parse_items};

}  // namespace lake::takeout
