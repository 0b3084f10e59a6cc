#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lake/codec/hash.hpp"
#include "lake/takeout/file_taker.hpp"
#include "lake/takeout/mail_words.hpp"
#include "lake/takeout/transfer_codings.hpp"

namespace lake::takeout {

/// A part of a message that is no text of it: it has a file name, or is neither text nor a container.
struct MailAttachment {
  std::string part;  // "2.1": where it stands among its siblings, from 1
  std::string filename;
  std::string mime;
  std::string encoding;  // lower-case: "base64"
  std::string content_id;
  bool is_inline = false;
  std::uint64_t size = 0;     // decoded
  std::uint64_t xxh3 = 0;     // of the decoded bytes
  std::uint64_t offset = 0;   // of the encoded body in the content
  std::uint64_t encoded = 0;  // its bytes there, line ends included
  std::size_t file = 0;       // of the FileTaker, where there is one
};

struct MailMessage {
  /// Headers that someone asks for, by lower-case name, in order; values unfolded, not decoded.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string text;  // for reading: the plain parts, else what the HTML says
  std::vector<MailAttachment> attachments;
  bool has_headers = false;
  bool was_repaired = false;  // some text held bytes that its charset does not have
  bool is_text_cut = false;
  std::uint64_t parts_left_out = 0;  // beyond kPartsMax
  /// The first of that name; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// Reads one message line by line, so that a message of any size costs its texts only: attachments are
/// decoded, measured and forgotten. Nested messages are read through unless they have a file name. Bounds:
/// kHeaderBytesMax, kTextBytesMax, kPartsMax, kDepthMax. Threads: one.
class MimeReader {
 public:
  static constexpr std::size_t kHeaderBytesMax = 64U << 10U;  // of one header
  static constexpr std::size_t kHeadersBytesMax = 1U << 20U;  // of those that are kept
  static constexpr std::size_t kTextBytesMax = 4U
                                               << 20U;  // of all texts of a message, encoded characters apart
  static constexpr std::size_t kReadingTextBytesMax = 1U << 20U;  // of what is told for reading
  static constexpr std::size_t kPartsMax = 2000;
  static constexpr std::size_t kDepthMax = 32;

  /// `files` is given the decoded attachments; null: they are measured only. It outlives the reader.
  explicit MimeReader(FileTaker* files = nullptr) : files_(files) { begin_entity("", false); }
  /// The next line with its line end, or a piece of a long one (`is_begin` is false for what continues a
  /// line).
  void line(std::string_view line, bool is_begin, std::uint64_t offset);
  /// The message's own headers were read.
  [[nodiscard]] bool is_past_headers() const { return !is_top_; }
  /// The lines that come belong to a base64 body, until one begins with '-'.
  [[nodiscard]] bool reads_base64() const {
    return state_ == State::kBody && is_leaf_ && coding_ == Coding::kBase64;
  }
  /// Several whole lines of such a body.
  void base64_lines(std::string_view lines, std::uint64_t offset) { body_line(lines, offset); }
  MailMessage finish();

 private:
  static constexpr std::size_t kDecodedBytes = 16U << 10U;
  enum class State : std::uint8_t { kHeaders, kBody, kBetween };
  enum class Coding : std::uint8_t { kIdentity, kBase64, kQuotedPrintable };
  /// A multipart whose parts are being read.
  struct Level {
    std::string boundary;
    std::string part;  // of the container itself
    unsigned children = 0;
    std::size_t alternative = 0;  // number of the multipart/alternative around, 0 = none
    bool is_digest = false;
  };
  struct Text {
    std::string bytes;
    std::string charset;
    bool is_html = false;
    std::size_t alternative = 0;
  };

  void begin_entity(std::string part, bool is_digest);
  void header_line(std::string_view line);
  void end_header();
  void end_headers(std::uint64_t body_offset);
  void begin_leaf(const ParameterValue& type, const ParameterValue& disposition, std::uint64_t body_offset);
  void body_line(std::string_view line, std::uint64_t offset);
  void take_gathered();
  void take_decoded(std::string_view bytes);
  void end_leaf();
  bool boundary_line(std::string_view line);
  [[nodiscard]] std::size_t alternative() const { return levels_.empty() ? 0 : levels_.back().alternative; }
  std::string reading_text();

  FileTaker* files_;
  MailMessage message_;
  State state_ = State::kHeaders;
  std::vector<Level> levels_;
  // The entity being read.
  std::string part_;
  bool is_top_ = true;
  std::string name_;   // of the header being read
  std::string value_;  // gathered over its lines
  bool is_wanted_ = false;
  std::size_t headers_bytes_ = 0;
  std::string type_header_;
  std::string disposition_header_;
  std::string encoding_;
  std::string content_id_;
  bool is_digest_ = false;
  // Its body.
  Coding coding_ = Coding::kIdentity;
  Base64Decoder base64_;
  QuotedPrintableDecoder quoted_;
  std::string decoded_;
  std::string_view held_line_end_;  // belongs to the body only when it goes on
  bool is_leaf_ = false;
  bool is_text_ = false;
  MailAttachment attachment_;
  codec::Xxh3Stream hash_;
  std::vector<Text> texts_;
  std::size_t text_bytes_ = 0;
  std::size_t parts_ = 0;
  std::size_t alternatives_ = 0;
};

}  // namespace lake::takeout
