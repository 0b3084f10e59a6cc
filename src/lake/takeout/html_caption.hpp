#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/takeout/activity_words.hpp"
#include "lake/takeout/html_cells.hpp"
#include "lake/takeout/json_members.hpp"

namespace lake::takeout {

/// What the small print of a cell tells. Texts live as long as the cell.
struct HtmlCaption {
  std::vector<std::string_view> products;
  std::vector<std::string_view> details;
  std::string places;  // JSON like that of locationInfos; empty for none
  std::optional<MapCentre> centre;
};

/// Labels follow the account's language: products are the first section, places are known by their links.
/// What has no place here goes to `extra` under its label, what stands behind the time as "remarks".
HtmlCaption read_html_caption(const HtmlCell& cell, Extra& extra);

}  // namespace lake::takeout
