#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "lake/archive/flaw.hpp"
#include "lake/os/file_system.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::archive {

/// One file open for reading at any place, whose size was taken when it was opened.
/// Threads: any. Lifetime: the file system outlives it; readers share it.
class ArchiveFile {
 public:
  /// `metrics`: bytes read are counted as dplake_archive_read_bytes_total.
  static Result<std::shared_ptr<const ArchiveFile>> open(os::FileSystem& files, telemetry::Metrics& metrics,
                                                         const std::string& path, os::OpenMode mode);

  /// Reads as many bytes as `out` has and the file had at open. Fewer is a finding: kUnstable when the file
  /// has become shorter, else kIo.
  Sound<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) const;
  /// A hint that a range is read soon; counted as dplake_archive_prefetched_bytes_total.
  void prefetch(std::uint64_t offset, std::uint64_t bytes) const;
  /// kUnstable when size or modification time are not those at open.
  Sound<void> check_unchanged() const;

  [[nodiscard]] std::uint64_t bytes() const { return info_.bytes; }
  [[nodiscard]] std::int64_t modified_micros() const { return info_.modified_micros; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  ArchiveFile(os::FileSystem& files, std::string path, os::FileInfo info, std::unique_ptr<os::File> file,
              telemetry::Counter& read_bytes, telemetry::Counter& prefetched_bytes)
      : files_(files),
        path_(std::move(path)),
        info_(info),
        file_(std::move(file)),
        read_bytes_(read_bytes),
        prefetched_bytes_(prefetched_bytes) {}

  os::FileSystem& files_;
  std::string path_;
  os::FileInfo info_;
  std::unique_ptr<os::File> file_;
  telemetry::Counter& read_bytes_;
  telemetry::Counter& prefetched_bytes_;
};

using ArchiveFilePtr = std::shared_ptr<const ArchiveFile>;

}  // namespace lake::archive
