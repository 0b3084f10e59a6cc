#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "lake/access/paths.hpp"
#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/ingest/file_ingestion.hpp"
#include "lake/ingest/upload_store.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/os/directory_watch.hpp"
#include "lake/query/session.hpp"
#include "lake/telemetry/log.hpp"

namespace lake::ingest {

/// What IngestionJobs works with; outlives it.
struct IngestionMachine {
  query::Sessions& sessions;
  jobs::Jobs& jobs;
  UploadStore& uploads;
  os::FileSystem& files;
  os::Clock& clock;
  telemetry::Metrics& metrics;
  telemetry::Log& log;
};

struct IngestionOptions {
  std::size_t queued_max = 100;            // files that wait for their turn
  std::vector<std::string> watched{};      // folders whose files are taken
  std::chrono::milliseconds settle{2000};  // how long a file in one has to stay as it is
  std::chrono::milliseconds look_every{5000};
  IngestionBounds bounds{};
};

/// Files and records on their way into tables, as jobs of a server: one at a time, others wait.
///
/// An order is kept before submit() answers and taken up by the next process; its run in `ingest.run` and its
/// rows are one transaction, so it happens once. Files of watched folders are taken when they are settled,
/// and moved to done/ or error/ after it: one that was stored before a crash is moved and not stored again.
/// Metrics: dplake_ingestion_success_total, _errors_total, _records_total, _refused_total, _bytes_total,
/// _busy_micros_total, _queue_size. Threads: submit() from any; start() and stop() from one.
class IngestionJobs {
 public:
  IngestionJobs(IngestionMachine machine, access::AllowedPaths allowed, IngestionOptions options);
  ~IngestionJobs();
  IngestionJobs(const IngestionJobs&) = delete;
  IngestionJobs& operator=(const IngestionJobs&) = delete;

  /// `upload`: the id of a complete upload that holds the file; empty: file.path is a path of the server.
  /// Errors: kPermissionDenied (a path that is not allowed), kNotFound, kConflict (an upload that is taken),
  /// kResourceExhausted, kUnavailable (stopping), kIo.
  Result<jobs::JobInfo> submit(FileIngestion file, const std::string& upload);

  /// Whether a file could be ingested, as far as its beginning tells. Errors: as source_file_of().
  Status look_at(const FileIngestion& file);
  /// Reads what look_at() let through, when it is not large: its job reads it anyway. Errors: as
  /// verify_ingestion().
  Status verify(const FileIngestion& file);
  static constexpr std::uint64_t kVerifiedBytesMax = 64U << 20U;

  struct Counts {
    std::uint64_t successes = 0;
    std::uint64_t errors = 0;
    std::uint64_t records = 0;
    std::uint64_t refused = 0;
    std::uint64_t bytes = 0;
    std::uint64_t busy_micros = 0;
    std::uint64_t waiting = 0;
  };
  /// Since the server started.
  Counts counts();

  /// Takes up what the last process left, and begins to work. Errors: kIo, kNotFound (a watched folder).
  Status start();
  /// Puts what is being stored down, to be taken up by the next process, and blocks until it is.
  void stop();

  static constexpr std::string_view kKind = "ingestion";

 private:
  struct Waiting {
    jobs::Job job;
    FileIngestion file;
    std::string upload;
  };
  class Ingesting;
  void run_all();
  void run(Waiting& next);
  Result<CheckedImportReport> ingest(jobs::Job& job, const FileIngestion& file, const std::string& run_id);
  void watch_all();
  void take(class WatchedFolder& folder, const struct SettledFile& file);
  [[nodiscard]] bool is_stopping();

  const IngestionMachine machine_;
  const access::AllowedPaths allowed_;
  const IngestionOptions options_;
  telemetry::Counter& successes_;
  telemetry::Counter& errors_;
  telemetry::Counter& records_;
  telemetry::Counter& refused_;
  telemetry::Counter& bytes_;
  telemetry::Counter& micros_;
  telemetry::Gauge& queue_size_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Waiting> waiting_ LAKE_GUARDED_BY(mutex_);
  bool stopping_ LAKE_GUARDED_BY(mutex_) = false;
  std::vector<const Ingesting*> working_ LAKE_GUARDED_BY(mutex_);  // what is being stored
  std::unique_ptr<os::DirectoryWatch> watch_;
  std::thread worker_;
  std::thread watcher_;
};

}  // namespace lake::ingest
