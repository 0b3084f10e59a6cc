#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "lake/access/paths.hpp"
#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/blobs/blob_store.hpp"
#include "lake/ingest/archive_shelf.hpp"
#include "lake/ingest/takeout_order.hpp"
#include "lake/ingest/upload_store.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/query/session.hpp"
#include "lake/telemetry/log.hpp"
#include "lake/telemetry/trace.hpp"

namespace lake::ingest {

/// What TakeoutJobs works with; outlives it.
struct TakeoutMachine {
  query::Sessions& sessions;
  blobs::BlobStore& blobs;
  jobs::Jobs& jobs;
  UploadStore& uploads;
  os::FileSystem& files;
  os::Clock& clock;
  telemetry::Metrics& metrics;
  telemetry::Log& log;
  telemetry::Tracer* tracer = nullptr;  // null: nothing is traced
};

struct TakeoutJobsOptions {
  std::string data_directory;
  std::size_t queued_max = 16;  // imports that wait for their turn
  unsigned workers_max = 0;     // TakeoutRequest::workers_max
};

/// Imports of Takeout exports as jobs of a server: one at a time, others wait.
///
/// An order is kept (jobs::Jobs::begin_kept) before submit() answers; unended ones go on when start() is
/// called in the next process, from what the ledger says is stored. Archives are brought to
/// `<data>/archives` first where the order says so; uploads always are.
/// Threads: submit() from any; start() and stop() from one; imports run on one thread of this object.
class TakeoutJobs {
 public:
  TakeoutJobs(TakeoutMachine machine, access::AllowedPaths allowed, TakeoutJobsOptions options);
  ~TakeoutJobs();
  TakeoutJobs(const TakeoutJobs&) = delete;
  TakeoutJobs& operator=(const TakeoutJobs&) = delete;

  struct Accepted {
    jobs::JobInfo job;
    bool is_cached = false;  // the same was imported before: `job` is that import, ended
  };
  /// Errors: kInvalidArgument (nothing to import, wrong options), kPermissionDenied (a path that is not
  /// allowed), kNotFound, kConflict (an upload that is not whole or is being imported), kResourceExhausted,
  /// kUnavailable (stopping), kIo.
  Result<Accepted> submit(TakeoutOrder order);

  /// Takes up what the last process left, and begins to work.
  void start();
  /// Puts the running import and those that wait down, to be taken up by the next process. Blocks until the
  /// batch being stored is done.
  void stop();

  static constexpr std::string_view kKind = "takeout";

 private:
  struct Waiting {
    jobs::Job job;
    TakeoutOrder order;
  };
  Status work_out_parts(TakeoutOrder& order);
  Status add_path(const std::string& path, TakeoutOrder& order);
  Status add_file(const std::string& path, TakeoutOrder& order);
  Status add_upload(const std::string& id, TakeoutOrder& order);
  void put_back(const TakeoutOrder& order);
  /// Lets go of imports that were cancelled while they waited, and of their uploads.
  void drop_ended() LAKE_REQUIRES(mutex_);
  std::optional<jobs::JobInfo> imported_before(const TakeoutOrder& order);
  bool is_in_ledger(const jobs::JobInfo& job) const;
  void remember(const TakeoutOrder& order, const jobs::JobInfo& job);
  Result<Accepted> enqueue(TakeoutOrder order);
  void run_all();
  void run(Waiting& next);
  /// From now on stop() cancels it. False when that was called already.
  bool begin(const jobs::Job& job);
  Status import(jobs::Job& job, TakeoutOrder& order);
  Status bring_parts(jobs::Job& job, TakeoutOrder& order);
  Status bring_part(jobs::Job& job, TakeoutOrder& order, OrderedPart& part);
  Status import_traced(jobs::Job& job, TakeoutOrder& order, const telemetry::Tracing& tracing);
  Result<std::string> read_parts(jobs::Job& job, const TakeoutOrder& order,
                                 const telemetry::Tracing& tracing);

  const TakeoutMachine machine_;
  const access::AllowedPaths allowed_;
  const TakeoutJobsOptions options_;
  const ArchiveShelf shelf_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Waiting> waiting_ LAKE_GUARDED_BY(mutex_);
  std::optional<jobs::JobId> running_ LAKE_GUARDED_BY(mutex_);
  bool stopping_ LAKE_GUARDED_BY(mutex_) = false;
  std::map<std::string, jobs::JobId> complete_ LAKE_GUARDED_BY(mutex_);  // by order_key()
  std::thread thread_;
};

}  // namespace lake::ingest
