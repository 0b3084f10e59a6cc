// My Activity as HTML: one page for each product, a div for each event. Shape seen in a real file of 2018;
// the zone behind the time, and captions in other languages than English, are from descriptions of others.
//
// The row's key is that of the same event in JSON but for the time, which has whole seconds here:
// `ts_quality` says so.
#include <algorithm>
#include <array>

#include "lake/takeout/activity_tables.hpp"
#include "lake/takeout/activity_words.hpp"
#include "lake/takeout/html_cells.hpp"
#include "lake/takeout/html_tokens.hpp"
#include "lake/takeout/json_members.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

/// Beginnings of the label of details; that of products is the first of a caption, places are known by their
/// links.
constexpr std::array<std::string_view, 8> kDetails = {"Detail",   "Détail",  "Detalle", "Detalhe",
                                                      "Dettagli", "Szczegó", "詳細",    "Подробно"};

bool is_details(std::string_view label) {
  return std::any_of(kDetails.begin(), kDetails.end(),
                     [&](std::string_view each) { return label.starts_with(each); });
}

bool is_map(const HtmlLine& line) {
  return line.url.find("/maps?q=") != std::string::npos || line.url.find("/maps/@") != std::string::npos;
}

bool has_map(const HtmlSection& section) {
  return std::any_of(section.lines.begin(), section.lines.end(), is_map);
}

/// "At this general area - From your device" with a link around the name, or "From your home: <link>".
std::string json_of_places(const HtmlSection& section) {
  std::string json;
  for (const auto& line : section.lines) {
    std::string_view source = line.text;
    if (const auto at = source.find(line.link_text); !line.link_text.empty() && at == 0) {
      source.remove_prefix(line.link_text.size());
    } else if (at != std::string_view::npos && !line.link_text.empty()) {
      source = source.substr(0, at);
    }
    source = trimmed(source);
    if (source.starts_with("- ")) source.remove_prefix(2);
    if (source.ends_with(":")) source.remove_suffix(1);
    json += json.empty() ? "[" : ",";
    json += "{\"name\":" + json_quoted(line.link_text.empty() ? line.text : line.link_text);
    if (!line.url.empty()) json += ",\"url\":" + json_quoted(line.url);
    if (!line.link_text.empty() && !source.empty()) json += ",\"source\":" + json_quoted(source);
    json += '}';
  }
  return json.empty() ? json : json + "]";
}

struct Caption {
  std::vector<std::string_view> products;
  std::vector<std::string_view> details;
  std::string places;
  std::optional<MapCentre> centre;
};

void append_texts(const HtmlSection& section, std::vector<std::string_view>& texts) {
  for (const auto& line : section.lines) texts.push_back(line.text);
}

/// What no column takes goes to `extra` under its label.
Caption caption_of(const HtmlCell& cell, Extra& extra) {
  Caption caption;
  for (const auto& section : cell.sections) {
    if (&section == &cell.sections.front() && !section.label.empty() && !has_map(section)) {
      append_texts(section, caption.products);
    } else if (is_details(section.label)) {
      append_texts(section, caption.details);
    } else if (has_map(section)) {
      const auto json = json_of_places(section);
      // One label for each place in some pages.
      if (!caption.places.empty()) caption.places.back() = ',';
      caption.places += caption.places.empty() ? json : json.substr(1);
      for (const auto& line : section.lines) {
        if (!caption.centre) caption.centre = map_centre_in(line.url);
      }
    } else if (!section.lines.empty()) {
      extra.add(section.label, json_of_lines(section.lines));
    }
  }
  if (!cell.remarks.empty()) extra.add("remarks", json_of_lines(cell.remarks));
  return caption;
}

std::string_view write_cell(const HtmlCell& cell, std::string_view folder, EntrySink& sink) {
  constexpr auto& kTable = kActivity;
  Extra extra(sink, kTable);
  const auto caption = caption_of(cell, extra);
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
