#include "lake/jobs/jobs.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "lake/jobs/job_record.hpp"
#include "lake/jobs/job_text.hpp"

namespace lake::jobs {

namespace {

constexpr std::uint64_t kFileBytesMax = 16ULL << 20U;

Error cancelled_error() { return {ErrorCode::kCancelled, "the job was cancelled"}; }

double seconds(std::uint64_t micros) { return static_cast<double>(micros) / 1e6; }

/// A stopped job's average, of the time it ran.
double average_rate(const JobInfo& info) {
  if (!info.started_micros || !info.ended_micros || *info.ended_micros <= *info.started_micros) return 0;
  return static_cast<double>(info.bytes_done) /
         seconds(static_cast<std::uint64_t>(*info.ended_micros - *info.started_micros));
}

std::optional<double> time_left(const JobInfo& info, const RateMeter::Rates& rates) {
  if (info.bytes_total > info.bytes_done && rates.bytes_per_second > 0)
    return static_cast<double>(info.bytes_total - info.bytes_done) / rates.bytes_per_second;
  if (info.bytes_total == 0 && info.rows_total > info.rows_done && rates.rows_per_second > 0)
    return static_cast<double>(info.rows_total - info.rows_done) / rates.rows_per_second;
  return std::nullopt;
}

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

JobInfo Job::info() const { return jobs_->snapshot(*record_); }

CancelToken Job::token() const { return CancelToken(record_); }

Status Job::start() {
  jobs_->start(*record_);
  if (record_->cancelled.load()) return cancelled_error();
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

void Job::set_workers(std::uint32_t count) {
  const MutexLock lock(record_->mutex);
  record_->info.workers = count;
}

void Job::set_queue_depth(std::uint64_t count) {
  const MutexLock lock(record_->mutex);
  record_->info.queue_depth = count;
}

void Job::add_progress(std::uint64_t bytes, std::uint64_t rows) {
  record_->bytes_done.fetch_add(bytes, std::memory_order_relaxed);
  record_->rows_done.fetch_add(rows, std::memory_order_relaxed);
  jobs_->note(*record_);
}

void Job::set_progress(std::uint64_t bytes, std::uint64_t rows) {
  const auto raise = [](std::atomic<std::uint64_t>& value, std::uint64_t to) {
    auto seen = value.load(std::memory_order_relaxed);
    while (seen < to && !value.compare_exchange_weak(seen, to, std::memory_order_relaxed)) {
    }
  };
  raise(record_->bytes_done, bytes);
  raise(record_->rows_done, rows);
  jobs_->note(*record_);
}

void Job::set_result(std::string json) {
  const MutexLock lock(record_->mutex);
  record_->info.result = std::move(json);
}

Status Job::set_request(std::string json) {
  {
    const MutexLock lock(record_->mutex);
    record_->info.request = std::move(json);
  }
  return jobs_->store(*record_);
}

Status Job::check() {
  jobs_->note(*record_);
  if (record_->is_held()) {
    jobs_->store_state(*record_);
    record_->wait_while_held();
    jobs_->store_state(*record_);
  }
  if (record_->cancelled.load()) return cancelled_error();
  return ok();
}

void Job::finish(const Status& outcome) { jobs_->finish(record_, outcome); }

void Job::interrupt() { jobs_->interrupt(record_); }

JobWatch& JobWatch::operator=(JobWatch&& other) noexcept {
  if (this == &other) return *this;
  if (record_) record_->remove_watcher(number_);
  record_ = std::move(other.record_);
  number_ = other.number_;
  return *this;
}

JobWatch::~JobWatch() {
  if (record_) record_->remove_watcher(number_);
}

Jobs::Jobs(os::Clock& clock, telemetry::Metrics& metrics, std::size_t history_max, std::size_t active_max,
           Usage usage)
    : clock_(clock),
      metrics_(metrics),
      history_max_(history_max),
      active_max_(active_max),
      usage_(std::move(usage)) {}

Result<std::vector<std::string>> Jobs::keep_in(os::FileSystem& files, std::string directory) {
  files_ = &files;
  directory_ = std::move(directory);
  const auto entries = files.list(directory_);
  if (!entries && entries.error().code() == ErrorCode::kNotFound) return std::vector<std::string>();
  if (!entries) return entries.error();
  std::vector<std::string> strange;
  std::vector<JobInfo> found;
  for (const auto& entry : *entries) {
    const auto path = os::join_path(directory_, entry.name);
    if (entry.name.ends_with(".json.tmp")) {  // a write that a crash cut short
      ignore(files.remove_file(path), "it is looked at again at the next start");
      continue;
    }
    const auto text = files.read_file(path, kFileBytesMax);
    auto info = text ? job_of_text(*text) : Result<JobInfo>(text.error());
    if (info && entry.name == std::to_string(info->id) + ".json") {
      found.push_back(std::move(*info));
    } else {
      strange.push_back(entry.name);
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  for (const auto& info : found) load(info);
  std::vector<JobId> forgotten;
  {
    const MutexLock lock(mutex_);
    forget_oldest(forgotten);
    show_counts();
  }
  for (const auto id : forgotten) ignore(files.remove_file(file_of(id)), "it is tried at the next start");
  return strange;
}

void Jobs::load(const JobInfo& info) {
  auto record = std::make_shared<JobRecord>();
  const MutexLock lock(mutex_);
  record->kept = true;
  record->bytes_done = info.bytes_done;
  record->rows_done = info.rows_done;
  {
    const MutexLock record_lock(record->mutex);
    record->info = info;
    record->cpu_micros = static_cast<std::uint64_t>(info.cpu_seconds * 1e6);
    if (!is_ended(info.state)) {
      record->pause_at_start = info.state == JobState::kPaused;
      record->info.state = JobState::kQueued;
      record->unfinished = true;
      // What is done already is counted again as the work finds it.
      record->bytes_done = 0;
      record->rows_done = 0;
      ++active_count_;
    }
  }
  last_id_ = std::max(last_id_, info.id);
  records_.emplace(info.id, std::move(record));
}

std::vector<Job> Jobs::take_unfinished(std::string_view kind) {
  const MutexLock lock(mutex_);
  std::vector<Job> taken;
  for (const auto& [id, record] : records_) {
    const MutexLock record_lock(record->mutex);
    if (!record->unfinished || record->info.kind != kind) continue;
    record->unfinished = false;
    taken.push_back(Job(*this, record));
  }
  return taken;
}

Result<Job> Jobs::begin(std::string kind, std::string subject) {
  auto record = std::make_shared<JobRecord>();
  {
    const MutexLock lock(record->mutex);
    record->info.kind = std::move(kind);
    record->info.subject = std::move(subject);
  }
  return begin_record(std::move(record));
}

Result<Job> Jobs::begin_kept(std::string kind, std::string subject, std::string request) {
  if (files_ == nullptr) return Error(ErrorCode::kUnsupported, "no jobs are kept here");
  auto record = std::make_shared<JobRecord>();
  record->kept = true;
  {
    const MutexLock lock(record->mutex);
    record->info.kind = std::move(kind);
    record->info.subject = std::move(subject);
    record->info.request = std::move(request);
  }
  LAKE_CHECK_OK(files_->create_directories(directory_));
  LAKE_TRY(auto job, begin_record(record));
  if (const auto stored = store(*record); !stored) {
    job.finish(stored);
    return stored.error();
  }
  return job;
}

Result<Job> Jobs::begin_record(std::shared_ptr<JobRecord> record) {
  const MutexLock lock(mutex_);
  if (active_count_ >= active_max_) {
    return Error(ErrorCode::kResourceExhausted,
                 "too many jobs wait or run, at most " + std::to_string(active_max_) + " are allowed");
  }
  {
    const MutexLock record_lock(record->mutex);
    record->info.id = ++last_id_;
    record->info.created_micros = clock_.wall_micros();
  }
  records_.emplace(last_id_, record);
  ++active_count_;
  show_counts();
  return Job(*this, std::move(record));
}

void Jobs::start(JobRecord& record) {
  const auto used = usage_();
  {
    const MutexLock lock(mutex_);
    const MutexLock record_lock(record.mutex);
    if (record.info.state != JobState::kQueued || record.cancelled.load()) return;
    record.info.state = record.pause_at_start ? JobState::kPaused : JobState::kRunning;
    record.info.started_micros = clock_.wall_micros();
    record.cpu_seen_micros = used.cpu_micros;
    record.read_seen = used.read_bytes;
    record.written_seen = used.written_bytes;
    record.info.memory_bytes = used.resident_bytes;
    record.rate.restart(clock_.monotonic_now(), record.bytes_done, record.rows_done);
    ++running_count_;
    show_counts();
  }
  store_state(record);
  record.tell_watchers();
}

void Jobs::note(JobRecord& record) {
  constexpr std::int64_t kStepNanos = 250'000'000;
  // Called for each piece of work, of which there may be very many.
  const auto now = clock_.monotonic_now().count();
  auto due = record.look_due_nanos.load(std::memory_order_relaxed);
  if (now < due || !record.look_due_nanos.compare_exchange_strong(due, now + kStepNanos)) return;
  sample(record);
}

void Jobs::sample(JobRecord& record) const {
  {
    const MutexLock lock(record.mutex);
    if (record.info.state != JobState::kRunning) return;
  }
  const auto used = usage_();
  const auto now = clock_.monotonic_now();
  const MutexLock lock(record.mutex);
  if (record.info.state != JobState::kRunning) return;
  const auto spent = used.cpu_micros - std::min(used.cpu_micros, record.cpu_seen_micros);
  record.cpu_micros += spent;
  record.cpu_seen_micros = used.cpu_micros;
  const auto read = used.read_bytes - std::min(used.read_bytes, record.read_seen);
  const auto written = used.written_bytes - std::min(used.written_bytes, record.written_seen);
  record.info.read_bytes += read;
  record.info.written_bytes += written;
  record.read_seen = used.read_bytes;
  record.written_seen = used.written_bytes;
  record.info.memory_bytes = used.resident_bytes;
  record.rate.note(now, record.bytes_done, record.rows_done);
  metrics_
      .counter("dplake_job_cpu_microseconds_total", "Processor time the process used while jobs ran, by kind",
               {{"kind", record.info.kind}})
      .add(spent);
  metrics_
      .counter("dplake_job_read_bytes_total", "Bytes the process read from disks while jobs ran, by kind",
               {{"kind", record.info.kind}})
      .add(read);
  metrics_
      .counter("dplake_job_written_bytes_total", "Bytes the process wrote to disks while jobs ran, by kind",
               {{"kind", record.info.kind}})
      .add(written);
  metrics_
      .gauge("dplake_job_process_memory_bytes",
             "Resident memory of the process while jobs run; 0 when none does")
      .set(static_cast<std::int64_t>(used.resident_bytes));
}

JobInfo Jobs::snapshot(JobRecord& record) const {
  sample(record);
  const auto now = clock_.monotonic_now();
  const MutexLock lock(record.mutex);
  JobInfo copy = record.info;
  copy.bytes_done = record.bytes_done.load(std::memory_order_relaxed);
  copy.rows_done = record.rows_done.load(std::memory_order_relaxed);
  copy.cpu_seconds = seconds(record.cpu_micros);
  if (copy.state == JobState::kRunning) {
    const auto rates = record.rate.rates(now, copy.bytes_done, copy.rows_done);
    copy.bytes_per_second = rates.bytes_per_second;
    copy.eta_seconds = time_left(copy, rates);
  } else if (is_ended(copy.state)) {
    copy.bytes_per_second = average_rate(copy);
  }
  return copy;
}

void Jobs::finish(const std::shared_ptr<JobRecord>& record, const Status& outcome) {
  sample(*record);
  std::vector<JobId> forgotten;
  {
    const MutexLock lock(mutex_);
    const MutexLock record_lock(record->mutex);
    auto& info = record->info;
    if (is_ended(info.state)) return;
    if (info.state != JobState::kQueued) --running_count_;
    info.state = JobState::kSucceeded;
    if (!outcome) {
      info.state = outcome.error().code() == ErrorCode::kCancelled ? JobState::kCancelled : JobState::kFailed;
      info.error = outcome.error();
    }
    info.ended_micros = clock_.wall_micros();
    --active_count_;
    show_counts();
    metrics_
        .counter("dplake_jobs_total", "Jobs that ended, by kind and outcome",
                 {{"kind", info.kind}, {"state", std::string(name_of(info.state))}})
        .add();
  }
  store_state(*record);
  record->tell_watchers();
  {
    const MutexLock lock(mutex_);
    forget_oldest(forgotten);
  }
  for (const auto id : forgotten) {
    if (files_ != nullptr) ignore(files_->remove_file(file_of(id)), "it is tried again at the next start");
  }
}

void Jobs::interrupt(const std::shared_ptr<JobRecord>& record) {
  if (!record->kept) {
    finish(record, cancelled_error());
    return;
  }
  // It may have been paused since its worker last looked.
  store_state(*record);
  {
    const MutexLock storing(storing_);
    const MutexLock lock(mutex_);
    const MutexLock record_lock(record->mutex);
    auto& info = record->info;
    if (is_ended(info.state)) return;
    if (info.state != JobState::kQueued) --running_count_;
    // Its file says what it was; it is left as it is.
    record->kept = false;
    info.state = JobState::kCancelled;
    info.error = Error(ErrorCode::kUnavailable, "the process ends; the job goes on in the next one");
    --active_count_;
    show_counts();
  }
  record->tell_watchers();
}

void Jobs::forget_oldest(std::vector<JobId>& forgotten) {
  if (records_.size() - active_count_ <= history_max_) return;
  const auto has_ended = [](const JobRecord& record) {
    const MutexLock lock(record.mutex);
    return is_ended(record.info.state);
  };
  // Upkeep ends jobs all the time: it may not push out what somebody asked for.
  std::size_t kept_count = 0;
  std::size_t other_count = 0;
  for (const auto& [id, record] : records_) {
    if (has_ended(*record)) ++(record->kept ? kept_count : other_count);
  }
  for (auto oldest = records_.begin(); oldest != records_.end();) {
    const bool is_kept = oldest->second->kept;
    auto& count = is_kept ? kept_count : other_count;
    if (count <= history_max_ || !has_ended(*oldest->second)) {
      ++oldest;
      continue;
    }
    --count;
    if (is_kept) forgotten.push_back(oldest->first);
    oldest = records_.erase(oldest);
  }
}

void Jobs::store_state(JobRecord& record) {
  if (store(record)) return;
  // The job itself goes on: at worst the next process does again what is done, which must change nothing.
  metrics_.counter("dplake_job_store_failures_total", "Changes of kept jobs that could not be written").add();
}

Status Jobs::store(JobRecord& record) {
  const MutexLock lock(storing_);
  if (!record.kept || files_ == nullptr) return ok();
  const auto info = snapshot(record);
  return files_->replace_file(file_of(info.id), job_text(info, JobText::kStored), 0600);
}

void Jobs::show_counts() {
  metrics_.gauge("dplake_job_active", "Jobs that run or are paused")
      .set(static_cast<std::int64_t>(running_count_));
  metrics_.gauge("dplake_job_queued", "Jobs that wait for their turn")
      .set(static_cast<std::int64_t>(active_count_ - running_count_));
  if (running_count_ > 0) return;
  metrics_
      .gauge("dplake_job_process_memory_bytes",
             "Resident memory of the process while jobs run; 0 when none does")
      .set(0);
}

std::string Jobs::file_of(JobId id) const { return os::join_path(directory_, std::to_string(id) + ".json"); }

std::vector<JobInfo> Jobs::list() const {
  const MutexLock lock(mutex_);
  std::vector<JobInfo> infos;
  infos.reserve(records_.size());
  for (const auto& [id, record] : records_) infos.push_back(snapshot(*record));
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
  return snapshot(*record);
}

Result<JobWatch> Jobs::watch(JobId id, std::function<void()> changed) {
  LAKE_TRY(auto record, record_of(id));
  const auto number = record->add_watcher(std::move(changed));
  return JobWatch(std::move(record), number);
}

Status Jobs::cancel(JobId id) {
  LAKE_TRY(const auto record, record_of(id));
  bool is_queued = false;
  {
    const MutexLock lock(record->mutex);
    if (is_ended(record->info.state))
      return Error(ErrorCode::kInvalidArgument, "the job has ended: " + std::to_string(id));
    is_queued = record->info.state == JobState::kQueued;
  }
  record->cancel();
  record->tell_watchers();
  // Nobody works for it yet; who starts it meanwhile sees that it was cancelled.
  if (is_queued) finish(record, cancelled_error());
  return ok();
}

Status Jobs::pause(JobId id) {
  LAKE_TRY(const auto record, record_of(id));
  sample(*record);
  {
    const MutexLock lock(record->mutex);
    if (record->info.state != JobState::kRunning)
      return Error(ErrorCode::kInvalidArgument, "only a running job can be paused: " + std::to_string(id));
    record->info.state = JobState::kPaused;
  }
  record->tell_watchers();
  return ok();
}

Status Jobs::resume(JobId id) {
  LAKE_TRY(const auto record, record_of(id));
  const auto used = usage_();
  {
    const MutexLock lock(record->mutex);
    if (record->info.state != JobState::kPaused)
      return Error(ErrorCode::kInvalidArgument, "the job is not paused: " + std::to_string(id));
    record->info.state = JobState::kRunning;
    record->cpu_seen_micros = used.cpu_micros;
    record->read_seen = used.read_bytes;
    record->written_seen = used.written_bytes;
    record->rate.restart(clock_.monotonic_now(), record->bytes_done, record->rows_done);
    record->changed.notify_all();
  }
  record->tell_watchers();
  return ok();
}

void Jobs::cancel_all() {
  const MutexLock lock(mutex_);
  for (const auto& [id, record] : records_) record->cancel();
}

}  // namespace lake::jobs
