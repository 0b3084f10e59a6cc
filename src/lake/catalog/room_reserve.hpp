#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lake/os/file_system.hpp"
#include "lake/telemetry/log.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::catalog {

/// A file of nothing that keeps room on the disk for the catalog's log, so that what frees space can be
/// committed when no other room is left. It is given in steps, so that one commit does not leave all of it
/// to whoever writes next. Never read, and not synced: after a crash its size is looked at again; holes in
/// it are not seen. Threads: one at a time. Lifetime: `files`, `metrics` and `log` outlive it. Cost: what is
/// missing of `bytes` is written when it is filled. Metric: dplake_catalog_reserve_bytes. Log lines, one for
/// each change: catalog.reserve_short, catalog.reserve_filled.
class RoomReserve {
 public:
  /// 0 bytes: keeps none. `log` may be null.
  RoomReserve(os::FileSystem& files, telemetry::Metrics& metrics, telemetry::Log* log, std::string path,
              std::uint64_t bytes);

  /// Takes what is missing, when there is that much.
  void fill();
  /// Gives a step of kStepBytes to the disk; false when none was held.
  bool release();
  /// Whether some of it is not held.
  [[nodiscard]] bool is_short() const { return held_ < bytes_; }

  static constexpr std::uint64_t kStepBytes = std::uint64_t{1} << 18U;

 private:
  Status write(std::uint64_t begin);
  Status shrink(std::uint64_t bytes);
  void tell(std::string_view why);

  os::FileSystem& files_;
  telemetry::Log* const log_;
  telemetry::Gauge& held_gauge_;
  const std::string path_;
  const std::uint64_t bytes_;
  std::uint64_t held_ = 0;
  bool told_short_ = false;
};

}  // namespace lake::catalog
