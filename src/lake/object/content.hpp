#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lake/codec/hash.hpp"
#include "lake/codec/sha256.hpp"

namespace lake::object {

/// Content is compared in pieces of so many bytes, from its beginning (docs/formats/blobs.md).
inline constexpr std::uint64_t kChunkBytes = 1ULL << 20U;

/// What is known of some bytes: their name, and how to tell that a part of them is as it was.
struct ContentSums {
  codec::Sha256 hash{};
  std::uint64_t bytes = 0;
  std::vector<std::uint64_t> chunks;  // XXH3-64 of each chunk; empty for no bytes

  [[nodiscard]] std::string name() const { return codec::hex_of(hash); }
};

/// Chunk sums as bytes: 8 each, little-endian.
std::string packed(const std::vector<std::uint64_t>& chunks);
/// Nothing when the length is no multiple of 8.
std::optional<std::vector<std::uint64_t>> unpacked_chunks(std::string_view bytes);

/// Makes the sums of bytes that arrive in pieces. Threads: one at a time.
class ContentSummer {
 public:
  void update(std::span<const std::byte> bytes);
  /// Updates each with its piece, as update() would, in less time together than one after the other
  /// (codec::Sha256Stream::update_each).
  static void update_each(std::span<ContentSummer* const> summers,
                          std::span<const std::span<const std::byte>> pieces);
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// Of all bytes so far.
  [[nodiscard]] ContentSums sums() const;

 private:
  void add_to_chunks(std::span<const std::byte> bytes);

  codec::Sha256Stream hash_;
  codec::Xxh3Stream chunk_;
  std::uint64_t chunk_bytes_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<std::uint64_t> chunks_;
};

/// Of each of some contents that lie in memory.
std::vector<ContentSums> sums_of_each(std::span<const std::string_view> contents);

/// A range of a larger file that has some content: as it is, or DEFLATE-compressed. The file is an archive
/// outside the store, or a pack of it.
struct ArchiveRange {
  std::string path;  // absolute, or below the store's lake (ContentStore::kept_path); of a pack: kPackPlace
  std::uint64_t offset = 0;
  std::uint64_t stored_bytes = 0;
  bool is_deflated = false;
  bool operator==(const ArchiveRange&) const = default;
};

/// Where some content can be read: an object of the store, or such a range.
using ContentPlace = std::optional<ArchiveRange>;  // nothing = an object of the store

/// Content of at most so many bytes may lie in a pack: one object with many contents behind one another, so
/// that they cost one file and one sync together.
inline constexpr std::uint64_t kPackedBytesMax = kChunkBytes;

/// Some content that lies in memory.
struct SmallContent {
  ContentSums sums;
  std::string bytes;
};

}  // namespace lake::object
