#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/catalog/model.hpp"
#include "lake/tables/lake.hpp"

namespace duckdb {
class DuckDB;
}

namespace lake::engine {
class Engine;
}

namespace lake::tables {

/// Files and segments of one table to be replaced by Parquet files of the same rows.
struct RewriteOrder {
  catalog::SnapshotPtr snapshot;  // sees the sources whole (segments: from Catalog::seal_segments)
  catalog::TableId table = 0;
  std::vector<catalog::FileId> sources;
  std::function<bool()> stop_asked;  // polled between steps; true ends with kCancelled
  std::function<void()> pause;       // called between steps, to let waiting queries run first
  // Reads and writes in a thread of the lowest priority (`stop_asked` and `pause` are called there); what
  // others may wait for, the commit, stays with the caller. For work that nobody waits for.
  bool behind_others = false;
};

struct RewriteOutcome {
  std::uint64_t files_after = 0;
  std::uint64_t row_count = 0;
  std::uint64_t bytes = 0;
};

/// Writes the live rows of the sources as new files in the table's current layout (partition spec, sort
/// order) and replaces the sources by them in one catalog commit. Rows keep their identity (_row_id,
/// _last_updated_sequence_number). Concurrent deletes of moved rows are carried over to the new files;
/// appends never disturb it. Durability: as any commit. On an error nothing changed; files already written
/// are orphans. Errors: kConflict (a source is gone or the table was altered: plan anew), kCancelled, and
/// those of scans and commits. Threads: any; uses its own connection and at most one thread for reading.
Result<RewriteOutcome> rewrite(engine::Engine& engine, Lake& lake, const RewriteOrder& order);

/// Computes the statistics that files of a table lack, by reading them, and stores them. Returns how many
/// files it read. Errors: those of scans; kNotFound.
Result<std::uint64_t> analyze(engine::Engine& engine, Lake& lake, catalog::TableId table);

}  // namespace lake::tables
