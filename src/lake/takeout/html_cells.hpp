#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/takeout/product.hpp"
#include "lake/takeout/times.hpp"

namespace lake::takeout {

/// A line of text in a cell, and the first link in it.
struct HtmlLine {
  std::string text;
  std::string link_text;
  std::string url;  // empty = there is no link
};
/// Lines below a bold label in a cell's caption.
struct HtmlSection {
  std::string label;  // "Products:", in the account's language
  std::vector<HtmlLine> lines;
};

/// One event of a page of My Activity or of YouTube's histories.
struct HtmlCell {
  std::string header;
  HtmlLine title;
  std::vector<HtmlLine> subtitles;  // what stands between title and time
  std::vector<HtmlLine> remarks;    // what stands behind the time
  std::optional<Timestamp> time;
  std::vector<HtmlSection> sections;
};

/// Reads one cell, `html` from its outer div on. The zone rule of local_dates.hpp is applied. Lines beyond
/// kCellLinesMax are dropped with the cell: nothing is returned.
std::optional<HtmlCell> read_html_cell(std::string_view html, std::string_view account_zone,
                                       std::int64_t export_us);
inline constexpr std::size_t kCellLinesMax = 10000;

/// The page has such cells.
bool has_html_cells(std::string_view head);

/// Calls `write(cell, sink)`, which gives kStored or a reason to reject, for each cell of a page of any size;
/// it is one line in real exports. A page that does not end as a page does is cut: its last cell may be too,
/// and is left out. Memory: the longest cell, at most kHtmlCellBytesMax; longer ones are rejected.
using WriteHtmlCell = std::function<std::string_view(const HtmlCell& cell, EntrySink& sink)>;
Result<ParseEnd> parse_html_cells(const ParseOptions& options, Content& content, EntrySink& sink,
                                  const WriteHtmlCell& write);
inline constexpr std::size_t kHtmlCellBytesMax = 4U << 20U;

/// [{"name":...,"url":...}] as the JSON of the same event has it; empty for no lines.
std::string json_of_lines(const std::vector<HtmlLine>& lines);

}  // namespace lake::takeout
