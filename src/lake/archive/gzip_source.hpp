#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lake/archive/byte_source.hpp"
#include "lake/archive/entry_reader.hpp"

namespace lake::archive {

/// A whole file as gzip (RFC 1952), all its members one after the other; zeros behind the last one are
/// padding. Each member's CRC-32 and length are checked. Findings carry offsets of the file. Memory: about
/// 230 KB.
class GzipSource final : public ByteSource {
 public:
  GzipSource(ArchiveFilePtr file, const Bounds& bounds)
      : file_(std::move(file)), bounds_(bounds), buffer_(kInputBytes) {}
  Sound<std::size_t> read(std::span<std::byte> out) override;
  [[nodiscard]] std::uint64_t file_offset() const override {
    return member_offset_ + inflater_.stream_bytes();
  }

 private:
  static constexpr std::size_t kInputBytes = 128U << 10U;
  static constexpr std::size_t kNameBytesMax = 64U << 10U;

  Sound<std::size_t> next(std::span<std::byte> out);
  /// Reads a header at `place`; false when only padding or nothing is left.
  Sound<bool> begin_member(std::uint64_t place);
  Sound<std::uint64_t> skip_text(std::uint64_t place) const;
  Sound<void> read_exactly(std::uint64_t place, std::span<std::byte> out) const;
  Sound<void> end_member();
  Sound<void> check_padding(std::uint64_t place) const;

  ArchiveFilePtr file_;
  Bounds bounds_;
  Inflater inflater_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> input_;
  std::uint64_t taken_ = 0;          // offset of the file up to which the buffer was filled
  std::uint64_t member_offset_ = 0;  // of the DEFLATE stream of this member
  std::uint64_t member_content_ = 0;
  std::uint64_t content_ = 0;
  std::uint32_t crc_ = 0;
  bool in_member_ = false;
  bool ended_ = false;
  std::optional<Finding> finding_;
};

}  // namespace lake::archive
