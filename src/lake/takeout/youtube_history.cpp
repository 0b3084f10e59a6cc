// The histories of YouTube: events of the shape of My Activity, told apart from it by the folder, and told
// apart from each other by their addresses. Shape seen in real files.
#include "lake/takeout/json_product.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/youtube_names.hpp"
#include "lake/takeout/youtube_tables.hpp"

namespace lake::takeout {
namespace {

struct Event {
  std::optional<Timestamp> time;
  std::optional<std::string_view> header;
  std::optional<std::string_view> title;
  std::optional<std::string_view> url;
  std::optional<std::string_view> description;
  std::optional<std::string_view> image_file;
  std::optional<std::string_view> channel;
  std::optional<std::string_view> channel_url;
  std::vector<std::string_view> details;
  std::vector<std::string_view> controls;
  std::vector<std::string_view> products;
};

void read_names(Members& outer, std::vector<std::string_view>& names) {
  outer.objects([&names](Members& members) {
    while (members.next()) {
      std::optional<std::string_view> name;
      if (!text_member(members, "name", name)) {
        members.keep();
      } else if (name) {
        names.push_back(*name);
      }
    }
  });
}

/// The first subtitle names the channel; what else there is, is kept.
void read_channel(Members& outer, Event& event) {
  std::size_t count = 0;
  outer.objects([&event, &count](Members& members) {
    const bool first = count++ == 0;
    while (members.next()) {
      if (first &&
          (text_member(members, "name", event.channel) || text_member(members, "url", event.channel_url)))
        continue;
      members.keep();
    }
  });
}

void read_event(Members& members, Event& event) {
  while (members.next()) {
    const auto key = members.key();
    if (key == "time") {
      members.iso_time(event.time);
    } else if (key == "subtitles") {
      read_channel(members, event);
    } else if (key == "details") {
      read_names(members, event.details);
    } else if (!text_member(members, "header", event.header) && !text_member(members, "title", event.title) &&
               !text_member(members, "titleUrl", event.url) &&
               !text_member(members, "description", event.description) &&
               !text_member(members, "imageFile", event.image_file) &&
               !texts_member(members, "activityControls", event.controls) &&
               !texts_member(members, "products", event.products)) {
      members.keep();
    }
  }
}

bool is_ad(const Event& event) {
  for (const auto detail : event.details) {
    if (detail == "From Google Ads") return true;
  }
  return false;
}

/// The columns that both histories have.
template <const TableSpec& kTable>
void write_event(Row& row, const Event& event, const Extra& extra) {
  row.integer(kTable.at("ts_us"), event.time->micros);
  row.text(kTable.at("title"), event.title);
  row.text(kTable.at("url"), event.url);
  row.flag(kTable.at("is_ad"), is_ad(event));
  row.text(kTable.at("header"), event.header);
  row.text(kTable.at("description"), event.description);
  if (!event.details.empty()) row.texts(kTable.at("details"), event.details);
  if (!event.controls.empty()) row.texts(kTable.at("controls"), event.controls);
  if (!event.products.empty()) row.texts(kTable.at("products"), event.products);
  row.text(kTable.at("image_file"), event.image_file);
  row.text(kTable.at("format"), "json");
  row.text(kTable.at("ts_quality"), name_of(event.time->quality));
  row.extra(extra.json());
}

void write_watch(const Event& event, std::optional<std::string_view> video_id, const Extra& extra,
                 EntrySink& sink) {
  constexpr auto& kTable = kYtWatch;
  auto row = sink.row(kTable);
  row.text(kTable.at("video_id"), video_id);
  row.text(kTable.at("channel"), event.channel);
  if (event.channel_url) {
    const auto id = channel_id_in(*event.channel_url);
    row.text(kTable.at("channel_id"), id);
    if (!id) row.text(kTable.at("channel_url"), event.channel_url);
  }
  const bool on_music = event.url && event.url->find("://music.") != std::string_view::npos;
  row.flag(kTable.at("is_music"), on_music || event.header == "YouTube Music");
  write_event<kYtWatch>(row, event, extra);
}

void write_search(const Event& event, Extra& extra, EntrySink& sink) {
  constexpr auto& kTable = kYtSearch;
  if (event.channel) extra.add("subtitles[0].name", json_quoted(*event.channel));
  if (event.channel_url) extra.add("subtitles[0].url", json_quoted(*event.channel_url));
  auto row = sink.row(kTable);
  if (event.url) row.text(kTable.at("query"), query_in(*event.url));
  write_event<kYtSearch>(row, event, extra);
}

ElementOutcome read_element(std::string_view text, JsonReader& reader, EntrySink& sink, bool of_searches) {
  const bool names_query = text.find("search_query") != std::string_view::npos;
  Extra extra(sink, names_query ? kYtSearch : kYtWatch);
  Event event;
  const auto outcome = reader.read(text, extra, [&event](Members& members) { read_event(members, event); });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!event.time) return "no time";
  if (reader.was_repaired()) sink.repaired();
  const auto video_id = event.url ? video_id_in(*event.url) : std::nullopt;
  const bool is_search =
      event.url && (event.url->find("/results?") != std::string_view::npos || query_in(*event.url));
  if (is_search || (!video_id && of_searches)) {
    write_search(event, extra, sink);
  } else {
    write_watch(event, video_id, extra, sink);
  }
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  const auto& json = head.json;
  const bool event = json.is_array() && json.has("[].time") && json.has("[].title") &&
                     (json.has("[].products") || json.has("[].header"));
  const bool own = is_youtube_folder(product_folder(head.name)) || is_watch_history(stem(head.name)) ||
                   is_search_history(stem(head.name));
  return event && own ? Certainty::kContent : Certainty::kNone;
}

/// What an event without an address is, when the file's name is in no language known: what most of the
/// first ones are.
bool holds_searches(const EntryHead& head) {
  if (is_search_history(stem(head.name))) return true;
  if (is_watch_history(stem(head.name))) return false;
  return head.bytes.find("search_query") != std::string_view::npos &&
         head.bytes.find("watch?v") == std::string_view::npos;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  const bool of_searches = holds_searches(head);
  return parse_json_elements(
      content, sink,
      [of_searches](const JsonElements::Element& element, JsonReader& reader, EntrySink& into) {
        return read_element(element.text, reader, into, of_searches);
      });
}

constexpr const TableSpec* kTables[] = {&kYtWatch, &kYtSearch};

}  // namespace

const Product kYtHistory{.name = "yt_history",
                         .product = "youtube",
                         .version = 1,
                         .tables = kTables,
                         .recognise = recognise,
                         .parse = parse};

}  // namespace lake::takeout
