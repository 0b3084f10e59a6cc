#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "lake/archive/archive_file.hpp"
#include "lake/archive/inflater.hpp"

namespace lake::archive {

/// A half-open range of bytes.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  [[nodiscard]] std::uint64_t end() const { return offset + bytes; }
  bool operator==(const ByteRange&) const = default;
};

/// Content that comes in order. Threads: one at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Up to `out.size()` bytes; 0 only at the end. After a finding nothing more comes. Bytes that came before
  /// are good as far as the format can tell.
  virtual Sound<std::size_t> read(std::span<std::byte> out) = 0;
  /// Passes over `bytes`; the number passed is smaller only at the end.
  virtual Sound<std::uint64_t> skip(std::uint64_t bytes);
  /// Place in the archive file up to which bytes were used: where a finding of now is.
  [[nodiscard]] virtual std::uint64_t file_offset() const = 0;
};

/// Reads until `out` is full or the source ends; a finding after some bytes is left for the next read of the
/// source, which gives it again.
Sound<std::size_t> read_full(ByteSource& source, std::span<std::byte> out);

/// A range of a file as it is.
class RangeSource final : public ByteSource {
 public:
  RangeSource(ArchiveFilePtr file, ByteRange range) : file_(std::move(file)), range_(range) {}
  Sound<std::size_t> read(std::span<std::byte> out) override;
  Sound<std::uint64_t> skip(std::uint64_t bytes) override;
  [[nodiscard]] std::uint64_t file_offset() const override { return range_.offset + position_; }

 private:
  ArchiveFilePtr file_;
  ByteRange range_;
  std::uint64_t position_ = 0;
};

/// A range of a file through an Inflater, which must use the whole range.
class InflateSource final : public ByteSource {
 public:
  InflateSource(ArchiveFilePtr file, ByteRange range);
  Sound<std::size_t> read(std::span<std::byte> out) override;
  [[nodiscard]] std::uint64_t file_offset() const override;
  /// The stream has ended by itself.
  [[nodiscard]] bool is_finished() const { return finished_; }
  [[nodiscard]] std::uint64_t stream_bytes() const { return inflater_.stream_bytes(); }

  /// For salvage: a stream that is shorter than the range is no finding.
  void allow_rest() { rest_allowed_ = true; }

 private:
  static constexpr std::size_t kInputBytes = 128U << 10U;
  Sound<void> refill();

  ArchiveFilePtr file_;
  ByteRange range_;
  Inflater inflater_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> input_;
  std::uint64_t taken_ = 0;  // of the range, into the buffer
  bool finished_ = false;
  bool rest_allowed_ = false;
  std::optional<Finding> finding_;
};

/// Small reads from a buffer of 64 KB; large ones go straight through.
class BufferedSource final : public ByteSource {
 public:
  explicit BufferedSource(std::unique_ptr<ByteSource> inner) : inner_(std::move(inner)) {}
  Sound<std::size_t> read(std::span<std::byte> out) override;
  Sound<std::uint64_t> skip(std::uint64_t bytes) override;
  [[nodiscard]] std::uint64_t file_offset() const override { return inner_->file_offset(); }
  /// Content bytes given or passed over.
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  static constexpr std::size_t kBufferBytes = 64U << 10U;

  std::unique_ptr<ByteSource> inner_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace lake::archive
