#include "lake/takeout/html_cells.hpp"

#include <algorithm>
#include <utility>

#include "lake/takeout/content_window.hpp"
#include "lake/takeout/html_tokens.hpp"
#include "lake/takeout/json_members.hpp"
#include "lake/takeout/local_dates.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kOuter = R"(<div class="outer-cell)";

/// Gathers the lines of the part of a cell that is being read.
class Lines {
 public:
  void text(std::string_view raw) {
    append_html_text(raw, line_.text);
    if (in_link_) append_html_text(raw, line_.link_text);
  }
  void open_link(const HtmlTokens::Token& tag) {
    if (!line_.url.empty()) return;
    if (auto url = html_attribute(tag, "href")) line_.url = std::move(*url);
    in_link_ = !line_.url.empty();
  }
  void close_link() { in_link_ = false; }
  /// False when there are too many.
  bool end_line() {
    line_.text = trimmed(line_.text);
    line_.link_text = trimmed(line_.link_text);
    if (!line_.text.empty() || !line_.url.empty()) lines_.push_back(std::move(line_));
    line_ = {};
    in_link_ = false;
    return lines_.size() <= kCellLinesMax;
  }
  std::vector<HtmlLine> take() {
    end_line();
    return std::exchange(lines_, {});
  }

 private:
  HtmlLine line_;
  std::vector<HtmlLine> lines_;
  bool in_link_ = false;
};

class CellReader {
 public:
  /// False when the cell has too many lines.
  bool read(std::string_view html) {
    HtmlTokens tokens(html);
    HtmlTokens::Token token;
    while (tokens.next(token)) {
      if (token.kind == HtmlTokens::Kind::kText) {
        if (part_ == Part::kLabel) {
          append_html_text(token.text, label_);
        } else if (part_ != Part::kNone) {
          lines_.text(token.text);
        }
      } else if (token.opens("div") || token.opens("p")) {
        begin_part(token);
      } else if (token.is("br")) {
        if (!lines_.end_line() || ++breaks_ > kCellLinesMax) return false;
      } else if (token.is("a")) {
        token.kind == HtmlTokens::Kind::kOpen ? lines_.open_link(token) : lines_.close_link();
      } else if (token.is("b") && (part_ == Part::kCaption || part_ == Part::kLabel)) {
        token.kind == HtmlTokens::Kind::kOpen ? begin_label() : end_label();
      } else if (token.closes("div") || token.closes("p")) {
        end_part();
      }
    }
    end_part();
    return true;
  }
  std::string header;
  std::vector<HtmlLine> body;
  std::vector<HtmlSection> sections;

 private:
  enum class Part : std::uint8_t { kNone, kHeader, kBody, kCaption, kLabel };

  void begin_part(const HtmlTokens::Token& tag) {
    const auto classes = html_attribute(tag, "class").value_or("");
    const auto has = [&](std::string_view name) { return classes.find(name) != std::string::npos; };
    if (has("mdl-typography--title")) {
      end_part();
      part_ = Part::kHeader;
    } else if (has("mdl-typography--caption")) {
      end_part();
      part_ = Part::kCaption;
    } else if (has("content-cell")) {
      end_part();
      // The cell at the right holds a picture at most.
      if (!has("text-right")) part_ = Part::kBody;
    }
  }

  void begin_label() {
    end_section();
    part_ = Part::kLabel;
    label_.clear();
  }
  void end_label() {
    if (part_ != Part::kLabel) return;
    part_ = Part::kCaption;
    sections.push_back({std::string(trimmed(label_)), {}});
  }
  /// Lines before the first label have a section without one.
  void end_section() {
    auto lines = lines_.take();
    if (lines.empty()) return;
    if (sections.empty()) sections.push_back({});
    auto& into = sections.back().lines;
    into.insert(into.end(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
  }
  void end_part() {
    if (part_ == Part::kLabel) end_label();
    if (part_ == Part::kCaption) {
      end_section();
    } else if (part_ == Part::kBody) {
      auto lines = lines_.take();
      body.insert(body.end(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
    } else if (part_ == Part::kHeader) {
      for (auto& line : lines_.take()) header += (header.empty() ? "" : " ") + line.text;
    }
    part_ = Part::kNone;
  }

  Part part_ = Part::kNone;
  Lines lines_;
  std::string label_;
  std::size_t breaks_ = 0;
};

/// Cells between their markers in a stream.
class CellSplitter {
 public:
  explicit CellSplitter(Content& content) : window_(content) {}

  struct Cell {
    std::string_view html;  // only the beginning when it is too long
    ElementPlace place;
    bool is_last = false;
    bool is_too_long = false;
  };
  /// Nothing at the end. Texts live until the next call.
  std::optional<Cell> next() {
    window_.drop(cell_bytes_);
    cell_bytes_ = 0;
    if (!found_first_ && !find_first()) return std::nullopt;
    found_first_ = true;
    if (window_.view().empty()) return std::nullopt;
    Cell cell;
    cell.place.offset = window_.offset();
    std::size_t searched = 1;
    while (true) {
      const auto view = window_.view();
      const auto found = view.find(kOuter, searched);
      if (found != std::string_view::npos) {
        cell_bytes_ = found;
        break;
      }
      searched = view.size() > kOuter.size() ? view.size() - kOuter.size() + 1 : 1;  // the marker may be cut
      if (view.size() > kHtmlCellBytesMax) searched = drop_of_long(cell, searched);
      if (!window_.more()) {
        cell_bytes_ = window_.view().size();
        cell.is_last = true;
        break;
      }
    }
    cell.place.bytes = window_.offset() + cell_bytes_ - cell.place.offset;
    cell.is_too_long |= cell.place.bytes > kHtmlCellBytesMax;
    cell.html =
        long_.empty() || !cell.is_too_long ? window_.view().substr(0, cell_bytes_) : std::string_view(long_);
    return cell;
  }
  [[nodiscard]] const std::optional<Error>& failure() const { return window_.failure(); }

 private:
  bool find_first() {
    while (true) {
      const auto view = window_.view();
      const auto found = view.find(kOuter);
      if (found != std::string_view::npos) {
        window_.drop(found);
        return true;
      }
      if (view.size() > kOuter.size()) window_.drop(view.size() - kOuter.size());
      if (!window_.more()) return false;
    }
  }
  /// Keeps the beginning only; gives the place to search from.
  std::size_t drop_of_long(Cell& cell, std::size_t searched) {
    if (!cell.is_too_long) long_ = window_.view().substr(0, kRejectBytesMax);
    cell.is_too_long = true;
    window_.drop(searched);
    return 0;
  }

  ContentWindow window_;
  std::size_t cell_bytes_ = 0;  // of the cell given last
  std::string long_;            // beginning of a cell that is too long
  bool found_first_ = false;
};

}  // namespace

bool has_html_cells(std::string_view head) {
  return head.find(kOuter) != std::string_view::npos &&
         head.find("mdl-typography--title") != std::string_view::npos;
}

std::optional<HtmlCell> read_html_cell(std::string_view html, std::string_view account_zone,
                                       std::int64_t export_us) {
  CellReader reader;
  if (!reader.read(html)) return std::nullopt;
  HtmlCell cell;
  cell.header = std::move(reader.header);
  cell.sections = std::move(reader.sections);
  auto& body = reader.body;
  for (std::size_t i = body.size(); i-- > 0;) {
    if (!body[i].url.empty() || body[i].text.find(':') == std::string::npos) continue;
    const auto date = parse_local_date(body[i].text);
    if (!date) continue;
    cell.time = with_account_zone(*date, account_zone, export_us);
    const auto at = body.begin() + static_cast<std::ptrdiff_t>(i);
    cell.remarks.assign(std::make_move_iterator(at + 1), std::make_move_iterator(body.end()));
    body.erase(at, body.end());
    break;
  }
  if (!body.empty()) {
    cell.title = std::move(body.front());
    cell.subtitles.assign(std::make_move_iterator(body.begin() + 1), std::make_move_iterator(body.end()));
  }
  return cell;
}

Result<ParseEnd> parse_html_cells(const ParseOptions& options, Content& content, EntrySink& sink,
                                  const WriteHtmlCell& write) {
  CellSplitter cells(content);
  while (const auto cell = cells.next()) {
    if (cell->is_last && !cell->is_too_long && cell->html.find("</body>") == std::string_view::npos &&
        cell->html.find("</html>") == std::string_view::npos) {
      const auto end = cell->place.offset + cell->place.bytes;
      return ParseEnd{false, end,
                      cells.failure() ? cells.failure()->message() : "the page ends in the middle"};
    }
    if (!sink.begin_element(cell->place)) continue;
    std::string_view reason = "too large";
    if (!cell->is_too_long) {
      std::string repaired;
      auto html = cell->html;
      if (!is_utf8(html)) {
        repaired = repaired_utf8(html);
        html = repaired;
        sink.repaired();
      }
      const auto read = read_html_cell(html, options.time_zone, sink.entry().export_us);
      reason = !read ? "too large" : !read->time ? "no time" : write(*read, sink);
    }
    if (reason.empty()) {
      LAKE_CHECK_OK(sink.end_element());
    } else {
      LAKE_CHECK_OK(sink.reject(cell->html, reason));
    }
  }
  if (cells.failure()) return ParseEnd{false, sink.counts().next_offset, cells.failure()->message()};
  return ParseEnd{};
}

std::string json_of_lines(const std::vector<HtmlLine>& lines) {
  std::string json;
  for (const auto& line : lines) {
    json += json.empty() ? "[" : ",";
    json += "{\"name\":" + json_quoted(line.text);
    if (!line.url.empty()) json += ",\"url\":" + json_quoted(line.url);
    json += '}';
  }
  return json.empty() ? json : json + "]";
}

}  // namespace lake::takeout
