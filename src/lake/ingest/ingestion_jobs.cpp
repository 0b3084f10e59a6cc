#include "lake/ingest/ingestion_jobs.hpp"

#include <nlohmann/json.hpp>

#include "lake/codec/hash.hpp"
#include "lake/ingest/patient_sessions.hpp"
#include "lake/ingest/watched_folder.hpp"

namespace lake::ingest {
namespace {

using Json = nlohmann::ordered_json;

/// What a job was asked, for a process to come.
std::string order_text(const FileIngestion& file, const std::string& upload) {
  return Json({{"file", Json::parse(text_of(file), nullptr, false)}, {"upload", upload}})
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The run of a job: jobs have their numbers anew when a lake's job files are lost, so the time is part of
/// it.
std::string run_id_of(const jobs::JobInfo& job) {
  return "job-" + std::to_string(job.id) + "-" + std::to_string(job.created_micros);
}

/// The run of a file in a watched folder: it is the same one as long as its name, size and time are.
std::string run_id_of(const std::string& path, const SettledFile& file) {
  return "file-" + std::to_string(codec::xxh3_64(path)) + "-" + std::to_string(file.bytes) + "-" +
         std::to_string(file.modified_micros);
}

/// Where an upload lies is nobody's business: the error calls it as whoever sent it does.
Error by_name(const Error& error, const FileIngestion& file) {
  auto message = error.message();
  for (auto at = message.find(file.path); at != std::string::npos && !file.path.empty();
       at = message.find(file.path, at + file.name.size()))
    message.replace(at, file.path.size(), file.name);
  return Error(error.code(), std::move(message)).at(error.position());
}

}  // namespace

/// A session, and the word that it is not wanted any more: cancelling it alone would be lost between two
/// statements.
class IngestionJobs::Ingesting {
 public:
  static Result<Ingesting> open(query::Sessions& sessions) {
    auto cancelled = std::make_shared<std::atomic<bool>>(false);
    LAKE_TRY(auto session, open_cancellable(sessions, cancelled));
    return Ingesting(std::move(cancelled), std::move(session));
  }
  [[nodiscard]] query::Session& session() const { return *session_; }
  [[nodiscard]] bool is_cancelled() const { return *cancelled_; }
  void cancel() const {
    *cancelled_ = true;
    session_->cancel();
  }

 private:
  Ingesting(std::shared_ptr<std::atomic<bool>> cancelled, std::unique_ptr<query::Session> session)
      : cancelled_(std::move(cancelled)), session_(std::move(session)) {}
  std::shared_ptr<std::atomic<bool>> cancelled_;
  std::unique_ptr<query::Session> session_;
};

IngestionJobs::IngestionJobs(IngestionMachine machine, access::AllowedPaths allowed, IngestionOptions options)
    : machine_(machine),
      allowed_(std::move(allowed)),
      options_(std::move(options)),
      successes_(
          machine.metrics.counter("dplake_ingestion_success_total", "Files and bodies that were stored")),
      errors_(machine.metrics.counter("dplake_ingestion_errors_total", "Files and bodies that failed")),
      records_(machine.metrics.counter("dplake_ingestion_records_total", "Records read by ingestion")),
      refused_(machine.metrics.counter("dplake_ingestion_refused_total", "Records that became dead letters")),
      bytes_(machine.metrics.counter("dplake_ingestion_bytes_total",
                                     "Bytes of files and bodies that were stored")),
      micros_(machine.metrics.counter("dplake_ingestion_busy_micros_total",
                                      "Time spent ingesting, in microseconds")),
      queue_size_(machine.metrics.gauge("dplake_ingestion_queue_size",
                                        "Files and bodies that wait for their turn")) {}

IngestionJobs::~IngestionJobs() { stop(); }

bool IngestionJobs::is_stopping() {
  const MutexLock lock(mutex_);
  return stopping_;
}

Result<jobs::JobInfo> IngestionJobs::submit(FileIngestion file, const std::string& upload) {
  if (upload.empty()) {
    LAKE_TRY(file.path, allowed_.resolve(file.path));
    LAKE_CHECK_OK(machine_.files.stat(file.path));
    if (file.name.empty()) file.name = os::file_name(file.path);
  } else {
    LAKE_TRY(const auto taken, machine_.uploads.take(upload));
    file.path = machine_.uploads.data_path(upload);
    if (file.name.empty()) file.name = taken.name;
  }
  const MutexLock lock(mutex_);
  auto job =
      stopping_ ? Result<jobs::Job>(Error(ErrorCode::kUnavailable, "the server is shutting down"))
      : waiting_.size() >= options_.queued_max
          ? Result<jobs::Job>(Error(ErrorCode::kResourceExhausted,
                                    "there are " + std::to_string(options_.queued_max) + " files waiting"))
          : machine_.jobs.begin_kept(std::string(kKind), file.name, order_text(file, upload));
  if (!job) {
    if (!upload.empty()) machine_.uploads.put_back(upload);
    return job.error();
  }
  auto info = job->info();
  waiting_.push_back({std::move(*job), std::move(file), upload});
  queue_size_.set(static_cast<std::int64_t>(waiting_.size()));
  changed_.notify_all();
  return info;
}

Status IngestionJobs::look_at(const FileIngestion& file) {
  if (const auto source = source_file_of(machine_.files, file); !source) return by_name(source.error(), file);
  return ok();
}

Status IngestionJobs::verify(const FileIngestion& file) {
  const auto source = source_file_of(machine_.files, file);
  if (!source) return by_name(source.error(), file);
  if (source->bytes > kVerifiedBytesMax) return ok();
  const auto verified = verify_ingestion(machine_.files, *source, options_.bounds);
  if (!verified) return by_name(verified.error(), file);
  return ok();
}

IngestionJobs::Counts IngestionJobs::counts() {
  Counts counts;
  counts.successes = successes_.value();
  counts.errors = errors_.value();
  counts.records = records_.value();
  counts.refused = refused_.value();
  counts.bytes = bytes_.value();
  counts.busy_micros = micros_.value();
  const MutexLock lock(mutex_);
  counts.waiting = waiting_.size();
  return counts;
}

Status IngestionJobs::start() {
  for (const auto& folder : options_.watched) {
    LAKE_TRY(const auto info, machine_.files.stat(folder));
    if (info.kind != os::FileKind::kDirectory)
      return Error(ErrorCode::kInvalidArgument, "ingest.watched: not a folder: " + folder);
  }
  for (auto& job : machine_.jobs.take_unfinished(kKind)) {
    const Json order = Json::parse(job.info().request, nullptr, false);
    const bool is_order = order.is_object() && order.contains("file") && order.contains("upload") &&
                          order["upload"].is_string();
    auto file = is_order
                    ? file_ingestion_of(order["file"].dump())
                    : Result<FileIngestion>(Error(ErrorCode::kCorruption, "the job's order cannot be read"));
    if (!file) {
      job.finish(file.error());
      continue;
    }
    const std::string upload = order["upload"].get<std::string>();
    if (!upload.empty()) ignore(machine_.uploads.take(upload), "one that is gone is told when it is read");
    const MutexLock lock(mutex_);
    waiting_.push_back({std::move(job), std::move(*file), upload});
  }
  worker_ = std::thread([this] { run_all(); });
  if (options_.watched.empty()) return ok();
  LAKE_TRY(watch_, os::watch_directories(options_.watched));
  watcher_ = std::thread([this] { watch_all(); });
  return ok();
}

void IngestionJobs::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    for (const auto* ingesting : working_) ingesting->cancel();
  }
  if (watch_) watch_->stop();
  if (worker_.joinable()) worker_.join();
  if (watcher_.joinable()) watcher_.join();
  const MutexLock lock(mutex_);
  for (auto& waiting : waiting_) waiting.job.interrupt();
  waiting_.clear();
}

void IngestionJobs::run_all() {
  while (true) {
    std::optional<Waiting> next;
    {
      const MutexLock lock(mutex_);
      while (!stopping_ && waiting_.empty()) changed_.wait(mutex_);
      if (stopping_) return;
      next.emplace(std::move(waiting_.front()));
      waiting_.pop_front();
      queue_size_.set(static_cast<std::int64_t>(waiting_.size()));
    }
    run(*next);
  }
}

Result<CheckedImportReport> IngestionJobs::ingest(jobs::Job& job, const FileIngestion& file,
                                                  const std::string& run_id) {
  const auto begun = machine_.clock.monotonic_now();
  LAKE_TRY(const auto ingesting, Ingesting::open(machine_.sessions));
  const auto cancelled = [token = job.token(), &ingesting] {
    if (token.is_cancelled()) ingesting.cancel();
  };
  LAKE_TRY(const auto watch, machine_.jobs.watch(job.id(), cancelled));
  LAKE_CHECK_OK(job.check());
  {
    const MutexLock lock(mutex_);
    if (stopping_) return Error(ErrorCode::kCancelled, "the server is shutting down");
    working_.push_back(&ingesting);
  }
  auto report = ingest_file(ingesting.session(), machine_.files, file, options_.bounds, run_id, true,
                            [&ingesting] { return ingesting.is_cancelled(); });
  {
    const MutexLock lock(mutex_);
    std::erase(working_, &ingesting);
  }
  micros_.add(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(machine_.clock.monotonic_now() - begun).count()));
  if (!report) {
    errors_.add();
    return report;
  }
  successes_.add();
  records_.add(report->validation.records);
  refused_.add(report->validation.refused);
  if (const auto info = machine_.files.stat(file.path)) bytes_.add(info->bytes);
  return report;
}

void IngestionJobs::run(Waiting& next) {
  auto done = next.job.start();
  if (done) {
    next.job.set_phase("storing");
    if (const auto info = machine_.files.stat(next.file.path)) next.job.set_totals(info->bytes, 0);
    auto report = ingest(next.job, next.file, run_id_of(next.job.info()));
    if (report) {
      next.job.set_progress(next.job.info().bytes_total, report->rows_stored);
      next.job.set_result(text_of(*report, next.file));
    } else {
      done = next.upload.empty() ? report.error() : by_name(report.error(), next.file);
    }
  }
  const auto id = next.job.id();
  if (!done && done.error().code() == ErrorCode::kCancelled && is_stopping()) return next.job.interrupt();
  next.job.finish(done);
  if (!next.upload.empty()) {
    machine_.uploads.put_back(next.upload);
    // What could not be stored can be tried again under other options until it is too old.
    if (done) ignore(machine_.uploads.remove(next.upload), "it goes when it is old");
  }
  if (!done)
    machine_.log.warn(
        "ingestion.failed",
        {{"job", id}, {"code", name_of(done.error().code())}, {"message", done.error().message()}});
}

void IngestionJobs::watch_all() {
  std::vector<WatchedFolder> folders;
  for (const auto& path : options_.watched)
    folders.emplace_back(machine_.files, machine_.clock, path, options_.settle);
  do {
    for (auto& folder : folders) {
      const auto settled = folder.look();
      if (!settled) {
        machine_.log.warn("ingestion.folder_unreadable",
                          {{"folder", folder.path()}, {"message", settled.error().message()}});
        continue;
      }
      for (const auto& file : *settled) {
        if (is_stopping()) return;
        take(folder, file);
      }
    }
    // A file that was seen growing is looked at again when it may have settled.
  } while (watch_->wait(std::min(options_.look_every, options_.settle)));
}

void IngestionJobs::take(WatchedFolder& folder, const SettledFile& file) {
  const std::string path = os::join_path(folder.path(), file.name);
  auto job = machine_.jobs.begin(std::string(kKind), path);
  if (!job) return;  // as many jobs as there may be: it is seen again
  Status done = job->start();
  FileIngestion order;
  order.path = path;
  order.name = file.name;
  if (done) {
    const auto report = ingest(*job, order, run_id_of(path, file));
    if (report) {
      job->set_progress(file.bytes, report->rows_stored);
      job->set_result(text_of(*report, order));
    } else {
      done = report.error();
    }
  }
  // Not now is no reason to call a file bad: it is tried again at the next look.
  const bool is_put_down = !done && done.error().code() == ErrorCode::kCancelled;
  if (!done && (is_put_down || is_retryable(done.error().code()))) return job->finish(done);
  const Status moved =
      done ? folder.move_done(file.name) : folder.move_failed(file.name, done.error().message());
  if (!moved)
    machine_.log.warn("ingestion.not_moved", {{"file", path}, {"message", moved.error().message()}});
  job->finish(done ? moved : done);
}

}  // namespace lake::ingest
