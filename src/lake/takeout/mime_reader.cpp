#include "lake/takeout/mime_reader.hpp"

#include <algorithm>
#include <array>

#include "lake/takeout/charsets.hpp"
#include "lake/takeout/html_tokens.hpp"

namespace lake::takeout {
namespace {

constexpr std::array<std::string_view, 14> kWanted = {
    "from",        "sender",     "reply-to",       "to",         "cc",
    "bcc",         "subject",    "date",           "message-id", "references",
    "in-reply-to", "x-gm-thrid", "x-gmail-labels", "list-id"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string utf8(std::string_view text) {
  bool was_repaired = false;
  return utf8_of(text, "", was_repaired);
}

}  // namespace

std::string_view MailMessage::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

void MimeReader::begin_entity(std::string part, bool is_digest) {
  state_ = State::kHeaders;
  part_ = std::move(part);
  is_digest_ = is_digest;
  name_.clear();
  value_.clear();
  is_wanted_ = false;
  type_header_.clear();
  disposition_header_.clear();
  encoding_.clear();
  content_id_.clear();
  is_leaf_ = false;
}

void MimeReader::line(std::string_view line, bool is_begin, std::uint64_t offset) {
  if (is_begin && line.starts_with("--") && boundary_line(line)) return;
  if (state_ == State::kBody) {
    if (is_leaf_) body_line(line, offset);
    return;
  }
  if (state_ == State::kBetween) return;
  if (!is_begin) {
    if (is_wanted_ && value_.size() < kHeaderBytesMax) value_ += without_line_end(line);
    return;
  }
  if (without_line_end(line).empty()) {
    end_header();
    end_headers(offset + line.size());
    return;
  }
  header_line(without_line_end(line));
}

void MimeReader::header_line(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    if (is_wanted_ && value_.size() < kHeaderBytesMax) value_ += line;
    return;
  }
  end_header();
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 100) return;  // no header: passed over
  name_ = lower(trimmed(line.substr(0, colon)));
  const bool is_content = name_.starts_with("content-");
  is_wanted_ = is_content || (is_top_ && std::find(kWanted.begin(), kWanted.end(), name_) != kWanted.end());
  message_.has_headers |= is_top_;
  if (is_wanted_) value_ = line.substr(colon + 1);
}

void MimeReader::end_header() {
  if (!is_wanted_) return;
  is_wanted_ = false;
  const auto value = trimmed(value_);
  if (name_ == "content-type") {
    type_header_ = value;
  } else if (name_ == "content-disposition") {
    disposition_header_ = value;
  } else if (name_ == "content-transfer-encoding") {
    encoding_ = lower(value.substr(0, value.find_first_of(" \t;(")));
  } else if (name_ == "content-id") {
    content_id_ = value;
  } else if (is_top_ && !name_.starts_with("content-") && headers_bytes_ + value.size() <= kHeadersBytesMax) {
    headers_bytes_ += value.size() + name_.size();
    message_.headers.emplace_back(name_, std::string(value));
  }
  value_.clear();
}

/// Decides what the entity is whose headers are read.
void MimeReader::end_headers(std::uint64_t body_offset) {
  is_top_ = false;
  state_ = State::kBody;
  const auto type = parse_parameters(type_header_);
  const bool is_new_part = ++parts_ <= kPartsMax;
  if (!is_new_part) {
    ++message_.parts_left_out;
    return;
  }
  const auto boundary = type.parameter("boundary");
  if (type.value.starts_with("multipart/") && !boundary.empty() && levels_.size() < kDepthMax) {
    const auto around = type.value == "multipart/alternative" ? ++alternatives_ : alternative();
    levels_.push_back({std::string(boundary), part_, 0, around, type.value == "multipart/digest"});
    state_ = State::kBetween;
    return;
  }
  const auto disposition = parse_parameters(disposition_header_);
  const bool is_named = !disposition.parameter("filename").empty() || !type.parameter("name").empty();
  const bool is_message = type.value == "message/rfc822" || (type.value.empty() && is_digest_);
  if (is_message && !is_named && encoding_ != "base64" &&
      std::count(part_.begin(), part_.end(), '.') < static_cast<std::ptrdiff_t>(kDepthMax)) {
    // Its parts are numbered below its own number.
    begin_entity(part_.empty() ? "1" : part_ + ".1", false);
    return;
  }
  begin_leaf(type, disposition, body_offset);
}

void MimeReader::begin_leaf(const ParameterValue& type, const ParameterValue& disposition,
                            std::uint64_t body_offset) {
  is_leaf_ = true;
  decoded_.clear();
  held_line_end_ = {};
  base64_ = Base64Decoder();
  quoted_ = QuotedPrintableDecoder();
  coding_ = encoding_ == "base64"             ? Coding::kBase64
            : encoding_ == "quoted-printable" ? Coding::kQuotedPrintable
                                              : Coding::kIdentity;
  attachment_ = MailAttachment();
  attachment_.filename = disposition.parameter("filename");
  if (attachment_.filename.empty()) attachment_.filename = type.parameter("name");
  // A multipart without a boundary is read as text, as other programs do.
  const bool is_plain =
      type.value.empty() || type.value == "text/plain" || type.value.starts_with("multipart/");
  const bool is_html = type.value == "text/html";
  is_text_ = (is_plain || is_html) && attachment_.filename.empty() && disposition.value != "attachment";
  if (is_text_) {
    texts_.push_back({"", std::string(type.parameter("charset")), is_html, alternative()});
    return;
  }
  attachment_.part = part_.empty() ? "1" : part_;
  attachment_.mime = utf8(type.value.empty() ? "text/plain" : type.value);
  attachment_.encoding = utf8(encoding_);
  attachment_.is_inline =
      disposition.value == "inline" || (disposition.value.empty() && !content_id_.empty());
  const auto ids = message_ids(content_id_);
  if (!ids.empty()) attachment_.content_id = ids.front();
  attachment_.offset = body_offset;
  hash_ = codec::Xxh3Stream();
  if (files_ != nullptr) files_->begin();
}

void MimeReader::body_line(std::string_view line, std::uint64_t offset) {
  attachment_.encoded = offset + line.size() - attachment_.offset;
  if (coding_ == Coding::kBase64) {  // line by line would hash in pieces of 57 bytes
    base64_.decode(line, decoded_);
    if (decoded_.size() >= kDecodedBytes) take_gathered();
    return;
  }
  decoded_.clear();
  std::string_view bytes = line;
  if (coding_ == Coding::kQuotedPrintable) {
    quoted_.decode(line, decoded_);
    bytes = decoded_;
  }
  // The line end before a boundary is the boundary's.
  take_decoded(held_line_end_);
  held_line_end_ = {};
  if (line.ends_with('\n') && bytes.ends_with('\n')) {
    held_line_end_ = bytes.ends_with("\r\n") ? "\r\n" : "\n";
    bytes.remove_suffix(held_line_end_.size());
  }
  take_decoded(bytes);
}

void MimeReader::take_gathered() {
  take_decoded(decoded_);
  decoded_.clear();
}

void MimeReader::take_decoded(std::string_view bytes) {
  if (!is_text_) {
    hash_.update(bytes);
    attachment_.size += bytes.size();
    if (files_ != nullptr) files_->take(bytes);
    return;
  }
  const auto room = kTextBytesMax - text_bytes_;
  message_.is_text_cut |= bytes.size() > room;
  bytes = bytes.substr(0, room);
  text_bytes_ += bytes.size();
  texts_.back().bytes += bytes;
}

void MimeReader::end_leaf() {
  if (!is_leaf_) return;
  if (coding_ == Coding::kBase64) take_gathered();
  is_leaf_ = false;
  if (is_text_) return;
  attachment_.xxh3 = hash_.digest();
  if (files_ != nullptr) attachment_.file = files_->end();
  message_.attachments.push_back(std::move(attachment_));
}

/// "--boundary" and "--boundary--" of any level around; what was open inside it ends there.
bool MimeReader::boundary_line(std::string_view line) {
  line = without_line_end(line);
  while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
  line.remove_prefix(2);
  for (std::size_t i = levels_.size(); i-- > 0;) {
    if (!line.starts_with(levels_[i].boundary)) continue;
    const auto rest = line.substr(levels_[i].boundary.size());
    if (!rest.empty() && rest != "--") continue;
    end_header();
    is_top_ = false;
    end_leaf();
    if (rest.empty()) {
      levels_.resize(i + 1);
      auto& level = levels_.back();
      const auto number = std::to_string(++level.children);
      begin_entity(level.part.empty() ? number : level.part + "." + number, level.is_digest);
    } else {
      levels_.resize(i);
      state_ = State::kBetween;
    }
    return true;
  }
  return false;
}

std::string MimeReader::reading_text() {
  std::vector<std::size_t> with_plain;  // alternatives that have a plain text
  for (const auto& text : texts_) {
    if (!text.is_html && text.alternative != 0 && !trimmed(text.bytes).empty())
      with_plain.push_back(text.alternative);
  }
  std::string out;
  for (const auto& text : texts_) {
    const bool is_said =
        std::find(with_plain.begin(), with_plain.end(), text.alternative) != with_plain.end();
    if (text.is_html && text.alternative != 0 && is_said) continue;
    auto bytes = utf8_of(text.bytes, text.charset, message_.was_repaired);
    if (text.is_html) bytes = text_of_html(bytes, kTextBytesMax);
    const auto said = trimmed(bytes);
    if (said.empty()) continue;
    if (!out.empty()) out += "\n\n";
    out += said;
  }
  // Line ends of mail are not those of texts.
  out.erase(std::remove(out.begin(), out.end(), '\r'), out.end());
  if (out.size() > kReadingTextBytesMax) {
    message_.is_text_cut = true;
    std::size_t end = kReadingTextBytesMax;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80) --end;  // characters stay whole
    out.resize(end);
  }
  return out;
}

MailMessage MimeReader::finish() {
  end_header();
  end_leaf();
  message_.text = reading_text();
  return std::move(message_);
}

}  // namespace lake::takeout
