// My Activity as HTML: one page for each product, a div for each event. Shape seen in a real file of 2018;
// the zone behind the time, and captions in other languages than English, are from descriptions of others.
//
// The row's key is that of the same event in JSON but for the time, which has whole seconds here:
// `ts_quality` says so.
#include "lake/takeout/activity_tables.hpp"
#include "lake/takeout/activity_words.hpp"
#include "lake/takeout/html_caption.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

std::string_view write_cell(const HtmlCell& cell, std::string_view folder, EntrySink& sink) {
  constexpr auto& kTable = kActivity;
  Extra extra(sink, kTable);
  const auto caption = read_html_caption(cell, extra);
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), cell.time->micros);
  row.text(kTable.at("product"), !caption.products.empty() ? caption.products.front()
                                 : !cell.header.empty()    ? std::string_view(cell.header)
                                                           : folder);
  if (!cell.header.empty()) row.text(kTable.at("header"), cell.header);
  row.text(kTable.at("verb"), verb_of(cell.title.text));
  if (!cell.title.text.empty()) row.text(kTable.at("title"), cell.title.text);
  if (!cell.title.url.empty()) row.text(kTable.at("url"), cell.title.url);
  if (!cell.subtitles.empty()) row.text(kTable.at("subtitles"), json_of_lines(cell.subtitles));
  if (!caption.details.empty()) row.texts(kTable.at("details"), caption.details);
  if (!caption.products.empty()) row.texts(kTable.at("products"), caption.products);
  if (!caption.places.empty()) row.text(kTable.at("locations"), caption.places);
  if (caption.centre) {
    row.integer(kTable.at("lat_e7"), caption.centre->lat_e7);
    row.integer(kTable.at("lon_e7"), caption.centre->lon_e7);
  }
  row.flag(kTable.at("is_ad"), names_ads(caption.details));
  row.text(kTable.at("format"), "html");
  row.text(kTable.at("ts_quality"), name_of(cell.time->quality));
  row.extra(extra.json());
  return {};
}

Certainty recognise(const EntryHead& head) {
  return has_html_cells(head.bytes) ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& options, Content& content,
                       EntrySink& sink) {
  const auto slash = head.name.rfind('/');
  const auto folder =
      slash == std::string_view::npos ? std::string_view() : file_name(head.name.substr(0, slash));
  return parse_html_cells(options, content, sink, [folder](const HtmlCell& cell, EntrySink& into) {
    return write_cell(cell, folder, into);
  });
}

constexpr const TableSpec* kTables[] = {&kActivity};

}  // namespace

const Product kActivityHtml{.name = "activity_html",
                            .product = "activity",
                            .version = 1,
                            .tables = kTables,
                            .recognise = recognise,
                            .parse = parse};

}  // namespace lake::takeout
