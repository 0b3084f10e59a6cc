#include "lake/jobs/jobs.hpp"

#include <atomic>
#include <utility>

namespace lake::jobs {

/// Lock order: the registry's mutex before a record's.
struct JobRecord {
  std::atomic<bool> cancelled{false};
  std::atomic<std::uint64_t> bytes_done{0};
  std::atomic<std::uint64_t> rows_done{0};
  mutable Mutex mutex;
  CondVar changed;
  JobInfo info LAKE_GUARDED_BY(mutex);

  JobInfo snapshot() const {
    const MutexLock lock(mutex);
    JobInfo copy = info;
    copy.bytes_done = bytes_done.load(std::memory_order_relaxed);
    copy.rows_done = rows_done.load(std::memory_order_relaxed);
    return copy;
  }
  void cancel() {
    const MutexLock lock(mutex);
    cancelled.store(true);
    changed.notify_all();
  }
};

namespace {

Error cancelled_error() { return {ErrorCode::kCancelled, "the job was cancelled"}; }

}  // namespace

std::string_view name_of(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "running";
    case JobState::kPaused:
      return "paused";
    case JobState::kSucceeded:
      return "succeeded";
    case JobState::kFailed:
      return "failed";
    case JobState::kCancelled:
      return "cancelled";
  }
  return "failed";
}

bool is_ended(JobState state) {
  return state == JobState::kSucceeded || state == JobState::kFailed || state == JobState::kCancelled;
}

bool CancelToken::is_cancelled() const { return record_->cancelled.load(std::memory_order_relaxed); }

Job::Job(Job&& other) noexcept : jobs_(other.jobs_), record_(std::move(other.record_)) {}

Job& Job::operator=(Job&& other) noexcept {
  if (this == &other) return *this;
  if (record_) finish(Error(ErrorCode::kInternal, "the job was dropped without an outcome"));
  jobs_ = other.jobs_;
  record_ = std::move(other.record_);
  return *this;
}

Job::~Job() {
  if (record_) finish(Error(ErrorCode::kInternal, "the job was dropped without an outcome"));
}

JobId Job::id() const {
  const MutexLock lock(record_->mutex);
  return record_->info.id;
}

CancelToken Job::token() const { return CancelToken(record_); }

Status Job::start() {
  if (record_->cancelled.load()) return cancelled_error();
  const MutexLock lock(record_->mutex);
  if (record_->info.state == JobState::kQueued) {
    record_->info.state = JobState::kRunning;
    record_->info.started_micros = jobs_->clock_.wall_micros();
  }
  return ok();
}

void Job::set_phase(std::string phase) {
  const MutexLock lock(record_->mutex);
  record_->info.phase = std::move(phase);
}

void Job::set_totals(std::uint64_t bytes, std::uint64_t rows) {
  const MutexLock lock(record_->mutex);
  record_->info.bytes_total = bytes;
  record_->info.rows_total = rows;
}

void Job::add_progress(std::uint64_t bytes, std::uint64_t rows) {
  record_->bytes_done.fetch_add(bytes, std::memory_order_relaxed);
  record_->rows_done.fetch_add(rows, std::memory_order_relaxed);
}

Status Job::check() {
  const MutexLock lock(record_->mutex);
  while (record_->info.state == JobState::kPaused && !record_->cancelled.load())
    record_->changed.wait(record_->mutex);
  if (record_->cancelled.load()) return cancelled_error();
  return ok();
}

void Job::finish(const Status& outcome) { jobs_->finish(*record_, outcome); }

Jobs::Jobs(os::Clock& clock, telemetry::Metrics& metrics, std::size_t history_max, std::size_t active_max)
    : clock_(clock), metrics_(metrics), history_max_(history_max), active_max_(active_max) {}

Result<Job> Jobs::begin(std::string kind, std::string subject) {
  auto record = std::make_shared<JobRecord>();
  const MutexLock lock(mutex_);
  if (active_count_ >= active_max_) {
    return Error(ErrorCode::kResourceExhausted,
                 "too many jobs wait or run, at most " + std::to_string(active_max_) + " are allowed");
  }
  {
    const MutexLock record_lock(record->mutex);
    record->info.id = ++last_id_;
    record->info.kind = std::move(kind);
    record->info.subject = std::move(subject);
    record->info.created_micros = clock_.wall_micros();
  }
  records_.emplace(last_id_, record);
  ++active_count_;
  return Job(*this, std::move(record));
}

void Jobs::finish(JobRecord& record, const Status& outcome) {
  const MutexLock lock(mutex_);
  std::string kind;
  JobState state = JobState::kSucceeded;
  {
    const MutexLock record_lock(record.mutex);
    if (is_ended(record.info.state)) return;
    if (!outcome) {
      state = outcome.error().code() == ErrorCode::kCancelled ? JobState::kCancelled : JobState::kFailed;
      record.info.error = outcome.error();
    }
    record.info.state = state;
    record.info.ended_micros = clock_.wall_micros();
    kind = record.info.kind;
  }
  --active_count_;
  metrics_
      .counter("dplake_jobs_total", "Jobs that ended, by kind and outcome",
               {{"kind", kind}, {"state", std::string(name_of(state))}})
      .add();
  for (auto oldest = records_.begin();
       records_.size() - active_count_ > history_max_ && oldest != records_.end();) {
    oldest = is_ended(oldest->second->snapshot().state) ? records_.erase(oldest) : std::next(oldest);
  }
}

std::vector<JobInfo> Jobs::list() const {
  const MutexLock lock(mutex_);
  std::vector<JobInfo> infos;
  infos.reserve(records_.size());
  for (const auto& [id, record] : records_) infos.push_back(record->snapshot());
  return infos;
}

Result<std::shared_ptr<JobRecord>> Jobs::record_of(JobId id) const {
  const MutexLock lock(mutex_);
  const auto found = records_.find(id);
  if (found == records_.end()) return Error(ErrorCode::kNotFound, "no such job: " + std::to_string(id));
  return found->second;
}

Result<JobInfo> Jobs::find(JobId id) const {
  LAKE_TRY(const auto record, record_of(id));
  return record->snapshot();
}

Status Jobs::cancel(JobId id) {
  LAKE_TRY(const auto record, record_of(id));
  if (is_ended(record->snapshot().state))
    return Error(ErrorCode::kInvalidArgument, "the job has ended: " + std::to_string(id));
  record->cancel();
  return ok();
}

Status Jobs::pause(JobId id) {
  LAKE_TRY(const auto record, record_of(id));
  const MutexLock lock(record->mutex);
  if (record->info.state != JobState::kRunning)
    return Error(ErrorCode::kInvalidArgument, "only a running job can be paused: " + std::to_string(id));
  record->info.state = JobState::kPaused;
  return ok();
}

Status Jobs::resume(JobId id) {
  LAKE_TRY(const auto record, record_of(id));
  const MutexLock lock(record->mutex);
  if (record->info.state != JobState::kPaused)
    return Error(ErrorCode::kInvalidArgument, "the job is not paused: " + std::to_string(id));
  record->info.state = JobState::kRunning;
  record->changed.notify_all();
  return ok();
}

void Jobs::cancel_all() {
  const MutexLock lock(mutex_);
  for (const auto& [id, record] : records_) record->cancel();
}

}  // namespace lake::jobs
