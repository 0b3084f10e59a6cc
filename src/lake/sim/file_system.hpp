#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/sim/disk.hpp"
#include "lake/sim/fault_plan.hpp"

namespace lake::sim {

/// A disk in memory that crashes, fills up and fails as docs/formats/fault_model.md says. Begins with an
/// empty root "/"; relative paths start there.
///
/// Threads: any. One thread and one seed give the same disk again.
/// Lifetime: the clocks outlive it; it outlives its files. Permissions are not kept.
class SimFileSystem final : public os::FileSystem {
 public:
  /// `clock` gives the modification times.
  explicit SimFileSystem(os::Clock& clock, std::uint64_t seed = 1);
  ~SimFileSystem() override;

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

  /// Errors on chosen operations; also counts operations.
  FaultPlan& faults();
  /// Files may grow by this many bytes in all; nothing = without end.
  void set_space_left(std::optional<std::uint64_t> bytes);
  /// Each sync sleeps on `clock` (a real or a simulated one) without blocking other threads' syncs.
  void set_sync_delay(std::chrono::nanoseconds delay, os::Clock& clock);

  /// Everything fails with kIo from now on, until reopen().
  void crash(CrashOutcome outcome = CrashOutcome::kSeeded);
  /// Crashes at the start of the k-th sync from now, k >= 1.
  void crash_at_sync(std::uint64_t k, CrashOutcome outcome = CrashOutcome::kSeeded);
  [[nodiscard]] bool is_crashed() const;
  /// The disk after the crash (or after an orderly end when there was none: then nothing is lost but locks).
  /// Files opened before stay dead. Planned crashes are forgotten; faults, space bound and delay stay.
  void reopen();

  /// Syncs begun so far, of files and directories.
  [[nodiscard]] std::uint64_t sync_count() const;
  /// Whether a crash now would certainly leave `path` and all of its present content. Errors: kNotFound, kIo
  /// with the reason.
  [[nodiscard]] Status check_durable(const std::string& path) const;
  [[nodiscard]] bool is_durable(const std::string& path) const { return check_durable(path).has_value(); }

 private:
  struct Disk;
  class OpenFile;
  std::unique_ptr<Disk> disk_;
};

}  // namespace lake::sim
