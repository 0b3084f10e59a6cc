#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "lake/archive/container.hpp"
#include "lake/base/mutex.hpp"
#include "lake/ingest/takeout_ledger.hpp"
#include "lake/takeout/versions.hpp"

namespace lake::ingest {

/// So many entries are stored at once at most.
inline constexpr std::size_t kDeliveryEntriesMax = 1000;

/// An entry to be read: what is known of it, and what an earlier run of the import stored of it.
struct EntryTask {
  archive::Entry entry;
  EntryRecord record;
  takeout::ElementCounts stored;
  bool is_left_alone = false;  // damaged: what there is of it stays as it is
};

/// Entries that one worker reads one after the other. Runs are numbered in the order of the walk.
struct EntryRun {
  std::uint64_t number = 0;
  std::vector<EntryTask> tasks;
  /// Of a container that must be read as a stream: the whole part is one run, and this gives its next entry,
  /// which is read from the cursor. Called by the worker.
  std::function<std::optional<EntryTask>()> next_of_stream;
};

/// What reading made of some entries, ready to be stored.
struct Delivery {
  takeout::Batch batch;
  std::vector<takeout::RowVersions> versions;  // of the batch's tables
  std::vector<blobs::ImportedBlob> blobs;      // files inside the batch's elements
  std::vector<EntryRecord> done;               // entries that ended
  std::optional<EntryRecord> reading;          // the one that did not
  takeout::SchemaDrift drift;
  bool ends_run = false;

  /// Memory of its rows and of what is known of files.
  [[nodiscard]] std::size_t bytes() const {
    return batch.bytes() + blobs.size() * AttachmentTaking::kFileBytes;
  }
};

/// Hands runs to workers and their deliveries to the one who stores, in the order of the runs whichever
/// worker is first: what is stored does not depend on how many there are.
///
/// Bounds: of the run whose turn it is at most kHeadDeliveriesMax deliveries wait; of others one each, and no
/// worker begins another run while those waiting hold `waiting_bytes_max`. Threads: any.
class RunQueue {
 public:
  explicit RunQueue(std::size_t waiting_bytes_max) : waiting_bytes_max_(waiting_bytes_max) {}

  // Of who stores.
  void offer(EntryRun run);
  /// Runs that nobody took yet.
  [[nodiscard]] std::size_t offered() const;
  /// No more runs come.
  void close();
  /// The next delivery in order; nothing when there is none within `timeout`.
  std::optional<Delivery> take(std::chrono::milliseconds timeout);
  /// Every run was delivered and taken.
  [[nodiscard]] bool is_finished() const;
  /// Deliveries that wait.
  [[nodiscard]] std::size_t depth() const;
  /// Of their batches.
  [[nodiscard]] std::size_t waiting_bytes() const;
  /// Workers with a number below it may begin runs; those above wait.
  void allow_workers(unsigned count);
  /// Workers end as soon as they look.
  void stop();

  // Of workers, numbered from 0.
  /// The next run; nothing when there will be none.
  std::optional<EntryRun> claim(unsigned worker);
  /// Waits for its place. False when the import ends.
  bool put(std::uint64_t run, Delivery delivery);

 private:
  static constexpr std::size_t kHeadDeliveriesMax = 1;
  struct Waiting {
    std::vector<Delivery> deliveries;
  };
  [[nodiscard]] bool may_begin(unsigned worker) const LAKE_REQUIRES(mutex_);
  [[nodiscard]] bool has_place(std::uint64_t run, const Delivery& delivery) const LAKE_REQUIRES(mutex_);

  const std::size_t waiting_bytes_max_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<EntryRun> offered_ LAKE_GUARDED_BY(mutex_);  // the first is next
  std::map<std::uint64_t, Waiting> waiting_ LAKE_GUARDED_BY(mutex_);
  std::uint64_t head_ LAKE_GUARDED_BY(mutex_) = 0;  // the run whose deliveries are taken now
  std::uint64_t end_ LAKE_GUARDED_BY(mutex_) = 0;   // behind the last run offered
  std::size_t waiting_bytes_ LAKE_GUARDED_BY(mutex_) = 0;
  unsigned allowed_ LAKE_GUARDED_BY(mutex_) = 1;
  bool closed_ LAKE_GUARDED_BY(mutex_) = false;
  bool stopped_ LAKE_GUARDED_BY(mutex_) = false;
};

}  // namespace lake::ingest
