#include "lake/blobs/blob_keeper.hpp"

#include <algorithm>
#include <utility>

namespace lake::blobs {

namespace {
constexpr std::chrono::seconds kPaceStep{1};
}  // namespace

BlobKeeper::BlobKeeper(BlobStore& blobs, MultipartUploads& uploads, jobs::Jobs& jobs, os::Clock& clock,
                       telemetry::Metrics& metrics, KeeperOptions options, telemetry::Log* log)
    : blobs_(blobs),
      uploads_(uploads),
      jobs_(jobs),
      clock_(clock),
      failures_(
          metrics.counter("dplake_blob_upkeep_failures_total", "Sweeps and looks at blobs that failed")),
      options_(options),
      log_(log) {}

void BlobKeeper::start() {
  thread_ = std::thread([this] { loop(); });
}

void BlobKeeper::close() {
  stopping_ = true;
  {
    const MutexLock lock(mutex_);
    woken_.notify_all();
    // One that is paused would wait for ever.
    if (running_) ignore(jobs_.cancel(*running_), "it has ended by itself");
  }
  if (thread_.joinable()) thread_.join();
  const MutexLock lock(mutex_);
  if (queued_)
    std::exchange(queued_, std::nullopt)->finish(Error(ErrorCode::kCancelled, "the lake is closing"));
}

Result<jobs::JobId> BlobKeeper::scrub_soon() {
  const MutexLock lock(mutex_);
  // A job ends, or is cancelled while it waits, before the thread has taken note of it.
  if (running_ && is_under_way(*running_)) return *running_;
  if (!queued_ || !is_under_way(queued_->id())) {
    LAKE_TRY(auto job, jobs_.begin("blob_scrub", "all blobs"));
    queued_.emplace(std::move(job));
  }
  woken_.notify_all();
  return queued_->id();
}

bool BlobKeeper::is_under_way(jobs::JobId id) const {
  const auto info = jobs_.find(id);
  return info && !jobs::is_ended(info->state);
}

Result<BlobStore::Sweep> BlobKeeper::sweep() {
  auto swept = blobs_.sweep();
  if (!swept) tell_failure(swept.error());
  if (swept && swept->failure) tell_failure(*swept->failure);
  if (const auto uploads = uploads_.sweep(); !uploads) {
    tell_failure(uploads.error());
    if (swept) return uploads.error();
  }
  return swept;
}

void BlobKeeper::tell_failure(const Error& error) {
  failures_.add();
  if (log_ != nullptr) log_->warn("blobs.sweep_failed", {{"message", error.message()}});
}

void BlobKeeper::scrub(jobs::Job job) {
  if (!job.start()) return;
  const auto began = clock_.monotonic_now();
  std::uint64_t read = 0;
  const auto looked = blobs_.scrub([&](std::uint64_t bytes) -> Status {
    job.add_progress(bytes, 0);
    read += bytes;
    const auto due = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(
        static_cast<double>(read) / static_cast<double>(options_.scrub_bytes_per_second)));
    // In small steps, so that closing does not wait.
    while (!stopping_ && clock_.monotonic_now() - began < due) {
      const auto left = due - (clock_.monotonic_now() - began);
      clock_.sleep(std::min<std::chrono::nanoseconds>(kPaceStep, left));
    }
    if (stopping_) return Error(ErrorCode::kCancelled, "the lake is closing");
    return job.check();
  });
  if (!looked) {
    failures_.add();
    job.finish(looked.error());
  } else if (looked->damaged_count > 0) {
    job.finish(Error(ErrorCode::kCorruption,
                     std::to_string(looked->damaged_count) + " of " + std::to_string(looked->contents) +
                         " contents are damaged (SELECT * FROM blobs WHERE damage IS NOT "
                         "NULL), the first: " +
                         looked->damaged.front().damage));
  } else {
    job.finish(ok());
  }
}

Result<bool> BlobKeeper::is_scrub_due() {
  if (options_.scrub_interval.count() == 0) return false;
  LAKE_TRY(const auto oldest, blobs_.least_recently_checked());
  return oldest &&
         *oldest < clock_.wall_micros() - std::chrono::microseconds(options_.scrub_interval).count();
}

void BlobKeeper::scrub_when_due() {
  const auto due = is_scrub_due();
  if (!due) failures_.add();
  if (due && *due) ignore(scrub_soon(), "it is due again at the next look");
}

void BlobKeeper::loop() {
  auto due = clock_.monotonic_now() + options_.sweep_interval;
  while (!stopping_) {
    std::optional<jobs::Job> job;
    {
      const MutexLock lock(mutex_);
      const auto now = clock_.monotonic_now();
      // Asked under the lock: a close() since the loop's own question has told nobody that waits.
      if (!stopping_ && !queued_ && now < due) woken_.wait_for(mutex_, due - now);
      if (stopping_) return;
      if (queued_) {
        job = std::exchange(queued_, std::nullopt);
        running_ = job->id();
      }
    }
    if (job) {
      scrub(std::move(*job));
      const MutexLock lock(mutex_);
      running_.reset();
    }
    if (clock_.monotonic_now() < due) continue;
    due = clock_.monotonic_now() + options_.sweep_interval;
    if (!options_.runs_by_itself) continue;
    ignore(sweep(), "it was told, and the next one tries again");
    scrub_when_due();
  }
}

}  // namespace lake::blobs
