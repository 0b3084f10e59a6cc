#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/sim/fault_plan.hpp"

namespace lake::sim {

/// Passes every operation to another file system, except those that the fault plan hits; adds time to each
/// sync. A sync that was made to fail is final for that open file. Threads: any. Lifetime: `files` outlives
/// it, it outlives its files.
class FaultyFileSystem final : public os::FileSystem {
 public:
  explicit FaultyFileSystem(os::FileSystem& files) : files_(files) {}

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

  FaultPlan& faults() { return faults_; }
  /// Each sync first sleeps on `clock`, without blocking other threads.
  void set_sync_delay(std::chrono::nanoseconds delay, os::Clock& clock);

 private:
  class OpenFile;
  /// Counts the operation; its planned error.
  Status begin(Operation operation, const std::string& path);
  void delay_sync();

  os::FileSystem& files_;
  FaultPlan faults_;
  Mutex mutex_;
  std::chrono::nanoseconds sync_delay_ LAKE_GUARDED_BY(mutex_){};
  os::Clock* delay_clock_ LAKE_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace lake::sim
