#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lake/takeout/json_product.hpp"

namespace lake::takeout {

/// The whole of a small file that is one element. Threads: one.
class WholeContent {
 public:
  /// Reads it all, at most JsonElements::kElementBytesMax.
  explicit WholeContent(Content& content);
  /// Without a byte order mark and the space around it; behind it JsonElements::kPaddingBytes can be read.
  [[nodiscard]] std::string_view text() const {
    return std::string_view(buffer_).substr(place_.offset, place_.bytes);
  }
  [[nodiscard]] ElementPlace place() const { return place_; }
  [[nodiscard]] bool is_too_large() const { return is_too_large_; }
  /// Reading failed; what was read before is there.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  std::string buffer_;
  ElementPlace place_;
  bool is_too_large_ = false;
  std::optional<Error> failure_;
};

/// Drives a file that is one element through `read_file(text, sink) -> ElementOutcome`. An empty file has
/// none.
template <class ReadFile>
Result<ParseEnd> parse_whole(Content& content, EntrySink& sink, ReadFile&& read_file) {
  const WholeContent whole(content);
  if (whole.failure()) return ParseEnd{false, whole.place().offset, whole.failure()->message()};
  if (whole.place().bytes == 0 || !sink.begin_element(whole.place())) return ParseEnd{};
  const ElementOutcome outcome =
      whole.is_too_large() ? ElementOutcome("too large") : read_file(whole.text(), sink);
  if (outcome == kStored) {
    LAKE_CHECK_OK(sink.end_element());
  } else {
    LAKE_CHECK_OK(sink.reject(whole.text(), outcome));
  }
  return ParseEnd{};
}

}  // namespace lake::takeout
