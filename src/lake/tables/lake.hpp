#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lake/catalog/catalog.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"
#include "lake/telemetry/metrics.hpp"

namespace duckdb {
class DuckDB;
struct DBConfig;
}  // namespace duckdb

namespace lake::jobs {
class Jobs;
}

namespace lake::tables {

/// File statistics in the form that planning reads, kept between statements.
class BoundsCache;
std::shared_ptr<BoundsCache> make_bounds_cache();
/// Data files that no version names yet.
class FileLeases;
std::shared_ptr<FileLeases> make_file_leases();
/// Compares data files with their checksums before their first use.
class FileVerifier;
std::shared_ptr<FileVerifier> make_file_verifier(telemetry::Metrics& metrics, bool on_first_use);

/// Bounds and choices of reading and writing tables.
struct TableOptions {
  std::uint64_t inline_rows_max = 10000;  // a statement that writes more rows makes Parquet
  std::uint64_t inline_bytes_max = 1ULL << 20U;
  std::uint64_t file_bytes_target = 128ULL << 20U;
  std::uint64_t row_group_rows = 122880;
  std::string compression = "zstd";
  // Inline rows. A flush begins at flush_percent of a bound; at the bound a commit waits for it
  // (make_inline_room).
  std::uint64_t segment_bytes_max = 256ULL << 20U;                      // per table
  std::uint64_t segment_count_max = 400'000;                            // commits, per table
  std::chrono::microseconds segment_age_max{std::chrono::minutes(10)};  // of the oldest, per table
  std::uint64_t flush_percent = 50;
  std::uint64_t inline_memory_max =
      0;  // all tables together, as the catalog holds them in memory; 0 = unbounded
  std::chrono::milliseconds flush_wait_max{10'000};
  bool verify_reads = true;  // compare each data file with its checksum before its first use in this process
  bool pruning = true;       // off only to test that it never changes a result
};

/// Upkeep that a statement can ask for by hand.
enum class UpkeepTask : std::uint8_t { kFlush, kCompact, kAnalyze, kExpire, kRemoveOrphans };
struct UpkeepOrder {
  UpkeepTask task = UpkeepTask::kFlush;
  std::optional<catalog::TableId> table;  // absent = all
};
/// One thing that upkeep did.
struct UpkeepReport {
  std::string table;   // "schema.name", empty when it concerns the lake
  std::string action;  // "flush", "compact", "analyze", "expire", "remove orphan"
  std::uint64_t files_before = 0;
  std::uint64_t files_after = 0;
  std::uint64_t row_count = 0;
  std::uint64_t bytes = 0;
};

/// What the tables need from the rest of the house. Outlives every DuckDB instance that uses it.
struct Lake {
  catalog::Catalog& catalog;
  os::FileSystem& files;
  os::Clock& clock;
  os::Random& random;
  telemetry::Metrics& metrics;
  jobs::Jobs& jobs;
  std::string data_directory;  // absolute
  TableOptions options;
  std::function<void(catalog::TableId)> wants_flush =
      {};  // told when a table's inline rows pass a bound; may be empty
  /// Does upkeep now, on its own connection and transactions, and waits for it; empty = there is none in this
  /// process.
  std::function<Result<std::vector<UpkeepReport>>(const UpkeepOrder&)> upkeep = {};
  /// Flushes the inline rows of a table (absent = of all) for a commit that waits for it, in its thread or by
  /// waiting for another's flush; asked `given_up` again and again. Errors: those of the flush, kCancelled
  /// when given up.
  std::function<Status(std::optional<catalog::TableId>, const std::function<bool()>& given_up)> make_room =
      {};
  std::shared_ptr<BoundsCache> bounds = make_bounds_cache();
  std::shared_ptr<FileLeases> leases = make_file_leases();
  std::shared_ptr<FileVerifier> verifier = make_file_verifier(metrics, options.verify_reads);
};

/// Registers the storage extension "lake", so that opening the path "lake:" makes `lake` the default
/// database.
void register_storage(duckdb::DBConfig& config, Lake& lake);
/// Registers the SQL functions and procedures of the lake: lake_snapshots(), lake_files(), ...
void register_functions(duckdb::DuckDB& database, Lake& lake);

}  // namespace lake::tables
