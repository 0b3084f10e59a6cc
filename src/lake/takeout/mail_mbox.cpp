// Mail as mbox: Gmail's export, topics of Groups, and what other programs write. Messages stand between
// separators; Gmail puts its own ids into separator and headers. Shape seen in real files; topics.mbox of
// Groups is from memory.
//
// An own reader, not a library: docs/takeout_parsers.md says why.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <set>

#include "lake/codec/sha256.hpp"
#include "lake/takeout/charsets.hpp"
#include "lake/takeout/content_window.hpp"
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/html_tokens.hpp"
#include "lake/takeout/json_members.hpp"
#include "lake/takeout/mail_index.hpp"
#include "lake/takeout/mail_tables.hpp"
#include "lake/takeout/mime_reader.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::int64_t kDay = 86'400'000'000;

/// A line that begins like a header: "Name:".
bool begins_as_header(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && i < 100 && text[i] > ' ' && text[i] < 127 && text[i] != ':') ++i;
  return i > 0 && i < text.size() && text[i] == ':';
}

/// The lines of a content, with what must be known to tell separators from text.
class MboxLines {
 public:
  explicit MboxLines(Content& content) : window_(content) {}
  struct Line {
    std::string_view text;  // with its line end; long lines come in pieces
    std::uint64_t offset = 0;
    bool is_begin = true;
    std::optional<Separator> separator;
  };
  /// False at the end. Texts live until the next call.
  bool next(Line& line) {
    window_.drop(given_);
    given_ = 0;
    const std::size_t end = find_line_end(0);
    if (end == 0) return false;
    line.is_begin = at_begin_;
    line.separator = std::nullopt;
    if (at_begin_ && window_.view().starts_with("From ")) line.separator = separator_here(end);
    line.text = window_.view().substr(0, end);
    line.offset = window_.offset();
    at_begin_ = line.text.back() == '\n';
    given_ = end;
    return true;
  }
  /// Whole lines that stand in the window and are neither separators nor begin with '-' or '>'; empty when
  /// the next line is none of these. Their text lives until the next call.
  Line plain_lines() {
    window_.drop(given_);
    given_ = 0;
    const auto view = window_.view();
    std::size_t end = 0;
    while (at_begin_ && end < view.size()) {
      const auto rest = view.substr(end);
      if (rest.front() == '-' || rest.front() == '>' || rest.starts_with("From ")) break;
      const auto found = rest.find('\n');
      if (found == std::string_view::npos) break;
      end += found + 1;
    }
    given_ = end;
    return {.text = view.substr(0, end), .offset = window_.offset(), .is_begin = true, .separator = {}};
  }
  /// Passes over all that stands before the next separator.
  template <class Use>
  void skip_message(Use use) {
    constexpr std::string_view kMark = "\nFrom ";
    window_.drop(given_);
    given_ = 0;
    const auto pass = [&](std::size_t bytes) {
      use(window_.view().substr(0, bytes));
      window_.drop(bytes);
    };
    while (true) {
      if (at_begin_ && window_.view().starts_with("From ") && separator_here(find_line_end(0))) return;
      const auto view = window_.view();
      if (const void* found = ::memmem(view.data(), view.size(), kMark.data(), kMark.size())) {
        pass(static_cast<std::size_t>(static_cast<const char*>(found) - view.data()) + 1);
        at_begin_ = true;
        continue;
      }
      // What is left may be the beginning of a mark.
      const auto sure = view.size() - std::min(view.size(), kMark.size() - 1);
      if (sure > 0) at_begin_ = view[sure - 1] == '\n';
      pass(sure);
      if (window_.more()) continue;
      pass(window_.view().size());
      return;
    }
  }
  [[nodiscard]] std::uint64_t offset() const { return window_.offset(); }
  [[nodiscard]] const std::optional<Error>& failure() const { return window_.failure(); }

 private:
  static constexpr std::size_t kLineBytesMax = 64U << 10U;

  /// Behind the line that begins at `begin`; kLineBytesMax further when it is longer, what there is at the
  /// end of the content.
  std::size_t find_line_end(std::size_t begin) {
    std::size_t searched = begin;
    while (true) {
      const auto view = window_.view();
      const auto found = view.substr(0, begin + kLineBytesMax).find('\n', searched);
      if (found != std::string_view::npos) return found + 1;
      if (view.size() >= begin + kLineBytesMax) return begin + kLineBytesMax;
      searched = view.size();
      if (!window_.more()) return window_.view().size();
    }
  }
  /// The line is a separator when it has the form of one and a header follows it.
  std::optional<Separator> separator_here(std::size_t end) {
    auto separator = parse_separator(window_.view().substr(0, end));
    if (!separator) return std::nullopt;
    const char* const before = window_.view().data();
    const auto next_end = find_line_end(end);
    const auto view = window_.view();
    if (!begins_as_header(view.substr(end, next_end - end))) return std::nullopt;
    // It refers to the text, which moves when more is read.
    return view.data() == before ? separator : parse_separator(view.substr(0, end));
  }

  ContentWindow window_;
  std::size_t given_ = 0;
  bool at_begin_ = true;
};

/// System labels as the languages seen write them; English, Posteingang, Geöffnet and Åpnet were seen in real
/// files.
struct SystemLabels {
  std::array<std::string_view, 8> unread{"Unread",    "Ungelesen",  "未読",      "Non lus",
                                         "No leídos", "Da leggere", "Ongelezen", "Não lidas"};
  std::array<std::string_view, 8> opened{"Opened",   "Geöffnet", "開封済み", "Ouvert",
                                         "Abiertos", "Aperti",   "Åpnet",    "Abertas"};
  std::array<std::string_view, 8> sent{"Sent",     "Gesendet", "送信済み",  "Messages envoyés",
                                       "Enviados", "Inviati",  "Verzonden", "Sendt"};
  std::array<std::string_view, 4> spam{"Spam", "迷惑メール", "Søppelpost", "Courrier indésirable"};
  std::array<std::string_view, 8> trash{"Trash",    "Papierkorb", "ゴミ箱",     "Corbeille",
                                        "Papelera", "Cestino",    "Prullenbak", "Lixeira"};
  std::array<std::string_view, 4> inbox{"Inbox", "Posteingang", "受信トレイ", "Innboks"};
};
constexpr SystemLabels kSystem;

bool has_any(const std::vector<std::string>& labels, std::span<const std::string_view> names) {
  return std::any_of(labels.begin(), labels.end(), [&](const std::string& label) {
    return std::find(names.begin(), names.end(), label) != names.end();
  });
}

/// A message between two separators, and what becomes of it.
class MboxMessage {
 public:
  MboxMessage(std::uint64_t offset, const MboxLines::Line& separator, const EntrySink& sink)
      : offset_(offset),
        body_offset_(offset + separator.text.size()),
        received_(separator.separator->time),
        files_(files_of(offset, sink)),
        reader_(files_) {
    const auto sender = separator.separator->sender;
    auto digits = sender.substr(0, sender.find('@'));
    std::int64_t id = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    // Other programs put an address there.
    if (failed == std::errc() && end == digits.data() + digits.size() && sender.ends_with("@xxx"))
      gm_msgid_ = id;
  }
  /// A message that is a file of its own.
  explicit MboxMessage(const EntrySink& sink)
      : offset_(0), body_offset_(0), files_(files_of(0, sink)), reader_(files_) {}
  void line(const MboxLines::Line& line) {
    if (!gm_msgid_) raw_hash_.update(line.text);  // else there is a key
    auto text = line.text;
    auto offset = line.offset;
    // mboxrd: a line that begins like a separator got one '>' more.
    if (line.is_begin && text.starts_with('>')) {
      const auto rest = text.find_first_not_of('>');
      if (rest != std::string_view::npos && text.substr(rest).starts_with("From ")) {
        text.remove_prefix(1);
        ++offset;
      }
    }
    reader_.line(text, line.is_begin, offset);
  }
  [[nodiscard]] bool is_past_headers() const { return reader_.is_past_headers(); }
  [[nodiscard]] bool reads_base64() const { return reader_.reads_base64(); }
  void base64_lines(const MboxLines::Line& lines) {
    if (!gm_msgid_) raw_hash_.update(lines.text);
    reader_.base64_lines(lines.text, lines.offset);
  }
  /// What follows the headers is not read.
  void pass(std::string_view bytes) {
    is_headers_only_ = true;
    if (!gm_msgid_) raw_hash_.update(bytes);
  }
  /// False when it was not stored, because what is attached to it could not be kept: failure() says why.
  Result<bool> store(std::uint64_t end, std::string_view product, std::set<std::string>& labels_told,
                     EntrySink& sink);

  [[nodiscard]] std::optional<Error> failure() const {
    return files_ != nullptr ? files_->failure() : std::nullopt;
  }

 private:
  /// None for a message that was stored by an earlier run, with its attachments.
  static FileTaker* files_of(std::uint64_t offset, const EntrySink& sink) {
    return offset < sink.entry().resume_offset ? nullptr : sink.entry().files;
  }
  [[nodiscard]] std::string file_key(const MailAttachment& attachment) const;
  void read_headers();
  void write_message(std::uint64_t end, std::string_view product, EntrySink& sink);
  void write_addresses(Row& row);
  void write_attachments(EntrySink& sink);
  void write_labels(std::set<std::string>& labels_told, EntrySink& sink);

  std::uint64_t offset_;
  std::uint64_t body_offset_;
  std::optional<Timestamp> received_;
  std::optional<std::int64_t> gm_msgid_;
  std::string fallback_key_;
  FileTaker* files_;
  MimeReader reader_;
  codec::Xxh3Stream raw_hash_;
  MailMessage message_;
  std::optional<Timestamp> date_;
  std::string_view date_source_;
  std::string message_id_;
  std::vector<std::string> labels_;
  bool is_headers_only_ = false;
};

void MboxMessage::read_headers() {
  const auto ids = message_ids(message_.header("message-id"));
  if (!ids.empty()) message_id_ = ids.front();
  date_ = parse_mail_date(message_.header("date"));
  date_source_ = "header";
  if (!date_ || (received_ && date_->micros > received_->micros + kDay)) {
    date_ = received_;
    date_source_ = "separator";
  }
  labels_ = split_labels(decoded_words(message_.header("x-gmail-labels")));
  if (gm_msgid_) return;
  if (!message_id_.empty()) {
    fallback_key_ = message_id_ + " " + std::to_string(date_ ? date_->micros : 0);
  } else {
    fallback_key_ = "xxh3 " + std::to_string(raw_hash_.digest());
  }
}

Result<bool> MboxMessage::store(std::uint64_t end, std::string_view product,
                                std::set<std::string>& labels_told, EntrySink& sink) {
  if (end <= sink.entry().resume_offset) return true;
  message_ = reader_.finish();
  if (failure()) return false;
  if (!sink.begin_element({offset_, end - offset_})) return true;
  if (message_.was_repaired) sink.repaired();
  read_headers();
  write_message(end, product, sink);
  if (!is_headers_only_) write_attachments(sink);
  write_labels(labels_told, sink);
  if (files_ != nullptr) files_->forget();
  LAKE_CHECK_OK(sink.end_element());
  return true;
}

std::optional<std::int64_t> number_in(std::string_view text) {
  text = trimmed(text);
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

void MboxMessage::write_addresses(Row& row) {
  constexpr auto& kTable = kMailMessage;
  std::string names;
  std::set<std::string> named;
  const auto write = [&](std::string_view header, std::size_t column) {
    std::vector<std::string> addrs;
    for (const auto& each : parse_addresses(message_.header(header))) {
      addrs.push_back(each.addr.empty() ? each.name : each.addr);
      if (each.name.empty() || each.addr.empty() || !named.insert(each.addr).second) continue;
      names += (names.empty() ? "{" : ",") + json_quoted(each.addr) + ":" + json_quoted(each.name);
    }
    if (!addrs.empty()) row.texts(column, views_of(addrs));
  };
  write("to", kTable.at("to_addrs"));
  write("cc", kTable.at("cc_addrs"));
  write("bcc", kTable.at("bcc_addrs"));
  if (!names.empty()) row.text(kTable.at("names"), names + "}");
  const auto from = parse_addresses(message_.header("from"));
  if (!from.empty()) {
    if (!from.front().name.empty()) row.text(kTable.at("from_name"), from.front().name);
    if (!from.front().addr.empty()) row.text(kTable.at("from_addr"), from.front().addr);
  }
  const auto reply_to = parse_addresses(message_.header("reply-to"));
  if (!reply_to.empty() && !reply_to.front().addr.empty())
    row.text(kTable.at("reply_to"), reply_to.front().addr);
}

void MboxMessage::write_message(std::uint64_t end, std::string_view product, EntrySink& sink) {
  constexpr auto& kTable = kMailMessage;
  auto row = sink.row(kTable);
  row.integer(kTable.at("gm_msgid"), gm_msgid_);
  if (!fallback_key_.empty()) row.text(kTable.at("fallback_key"), fallback_key_);
  row.integer(kTable.at("gm_thrid"), number_in(message_.header("x-gm-thrid")));
  if (!message_id_.empty()) row.text(kTable.at("message_id"), message_id_);
  if (date_) {
    row.integer(kTable.at("date_us"), date_->micros);
    if (date_source_ == "header" && date_->offset_minutes)
      row.integer(kTable.at("date_offset_min"), *date_->offset_minutes);
    row.text(kTable.at("date_source"), date_source_);
  }
  if (received_) row.integer(kTable.at("received_us"), received_->micros);
  write_addresses(row);
  const auto subject = decoded_words(message_.header("subject"));
  if (!subject.empty()) row.text(kTable.at("subject"), subject);
  const auto replied = message_ids(message_.header("in-reply-to"));
  if (!replied.empty()) row.text(kTable.at("in_reply_to"), replied.front());
  const auto references = message_ids(message_.header("references"));
  if (!references.empty()) row.texts(kTable.at("reference_ids"), views_of(references));
  const auto list = message_ids(message_.header("list-id"));
  if (!list.empty()) row.text(kTable.at("list_id"), list.front());
  if (!labels_.empty()) row.texts(kTable.at("labels"), views_of(labels_));
  const bool is_unread = has_any(labels_, kSystem.unread);
  if (is_unread || has_any(labels_, kSystem.opened)) row.flag(kTable.at("is_unread"), is_unread);
  // One known word tells that the language is known, and so that the others would be seen.
  const bool is_sent = has_any(labels_, kSystem.sent);
  const bool is_spam = has_any(labels_, kSystem.spam);
  const bool is_trash = has_any(labels_, kSystem.trash);
  if (is_unread || is_sent || is_spam || is_trash || has_any(labels_, kSystem.opened) ||
      has_any(labels_, kSystem.inbox)) {
    row.flag(kTable.at("is_sent"), is_sent);
    row.flag(kTable.at("is_spam"), is_spam);
    row.flag(kTable.at("is_trash"), is_trash);
  }
  if (!message_.text.empty()) row.text(kTable.at("text"), message_.text);
  row.integer(kTable.at("size"), static_cast<std::int64_t>(end - body_offset_));
  if (!is_headers_only_)
    row.integer(kTable.at("attachment_count"), static_cast<std::int64_t>(message_.attachments.size()));
  row.text(kTable.at("product"), product);
  std::string extra;
  if (message_.is_text_cut) extra += R"("text_is_cut":true)";
  if (message_.parts_left_out > 0) {
    extra += (extra.empty() ? "" : ",") + (R"("parts_left_out":)" + std::to_string(message_.parts_left_out));
  }
  if (!extra.empty()) row.extra("{" + extra + "}");
}

/// As the view `takeout.mail_attachment_blob` makes it of the row's key.
std::string MboxMessage::file_key(const MailAttachment& attachment) const {
  const auto message = gm_msgid_ ? std::to_string(*gm_msgid_) : codec::hex_of(codec::sha256(fallback_key_));
  return "mail/" + message + "/" + attachment.part;
}

void MboxMessage::write_attachments(EntrySink& sink) {
  constexpr auto& kTable = kMailAttachment;
  for (const auto& each : message_.attachments) {
    auto row = sink.row(kTable);
    row.integer(kTable.at("gm_msgid"), gm_msgid_);
    if (!fallback_key_.empty()) row.text(kTable.at("fallback_key"), fallback_key_);
    row.text(kTable.at("part"), each.part);
    if (!each.filename.empty()) row.text(kTable.at("filename"), each.filename);
    row.text(kTable.at("mime"), each.mime);
    row.integer(kTable.at("size"), static_cast<std::int64_t>(each.size));
    row.unsigned_integer(kTable.at("content_hash"), each.xxh3);
    if (!each.encoding.empty()) row.text(kTable.at("encoding"), each.encoding);
    if (!each.content_id.empty()) row.text(kTable.at("content_id"), each.content_id);
    row.flag(kTable.at("is_inline"), each.is_inline);
    row.integer(kTable.at("body_offset"), static_cast<std::int64_t>(each.offset - offset_));
    row.integer(kTable.at("body_bytes"), static_cast<std::int64_t>(each.encoded));
    if (files_ != nullptr) files_->keep(each.file, file_key(each), each.mime);
  }
}

/// Each label once a file: a mailbox has millions of them and few kinds.
void MboxMessage::write_labels(std::set<std::string>& labels_told, EntrySink& sink) {
  constexpr std::size_t kLabelsMax = 100'000;
  for (const auto& label : labels_) {
    if (labels_told.contains(label)) continue;
    if (labels_told.size() < kLabelsMax) labels_told.insert(label);
    sink.row(kMailLabel).text(kMailLabel.at("label"), label);
  }
}

/// Bytes before the first separator: no message.
class Preamble {
 public:
  void line(const MboxLines::Line& line) {
    if (begin_ == UINT64_MAX) begin_ = line.offset;
    if (bytes_.size() < kRejectBytesMax) bytes_ += line.text;
  }
  Status store(std::uint64_t end, EntrySink& sink) {
    if (begin_ == UINT64_MAX || trimmed(bytes_).empty()) return ok();
    if (!sink.begin_element({begin_, end - begin_})) return ok();
    return sink.reject(bytes_, "shape", "no message begins here");
  }

 private:
  std::uint64_t begin_ = UINT64_MAX;
  std::string bytes_;
};

std::string_view product_of(std::string_view name) {
  const auto folder = product_folder(name);
  return folder == "Groups" || folder == "グループ" || stem(name) == "topics" ? "groups" : "mail";
}

Certainty recognise(const EntryHead& head) {
  const auto end = head.bytes.find('\n');
  if (end == std::string_view::npos || !parse_separator(head.bytes.substr(0, end)) ||
      !begins_as_header(head.bytes.substr(end + 1)))
    return Certainty::kNone;
  const bool is_gmail = head.bytes.find("\nX-GM-THRID:") != std::string_view::npos;
  return is_gmail ? Certainty::kContent : Certainty::kShape;
}

/// The message is read again when its attachments can be kept.
ParseEnd ends_before(const MboxMessage& message, const EntrySink& sink) {
  return {false, std::max(sink.counts().next_offset, sink.entry().resume_offset),
          message.failure()->message()};
}

Result<ParseEnd> read_mbox(const EntryHead& head, bool with_texts, Content& content, EntrySink& sink) {
  const auto product = product_of(head.name);
  MboxLines lines(content);
  MboxLines::Line line;
  Preamble preamble;
  std::optional<MboxMessage> message;
  std::set<std::string> labels_told;
  while (lines.next(line)) {
    if (line.separator) {
      if (message) {
        LAKE_TRY(const bool stored, message->store(line.offset, product, labels_told, sink));
        if (!stored) return ends_before(*message, sink);
      } else {
        LAKE_CHECK_OK(preamble.store(line.offset, sink));
      }
      message.emplace(line.offset, line, sink);
      continue;
    }
    if (!message) {
      preamble.line(line);
      continue;
    }
    message->line(line);
    if (!with_texts && message->is_past_headers()) {
      lines.skip_message([&message](std::string_view bytes) { message->pass(bytes); });
    } else if (message->reads_base64()) {
      message->base64_lines(lines.plain_lines());
    }
  }
  // What an error cut is no whole message.
  if (lines.failure()) return ParseEnd{false, sink.counts().next_offset, lines.failure()->message()};
  if (message) {
    LAKE_TRY(const bool stored, message->store(lines.offset(), product, labels_told, sink));
    if (!stored) return ends_before(*message, sink);
  } else {
    LAKE_CHECK_OK(preamble.store(lines.offset(), sink));
  }
  return ParseEnd{};
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  return read_mbox(head, true, content, sink);
}

/// A message that begins with its headers, as programs save one: at least three lines of them, one that only
/// mail has.
Certainty recognise_eml(const EntryHead& head) {
  auto rest = head.bytes;
  std::size_t headers = 0;
  bool is_mail = false;
  while (!rest.empty() && headers < 200) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    if (trimmed(line).empty()) break;
    if (line.front() != ' ' && line.front() != '\t') {
      if (!begins_as_header(line)) return Certainty::kNone;
      ++headers;
      for (const std::string_view name : {"Message-ID:", "Message-Id:", "MIME-Version:", "Mime-Version:",
                                          "Received:", "Return-Path:", "Delivered-To:"})
        is_mail = is_mail || line.starts_with(name);
    } else if (headers == 0) {
      return Certainty::kNone;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (extension(head.name) == "eml" && headers >= 2) return Certainty::kShape;
  return is_mail && headers >= 3 ? Certainty::kShape : Certainty::kNone;
}

Result<ParseEnd> parse_eml(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                           EntrySink& sink) {
  MboxLines lines(content);
  MboxLines::Line line;
  MboxMessage message(sink);
  std::set<std::string> labels_told;
  while (lines.next(line)) message.line(line);
  if (lines.failure()) return ParseEnd{false, sink.counts().next_offset, lines.failure()->message()};
  if (lines.offset() == 0) return ParseEnd{};
  LAKE_TRY(const bool stored, message.store(lines.offset(), product_of(head.name), labels_told, sink));
  return stored ? ParseEnd{} : ends_before(message, sink);
}

constexpr const TableSpec* kTables[] = {&kMailMessage, &kMailAttachment, &kMailLabel};

}  // namespace

Result<ParseEnd> index_mbox(const EntryHead& head, Content& content, EntrySink& sink) {
  return read_mbox(head, false, content, sink);
}

const Product kMailMbox{.name = "mail_mbox",
                        .product = "mail",
                        .version = 1,
                        .tables = kTables,
                        .recognise = recognise,
                        .parse = parse};

const Product kMailEml{.name = "mail_eml",
                       .product = "mail",
                       .version = 1,
                       .tables = kTables,
                       .recognise = recognise_eml,
                       .parse = parse_eml};

}  // namespace lake::takeout
