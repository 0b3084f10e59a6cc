#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lake/takeout/content.hpp"

namespace lake::takeout {

/// The bytes of a content from some place on, as far as they were read. Whoever reads says when bytes are
/// done with, so memory is what lies between. Threads: one.
class ContentWindow {
 public:
  explicit ContentWindow(Content& content) : content_(content), buffer_(kFirstBytes) {}
  /// Lives until more() or drop().
  [[nodiscard]] std::string_view view() const { return {buffer_.data() + begin_, end_ - begin_}; }
  /// Of the view's first byte in the content.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Reads on; false at the end, after an error too.
  bool more();
  /// The first `bytes` of the view are done with.
  void drop(std::size_t bytes) {
    begin_ += bytes;
    offset_ += bytes;
  }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  static constexpr std::size_t kFirstBytes = 8U << 10U;  // many contents are small
  static constexpr std::size_t kBytes = 256U << 10U;
  Content& content_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
  bool at_end_ = false;
  std::optional<Error> failure_;
};

}  // namespace lake::takeout
