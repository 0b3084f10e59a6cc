#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/machine.hpp"
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
  std::uint64_t rows_total = 0;       // 0 = unknown
  double bytes_per_second = 0;        // of late while it runs, on average once it has ended
  std::optional<double> eta_seconds;  // while it runs and a total is known
  double cpu_seconds = 0;             // what the process used while the job ran, of all its threads
  std::uint64_t memory_bytes = 0;     // resident in the process, the last time it was looked at
  std::uint64_t read_bytes = 0;       // that the process read from disks while the job ran
  std::uint64_t written_bytes = 0;
  std::uint32_t workers = 0;        // threads at work for it; 0 = it does not say
  std::uint64_t queue_depth = 0;    // pieces of its work that wait for the next step
  std::int64_t created_micros = 0;  // wall time since 1970, UTC
  std::optional<std::int64_t> started_micros;
  std::optional<std::int64_t> ended_micros;
  std::optional<Error> error;  // of a failed or cancelled job
  std::string result;          // JSON text of what came of it; empty = nothing to tell
  std::string request;         // of a kept job: JSON text of what it was asked to do
};

struct JobRecord;
class Jobs;

/// Says whether a job was asked to end. Copies share one state and may outlive the job. Threads: any.
class CancelToken {
 public:
  [[nodiscard]] bool is_cancelled() const;

 private:
  friend class Job;
  explicit CancelToken(std::shared_ptr<JobRecord> record) : record_(std::move(record)) {}
  std::shared_ptr<JobRecord> record_;
};

/// The worker's side of one job. Move-only; a job whose last Job goes away without finish() or interrupt()
/// fails with kInternal. Threads: any; the object itself is moved by one thread at a time. Lifetime: the
/// registry outlives it.
class Job {
 public:
  Job(Job&& other) noexcept;
  Job& operator=(Job&& other) noexcept;
  ~Job();

  [[nodiscard]] JobId id() const;
  [[nodiscard]] JobInfo info() const;
  [[nodiscard]] CancelToken token() const;

  /// Queued -> running. Errors: kCancelled when it was cancelled while it waited.
  Status start();
  void set_phase(std::string phase);
  void set_totals(std::uint64_t bytes, std::uint64_t rows);
  void set_workers(std::uint32_t count);
  void set_queue_depth(std::uint64_t count);
  void add_progress(std::uint64_t bytes, std::uint64_t rows);
  /// How much is done in all; what is less than before changes nothing.
  void set_progress(std::uint64_t bytes, std::uint64_t rows);
  /// JSON text; of a job that has not ended.
  void set_result(std::string json);
  /// Of a kept job: what the next process is to take up instead, known to it when this returns. Errors: kIo.
  Status set_request(std::string json);
  /// To be called between pieces of work. Blocks while the job is paused. Errors: kCancelled.
  Status check();
  /// Ends the job by the outcome of its work: OK = succeeded, kCancelled = cancelled, else failed. Later
  /// calls do nothing.
  void finish(const Status& outcome);
  /// Puts a kept job down unended, because the process ends: Jobs::take_unfinished() of the next process
  /// gives it again. Any other job is cancelled.
  void interrupt();

 private:
  friend class Jobs;
  Job(Jobs& jobs, std::shared_ptr<JobRecord> record) : jobs_(&jobs), record_(std::move(record)) {}
  Jobs* jobs_;
  std::shared_ptr<JobRecord> record_;
};

/// Calls a function at each change of a job's state, while it lives. Move-only. Threads: any.
class JobWatch {
 public:
  JobWatch() = default;
  JobWatch(JobWatch&&) noexcept = default;
  JobWatch& operator=(JobWatch&& other) noexcept;
  ~JobWatch();

 private:
  friend class Jobs;
  JobWatch(std::shared_ptr<JobRecord> record, std::uint64_t number)
      : record_(std::move(record)), number_(number) {}
  std::shared_ptr<JobRecord> record_;
  std::uint64_t number_ = 0;
};

/// The one job registry; `server` owns it. Shown in SQL as lake_jobs(), over HTTP as /api/v1/jobs.
///
/// Kept jobs (begin_kept) have a file each in the directory of keep_in(), written atomically when they begin
/// and at each change of state, so they outlive the process: ended ones as history, others to be taken up
/// again. All other jobs end with the process.
/// Bounds: at most `active_max` jobs that have not ended; of ended ones the last `history_max` kept ones with
/// their files, and as many others. Threads: any; files are written in the threads that begin and work jobs.
/// Lifetime: `clock`, `metrics` and the file system of keep_in() outlive it, it outlives its jobs and
/// watches.
class Jobs {
 public:
  using Usage = std::function<os::ProcessUsage()>;
  Jobs(os::Clock& clock, telemetry::Metrics& metrics, std::size_t history_max = 1000,
       std::size_t active_max = 1000, Usage usage = os::process_usage);

  /// Reads the kept jobs of `directory`, if there is one, and keeps those to come there. Before
  /// the first begin(). Gives the names of files that are no jobs, which are left alone. Errors: kIo.
  Result<std::vector<std::string>> keep_in(os::FileSystem& files, std::string directory);

  /// Makes a queued job. Errors: kResourceExhausted.
  Result<Job> begin(std::string kind, std::string subject);
  /// The same, kept: `request` (JSON text) says all that its worker needs to take it up again. When this
  /// returns, the job outlives a crash. Errors: kResourceExhausted; kUnsupported without keep_in(); kIo.
  Result<Job> begin_kept(std::string kind, std::string subject, std::string request);
  /// The kept jobs of a kind that the last process left unended, queued again, oldest first. Each is given
  /// once. A job that was paused is paused again as soon as it starts.
  std::vector<Job> take_unfinished(std::string_view kind);

  /// All known jobs, oldest first.
  [[nodiscard]] std::vector<JobInfo> list() const;
  /// Errors: kNotFound.
  [[nodiscard]] Result<JobInfo> find(JobId id) const;
  /// `changed` is called after each change of state and when the job is asked to end, from any thread; it
  /// must return at once and not call back. It may be called once more while the watch goes away. Errors:
  /// kNotFound.
  Result<JobWatch> watch(JobId id, std::function<void()> changed);
  /// Asks a job to end; it ends when its worker next looks, one that waits at once. Errors: kNotFound;
  /// kInvalidArgument when it has ended.
  Status cancel(JobId id);
  /// Stops a running job at its next check(). Errors: kNotFound; kInvalidArgument when it does not run.
  Status pause(JobId id);
  /// Errors: kNotFound; kInvalidArgument when it is not paused.
  Status resume(JobId id);
  /// Asks all jobs to end.
  void cancel_all();

 private:
  friend class Job;
  Result<Job> begin_record(std::shared_ptr<JobRecord> record);
  void start(JobRecord& record);
  void note(JobRecord& record);
  void finish(const std::shared_ptr<JobRecord>& record, const Status& outcome);
  void interrupt(const std::shared_ptr<JobRecord>& record);
  void forget_oldest(std::vector<JobId>& forgotten) LAKE_REQUIRES(mutex_);
  /// After a change of state, without locks held.
  void store_state(JobRecord& record);
  Status store(JobRecord& record);
  void load(const JobInfo& info);
  void show_counts() LAKE_REQUIRES(mutex_);
  void sample(JobRecord& record) const;
  [[nodiscard]] JobInfo snapshot(JobRecord& record) const;
  Result<std::shared_ptr<JobRecord>> record_of(JobId id) const;
  [[nodiscard]] std::string file_of(JobId id) const;

  os::Clock& clock_;
  telemetry::Metrics& metrics_;
  const std::size_t history_max_;
  const std::size_t active_max_;
  const Usage usage_;
  // Set by keep_in(), before any job.
  os::FileSystem* files_ = nullptr;
  std::string directory_;
  Mutex storing_;  // a job's files are written one after the other; taken before all others
  mutable Mutex mutex_;
  std::map<JobId, std::shared_ptr<JobRecord>> records_ LAKE_GUARDED_BY(mutex_);  // ids ascend: oldest first
  std::size_t active_count_ LAKE_GUARDED_BY(mutex_) = 0;
  std::size_t running_count_ LAKE_GUARDED_BY(mutex_) = 0;  // running or paused
  JobId last_id_ LAKE_GUARDED_BY(mutex_) = 0;
};

}  // namespace lake::jobs
