#include "lake/takeout/whole_content.hpp"

namespace lake::takeout {

WholeContent::WholeContent(Content& content) {
  constexpr std::size_t kReadBytes = 1U << 16U;
  std::size_t size = 0;
  while (!is_too_large_) {
    buffer_.resize(size + kReadBytes);
    const auto read = content.read({reinterpret_cast<std::byte*>(buffer_.data() + size), kReadBytes});
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
