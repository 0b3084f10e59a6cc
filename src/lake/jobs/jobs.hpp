#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/os/clock.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::jobs {

using JobId = std::uint64_t;

enum class JobState : std::uint8_t { kQueued, kRunning, kPaused, kSucceeded, kFailed, kCancelled };

/// "queued", "running", "paused", "succeeded", "failed", "cancelled".
std::string_view name_of(JobState state);
/// True for the three states a job does not leave.
bool is_ended(JobState state);

/// What one job looks like at one moment.
struct JobInfo {
  JobId id = 0;
  std::string kind;     // "compaction", "import", ...: few, fixed words
  std::string subject;  // what it works on: a table, a file
  JobState state = JobState::kQueued;
  std::string phase;  // the step it is in, for people
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;  // 0 = unknown
  std::uint64_t rows_done = 0;
  std::uint64_t rows_total = 0;     // 0 = unknown
  std::int64_t created_micros = 0;  // wall time since 1970, UTC
  std::optional<std::int64_t> started_micros;
  std::optional<std::int64_t> ended_micros;
  std::optional<Error> error;  // of a failed or cancelled job
};

struct JobRecord;

/// Says whether a job was asked to end. Copies share one state and may outlive the job. Threads: any.
class CancelToken {
 public:
  [[nodiscard]] bool is_cancelled() const;

 private:
  friend class Job;
  explicit CancelToken(std::shared_ptr<JobRecord> record) : record_(std::move(record)) {}
  std::shared_ptr<JobRecord> record_;
};

/// The worker's side of one job. Move-only; a job whose last Job goes away without finish() fails with
/// kInternal. Threads: any; the object itself is moved by one thread at a time. Lifetime: the registry
/// outlives it.
class Job {
 public:
  Job(Job&& other) noexcept;
  Job& operator=(Job&& other) noexcept;
  ~Job();

  [[nodiscard]] JobId id() const;
  [[nodiscard]] CancelToken token() const;

  /// Queued -> running. Errors: kCancelled when it was cancelled while it waited.
  Status start();
  void set_phase(std::string phase);
  void set_totals(std::uint64_t bytes, std::uint64_t rows);
  void add_progress(std::uint64_t bytes, std::uint64_t rows);
  /// To be called between pieces of work. Blocks while the job is paused. Errors: kCancelled.
  Status check();
  /// Ends the job by the outcome of its work: OK = succeeded, kCancelled = cancelled, else failed. Later
  /// calls do nothing.
  void finish(const Status& outcome);

 private:
  friend class Jobs;
  Job(class Jobs& jobs, std::shared_ptr<JobRecord> record) : jobs_(&jobs), record_(std::move(record)) {}
  Jobs* jobs_;
  std::shared_ptr<JobRecord> record_;
};

/// The one job registry; `server` owns it. Shown in SQL as lake_jobs().
/// Bounds: at most `active_max` jobs that have not ended; of ended ones the last `history_max` are kept.
/// Threads: any. Lifetime: `clock` and `metrics` outlive it, it outlives its jobs.
class Jobs {
 public:
  Jobs(os::Clock& clock, telemetry::Metrics& metrics, std::size_t history_max = 1000,
       std::size_t active_max = 1000);

  /// Makes a queued job. Errors: kResourceExhausted.
  Result<Job> begin(std::string kind, std::string subject);
  /// All known jobs, oldest first.
  [[nodiscard]] std::vector<JobInfo> list() const;
  /// Errors: kNotFound.
  [[nodiscard]] Result<JobInfo> find(JobId id) const;
  /// Asks a job to end; it ends when its worker next looks. Errors: kNotFound; kInvalidArgument when it has
  /// ended.
  Status cancel(JobId id);
  /// Stops a running job at its next check(). Errors: kNotFound; kInvalidArgument when it does not run.
  Status pause(JobId id);
  /// Errors: kNotFound; kInvalidArgument when it is not paused.
  Status resume(JobId id);
  /// Asks all jobs to end.
  void cancel_all();

 private:
  friend class Job;
  void finish(JobRecord& record, const Status& outcome);
  Result<std::shared_ptr<JobRecord>> record_of(JobId id) const;

  os::Clock& clock_;
  telemetry::Metrics& metrics_;
  const std::size_t history_max_;
  const std::size_t active_max_;
  mutable Mutex mutex_;
  std::map<JobId, std::shared_ptr<JobRecord>> records_ LAKE_GUARDED_BY(mutex_);  // ids ascend: oldest first
  std::size_t active_count_ LAKE_GUARDED_BY(mutex_) = 0;
  JobId last_id_ LAKE_GUARDED_BY(mutex_) = 0;
};

}  // namespace lake::jobs
