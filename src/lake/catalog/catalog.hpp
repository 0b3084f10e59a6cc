#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/catalog/commit.hpp"
#include "lake/catalog/model.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::catalog {

struct CatalogOptions {
  std::uint64_t sqlite_cache_bytes = 32ULL << 20U;
  std::uint64_t checkpoint_bytes = 16ULL << 20U;  // SQLite WAL size that starts a checkpoint
  std::size_t queue_depth_max = 1024;             // commits waiting; more are kResourceExhausted
  std::size_t group_size_max = 256;               // commits sharing one sync
  std::uint32_t segment_rows_max = 122880;  // rows of one inline segment before the next file id is used
};

struct TagInfo {
  std::string name;
  CommitId version = 0;
  std::int64_t created_micros = 0;
};
struct CommitInfo {
  CommitId commit_id = 0;
  std::int64_t micros = 0;
  std::string author;
  std::string message;
  std::string changes;  // short text: "insert main.t +1 file; delete main.u 3 rows"
};
/// A file of any version, for time travel, expiry and checks.
struct FileRecord {
  TableId table_id = 0;
  DataFile file;
  CommitId end = 0;        // first version that no longer sees it, 0 = live
  bool rewritten = false;  // holds rows moved from other files (flush, compaction)
};
/// Rows that a file or segment has lost. A version has lost those of all records that it sees.
struct DeleteRecord {
  FileId file_id = 0;
  CommitId begin = 0;
  CommitId end = 0;  // 0 = live
  BitmapPtr bitmap;
};
/// A segment of any version, whole as last committed to; its chunks tell which version added which rows.
struct SegmentRecord {
  SegmentView view;
  CommitId end = 0;  // first version that no longer sees it, 0 = live
};
/// What a range of versions saw of one table's data.
struct TableHistory {
  std::vector<FileRecord> files;        // ascending file id
  std::vector<SegmentRecord> segments;  // ascending file id
  std::vector<DeleteRecord> deletes;    // ascending file id and begin
};
struct PendingDelete {
  std::string path;
  std::int64_t not_before_micros = 0;
};
struct Problem {
  std::string where;
  std::string what;
};

/// The lake's truth: versions, tables, files, deletes and inline segments, kept in SQLite on our FileSystem.
///
/// Durability: commit() returns after the catalog transaction is on disk; many commits share one sync (group
/// commit). Order: commits are numbered without gaps in the order they became durable; commit times never go
/// back. Threads: all members from any thread. One thread at a time uses the only SQLite connection;
/// current() never waits for it. Crash: reopen gives the state of the last durable commit. Lifetime: the
/// references passed to open() must outlive the catalog; close() before destruction. Format:
/// docs/formats/catalog.md.
class Catalog {
 public:
  /// Opens or creates `<directory>/catalog.sqlite`.
  /// Errors: kCorruption (not a lake catalog, damaged: names file and finding), kUnsupported (newer format;
  /// message tells both versions), kPermissionDenied (read-only directory), kIo.
  static Result<std::unique_ptr<Catalog>> open(os::FileSystem& files, os::Clock& clock, os::Random& random,
                                               telemetry::Metrics& metrics, const std::string& directory,
                                               const CatalogOptions& options);
  virtual ~Catalog() = default;

  /// The newest snapshot. Wait-free apart from one short lock.
  virtual SnapshotPtr current() = 0;
  /// An older version, rebuilt from the catalog and cached a while. Errors: kNotFound (never existed),
  /// kInvalidArgument with the oldest version still kept (expired).
  virtual Result<SnapshotPtr> at_version(CommitId version) = 0;
  virtual Result<SnapshotPtr> at_time(std::int64_t micros) = 0;  // last commit at or before
  virtual Result<SnapshotPtr> at_tag(const std::string& name) = 0;

  /// Applies one atomic change. Errors: kConflict, kNotFound, kAlreadyExists, kInvalidArgument,
  /// kResourceExhausted (queue full, disk full), kIo (nothing was committed), kCommitUnknown (the sync
  /// failed; the catalog then refuses work until reopened).
  virtual Result<CommitOutcome> commit(CommitRequest request) = 0;

  /// Names for things not yet committed; never given twice in a process, nor after a restart once committed.
  struct NewTable {
    TableId table_id;
    std::string uuid;
    std::string location;
  };
  virtual NewTable reserve_table(const std::string& schema, const std::string& name) = 0;
  /// `count` consecutive file ids of a table, the first returned. Errors: kResourceExhausted beyond
  /// RowAddress::kFileIdMax.
  virtual Result<FileId> reserve_files(TableId table, std::uint64_t count) = 0;

  /// Lets the table's inline segments grow no more (the next append begins a new one) and returns a snapshot
  /// that sees them whole, so that a flush of them cannot lose a race against appends. Not a version. Errors:
  /// kNotFound.
  virtual Result<SnapshotPtr> seal_segments(TableId table) = 0;

  virtual Result<std::vector<CommitInfo>> commits(CommitId from, CommitId to) = 0;  // ascending, inclusive
  virtual Result<std::vector<FileRecord>> files_between(TableId table, CommitId from,
                                                        CommitId to) = 0;  // alive in any of [from, to]
  /// Everything of a table's data that was alive in any version of [from, to].
  virtual Result<TableHistory> history(TableId table, CommitId from, CommitId to) = 0;
  virtual Result<std::vector<TagInfo>> tags() = 0;
  /// Names a version (absent = the newest), so that it never expires. Errors: kAlreadyExists when the name is
  /// given to another version, kNotFound (no such version), kInvalidArgument (expired, empty name).
  virtual Status put_tag(const std::string& name, std::optional<CommitId> version) = 0;
  virtual Status drop_tag(const std::string& name) = 0;

  /// Keeps a version (and all after it) from expiring while held.
  class Pin {
   public:
    virtual ~Pin() = default;
  };
  /// Errors: kInvalidArgument when it has expired already; then what was loaded of it is good no more.
  virtual Result<std::unique_ptr<Pin>> pin(CommitId version) = 0;

  /// Forgets versions older than both bounds, except tagged and pinned ones; files that no kept version sees
  /// become pending deletes, not before `grace` from now. Returns the oldest version kept.
  virtual Result<CommitId> expire(std::int64_t older_than_micros, std::uint64_t keep_last,
                                  std::chrono::microseconds grace) = 0;
  virtual Result<CommitId> oldest_kept() = 0;
  virtual Result<std::vector<PendingDelete>> pending_deletes() = 0;
  virtual Status forget_pending_delete(const std::string& path) = 0;
  /// Paths of all files known to any kept version or pending delete.
  virtual Result<std::vector<std::string>> known_paths() = 0;

  /// Replaces statistics of files (lake_analyze); not a version.
  virtual Status put_stats(TableId table, FileId file, std::vector<ColumnStats> stats) = 0;

  /// Verifies the catalog's own rules (SQLite integrity, references, counts, segment bytes checksums).
  virtual Result<std::vector<Problem>> verify() = 0;

  /// Stops the committer after the queue is drained and closes SQLite.
  virtual Status close() = 0;
};

}  // namespace lake::catalog
