// Bookmarks.html and ReadingList.html, the form that all browsers write since Netscape's: a list of <DT> with
// links and folders, nothing closed. Seen in real files.
#include <algorithm>
#include <array>

#include "lake/takeout/bookmark_tables.hpp"
#include "lake/takeout/content_window.hpp"
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/html_tokens.hpp"
#include "lake/takeout/json_product.hpp"

namespace lake::takeout {
namespace {

constexpr std::size_t kPieceBytesMax = 1U << 20U;
constexpr std::size_t kDepthMax = 256;
constexpr std::size_t kPathBytesMax = 4096;
constexpr std::size_t kTextBytesMax = 64U << 10U;

bool is_letter_of(char c, char lower) { return (c | 0x20) == lower; }

/// Where "<dt" stands, behind `from`.
std::size_t find_item(std::string_view text, std::size_t from) {
  for (auto at = text.find('<', from); at != std::string_view::npos; at = text.find('<', at + 1)) {
    if (at + 3 < text.size() && is_letter_of(text[at + 1], 'd') && is_letter_of(text[at + 2], 't') &&
        !((text[at + 3] | 0x20) >= 'a' && (text[at + 3] | 0x20) <= 'z'))
      return at;
  }
  return std::string_view::npos;
}

/// The file cut before each <DT>: a piece holds at most one link or the name of one folder.
class Pieces {
 public:
  explicit Pieces(Content& content) : window_(content) {}
  struct Piece {
    std::string_view text;
    std::uint64_t offset = 0;
    bool is_too_large = false;
  };
  /// False at the end. The text lives until the next call.
  bool next(Piece& piece) {
    window_.drop(given_);
    given_ = 0;
    std::size_t searched = 1;
    while (true) {
      const auto view = window_.view();
      const auto end =
          view.empty() ? std::string_view::npos : find_item(view, std::min(searched, view.size()));
      if (end != std::string_view::npos || view.size() >= kPieceBytesMax + 4)
        return give(piece, std::min({end, view.size(), kPieceBytesMax}), end > kPieceBytesMax);
      // A tag may be cut by the end of the view.
      searched = view.size() < 4 ? 1 : view.size() - 3;
      if (!window_.more()) return !window_.view().empty() && give(piece, window_.view().size(), false);
    }
  }
  [[nodiscard]] const std::optional<Error>& failure() const { return window_.failure(); }
  [[nodiscard]] std::uint64_t offset() const { return window_.offset(); }

 private:
  bool give(Piece& piece, std::size_t bytes, bool is_too_large) {
    piece = {window_.view().substr(0, bytes), window_.offset(), is_too_large};
    given_ = bytes;
    return true;
  }
  ContentWindow window_;
  std::size_t given_ = 0;
};

struct Link {
  std::optional<std::string> url;
  std::string title;
  std::string description;
  std::optional<Timestamp> added;
  std::optional<Timestamp> modified;
  std::vector<std::pair<std::string_view, std::string>> others;
};

/// Seconds; some programs write micro- or milliseconds.
std::optional<Timestamp> time_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  const std::int64_t per_second = text->size() >= 16 ? 1'000'000 : text->size() >= 13 ? 1000 : 1;
  return parse_epoch(*text, per_second);
}

std::string well_formed(std::string text, EntrySink& sink) {
  if (is_utf8(text)) return text;
  sink.repaired();
  return repaired_utf8(text);
}

class BookmarkFile {
 public:
  BookmarkFile(bool is_reading_list, EntrySink& sink) : is_reading_list_(is_reading_list), sink_(sink) {}

  Status take(const Pieces::Piece& piece) {
    std::optional<Link> link;
    std::string folder;
    bool has_folder = false;
    std::string* text = nullptr;
    HtmlTokens tokens(piece.text);
    HtmlTokens::Token token;
    // Closed lists follow the piece's link; they must not change the path of its row.
    std::size_t closed = 0;
    while (tokens.next(token)) {
      if (token.kind == HtmlTokens::Kind::kText) {
        if (text != nullptr && text->size() < kTextBytesMax) append_html_text(token.text, *text);
      } else if (token.opens("a") && !link) {
        link = read_link(token);
        text = &link->title;
      } else if (token.opens("h3")) {
        folder.clear();
        has_folder = true;
        text = &folder;
      } else if (token.opens("dd") && link) {
        text = &link->description;
      } else if (token.closes("a") || token.closes("h3")) {
        text = nullptr;
      } else if (token.opens("dl")) {
        text = nullptr;
        if (folders_.size() < kDepthMax) folders_.push_back(has_folder ? std::string(trimmed(folder)) : "");
        has_folder = false;
      } else if (token.closes("dl")) {
        text = nullptr;
        ++closed;
      }
    }
    const auto stored = link || piece.is_too_large ? store(piece, link) : ok();
    for (; closed > 0 && !folders_.empty(); --closed) folders_.pop_back();
    return stored;
  }

 private:
  static Link read_link(const HtmlTokens::Token& token) {
    Link link;
    link.url = html_attribute(token, "href");
    link.added = time_of(html_attribute(token, "add_date"));
    link.modified = time_of(html_attribute(token, "last_modified"));
    if (link.modified && link.modified->micros == 0) link.modified.reset();
    for (const std::string_view name :
         {"icon", "icon_uri", "tags", "shortcuturl", "private", "last_visit", "toread"}) {
      if (auto value = html_attribute(token, name)) link.others.emplace_back(name, std::move(*value));
    }
    return link;
  }

  [[nodiscard]] std::string path() const {
    std::string path;
    for (const auto& folder : folders_) {
      if (!folder.empty() && path.size() < kPathBytesMax) path += (path.empty() ? "" : "/") + folder;
    }
    return path;
  }

  Status store(const Pieces::Piece& piece, const std::optional<Link>& link) {
    const auto text = piece.text.substr(0, piece.text.find_last_not_of(" \r\n\t") + 1);
    if (!sink_.begin_element({piece.offset, text.size()})) return ok();
    if (piece.is_too_large) return sink_.reject(text, "too large");
    if (!link->url || link->url->empty()) return sink_.reject(text, "no address");
    if (is_reading_list_) {
      write<kReadingList>(*link);
    } else {
      write<kBookmark>(*link);
    }
    return sink_.end_element();
  }

  template <const TableSpec& kTable>
  void write(const Link& link) {
    Extra extra(sink_, kTable);
    for (const auto& [name, value] : link.others) extra.add(name, json_quoted(well_formed(value, sink_)));
    const auto description = well_formed(std::string(trimmed(link.description)), sink_);
    auto row = sink_.row(kTable);
    if (link.added) row.integer(kTable.at("added_us"), link.added->micros);
    row.text(kTable.at("url"), well_formed(*link.url, sink_));
    row.text(kTable.at("title"), well_formed(std::string(trimmed(link.title)), sink_));
    if (link.modified) row.integer(kTable.at("modified_us"), link.modified->micros);
    if constexpr (kTable.name == kBookmark.name) {
      row.text(kTable.at("folder_path"), well_formed(path(), sink_));
      if (!description.empty()) row.text(kTable.at("description"), description);
    } else if (!description.empty()) {
      extra.add("description", json_quoted(description));
    }
    row.extra(extra.json());
  }

  bool is_reading_list_;
  EntrySink& sink_;
  std::vector<std::string> folders_;
};

Certainty recognise(const EntryHead& head) {
  constexpr std::string_view kMark = "netscape-bookmark-file";
  auto text = std::string(head.bytes.substr(0, 1024));
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text.find(kMark) != std::string::npos ? Certainty::kContent : Certainty::kNone;
}

bool is_reading_list(const EntryHead& head) {
  if (head.bytes.substr(0, 4096).find("<H1>Reading List</H1>") != std::string_view::npos) return true;
  const auto name = stem(head.name);
  for (const std::string_view each : {"ReadingList", "Leseliste", "リーディングリスト", "ListaDeLectura"}) {
    if (name == each) return true;
  }
  return false;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  BookmarkFile file(is_reading_list(head), sink);
  Pieces pieces(content);
  Pieces::Piece piece;
  while (pieces.next(piece)) LAKE_CHECK_OK(file.take(piece));
  if (pieces.failure()) return ParseEnd{false, pieces.offset(), pieces.failure()->message()};
  return ParseEnd{};
}

constexpr const TableSpec* kTables[] = {&kBookmark, &kReadingList};

}  // namespace

const Product kBookmarks{.name = "bookmarks",
                         .product = "chrome",
                         .version = 1,
                         .tables = kTables,
                         .recognise = recognise,
                         .parse = parse};

}  // namespace lake::takeout
