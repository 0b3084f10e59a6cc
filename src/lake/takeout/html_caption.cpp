#include "lake/takeout/html_caption.hpp"

#include <algorithm>
#include <array>

#include "lake/takeout/html_tokens.hpp"

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

void append_texts(const HtmlSection& section, std::vector<std::string_view>& texts) {
  for (const auto& line : section.lines) texts.push_back(line.text);
}

}  // namespace

HtmlCaption read_html_caption(const HtmlCell& cell, Extra& extra) {
  HtmlCaption caption;
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

}  // namespace lake::takeout
