#include "lake/sim/paged_bytes.hpp"

#include <algorithm>
#include <cstring>

namespace lake::sim {

std::size_t PagedBytes::read(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset >= size_) return 0;
  const std::size_t count = std::min<std::uint64_t>(out.size(), size_ - offset);
  for (std::size_t done = 0; done < count;) {
    const std::size_t page = (offset + done) / kPageBytes;
    const std::size_t start = (offset + done) % kPageBytes;
    const std::size_t length = std::min(kPageBytes - start, count - done);
    if (pages_[page]) {
      std::memcpy(out.data() + done, pages_[page]->data() + start, length);
    } else {
      std::memset(out.data() + done, 0, length);
    }
    done += length;
  }
  return count;
}

std::byte* PagedBytes::writable(std::size_t page) {
  auto& slot = pages_[page];
  if (!slot) {
    slot = std::make_shared<Page>();
  } else if (slot.use_count() > 1) {
    slot = std::make_shared<Page>(*slot);
  }
  return slot->data();
}

void PagedBytes::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  if (offset + bytes.size() > size_) resize(offset + bytes.size());
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t page = (offset + done) / kPageBytes;
    const std::size_t start = (offset + done) % kPageBytes;
    const std::size_t length = std::min(kPageBytes - start, bytes.size() - done);
    std::memcpy(writable(page) + start, bytes.data() + done, length);
    done += length;
  }
}

void PagedBytes::resize(std::uint64_t size) {
  pages_.resize((size + kPageBytes - 1) / kPageBytes);
  const std::size_t kept = size % kPageBytes;
  // what a cut leaves behind in the last page must not come back when the file grows again
  if (size < size_ && kept != 0 && pages_.back())
    std::memset(writable(pages_.size() - 1) + kept, 0, kPageBytes - kept);
  size_ = size;
}

}  // namespace lake::sim
