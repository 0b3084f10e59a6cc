#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/catalog/model.hpp"
#include "lake/os/file_system.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::tables {

/// Compares a data file with the checksum that the catalog keeps of it, reading it whole; without one, its
/// size alone. Errors: kNotFound, kIo, kCorruption (another size or content; names the path).
Status compare_with_checksum(os::FileSystem& files, const std::string& path, const catalog::DataFile& file);

/// Compares each data file before its first use in this process, and again when it was changed since. Parquet
/// as the engine writes it carries no checksums of its own, so a flipped bit would be read as a value. (A
/// rewrite compares its sources always: it would give a damaged value a valid checksum.)
///
/// Cost: one sequential read of each used file in the life of the process, XXH3 of it in memory; a stat() for
/// each use. Threads: any; a file first used by several at once may be read by each. Bounds: 16 bytes for
/// each file used, of 2^20 files.
class FileVerifier {
 public:
  explicit FileVerifier(telemetry::Metrics& metrics, bool on_first_use = true);

  /// Before a file is read. OK at once when it was compared as it is, carries no checksum, or first use is
  /// not checked. Errors: those of compare_with_checksum().
  Status before_read(os::FileSystem& files, const std::string& path, const catalog::DataFile& file);

 private:
  telemetry::Counter& bytes_;
  const bool on_first_use_;
  Mutex mutex_;
  // by the hash of the path, which is never used twice: when the file was last changed
  std::unordered_map<std::uint64_t, std::int64_t> compared_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::tables
