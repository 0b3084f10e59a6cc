#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lake/archive/archive_file.hpp"
#include "lake/archive/entry_reader.hpp"
#include "lake/archive/zip_headers.hpp"

namespace lake::archive {

/// What the end record of a zip says, in offsets of the file.
struct ZipEnd {
  std::uint64_t directory_offset = 0;
  std::uint64_t directory_bytes = 0;
  std::uint64_t entry_count = 0;
  std::uint64_t leading_bytes = 0;
  std::uint64_t trailing_bytes = 0;
  std::string comment;
  bool is_zip64 = false;
};

/// Finds the end record and holds it, its ZIP64 form and the start of the directory against each other.
/// kTruncated (no end record, or bytes missing before it), kDamaged (contradiction, or two end records that
/// both fit), kSpanned, kIo.
Sound<ZipEnd> find_zip_end(const ArchiveFile& file);

/// Reads the central directory from its first record on. Memory: half a megabyte. Threads: one at a time.
class DirectoryScan {
 public:
  DirectoryScan(ArchiveFilePtr file, const ZipEnd& end);
  /// The next record, valid until the next call; nothing at the end of the directory.
  Sound<std::optional<CentralRecord>> next();
  /// Records given so far, and the offset of the last one and all of its bytes.
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t record_offset() const { return record_offset_; }
  [[nodiscard]] std::string_view record_bytes() const { return record_bytes_; }

 private:
  Sound<void> refill();

  ArchiveFilePtr file_;
  std::uint64_t offset_;  // of the next byte to read from the file
  std::uint64_t end_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> rest_;  // read, not yet given
  std::uint64_t count_ = 0;
  std::uint64_t record_offset_ = 0;
  std::string_view record_bytes_;
};

/// What only a look at the whole directory tells. Memory: 8 bytes and 3 bits per entry.
struct ZipIndex {
  std::vector<std::uint64_t> header_offsets;  // sorted, offsets of the file
  std::vector<bool> overlapping;              // by entry index
  std::vector<bool> outside;                  // reaches into the directory or beyond the file
  std::vector<bool> repeated;                 // a name that was there before
  std::uint64_t content_bytes = 0;            // declared, in all
  std::uint64_t stored_bytes = 0;             // declared, in all
  std::uint64_t readable_bytes = 0;           // as declared, but no more than the stored bytes can hold
  std::uint64_t digest = 0;

  /// End of the room that an entry with this header may use: the next header, or the directory.
  [[nodiscard]] std::uint64_t room_end(std::uint64_t header_offset, const ZipEnd& end) const;
};

/// Scans the directory once. kDamaged when it does not hold what the end record says; kBound.
Sound<ZipIndex> index_directory(const ArchiveFilePtr& file, const ZipEnd& end, const Bounds& bounds);

}  // namespace lake::archive
