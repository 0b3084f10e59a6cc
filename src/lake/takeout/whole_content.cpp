#include "lake/takeout/whole_content.hpp"

#include <algorithm>

namespace lake::takeout {

WholeContent::WholeContent(Content& content) {
  constexpr std::size_t kFirstBytes = 8U << 10U;  // most are small
  std::size_t size = 0;
  while (!is_too_large_) {
    if (buffer_.size() == size)
      buffer_.resize(std::clamp(size * 2, kFirstBytes, JsonElements::kElementBytesMax + kFirstBytes));
    const auto room = buffer_.size() - size;
    const auto read = content.read({reinterpret_cast<std::byte*>(buffer_.data() + size), room});
    if (!read) failure_ = read.error();
    if (!read || *read == 0) break;
    size += *read;
    is_too_large_ = size > JsonElements::kElementBytesMax;
  }
  buffer_.resize(size);
  std::size_t begin = buffer_.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (begin < size && is_space(buffer_[begin])) ++begin;
  while (size > begin && is_space(buffer_[size - 1])) --size;
  place_ = {begin, size - begin};
  buffer_.resize(size + JsonElements::kPaddingBytes, ' ');
}

}  // namespace lake::takeout
