#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/takeout/content.hpp"
#include "lake/takeout/entry_sink.hpp"

namespace lake::takeout {

/// The records of a CSV file (RFC 4180), one after the other, in bounded memory: commas, fields in quotes
/// with doubled quotes and line breaks inside, LF or CRLF. Blank lines and a byte order mark are passed over;
/// a quote inside an unquoted field is a character. Memory: the longest record, at most kRecordBytesMax.
/// Threads: one.
class CsvRecords {
 public:
  static constexpr std::size_t kRecordBytesMax = 16U << 20U;

  struct Record {
    std::vector<std::string> fields;
    std::string_view text;      // as it stands in the file, without its line break
    ElementPlace place;         // of that text
    bool is_too_large = false;  // fields are missing, text is the beginning
  };
  enum class End : std::uint8_t {
    kComplete,
    kCut,     // the content ended inside quotes
    kBroken,  // reading failed: failure()
  };

  explicit CsvRecords(Content& content) : content_(content) {}
  /// Nothing at the end. The record lives until the next call.
  const Record* next();
  [[nodiscard]] End end() const { return end_; }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  /// Where the first byte is that belongs to no record given.
  [[nodiscard]] std::uint64_t end_offset() const { return offset_; }

 private:
  int take();
  int peek();
  bool refill();
  bool pass_blank_lines();
  void add(char c);
  void take_run(char end, char other_end);
  /// Reads one field; true when another follows.
  bool read_field();
  bool read_quoted();
  void end_field();

  Content& content_;
  std::string buffer_;
  std::size_t filled_ = 0;  // of it
  std::size_t position_ = 0;
  std::uint64_t offset_ = 0;  // of position_ in the content
  bool at_start_ = true;
  bool at_end_ = false;
  std::optional<Error> failure_;
  End end_ = End::kComplete;
  Record record_;
  std::string text_;
  std::string field_;
  bool cut_ = false;
};

/// The first records of a file's beginning, at most `count`; a last one that is cut off is left out unless
/// `is_whole`.
std::vector<std::vector<std::string>> first_csv_records(std::string_view head, bool is_whole,
                                                        std::size_t count);

}  // namespace lake::takeout
