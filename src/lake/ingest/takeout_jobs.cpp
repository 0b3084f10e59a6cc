#include "lake/ingest/takeout_jobs.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "lake/ingest/patient_sessions.hpp"
#include "lake/ingest/takeout_import.hpp"
#include "lake/ingest/takeout_preview.hpp"
#include "lake/ingest/takeout_report_text.hpp"
#include "lake/takeout/zones.hpp"

namespace lake::ingest {

namespace {

constexpr int kAttemptsMax = 4;
constexpr std::size_t kRememberedMax = 1000;
constexpr std::chrono::milliseconds kRetryPause{100};
constexpr int kPausesPerAttempt = 10;

bool is_export_archive(const std::string& name) {
  const bool is_archive = name.ends_with(".zip") || name.ends_with(".tgz") || name.ends_with(".tar.gz");
  return is_archive && !parse_export_name(name).export_id.empty();
}

/// Of the result of a job that succeeded: there is nothing left to read.
bool is_complete(const std::string& result) {
  const auto parsed = nlohmann::json::parse(result, nullptr, false);
  if (!parsed.is_object() || parsed.value("status", "") != "complete") return false;
  const auto parts = parsed.value("parts", nlohmann::json::array());
  // One that was read to its end has a reason when something in it is damaged.
  return std::none_of(parts.begin(), parts.end(), [](const auto& part) {
    return part.value("state", "") == "complete" && !part.value("reason", "").empty();
  });
}

std::string subject_of(const TakeoutOrder& order) {
  std::string subject = order.parts.empty() ? "what was rejected" : os::file_name(order.parts.front().path);
  if (order.parts.size() > 1) subject += " and " + std::to_string(order.parts.size() - 1) + " more";
  return subject;
}

}  // namespace

TakeoutJobs::TakeoutJobs(TakeoutMachine machine, access::AllowedPaths allowed, TakeoutJobsOptions options)
    : machine_(machine),
      allowed_(std::move(allowed)),
      options_(std::move(options)),
      shelf_(machine_.files, os::join_path(options_.data_directory, "archives")) {}

TakeoutJobs::~TakeoutJobs() { stop(); }

void TakeoutJobs::start() {
  for (const auto& job : machine_.jobs.list()) {
    if (job.kind != kKind || job.state != jobs::JobState::kSucceeded) continue;
    if (const auto order = stored_order_of(job.request)) remember(*order, job);
  }
  for (auto& job : machine_.jobs.take_unfinished(kKind)) {
    auto order = stored_order_of(job.info().request);
    if (!order) {
      job.finish(order.error());
      continue;
    }
    for (const auto& id : order->uploads)
      ignore(machine_.uploads.take(id), "one that was moved away already is not there any more");
    machine_.log.info("takeout.resumed", {{"job", job.id()}});
    const MutexLock lock(mutex_);
    waiting_.push_back({std::move(job), std::move(*order)});
  }
  thread_ = std::thread([this] { run_all(); });
}

void TakeoutJobs::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    if (running_) ignore(machine_.jobs.cancel(*running_), "it may just have ended");
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  const MutexLock lock(mutex_);
  for (auto& each : waiting_) each.job.interrupt();
  waiting_.clear();
}

Result<TakeoutJobs::Accepted> TakeoutJobs::submit(TakeoutOrder order) {
  if (order.paths.empty() && order.uploads.empty() && !order.replay)
    return Error(ErrorCode::kInvalidArgument, "there is nothing to import: give \"paths\" or \"uploads\"");
  if (!order.time_zone.empty() && !takeout::offset_at(order.time_zone, 0))
    return takeout::unknown_zone(order.time_zone);
  {
    const MutexLock lock(mutex_);
    drop_ended();
  }
  if (const auto worked_out = work_out_parts(order); !worked_out) {
    put_back(order);
    return worked_out.error();
  }
  auto before = imported_before(order);
  machine_.metrics
      .counter("dplake_takeout_orders_total", "Imports asked for, by whether the same was imported before",
               {{"known", before ? "true" : "false"}})
      .add();
  if (before) {
    // What came as an upload is kept already.
    for (const auto& id : order.uploads) ignore(machine_.uploads.forget(id), "it goes when it is old");
    return Accepted{std::move(*before), true};
  }
  auto uploads = order;
  auto accepted = enqueue(std::move(order));
  if (!accepted) put_back(uploads);
  return accepted;
}

void TakeoutJobs::put_back(const TakeoutOrder& order) {
  for (const auto& part : order.parts) {
    if (!part.upload.empty()) machine_.uploads.put_back(part.upload);
  }
}

Status TakeoutJobs::work_out_parts(TakeoutOrder& order) {
  for (const auto& path : order.paths) LAKE_CHECK_OK(add_path(path, order));
  for (const auto& id : order.uploads) LAKE_CHECK_OK(add_upload(id, order));
  return ok();
}

/// Of a folder with archives of an export in it, those.
Status TakeoutJobs::add_path(const std::string& path, TakeoutOrder& order) {
  LAKE_TRY(const auto allowed, allowed_.resolve(path));
  LAKE_TRY(const auto info, machine_.files.stat(allowed));
  if (info.kind != os::FileKind::kDirectory) return add_file(allowed, order);
  LAKE_TRY(const auto entries, machine_.files.list(allowed));
  std::vector<std::string> archives;
  for (const auto& entry : entries) {
    if (is_export_archive(entry.name)) archives.push_back(os::join_path(allowed, entry.name));
  }
  std::sort(archives.begin(), archives.end());
  for (const auto& archive : archives) LAKE_CHECK_OK(add_file(archive, order));
  if (!archives.empty()) return ok();
  if (order.archives != ArchiveKeeping::kReference)
    return Error(ErrorCode::kInvalidArgument, "a folder can only be referenced: " + path);
  // A folder may have changed anywhere below: it is never the same as before.
  order.parts.push_back(
      {allowed, "", "", "folder:" + allowed + ":" + std::to_string(machine_.clock.wall_micros())});
  return ok();
}

Status TakeoutJobs::add_file(const std::string& path, TakeoutOrder& order) {
  LAKE_TRY(const auto allowed, allowed_.resolve(path));
  LAKE_TRY(const auto info, machine_.files.stat(allowed));
  const auto is_there = [&allowed](const OrderedPart& part) { return part.path == allowed; };
  if (std::any_of(order.parts.begin(), order.parts.end(), is_there)) return ok();
  order.parts.push_back(
      {allowed, "", "",
       "file:" + allowed + ":" + std::to_string(info.bytes) + ":" + std::to_string(info.modified_micros)});
  return ok();
}

Status TakeoutJobs::add_upload(const std::string& id, TakeoutOrder& order) {
  LAKE_TRY(const auto upload, machine_.uploads.take(id));
  order.parts.push_back({shelf_.place_of(upload.sha256, upload.name), machine_.uploads.data_path(id), id,
                         "sha256:" + upload.sha256});
  return ok();
}

void TakeoutJobs::remember(const TakeoutOrder& order, const jobs::JobInfo& job) {
  if (order.dry_run || order.replay || !is_complete(job.result)) return;
  const MutexLock lock(mutex_);
  if (complete_.size() >= kRememberedMax) complete_.erase(complete_.begin());
  complete_[order_key(order)] = job.id;
  auto by_reference = order;  // what the lake has taken need not stay where it was
  by_reference.archives = ArchiveKeeping::kReference;
  complete_[order_key(by_reference)] = job.id;
}

std::optional<jobs::JobInfo> TakeoutJobs::imported_before(const TakeoutOrder& order) {
  if (order.force || order.dry_run || order.replay) return std::nullopt;
  // What is to be moved has not been, as it is there.
  if (order.archives == ArchiveKeeping::kAdopt && has_paths(order)) return std::nullopt;
  jobs::JobId id = 0;
  {
    const MutexLock lock(mutex_);
    const auto found = complete_.find(order_key(order));
    if (found == complete_.end()) return std::nullopt;
    id = found->second;
  }
  auto job = machine_.jobs.find(id);
  // Forgotten, or about to end: the ledger will tell that it is known.
  if (!job || job->state != jobs::JobState::kSucceeded || !is_in_ledger(*job)) return std::nullopt;
  return std::move(*job);
}

/// Somebody may have dropped the tables since, and numbers begin anew then: the run is told by its time too.
bool TakeoutJobs::is_in_ledger(const jobs::JobInfo& job) const {
  const auto result = nlohmann::json::parse(job.result, nullptr, false);
  const auto session = machine_.sessions.open();
  if (!result.is_object() || !session || !job.started_micros || !job.ended_micros) return false;
  const auto found = (*session)->run_text("SELECT count(*) FROM takeout.import_run WHERE import_id = " +
                                          std::to_string(result.value("import_id", std::int64_t{0})) +
                                          " AND started_us BETWEEN " + std::to_string(*job.started_micros) +
                                          " AND " + std::to_string(*job.ended_micros));
  return found && found->rows.at(0).at(0) != "0";
}

void TakeoutJobs::drop_ended() {
  std::erase_if(waiting_, [this](const Waiting& each) {
    if (!jobs::is_ended(each.job.info().state)) return false;
    put_back(each.order);
    return true;
  });
}

Result<TakeoutJobs::Accepted> TakeoutJobs::enqueue(TakeoutOrder order) {
  const MutexLock lock(mutex_);
  if (stopping_) return Error(ErrorCode::kUnavailable, "the server is shutting down");
  drop_ended();
  if (waiting_.size() >= options_.queued_max) {
    return Error(ErrorCode::kResourceExhausted, "there are " + std::to_string(options_.queued_max) +
                                                    " imports waiting (imports.queued_max)");
  }
  LAKE_TRY(auto job, machine_.jobs.begin_kept(std::string(kKind), subject_of(order), order_text(order)));
  auto info = job.info();
  waiting_.push_back({std::move(job), std::move(order)});
  changed_.notify_all();
  return Accepted{std::move(info), false};
}

void TakeoutJobs::run_all() {
  while (true) {
    std::optional<Waiting> next;
    {
      const MutexLock lock(mutex_);
      while (!stopping_ && waiting_.empty()) changed_.wait(mutex_);
      if (stopping_) return;
      next.emplace(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    run(*next);
    const MutexLock lock(mutex_);
    running_.reset();
  }
}

bool TakeoutJobs::begin(const jobs::Job& job) {
  const MutexLock lock(mutex_);
  if (stopping_) return false;
  running_ = job.id();
  return true;
}

void TakeoutJobs::run(Waiting& next) {
  auto done = next.job.start();
  // Only now: stop() cancels what runs, and a job that is cancelled before it has started is over for ever.
  if (done && !begin(next.job)) return next.job.interrupt();
  if (done) done = import(next.job, next.order);
  {
    const MutexLock lock(mutex_);
    if (stopping_ && !done && done.error().code() == ErrorCode::kCancelled) {
      next.job.interrupt();
      return;
    }
  }
  for (const auto& part : next.order.parts) {
    // One that never got so far stays an upload.
    if (!part.upload.empty()) machine_.uploads.put_back(part.upload);
  }
  // Before anybody can see that it ended: who then asks for the same gets this one.
  if (done) remember(next.order, next.job.info());
  next.job.finish(done);
  const auto info = next.job.info();
  if (done) {
    machine_.log.info("takeout.imported", {{"job", info.id}});
  } else {
    machine_.log.warn("takeout.ended", {{"job", info.id},
                                        {"code", lake::name_of(done.error().code())},
                                        {"message", done.error().message()}});
  }
}

Status TakeoutJobs::import(jobs::Job& job, TakeoutOrder& order) {
  const telemetry::Tracing asked{
      machine_.tracer, telemetry::span_context_of(order.trace_parent).value_or(telemetry::SpanContext())};
  auto span = asked.begin("takeout.job");
  span.set("job_id", static_cast<std::int64_t>(job.id()));
  auto done = import_traced(job, order, asked.inside(span));
  if (!done) span.set_failed();
  return done;
}

Status TakeoutJobs::import_traced(jobs::Job& job, TakeoutOrder& order, const telemetry::Tracing& tracing) {
  if (order.dry_run) {
    job.set_phase("looking");
    std::vector<std::string> paths;
    for (const auto& part : order.parts) paths.push_back(part.upload.empty() ? part.path : part.from);
    LAKE_TRY(auto preview, preview_takeout(machine_.files, machine_.clock, machine_.metrics, paths,
                                           order.products, [&job] { return job.check(); }));
    job.set_result(std::move(preview));
    return ok();
  }
  LAKE_CHECK_OK(bring_parts(job, order));
  for (int attempt = 1;; ++attempt) {
    auto result = read_parts(job, order, tracing);
    if (result) {
      job.set_result(std::move(*result));
      return ok();
    }
    // What is stored is stored: the next attempt goes on behind it.
    const auto code = result.error().code();
    if (attempt == kAttemptsMax || (!is_retryable(code) && code != ErrorCode::kResourceExhausted))
      return result.error();
    machine_.log.warn("takeout.retried", {{"job", job.id()}, {"message", result.error().message()}});
    for (int waited = 0; waited < attempt * kPausesPerAttempt; ++waited) {
      LAKE_CHECK_OK(job.check());
      machine_.clock.sleep(kRetryPause);
    }
  }
}

Status TakeoutJobs::bring_parts(jobs::Job& job, TakeoutOrder& order) {
  for (auto& part : order.parts) LAKE_CHECK_OK(bring_part(job, order, part));
  return ok();
}

Status TakeoutJobs::bring_part(jobs::Job& job, TakeoutOrder& order, OrderedPart& part) {
  const bool is_wanted = order.archives != ArchiveKeeping::kReference || !part.upload.empty();
  if (!is_wanted) return ok();
  const auto go_on = [&job](std::uint64_t /*bytes*/) { return job.check(); };
  if (part.from.empty()) {
    job.set_phase("hashing " + os::file_name(part.path));
    LAKE_TRY(const auto sha256, shelf_.hash(part.path, go_on));
    part.from = std::exchange(part.path, shelf_.place_of(sha256, os::file_name(part.path)));
    // Known to the next process before anything moves.
    LAKE_CHECK_OK(job.set_request(order_text(order)));
  }
  job.set_phase("keeping " + os::file_name(part.path));
  const bool is_taken = order.archives == ArchiveKeeping::kAdopt || !part.upload.empty();
  LAKE_CHECK_OK(shelf_.bring(part, is_taken, go_on));
  if (!part.upload.empty()) LAKE_CHECK_OK(machine_.uploads.forget(part.upload));
  return ok();
}

Result<std::string> TakeoutJobs::read_parts(jobs::Job& job, const TakeoutOrder& order,
                                            const telemetry::Tracing& tracing) {
  TakeoutRequest request;
  for (const auto& part : order.parts) request.paths.push_back(part.path);
  request.force = order.force;
  request.replay = order.replay;
  request.workers_max = options_.workers_max;
  request.time_zone = order.time_zone;
  request.batch_rows_max = order.batch_rows;
  request.products = order.products;
  request.log = &machine_.log;
  request.tracing = tracing;
  request.blobs = &machine_.blobs;
  LAKE_TRY(const auto session, open_patient(machine_.sessions));
  Status stopped = ok();
  const auto watch = [&job, &stopped](const TakeoutProgress& progress) {
    job.set_phase("reading " + progress.part +
                  (progress.scarce.empty() ? "" : ", with fewer workers: " + progress.scarce));
    job.set_totals(progress.bytes_total, 0);
    job.set_workers(progress.workers);
    job.set_queue_depth(progress.queue_depth);
    job.set_progress(progress.bytes_done, progress.rows_done);
    stopped = job.check();
    return stopped.has_value();
  };
  LAKE_TRY(const auto report,
           import_takeout(*session, machine_.files, machine_.clock, machine_.metrics, request, watch));
  auto text = report_text(report, machine_.clock.wall_micros());
  if (status_of(report) != "failed") return text;
  job.set_result(std::move(text));
  return Error(ErrorCode::kCorruption, "no part could be read: " + report.parts.front().reason);
}

}  // namespace lake::ingest
