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
/// One background thread does one small step at a time and lets statements go first. The same steps run by
/// hand through run(). One flush of a table at a time, whoever asks. Safety: a file is removed only when no
/// kept version knows it and its grace period has passed; a crash at any point leaves at most orphans.
/// Threads: any. Lifetime: references outlive it; close() before destruction.
class Upkeep {
 public:
  Upkeep(catalog::Catalog& catalog, engine::Engine& engine, tables::Lake& lake, jobs::Jobs& jobs,
         telemetry::Metrics& metrics, UpkeepOptions options);
  ~Upkeep();

  /// Starts the background thread.
  void start();
  /// Asks for a round soon (inline rows passed a bound). Never blocks.
  void wake();
  /// Does one task now, in the calling thread, and reports each thing done. Runs beside the background thread
  /// without harm: the loser of a race plans anew. Errors: that of the first table that fails; the
  /// others are done all the same.
  Result<std::vector<tables::UpkeepReport>> run(const tables::UpkeepOrder& order);
  /// Flushes the inline rows of a table (absent = of all, the largest first) for a commit that has no room
  /// for more. When another thread is flushing the table, waits for that instead. `given_up` is asked between
  /// steps and while waiting. Errors: those of the flush, kCancelled when given up.
  Status make_room(std::optional<catalog::TableId> table, const std::function<bool()>& given_up);
  /// One round of the background thread, in the calling thread; one that was woken leaves expiry to the next.
  Status round(bool woken);
  /// Called between the small steps of background work (a batch of rows read and written); returns when
  /// statements have had their turn. Not called while a commit waits for a flush, nor by run(). Set before
  /// start().
  std::function<void()> pause;
  /// Stops after the current step. Idempotent.
  void close();

 private:
  using Reports = std::vector<tables::UpkeepReport>;
  void loop();
  /// Who asks for work: whether it still wants it, and whether it lets statements go first.
  struct Client {
    std::function<bool()> given_up;
    bool background = false;
    bool shares_flush = false;  // content when another's flush of the table has ended
  };
  class FlushTurn;
  [[nodiscard]] Client by_hand() const {
    return {[this] { return stopping_.load(); }};
  }
  void step(const Client& client) const;
  Result<tables::RewriteOutcome> rewrite(const char* kind, const catalog::SnapshotPtr& snapshot,
                                         const catalog::Table& table,
                                         const std::vector<catalog::FileId>& sources, const Client& client);
  /// A rewrite would give a damaged value a valid checksum.
  Status verify(const catalog::Table& table, const std::vector<catalog::FileId>& sources);
  Status flush(const catalog::Table& table, const Client& client, Reports& reports);
  Status flush_alone(const catalog::Table& table, const Client& client, Reports& reports);
  Status compact(catalog::TableId table, const Client& client, Reports& reports);
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
  std::atomic<int> commits_waiting_{0};  // for a flush
  std::thread thread_;
  // guarded by mutex_
  Mutex mutex_;
  CondVar woken_changed_;
  CondVar flushed_;
  bool woken_ LAKE_GUARDED_BY(mutex_) = false;
  std::set<catalog::TableId> flushing_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::upkeep
