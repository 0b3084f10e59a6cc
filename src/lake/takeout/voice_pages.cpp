// Google Voice: a page for each call and each conversation. Texts (hChatLog) were seen in real files; the
// markup of calls (haudio) is from memory. A page is one element; its messages are rows.
#include <algorithm>
#include <array>
#include <charconv>

#include "lake/takeout/html_tokens.hpp"
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/voice_tables.hpp"
#include "lake/takeout/whole_content.hpp"

namespace lake::takeout {
namespace {

constexpr std::size_t kMessagesMax = 200'000;
constexpr std::size_t kListMax = 200;
constexpr std::array<std::string_view, 6> kKinds = {"text",   "placed",    "received",
                                                    "missed", "voicemail", "recorded"};

using Token = HtmlTokens::Token;

bool has_class(const Token& token, std::string_view wanted) {
  const auto classes = html_attribute(token, "class");
  if (!classes) return false;
  std::string_view rest = *classes;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == wanted) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

/// "tel:+14155550100"
std::string number_in(const Token& token) {
  const auto address = html_attribute(token, "href").value_or("");
  return address.starts_with("tel:") ? address.substr(4) : "";
}

struct Event {
  std::optional<Timestamp> time;
  std::string number;
  std::string name;
  std::string text;
  bool is_me = false;
  std::optional<std::int64_t> duration_s;
  std::vector<std::string> media;
};

/// "PT1H2M3S" in seconds.
std::optional<std::int64_t> duration_of(std::string_view text) {
  if (!text.starts_with("PT")) return std::nullopt;
  text.remove_prefix(2);
  std::int64_t sum = 0;
  while (!text.empty()) {
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end == text.data() + text.size() || value < 0 || value > 1'000'000)
      return std::nullopt;
    const char unit = *end;
    sum += unit == 'H' ? value * 3600 : unit == 'M' ? value * 60 : value;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  }
  return sum;
}

struct Page {
  bool is_chat = false;
  std::vector<Event> events;
  std::vector<std::string> participants;
  std::vector<std::string> labels;
  bool is_cut = false;
};

/// Walks the tags once; what text belongs to is known from the last tag that opened.
class PageReader {
 public:
  explicit PageReader(std::string_view html) : tokens_(html) {}

  Page read() {
    Token token;
    while (tokens_.next(token)) {
      if (token.kind == HtmlTokens::Kind::kText) {
        if (into_ != nullptr) append_html_text(token.text, *into_);
      } else if (token.kind == HtmlTokens::Kind::kOpen) {
        open(token);
      } else {
        close(token);
      }
    }
    end_event();
    return std::move(page_);
  }

 private:
  void begin_event() {
    end_event();
    event_.emplace();
  }
  void end_event() {
    into_ = nullptr;
    if (!event_) return;
    event_->text = trimmed(event_->text);
    event_->name = trimmed(event_->name);
    if (page_.events.size() < kMessagesMax) {
      page_.events.push_back(std::move(*event_));
    } else {
      page_.is_cut = true;
    }
    event_.reset();
  }
  static void add(std::vector<std::string>& list, std::string value) {
    if (!value.empty() && list.size() < kListMax) list.push_back(std::move(value));
  }

  void open(const Token& token) {
    if (token.is("div")) {
      open_div(token);
    } else if (token.is("abbr")) {
      open_abbr(token);
    } else if (token.is("a")) {
      open_link(token);
    } else if (token.is("span")) {
      if (event_ && in_sender_ && has_class(token, "fn")) into_ = &event_->name;
      if (event_ && has_class(token, "full-text")) into_ = &event_->text;
    } else if (token.is("cite")) {
      in_sender_ = has_class(token, "sender");
    } else if (token.is("q") && event_) {
      into_ = &event_->text;
    } else if (token.is("br") && into_ != nullptr) {
      *into_ += '\n';
    } else if ((token.is("img") || token.is("audio") || token.is("source")) && event_) {
      add(event_->media, html_attribute(token, "src").value_or(""));
    }
  }
  void open_div(const Token& token) {
    if (has_class(token, "hChatLog")) page_.is_chat = true;
    if (has_class(token, "message") || has_class(token, "haudio")) begin_event();
    if (has_class(token, "contributor")) in_sender_ = true;
    if (has_class(token, "participants")) in_participants_ = true;
    if (!has_class(token, "tags")) return;
    in_sender_ = false;
    into_ = nullptr;
  }
  void open_abbr(const Token& token) {
    if (!event_) return;
    const auto title = html_attribute(token, "title").value_or("");
    if (has_class(token, "dt") || has_class(token, "published")) event_->time = parse_iso(title);
    if (has_class(token, "duration")) event_->duration_s = duration_of(title);
    if (in_sender_ && has_class(token, "fn")) {
      event_->is_me = true;
      into_ = &event_->name;
    }
  }
  void open_link(const Token& token) {
    if (html_attribute(token, "rel").value_or("") == "tag") {
      label_.clear();
      into_ = &label_;
      in_label_ = true;
    } else if (has_class(token, "tel")) {
      if (event_ && in_sender_) {
        event_->number = number_in(token);
      } else if (in_participants_) {
        add(page_.participants, number_in(token));
      }
    } else if (event_ && has_class(token, "video")) {
      add(event_->media, html_attribute(token, "href").value_or(""));
    }
  }
  void close(const Token& token) {
    if (token.is("a") && in_label_) {
      in_label_ = false;
      into_ = nullptr;
      add(page_.labels, std::string(trimmed(label_)));
    }
    if (token.is("span") || token.is("abbr") || token.is("q")) into_ = nullptr;
    if (token.is("cite")) in_sender_ = false;
    if (token.is("div")) {
      in_participants_ = false;
      in_sender_ = false;
    }
  }

  HtmlTokens tokens_;
  Page page_;
  std::optional<Event> event_;
  std::string* into_ = nullptr;
  std::string label_;
  bool in_label_ = false;
  bool in_sender_ = false;
  bool in_participants_ = false;
};

std::string lower(std::string_view text) {
  std::string copy(text);
  for (char& c : copy) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return copy;
}

/// "Ada - Placed - 2019-08-12T05_14_08Z" by its name, else by its labels.
std::string kind_of(const Page& page, std::string_view name) {
  if (page.is_chat) return "text";
  const auto known = [](std::string_view word) {
    return std::find(kKinds.begin(), kKinds.end(), word) != kKinds.end();
  };
  for (std::size_t at = name.find(" - "); at != std::string_view::npos; at = name.find(" - ", at + 1)) {
    const auto end = std::min(name.find(" - ", at + 3), name.size());
    const auto word = lower(name.substr(at + 3, end - at - 3));
    if (known(word)) return word;
  }
  for (const auto& label : page.labels) {
    if (known(lower(label))) return lower(label);
  }
  return "call";
}

std::string_view direction_of(const std::string& kind, const Event& event) {
  if (kind == "placed") return "out";
  if (kind == "text") return event.is_me ? "out" : "in";
  return kind == "call" || kind == "recorded" ? std::string_view() : "in";
}

std::string well_formed(const std::string& text, bool& repaired) {
  if (is_utf8(text)) return text;
  repaired = true;
  return repaired_utf8(text);
}

void write_list(Row& row, std::size_t column, const std::vector<std::string>& list, bool& repaired) {
  std::vector<std::string> good;
  for (const auto& each : list) good.push_back(well_formed(each, repaired));
  const std::vector<std::string_view> views(good.begin(), good.end());
  if (!views.empty()) row.texts(column, views);
}

void write_event(const Page& page, const Event& event, const std::string& kind, bool& repaired,
                 EntrySink& sink) {
  constexpr auto& kTable = kVoiceEvent;
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), event.time->micros);
  row.text(kTable.at("kind"), kind);
  row.text(kTable.at("number"), well_formed(event.number, repaired));
  row.text(kTable.at("text"), well_formed(event.text, repaired));
  if (!event.name.empty()) row.text(kTable.at("name"), well_formed(event.name, repaired));
  const auto direction = direction_of(kind, event);
  if (!direction.empty()) row.text(kTable.at("direction"), direction);
  row.integer(kTable.at("duration_s"), event.duration_s);
  if (event.time->offset_minutes && *event.time->offset_minutes != 0)
    row.integer(kTable.at("ts_offset_min"), *event.time->offset_minutes);
  write_list(row, kTable.at("participants"), page.participants, repaired);
  write_list(row, kTable.at("media"), event.media, repaired);
  write_list(row, kTable.at("labels"), page.labels, repaired);
  if (page.is_cut) row.extra(R"({"page_is_cut":true})");
}

ElementOutcome read_page(const EntryHead& head, std::string_view html, EntrySink& sink) {
  const auto page = PageReader(html).read();
  if (page.events.empty()) return "shape";
  const auto kind = kind_of(page, stem(head.name));
  // A page is one element: a message without a time would be lost among the others.
  const auto is_timed = [](const Event& event) { return event.time.has_value(); };
  if (!std::all_of(page.events.begin(), page.events.end(), is_timed)) return "no time";
  bool repaired = false;
  for (const auto& event : page.events) write_event(page, event, kind, repaired, sink);
  if (repaired) sink.repaired();
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  const auto& bytes = head.bytes;
  const bool is_chat =
      bytes.find("hChatLog") != std::string_view::npos && bytes.find("hfeed") != std::string_view::npos;
  const bool is_call = bytes.find("\"haudio\"") != std::string_view::npos &&
                       bytes.find("contributor vcard") != std::string_view::npos;
  return is_chat || is_call ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  return parse_whole(content, sink,
                     [&head](std::string_view html, EntrySink& into) { return read_page(head, html, into); });
}

constexpr const TableSpec* kTables[] = {&kVoiceEvent};

}  // namespace

const Product kVoicePages{.name = "voice_page",
                          .product = "voice",
                          .version = 1,
                          .tables = kTables,
                          .recognise = recognise,
                          .parse = parse};

}  // namespace lake::takeout
