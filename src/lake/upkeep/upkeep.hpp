#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/catalog/catalog.hpp"
#include "lake/engine/engine.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/rewrite.hpp"
#include "lake/telemetry/metrics.hpp"
#include "lake/upkeep/plan.hpp"

namespace lake::upkeep {

/// Keeps the lake quick and small: flushes inline rows to Parquet, merges small files, rewrites files with
/// many deletes, forgets old versions, removes files nobody needs.
///
/// One background thread does one step at a time and pauses while statements wait. The same steps run by hand
/// through run(). Safety: a file is removed only when no kept version knows it and its grace period has
/// passed; a crash at any point leaves at most orphans. Threads: any. Lifetime: references outlive it;
/// close() before destruction.
class Upkeep {
 public:
  Upkeep(catalog::Catalog& catalog, engine::Engine& engine, tables::Lake& lake, jobs::Jobs& jobs,
         telemetry::Metrics& metrics, UpkeepOptions options);
  ~Upkeep();

  /// Starts the background thread.
  void start();
  /// Asks for a look at one table soon (its inline rows passed a bound). Never blocks.
  void wake(catalog::TableId table);
  /// Does one task now, in the calling thread, and reports each thing done. Runs beside the background thread
  /// without harm: the loser of a race plans anew. Errors: those of the first failing step; earlier steps
  /// stay done.
  Result<std::vector<tables::UpkeepReport>> run(const tables::UpkeepOrder& order);
  /// Called between steps; returns after waiting statements have had their turn. Set before start().
  std::function<void()> pause;
  /// Stops after the current step. Idempotent.
  void close();

 private:
  using Reports = std::vector<tables::UpkeepReport>;
  void loop();
  Status round(const std::set<catalog::TableId>& woken);
  Result<tables::RewriteOutcome> rewrite(const char* kind, const catalog::SnapshotPtr& snapshot,
                                         const catalog::Table& table,
                                         const std::vector<catalog::FileId>& sources);
  /// A rewrite would give a damaged value a valid checksum.
  Status verify(const catalog::Table& table, const std::vector<catalog::FileId>& sources);
  Status flush(const catalog::Table& table, Reports& reports);
  Status compact(catalog::TableId table, bool by_hand, Reports& reports);
  Status analyze(const catalog::Table& table, Reports& reports);
  Status expire(Reports& reports);
  Status remove_expired_files(Reports& reports);
  Status remove_orphans(Reports& reports);
  Status remove_orphans_when_due(Reports& reports);
  Status list_old_files(const std::string& directory, std::vector<std::string>& old_files);
  Result<std::vector<catalog::TablePtr>> chosen(const tables::UpkeepOrder& order);

  // const after construction
  catalog::Catalog& catalog_;
  engine::Engine& engine_;
  tables::Lake& lake_;
  jobs::Jobs& jobs_;
  telemetry::Metrics& metrics_;
  const UpkeepOptions options_;
  // of the background thread
  std::optional<std::chrono::nanoseconds> orphans_due_;
  // own synchronisation
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  // guarded by mutex_
  Mutex mutex_;
  CondVar woken_changed_;
  std::set<catalog::TableId> woken_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::upkeep
