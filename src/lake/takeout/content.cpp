#include "lake/takeout/content.hpp"

#include <algorithm>
#include <cstring>

namespace lake::takeout {

Result<std::size_t> TextContent::read(std::span<std::byte> out) {
  const std::size_t count = std::min({out.size(), chunk_bytes_, text_.size()});
  std::memcpy(out.data(), text_.data(), count);
  text_.remove_prefix(count);
  return count;
}

}  // namespace lake::takeout
