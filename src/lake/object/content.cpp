#include "lake/object/content.hpp"

#include <algorithm>

namespace lake::object {

std::string packed(const std::vector<std::uint64_t>& chunks) {
  std::string bytes;
  bytes.reserve(chunks.size() * 8);
  for (const auto sum : chunks) {
    for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>((sum >> (8 * i)) & 0xFFU);
  }
  return bytes;
}

std::optional<std::vector<std::uint64_t>> unpacked_chunks(std::string_view bytes) {
  if (bytes.size() % 8 != 0) return std::nullopt;
  std::vector<std::uint64_t> chunks(bytes.size() / 8);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    chunks[at / 8] |= std::uint64_t{static_cast<unsigned char>(bytes[at])} << (8 * (at % 8));
  }
  return chunks;
}

void ContentSummer::update(std::span<const std::byte> bytes) {
  hash_.update(bytes);
  add_to_chunks(bytes);
}

void ContentSummer::update_each(std::span<ContentSummer* const> summers,
                                std::span<const std::span<const std::byte>> pieces) {
  std::vector<codec::Sha256Stream*> hashes;
  hashes.reserve(summers.size());
  for (auto* summer : summers) hashes.push_back(&summer->hash_);
  codec::Sha256Stream::update_each(hashes, pieces);
  for (std::size_t i = 0; i < summers.size(); ++i) summers[i]->add_to_chunks(pieces[i]);
}

void ContentSummer::add_to_chunks(std::span<const std::byte> bytes) {
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), kChunkBytes - chunk_bytes_));
    chunk_.update({reinterpret_cast<const char*>(bytes.data()), count});
    chunk_bytes_ += count;
    if (chunk_bytes_ == kChunkBytes) {
      chunks_.push_back(chunk_.digest());
      chunk_ = codec::Xxh3Stream();
      chunk_bytes_ = 0;
    }
    bytes = bytes.subspan(count);
  }
}

ContentSums ContentSummer::sums() const {
  ContentSums sums{hash_.digest(), bytes_, chunks_};
  if (chunk_bytes_ > 0) sums.chunks.push_back(chunk_.digest());
  return sums;
}

std::vector<ContentSums> sums_of_each(std::span<const std::string_view> contents) {
  std::vector<ContentSummer> summers(contents.size());
  std::vector<ContentSummer*> all;
  std::vector<std::span<const std::byte>> pieces;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    all.push_back(&summers[i]);
    pieces.push_back(std::as_bytes(std::span(contents[i])));
  }
  ContentSummer::update_each(all, pieces);
  std::vector<ContentSums> sums;
  for (const auto& summer : summers) sums.push_back(summer.sums());
  return sums;
}

}  // namespace lake::object
