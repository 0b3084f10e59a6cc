#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "lake/archive/byte_source.hpp"
#include "lake/archive/entry.hpp"
#include "lake/archive/flaw.hpp"
#include "lake/base/result.hpp"

namespace lake::archive {

/// At most so much is given by one read.
inline constexpr std::size_t kChunkBytesMax = std::size_t{1} << 20U;

/// Bounds on what an archive may cost. Reaching one is kResourceExhausted; the same may be asked again with
/// more.
struct Bounds {
  std::uint64_t entry_count_max = 2'000'000;
  std::uint64_t directory_bytes_max = 1ULL << 30U;  // central directory of a zip
  /// Content may be so many times its stored bytes; only looked at beyond `ratio_free_bytes` of content.
  /// DEFLATE itself ends at 1032.
  std::uint64_t ratio_max = 200;
  std::uint64_t ratio_free_bytes = 1ULL << 30U;
  /// Content of one container, as declared (zip) or as it came (compressed tar).
  std::uint64_t content_bytes_max = 16ULL << 40U;
  std::uint32_t folder_depth_max = 128;

  [[nodiscard]] bool allows_ratio(std::uint64_t content_bytes, std::uint64_t stored_bytes) const {
    return content_bytes <= ratio_free_bytes || content_bytes / ratio_max <= stored_bytes;
  }
};

/// dplake_archive_content_bytes_total: what readers gave.
telemetry::Counter& content_counter(telemetry::Metrics& metrics);

/// The content of one entry, in order.
///
/// Promise: what read() gives is never more than declared; when it has answered 0, size and CRC-32 (when
/// known) agree and a file of a folder did not change meanwhile. A failure comes after every byte that could
/// be had. Memory: about 230 KB, whatever the entry. Threads: one at a time; readers of one container run
/// beside each other. Lifetime: keeps the file open; see EntryCursor::open_current() for those of a stream.
class EntryReader {
 public:
  struct Expectation {
    std::string archive;                 // path, for messages
    std::string entry;                   // name, for messages
    std::optional<std::uint64_t> bytes;  // declared
    std::optional<std::uint32_t> crc32;  // declared
    std::uint64_t stored_bytes = 0;
    std::optional<Finding> flaw;  // known beforehand: the finding when nothing else is found up to the end
    Bounds bounds;
    ArchiveFilePtr unchanged;                     // looked at after the last byte, when given
    telemetry::Counter* content_bytes = nullptr;  // counts what is given
  };
  EntryReader(std::unique_ptr<ByteSource> source, Expectation expected)
      : source_(std::move(source)), expected_(std::move(expected)) {}

  /// Fills `out` (at most kChunkBytesMax of it) with the next bytes; fewer only where the content ends or
  /// breaks, 0 when it is complete and verified. `out` must not be empty. Errors: those of code_of(Flaw); the
  /// same again when asked again.
  Result<std::size_t> read(std::span<std::byte> out);
  /// Content bytes given so far.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] bool is_complete() const { return complete_; }
  /// What the last error was about.
  [[nodiscard]] const std::optional<Finding>& finding() const { return finding_; }
  /// CRC-32 of the bytes given so far.
  [[nodiscard]] std::uint32_t crc32_so_far() const { return crc_; }

 private:
  Sound<std::size_t> next(std::span<std::byte> out);
  Sound<void> check_end();

  std::unique_ptr<ByteSource> source_;
  Expectation expected_;
  std::uint64_t position_ = 0;
  std::uint32_t crc_ = 0;
  bool complete_ = false;
  std::optional<Finding> finding_;
};

}  // namespace lake::archive
