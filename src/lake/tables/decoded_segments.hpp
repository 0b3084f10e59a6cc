#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/table_view.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::tables {

/// Rows of inline segments, decoded and merged, shared by all snapshots that see them.
///
/// A segment's rows lie in pieces that shrink at least by half from the first to the last, so a row is copied
/// a logarithmic number of times and a scan meets as many inputs. merge() keeps up with commits; a read
/// decodes what is left. Memory: the engine's, counted against its limit; pieces of a block and more may be
/// spilled to disk. Rows of a segment that no snapshot sees any more are freed soon after (sweep()). Threads:
/// any. Lifetime: a part of one DuckDB instance; rows given out end before the instance.
class DecodedSegments {
 public:
  DecodedSegments(duckdb::DatabaseInstance& database, telemetry::Metrics& metrics);
  ~DecodedSegments();
  DecodedSegments(const DecodedSegments&) = delete;
  DecodedSegments& operator=(const DecodedSegments&) = delete;

  /// The committed inline rows of a table as its snapshot sees them, ascending in file id and position.
  /// Errors: an engine exception with kCorruption, or out of memory.
  std::vector<RowRunPtr> runs_of(const catalog::Table& table);

  /// After a commit to the table: decodes what has gathered since the last time, when it is worth it. Never
  /// fails (what could not be decoded is found again by the next read) and never waits for another thread.
  void merge(const catalog::Table& table) noexcept;

  /// Frees rows of segments that are gone, when it holds rows of more than `living` segments.
  void sweep(std::uint64_t living);

  /// Bytes held by decoded rows.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  class Rows;  // of one segment
  struct Entry {
    std::weak_ptr<const catalog::Segment> segment;
    std::shared_ptr<Rows> rows;
  };
  std::shared_ptr<Rows> rows_of(const std::shared_ptr<const catalog::Segment>& segment);
  void sweep_locked() LAKE_REQUIRES(mutex_);

  duckdb::DatabaseInstance& database_;
  telemetry::Gauge& decoded_bytes_;
  mutable Mutex mutex_;
  std::map<const catalog::Segment*, Entry> entries_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::tables
