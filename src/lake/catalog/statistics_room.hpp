#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "lake/catalog/model.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::catalog {

/// The memory that statistics of files may take in all snapshots together. A file for which there is no room
/// is in its snapshot without them: it is read where they would have left it out, and answers stay the same.
/// The catalog keeps the statistics in any case, so the next opening gives room to whoever comes first then.
/// Bounds: `bytes_max`, counted as the files' packed statistics and what each file takes beside them.
/// Metrics: dplake_file_statistics_bytes, dplake_files_without_statistics. Threads: any. Lifetime: files may
/// outlive the room, not the metrics.
class StatisticsRoom {
 public:
  /// `bytes_max` 0 = no bound.
  StatisticsRoom(std::uint64_t bytes_max, telemetry::Metrics& metrics);

  /// The file for a snapshot: itself, its statistics counted as long as it is held so, or a copy
  /// without them.
  FilePtr admitted(std::shared_ptr<DataFile> file);

 private:
  struct Usage {
    std::atomic<std::uint64_t> bytes{0};
    telemetry::Gauge& bytes_gauge;
    telemetry::Gauge& refused_gauge;
  };
  struct Counted;
  const std::uint64_t bytes_max_;
  const std::shared_ptr<Usage> usage_;
};

}  // namespace lake::catalog
