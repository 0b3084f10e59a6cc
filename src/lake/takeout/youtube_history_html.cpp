// The histories of YouTube as HTML: cells of the shape of My Activity, told apart from it by the folder, and
// told apart from each other by their addresses. The cells' shape was seen in a real page of My Activity of
// 2018.
//
// Rows are those of the same event in JSON but for the time, which has whole seconds here: `ts_quality` says
// so.
#include "lake/takeout/html_caption.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/youtube_names.hpp"
#include "lake/takeout/youtube_tables.hpp"

namespace lake::takeout {
namespace {

/// The columns that both histories have.
template <const TableSpec& kTable>
void write_event(Row& row, const HtmlCell& cell, const HtmlCaption& caption, const Extra& extra) {
  row.integer(kTable.at("ts_us"), cell.time->micros);
  if (!cell.title.text.empty()) row.text(kTable.at("title"), cell.title.text);
  if (!cell.title.url.empty()) row.text(kTable.at("url"), cell.title.url);
  row.flag(kTable.at("is_ad"), names_ads(caption.details));
  if (!cell.header.empty()) row.text(kTable.at("header"), cell.header);
  if (!caption.details.empty()) row.texts(kTable.at("details"), caption.details);
  if (!caption.products.empty()) row.texts(kTable.at("products"), caption.products);
  row.text(kTable.at("format"), "html");
  row.text(kTable.at("ts_quality"), name_of(cell.time->quality));
  row.extra(extra.json());
}

HtmlCaption read_caption(const HtmlCell& cell, std::size_t subtitles_taken, Extra& extra) {
  auto caption = read_html_caption(cell, extra);
  if (cell.subtitles.size() > subtitles_taken) {
    const auto begin = cell.subtitles.begin() + static_cast<std::ptrdiff_t>(subtitles_taken);
    extra.add("subtitles", json_of_lines({begin, cell.subtitles.end()}));
  }
  if (!caption.places.empty()) extra.add("locationInfos", caption.places);
  return caption;
}

void write_watch(const HtmlCell& cell, EntrySink& sink) {
  constexpr auto& kTable = kYtWatch;
  Extra extra(sink, kTable);
  // The first line below the title names the channel.
  const bool has_channel = !cell.subtitles.empty();
  const auto caption = read_caption(cell, has_channel ? 1 : 0, extra);
  auto row = sink.row(kTable);
  row.text(kTable.at("video_id"), video_id_in(cell.title.url));
  if (has_channel) {
    const auto& channel = cell.subtitles.front();
    if (!channel.text.empty()) row.text(kTable.at("channel"), channel.text);
    const auto id = channel_id_in(channel.url);
    row.text(kTable.at("channel_id"), id);
    if (!id && !channel.url.empty()) row.text(kTable.at("channel_url"), channel.url);
  }
  const bool on_music = cell.title.url.find("//music.youtube.com/") != std::string::npos;
  row.flag(kTable.at("is_music"), on_music || cell.header == "YouTube Music");
  write_event<kYtWatch>(row, cell, caption, extra);
}

void write_search(const HtmlCell& cell, EntrySink& sink) {
  constexpr auto& kTable = kYtSearch;
  Extra extra(sink, kTable);
  const auto caption = read_caption(cell, 0, extra);
  auto row = sink.row(kTable);
  row.text(kTable.at("query"), query_in(cell.title.url));
  write_event<kYtSearch>(row, cell, caption, extra);
}

Certainty recognise(const EntryHead& head) {
  const bool own = is_youtube_folder(product_folder(head.name)) || is_watch_history(stem(head.name)) ||
                   is_search_history(stem(head.name));
  return own && has_html_cells(head.bytes) ? Certainty::kContent : Certainty::kNone;
}

/// What an event without an address is, when the file's name is in no language known: what the first ones
/// are.
bool holds_searches(const EntryHead& head) {
  if (is_search_history(stem(head.name))) return true;
  if (is_watch_history(stem(head.name))) return false;
  return head.bytes.find("search_query=") != std::string_view::npos &&
         head.bytes.find("watch?v=") == std::string_view::npos;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& options, Content& content,
                       EntrySink& sink) {
  const bool of_searches = holds_searches(head);
  return parse_html_cells(
      options, content, sink, [of_searches](const HtmlCell& cell, EntrySink& into) -> std::string_view {
        const auto& url = cell.title.url;
        const bool is_search = url.find("/results?") != std::string::npos || query_in(url);
        if (is_search || (of_searches && !video_id_in(url))) {
          write_search(cell, into);
        } else {
          write_watch(cell, into);
        }
        return {};
      });
}

constexpr const TableSpec* kTables[] = {&kYtWatch, &kYtSearch};

}  // namespace

const Product kYtHistoryHtml{.name = "yt_history_html",
                             .product = "youtube",
                             .version = 1,
                             .tables = kTables,
                             .recognise = recognise,
                             .parse = parse};

}  // namespace lake::takeout
