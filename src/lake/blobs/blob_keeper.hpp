#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include "lake/base/mutex.hpp"
#include "lake/blobs/blob_store.hpp"
#include "lake/blobs/multipart.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/telemetry/log.hpp"

namespace lake::blobs {

struct KeeperOptions {
  bool runs_by_itself = true;  // else only when asked
  std::chrono::milliseconds sweep_interval{3'600'000};
  std::chrono::milliseconds scrub_interval{604'800'000};  // 0 = never by itself
  std::uint64_t scrub_bytes_per_second = 100ULL << 20U;
};

/// Keeps the blobs tidy on one background thread: removes what nobody needs, and reads everything now and
/// then to see whether it is still what was written. Threads: any. Lifetime: what it is given outlives it;
/// close() before destruction.
class BlobKeeper {
 public:
  /// `log`: where sweeps that failed are told, if anywhere.
  BlobKeeper(BlobStore& blobs, MultipartUploads& uploads, jobs::Jobs& jobs, os::Clock& clock,
             telemetry::Metrics& metrics, KeeperOptions options, telemetry::Log* log = nullptr);
  ~BlobKeeper() { close(); }
  BlobKeeper(const BlobKeeper&) = delete;
  BlobKeeper& operator=(const BlobKeeper&) = delete;

  void start();
  /// Has everything read soon; gives the job: the one that is on its way already, else a new one, never one
  /// that has ended. Errors: kResourceExhausted.
  Result<jobs::JobId> scrub_soon();
  /// One look in the calling thread, as `job`: done when nothing was found damaged, else kCorruption.
  void scrub(jobs::Job job);
  /// Sweeps blobs and uploads, these also when the blobs could not be; counts and tells what failed. Runs
  /// beside the background thread without harm.
  Result<BlobStore::Sweep> sweep();
  /// Asks the job to end, and waits. Idempotent.
  void close();

 private:
  void loop();
  void scrub_when_due();
  void tell_failure(const Error& error);
  Result<bool> is_scrub_due();
  bool is_under_way(jobs::JobId id) const;

  BlobStore& blobs_;
  MultipartUploads& uploads_;
  jobs::Jobs& jobs_;
  os::Clock& clock_;
  telemetry::Counter& failures_;
  const KeeperOptions options_;
  telemetry::Log* const log_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  Mutex mutex_;
  CondVar woken_;
  std::optional<jobs::Job> queued_ LAKE_GUARDED_BY(mutex_);
  std::optional<jobs::JobId> running_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::blobs
