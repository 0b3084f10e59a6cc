#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/catalog/catalog.hpp"
#include "lake/catalog/commit_queue.hpp"
#include "lake/catalog/id_reserve.hpp"
#include "lake/catalog/lake_change.hpp"
#include "lake/catalog/room_reserve.hpp"
#include "lake/catalog/sqlite_connection.hpp"
#include "lake/catalog/statistics_room.hpp"

namespace lake::catalog {

/// Versions held by readers, and the bound below which none can be held any more: each version is either held
/// before it expires, or refused. Threads: any. Shared, so that a pin may outlive the catalog.
class PinnedVersions {
 public:
  /// False, and not held, when the version lies below the bound.
  [[nodiscard]] bool add(CommitId version);
  /// Holds a version that is known to be kept although it lies below the bound.
  void add_kept(CommitId version);
  void remove(CommitId version);
  /// Raises the bound to `version`, or only to the oldest version held when that is older. Returns which.
  CommitId close_below(CommitId version);

 private:
  mutable Mutex mutex_;
  CommitId bound_ LAKE_GUARDED_BY(mutex_) = 0;
  std::multiset<CommitId> versions_ LAKE_GUARDED_BY(mutex_);
};

/// The catalog in one SQLite database. Members are grouped by thread: those of the committer are for whoever
/// has the queue's turn, touch the connection and take no lock; what other threads see is guarded.
class SqliteCatalog final : public Catalog {
 public:
  SqliteCatalog(os::FileSystem& files, os::Clock& clock, os::Random& random, telemetry::Metrics& metrics,
                const std::string& directory, const CatalogOptions& options,
                std::uint64_t statistics_bytes_max, std::uint64_t reserve_bytes, telemetry::Log* log);
  ~SqliteCatalog() override;
  /// Connects, loads the newest version and starts the committer.
  Status load();

  SnapshotPtr current() override;
  Result<SnapshotPtr> at_version(CommitId version) override;
  Result<SnapshotPtr> at_time(std::int64_t micros) override;
  Result<SnapshotPtr> at_tag(const std::string& name) override;
  Result<CommitOutcome> commit(CommitRequest request) override;
  NewTable reserve_table(const std::string& schema, const std::string& name) override;
  Result<FileId> reserve_files(TableId table, std::uint64_t count) override;
  Result<SnapshotPtr> seal_segments(TableId table) override;
  Result<std::vector<CommitInfo>> commits(CommitId from, CommitId to) override;
  Result<std::vector<FileRecord>> files_between(TableId table, CommitId from, CommitId to) override;
  Result<TableHistory> history(TableId table, CommitId from, CommitId to) override;
  Result<std::vector<TagInfo>> tags() override;
  Status put_tag(const std::string& name, std::optional<CommitId> version) override;
  Status drop_tag(const std::string& name) override;
  Result<std::unique_ptr<Pin>> pin(CommitId version) override;
  Result<CommitId> expire(std::int64_t older_than_micros, std::uint64_t keep_last,
                          std::chrono::microseconds grace) override;
  Result<CommitId> oldest_kept() override;
  Result<std::vector<PendingDelete>> pending_deletes() override;
  Status forget_pending_delete(const std::string& path) override;
  Result<std::vector<std::string>> known_paths() override;
  Status put_stats(TableId table, FileId file, std::vector<ColumnStats> stats) override;
  Result<std::vector<Problem>> verify() override;
  Status close() override;

 private:
  struct Accepted {
    Ticket* ticket;
    LakeChange change;
  };
  struct Repeated {
    Ticket* ticket;
    CommitId commit_id;
  };
  struct Group {
    std::vector<Accepted> accepted;
    std::vector<Repeated> repeated;
    SnapshotPtr head;
    bool writes = false;
  };

  /// The committer's thread.
  void run();

  // By whoever has the queue's turn: the committer's thread, or a client alone on its own.
  /// Like the committer's thread the program ends where there is no memory left.
  void commit_alone(Ticket& ticket) noexcept;
  void commit_group(std::span<Ticket* const> tickets);
  /// False when the storage failed and nothing was committed: `failure` says how.
  Result<bool> try_group(std::span<Ticket* const> tickets);
  Status judge(Ticket& ticket, Group& group);
  void publish(Group& group);
  void set_head(SnapshotPtr head);
  void refuse_work(const Error& reason);
  [[nodiscard]] bool checkpoint_is_due() const;
  void checkpoint();
  /// Runs `body` in a transaction of its own.
  Status transact(const std::function<Status()>& body);
  /// The same for what frees space: where there is no room for it, the reserve is given for it.
  Status transact_to_free(const std::function<Status()>& body);
  Result<SnapshotPtr> load_version(CommitId version);
  Result<bool> is_kept(CommitId version);
  Result<CommitId> oldest_row();
  Result<CommitId> expiry_bound(std::int64_t older_than_micros, std::uint64_t keep_last);
  Status expire_rows(CommitId bound, std::int64_t not_before_micros);
  Status write_floors();
  Status replace_stats(TableId table, FileId file, const FileStats& stats);
  Result<std::vector<FileRecord>> read_files(TableId table, CommitId from, CommitId to);
  Status read_segments(TableId table, CommitId from, CommitId to, TableHistory& history);
  Status read_segment_chunks(SegmentRecord& record);
  Status read_deletes(TableId table, CommitId from, CommitId to, TableHistory& history);

  /// Runs `body` on the committer's thread and waits for its answer.
  template <class T>
  Result<T> ask(const std::function<Result<T>()>& body) {
    Result<T> answer = Error(ErrorCode::kInternal, "the catalog did not answer");
    Ticket ticket;
    ticket.work = [&] {
      if (refused_) {
        answer = *refused_;
      } else {
        answer = body();
      }
    };
    LAKE_CHECK_OK(queue_.enter(ticket));
    queue_.wait(ticket);
    return answer;
  }

  // const after load(), or with locks of their own
  os::FileSystem& files_;
  os::Clock& clock_;
  os::Random& random_;
  const std::string path_;
  const CatalogOptions options_;
  IdReserve ids_;
  CommitQueue queue_;
  std::shared_ptr<PinnedVersions> pins_ = std::make_shared<PinnedVersions>();
  StatisticsRoom statistics_;
  telemetry::Counter& commits_total_;
  telemetry::Counter& conflicts_total_;
  telemetry::Counter& groups_total_;
  telemetry::Histogram& sync_seconds_;
  telemetry::Gauge& log_bytes_;
  telemetry::Gauge& queue_depth_;
  telemetry::Gauge& inline_bytes_;
  telemetry::Gauge& inline_chunks_;
  telemetry::Gauge& inline_segments_;
  std::thread committer_;

  // the committer's: of whoever has the queue's turn
  std::unique_ptr<SqliteConnection> connection_;
  CommitterState state_{statistics_, {}, 1, 1};
  RoomReserve reserve_;
  std::optional<Error> refused_;           // why no more work is taken
  std::chrono::nanoseconds sync_time_{0};  // moving average of COMMIT

  mutable Mutex mutex_;
  SnapshotPtr head_ LAKE_GUARDED_BY(mutex_);
  std::deque<SnapshotPtr> history_ LAKE_GUARDED_BY(mutex_);  // recently asked versions, newest use first
  bool closed_ LAKE_GUARDED_BY(mutex_) = false;
};

}  // namespace lake::catalog
