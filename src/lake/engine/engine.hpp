#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/telemetry/metrics.hpp"

namespace duckdb {
class DuckDB;
struct DBConfig;
}  // namespace duckdb

namespace lake::engine {

struct EngineOptions {
  std::string data_directory;        // absolute; files below it go through our FileSystem
  std::string temp_directory;        // spill space, emptied at open
  std::uint64_t temp_bytes_max = 0;  // 0 = 90 % of the free disk
  std::uint64_t memory_bytes = 0;    // DuckDB's share of the memory limit
  unsigned threads = 0;              // 0 = one for each CPU
  std::uint64_t open_files_max = 0;  // below data_directory, at once; 0 = no bound
};

/// One life of the embedded DuckDB. Sessions hold it while they hold a connection.
struct Instance {
  std::uint64_t generation = 0;  // grows with each rebuild
  std::shared_ptr<duckdb::DuckDB> database;
};

/// Owns the embedded DuckDB: settings, spill space, file access, and its rebuild when DuckDB declares itself
/// invalid.
///
/// Threads: all members from any thread.
/// Rebuild: after report_invalid(g) for the current generation g, the next instance() builds a new DuckDB on
/// the same catalog; statements of the old one end with kUnavailable (retryable), committed data is
/// untouched. Lifetime: the references given to open() outlive the engine; sessions are gone before it is
/// destroyed.
class Engine {
 public:
  /// Called on each build: before DuckDB opens (storage extension) and after (functions, optimizer rules).
  struct Hooks {
    std::function<void(duckdb::DBConfig&)> before_open;
    std::function<void(duckdb::DuckDB&)> after_open;
  };

  /// Opens DuckDB with the lake as its default database. Errors: kIo, kInvalidArgument (settings), kInternal.
  static Result<std::unique_ptr<Engine>> open(os::FileSystem& files, os::Clock& clock,
                                              telemetry::Metrics& metrics, EngineOptions options,
                                              Hooks hooks);
  ~Engine();

  /// The living instance; rebuilds it first when it was reported invalid. Errors: those of open().
  Result<Instance> instance();
  /// Tells that a statement of `generation` found DuckDB invalid. Idempotent; ignored for older generations.
  void report_invalid(std::uint64_t generation);

  [[nodiscard]] const EngineOptions& options() const { return options_; }

 private:
  Engine(os::FileSystem& files, os::Clock& clock, telemetry::Metrics& metrics, EngineOptions options,
         Hooks hooks);
  Result<std::shared_ptr<duckdb::DuckDB>> build(std::uint64_t generation);

  // const after construction
  os::FileSystem& files_;
  os::Clock& clock_;
  telemetry::Metrics& metrics_;
  const EngineOptions options_;
  const Hooks hooks_;
  // guarded by mutex_
  Mutex mutex_;
  Instance current_ LAKE_GUARDED_BY(mutex_);
  bool invalid_ LAKE_GUARDED_BY(mutex_) = true;
};

}  // namespace lake::engine
