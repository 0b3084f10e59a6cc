#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::telemetry {

/// Another file system, measured: what it does goes through unchanged, and the metrics tell how often, how
/// long, and how often in vain.
///
///   dplake_file_operation_seconds{operation}          histogram of read, write, sync, open, and of the
///   entries
///                                                     (stat, list, rename, remove, create_directory, ...)
///   dplake_file_operation_errors_total{operation}     without "not found" and "already exists", which are
///   answers dplake_file_bytes_total{operation="read|write"}
///
/// Lifetime: all that it is given outlives it and the files it opened. Threads: any, as the file system has
/// it. Cost: two looks at the clock for each call.
class MeasuredFileSystem final : public os::FileSystem {
 public:
  MeasuredFileSystem(os::FileSystem& files, os::Clock& clock, Metrics& metrics);

  Result<std::unique_ptr<os::File>> open(const std::string& path, os::OpenMode mode) override;
  Result<os::FileInfo> stat(const std::string& path) override;
  Status remove_file(const std::string& path) override;
  Status remove_directory(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status create_directory(const std::string& path) override;
  Result<std::vector<os::DirectoryEntry>> list(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Status set_permissions(const std::string& path, unsigned permissions) override;
  Result<std::string> canonical(const std::string& path) override;

 private:
  class MeasuredFile;
  struct Operation {
    Operation(Metrics& metrics, const char* name);
    Histogram& seconds;
    Counter& errors;
  };
  template <class Work>
  auto measured(Operation& operation, const Work& work);

  os::FileSystem& files_;
  os::Clock& clock_;
  Operation open_;
  Operation read_;
  Operation write_;
  Operation truncate_;
  Operation sync_;
  Operation stat_;
  Operation remove_;
  Operation rename_;
  Operation create_directory_;
  Operation list_;
  Operation sync_directory_;
  Counter& bytes_read_;
  Counter& bytes_written_;
};

}  // namespace lake::telemetry
