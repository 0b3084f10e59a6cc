#include "lake/takeout/content_window.hpp"

#include <cstring>
#include <utility>

namespace lake::takeout {

bool ContentWindow::more() {
  if (at_end_) return false;
  if (end_ == buffer_.size()) {
    // What is left moves to the front when that is little of the buffer, so that bytes are moved about once.
    if (buffer_.size() < kBytes) {
      std::vector<char> larger(kBytes);
      std::memcpy(larger.data(), buffer_.data() + begin_, end_ - begin_);
      buffer_ = std::move(larger);
      end_ -= begin_;
      begin_ = 0;
    } else if (end_ - begin_ <= buffer_.size() / 2) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    } else {
      buffer_.resize(buffer_.size() * 2);
    }
  }
  const auto got =
      content_.read({reinterpret_cast<std::byte*>(buffer_.data()) + end_, buffer_.size() - end_});
  if (!got) failure_ = got.error();
  at_end_ = !got || *got == 0;
  if (!at_end_) end_ += *got;
  return !at_end_;
}

}  // namespace lake::takeout
