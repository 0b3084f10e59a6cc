#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/archive/byte_source.hpp"
#include "lake/archive/entry.hpp"
#include "lake/archive/entry_reader.hpp"
#include "lake/base/result.hpp"
#include "lake/os/file_system.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::archive {

enum class ContainerKind : std::uint8_t {
  kZip,      // zip and ZIP64: entries from the directory, read in any order
  kTar,      // entries as a stream, read in any order once met
  kTarGzip,  // entries as a stream, read as they come
  kFolder,   // what lies below a directory
  kFile,     // anything else: one entry, the file itself
};
std::string_view name_of(ContainerKind kind);

struct OpenOptions {
  Bounds bounds;
  /// When the directory of a zip is missing or damaged, walk the local headers instead of failing.
  bool salvage = false;
  /// Read as this, whatever the first bytes say (kFile: take a .docx as one entry).
  std::optional<ContainerKind> kind;
};

/// What is known of a container before any entry is read.
struct Summary {
  ContainerKind kind = ContainerKind::kFile;
  std::uint64_t bytes = 0;  // of the archive file; 0 for a folder
  std::int64_t modified_micros = 0;
  std::optional<std::uint64_t> entry_count;    // zip, file
  std::optional<std::uint64_t> content_bytes;  // zip, file: declared by all entries
  std::optional<std::uint64_t> stored_bytes;   // zip, file
  std::optional<std::uint64_t>
      directory_digest;              // zip: XXH3 of its central directory; a hint that two are the same
  std::string comment;               // zip: as stored
  std::uint64_t leading_bytes = 0;   // zip: before the archive, such as an unpacking program
  std::uint64_t trailing_bytes = 0;  // zip: after its end
  bool is_zip64 = false;
  /// The directory cannot be used and local headers are walked; why.
  std::optional<Finding> salvaged;
};

/// Meets the entries of a container, one after the other, from the first. Threads: one at a time; cursors of
/// one container run beside each other. Lifetime: keeps the file open; does not need the container. Memory:
/// under 1 MB, for a folder the names of the directories from the root to the present one.
class EntryCursor {
 public:
  virtual ~EntryCursor() = default;
  /// The next entry, nothing after the last. An error ends the cursor: entries met before it stay good (of a
  /// kTarGzip not when it is kCrcMismatch or kDamaged: the checksum comes after them all), what lies behind
  /// it is unknown; asked again it is given again. Salvage ends with the error that tells why the archive is
  /// not whole.
  virtual Result<std::optional<Entry>> next() = 0;
  /// Content of the entry that next() gave last, once. For kTarGzip the reader ends with the next call of
  /// next(): later reads are kInvalidArgument. Errors: as Container::open_entry.
  virtual Result<std::unique_ptr<EntryReader>> open_current() = 0;
  /// What the last error of next() was about.
  [[nodiscard]] const std::optional<Finding>& finding() const { return finding_; }
  /// Ranges of the archive file that belong to no entry and not to the last directory: what salvage had to
  /// pass over.
  /// At most kGapCountMax; the last one then reaches to the end.
  [[nodiscard]] const std::vector<ByteRange>& gaps() const { return gaps_; }

  static constexpr std::size_t kGapCountMax = 1000;

 protected:
  std::optional<Finding> finding_;
  std::vector<ByteRange> gaps_;
};

/// An archive, a folder or a single file that must not be trusted: zip (ZIP64), tar, tar.gz.
///
/// Promise: no name or link of an archive is ever used as a path, and nothing is written. Sizes are never
/// believed: a reader gives at most what is declared and checks the end. Every error names archive, entry and
/// byte offset. Format: docs/formats/archives.md. Memory: for a zip 9 bytes per entry, 50 while it is opened.
/// Threads: any. Lifetime: files and metrics outlive it and everything it opened.
class Container {
 public:
  virtual ~Container() = default;

  /// Opens what `path` leads to (links of the path itself are followed: the user named it). For a zip the
  /// whole directory is read and checked. Errors: those of FileSystem; kCorruption (no directory, or one that
  /// contradicts itself), kUnsupported (split over several disks), kResourceExhausted (entry count or
  /// directory size), kUnavailable.
  static Result<std::unique_ptr<Container>> open(os::FileSystem& files, telemetry::Metrics& metrics,
                                                 const std::string& path, const OpenOptions& options = {});

  [[nodiscard]] const Summary& summary() const { return summary_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// A cursor before the first entry. A zip reads its directory again, in seconds; a tar or a salvaged zip is
  /// walked.
  virtual Result<std::unique_ptr<EntryCursor>> entries() = 0;
  /// Content of an entry that a cursor of this container gave, in any order and from any thread. For kTarGzip
  /// everything before it is decompressed again. Errors: kUnsupported (encrypted, method, sparse, spanned),
  /// kCorruption (overlap, headers that disagree), kResourceExhausted (ratio or content bound),
  /// kPermissionDenied (special file), kIo, kInvalidArgument (not an entry of this container).
  virtual Result<std::unique_ptr<EntryReader>> open_entry(const Entry& entry) = 0;
  /// The stored bytes of an entry as they are, also of one that cannot be decoded: to keep them. Not checked
  /// by a CRC.
  virtual Result<std::unique_ptr<EntryReader>> open_stored(const Entry& entry) = 0;
  /// A hint that the content of an entry is read soon, by open_entry(): the disk may begin with it. Of a
  /// large one its first kPrefetchBytesMax bytes.
  virtual void prefetch(const Entry& /*entry*/) {}
  static constexpr std::uint64_t kPrefetchBytesMax = 4U << 20U;
  /// Where those bytes lie in the archive file; with Entry::is_verbatim they are the content. Errors: as
  /// open_entry; kUnsupported for kTarGzip, whose entries are compressed together.
  virtual Result<ByteRange> stored_range(const Entry& entry) = 0;
  /// kUnavailable when the archive file is not as it was at open().
  virtual Status check_unchanged() = 0;

 protected:
  Summary summary_;
  std::string path_;
};

}  // namespace lake::archive
