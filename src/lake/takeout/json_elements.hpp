#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lake/takeout/content.hpp"
#include "lake/takeout/entry_sink.hpp"

namespace lake::takeout {

/// The elements of a large JSON document, one after the other, in bounded memory.
///
/// Elements are the items of a top-level array, and of each array that is a member of a top-level object; any
/// other member of that object is one element. Only the structure is looked at (strings, escapes, brackets),
/// so an element that is no JSON is given as it is and the ones behind it are found all the same. A byte
/// order mark is passed over. Memory: the longest element, at most kElementBytesMax. Threads: one.
class JsonElements {
 public:
  static constexpr std::size_t kElementBytesMax = 16U << 20U;
  static constexpr std::uint32_t kDepthMax = 64;
  /// Readable bytes behind each element's text, as simdjson wants them.
  static constexpr std::size_t kPaddingBytes = 64;

  struct Element {
    std::string_view text;    // without space around it; only the beginning when too large
    ElementPlace place;       // in the content
    std::uint64_t index = 0;  // of the element in the document, from 0
    std::string_view member;  // of the top-level object; empty in a top-level array
    bool is_item = false;     // of an array; otherwise the member's whole value
    bool is_too_large = false;
    bool is_too_deep = false;
  };
  enum class End : std::uint8_t {
    kComplete,  // the document ended where it should
    kCut,       // the content ended inside it
    kBroken,    // reading failed: failure()
    kSyntax,    // something that cannot be passed over, or bytes behind the document
  };

  explicit JsonElements(Content& content) : content_(content) {}
  /// Nothing at the end. Texts live until the next call.
  std::optional<Element> next();
  /// After the last element: how it ended, and at which byte.
  [[nodiscard]] End end() const { return end_; }
  [[nodiscard]] std::uint64_t end_offset() const { return begin_offset_ + position_; }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  /// Words for an end that is not kComplete.
  [[nodiscard]] std::string end_reason() const;

 private:
  enum class Level : std::uint8_t { kStart, kArray, kObject, kMemberArray, kDone };
  bool refill();
  bool has(std::size_t count);
  /// The next byte that is no space, not taken; 0 at the end.
  char peek();
  bool take(char expected);
  std::nullopt_t stop(End how);
  std::nullopt_t stop_at_end_of_content() { return stop(failure_ ? End::kBroken : End::kCut); }
  std::optional<Element> next_item(char close, Level above);
  std::optional<Element> next_member();
  bool begin_document();
  void end_document();
  bool separator(char close, bool& closed);
  bool read_key();
  std::optional<Element> value(bool is_item);
  bool scan_value(Element& element);
  bool scan_scalar(Element& element);
  bool scan_nested(Element& element);
  bool scan_string(Element& element);
  void drop_scanned(Element& element);

  Content& content_;
  std::string buffer_;
  std::size_t read_bytes_ = 16U << 10U;  // grows: many documents are small
  std::size_t position_ = 0;             // next byte to look at
  std::size_t size_ = 0;                 // bytes of content in the buffer; padding behind them
  std::size_t element_begin_ = 0;
  bool in_element_ = false;
  std::uint64_t begin_offset_ = 0;  // of the buffer in the content
  bool at_end_ = false;
  std::optional<Error> failure_;
  Level level_ = Level::kStart;
  bool first_ = true;  // no separator is due
  bool first_member_ = true;
  std::string member_;
  std::string too_large_;  // the beginning of an element that was dropped
  std::uint64_t element_offset_ = 0;
  std::uint64_t element_count_ = 0;
  End end_ = End::kComplete;
};

}  // namespace lake::takeout
