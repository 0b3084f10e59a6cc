#include <algorithm>

#include "lake/catalog/definition_text.hpp"
#include "lake/catalog/row_writer.hpp"
#include "lake/catalog/snapshot_loader.hpp"
#include "lake/catalog/sqlite_catalog.hpp"

namespace lake::catalog {
namespace {

constexpr std::size_t kHistoryMax = 8;  // older snapshots kept in memory

/// True in SQL for a row that no kept version sees; ?1 is the oldest version that is kept with all after it.
#define LAKE_UNSEEN                                                                               \
  "end_commit <= ?1 AND NOT EXISTS (SELECT 1 FROM tags WHERE tags.commit_id >= begin_commit AND " \
  "tags.commit_id < end_commit)"

Error expired(CommitId version, CommitId oldest) {
  return Error(ErrorCode::kInvalidArgument, "version " + std::to_string(version) +
                                                " has expired; the oldest version kept is " +
                                                std::to_string(oldest));
}

/// Lets go of a version that was held before it was made.
class VersionPin final : public Catalog::Pin {
 public:
  VersionPin(std::shared_ptr<PinnedVersions> pins, CommitId version)
      : pins_(std::move(pins)), version_(version) {}
  ~VersionPin() override { pins_->remove(version_); }
  VersionPin(const VersionPin&) = delete;
  VersionPin& operator=(const VersionPin&) = delete;

 private:
  std::shared_ptr<PinnedVersions> pins_;
  CommitId version_;
};

/// Hands every row of a query to `each`.
template <class Each>
Status for_each_row(Result<Rows> rows, Each each) {
  if (!rows) return Error(std::move(rows).error());
  for (;;) {
    LAKE_TRY(const bool more, rows->next());
    if (!more) return ok();
    LAKE_CHECK_OK(each(*rows));
  }
}

Status read_record(const Rows& rows, FileRecord& record) {
  record.table_id = table_of_file_key(rows.natural(0));
  record.file.file_id = file_of_file_key(rows.natural(0));
  record.file.begin = rows.natural(1);
  record.end = rows.natural(2);
  LAKE_TRY(record.file.stats, FileStats::parse(rows.text(3)));
  record.rewritten = rows.natural(15) == 0;  // moved rows take no fresh ids
  return read_file_row(rows, 4, record.file);
}

}  // namespace

bool PinnedVersions::add(CommitId version) {
  const MutexLock lock(mutex_);
  if (version < bound_) return false;
  versions_.insert(version);
  return true;
}

void PinnedVersions::add_kept(CommitId version) {
  const MutexLock lock(mutex_);
  versions_.insert(version);
}

void PinnedVersions::remove(CommitId version) {
  const MutexLock lock(mutex_);
  versions_.erase(versions_.find(version));
}

CommitId PinnedVersions::close_below(CommitId version) {
  const MutexLock lock(mutex_);
  if (!versions_.empty()) version = std::min(version, *versions_.begin());
  bound_ = std::max(bound_, version);
  return version;
}

Result<std::unique_ptr<Catalog::Pin>> SqliteCatalog::pin(CommitId version) {
  if (!pins_->add(version)) {
    // Below the bound: a tag may keep it. Expiry runs on the committer's thread too, so not in between.
    const Status held = ask<void>([this, version]() -> Status {
      LAKE_TRY(const bool kept, is_kept(version));
      if (kept) {
        pins_->add_kept(version);
        return ok();
      }
      LAKE_TRY(const CommitId oldest, oldest_row());
      return expired(version, oldest);
    });
    LAKE_CHECK_OK(held);
  }
  return std::unique_ptr<Pin>(std::make_unique<VersionPin>(pins_, version));
}

Result<CommitId> SqliteCatalog::oldest_row() {
  LAKE_TRY(const auto oldest,
           connection_->number("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'oldest_kept'"));
  return static_cast<CommitId>(oldest.value_or(0));
}

Result<bool> SqliteCatalog::is_kept(CommitId version) {
  LAKE_TRY(const CommitId oldest, oldest_row());
  if (version >= oldest) return true;
  LAKE_TRY(const auto tagged, connection_->number("SELECT count(*) FROM tags WHERE commit_id = ?1", version));
  return tagged.value_or(0) != 0;
}

Result<SnapshotPtr> SqliteCatalog::load_version(CommitId version) {
  SnapshotPtr head = current();
  if (version == head->commit_id) return head;
  if (version > head->commit_id) {
    return Error(ErrorCode::kNotFound, "no such version: " + std::to_string(version) + ", the newest is " +
                                           std::to_string(head->commit_id));
  }
  LAKE_TRY(const bool kept, is_kept(version));
  if (!kept) {
    LAKE_TRY(const CommitId oldest, oldest_row());
    return expired(version, oldest);
  }
  SnapshotLoader loader(*connection_, version, head.get(), &statistics_);
  LAKE_TRY(SnapshotPtr snapshot, loader.load());
  const MutexLock lock(mutex_);
  history_.push_front(snapshot);
  if (history_.size() > kHistoryMax) history_.pop_back();
  return snapshot;
}

Result<SnapshotPtr> SqliteCatalog::at_version(CommitId version) {
  {
    const MutexLock lock(mutex_);
    if (head_->commit_id == version) return head_;
    const auto known = std::find_if(history_.begin(), history_.end(), [version](const SnapshotPtr& snapshot) {
      return snapshot->commit_id == version;
    });
    if (known != history_.end()) {
      SnapshotPtr snapshot = *known;
      history_.erase(known);
      history_.push_front(snapshot);
      return snapshot;
    }
  }
  return ask<SnapshotPtr>([this, version] { return load_version(version); });
}

Result<SnapshotPtr> SqliteCatalog::at_time(std::int64_t micros) {
  LAKE_TRY(const CommitId version, ask<CommitId>([this, micros]() -> Result<CommitId> {
             LAKE_TRY(const auto found,
                      connection_->number(
                          "SELECT commit_id FROM commits WHERE micros <= ?1 ORDER BY commit_id DESC LIMIT 1",
                          micros));
             LAKE_TRY(const CommitId oldest, oldest_row());
             // Between two tagged versions commits are missing: what was current then is not known any more.
             if (found && static_cast<CommitId>(*found) >= oldest) return static_cast<CommitId>(*found);
             if (oldest > 0) {
               return Error(ErrorCode::kInvalidArgument,
                            "that time has expired; the oldest version kept is " + std::to_string(oldest));
             }
             return Error(ErrorCode::kNotFound, "the lake did not exist at that time");
           }));
  return at_version(version);
}

Result<SnapshotPtr> SqliteCatalog::at_tag(const std::string& name) {
  LAKE_TRY(const CommitId version, ask<CommitId>([this, &name]() -> Result<CommitId> {
             LAKE_TRY(const auto found,
                      connection_->number("SELECT commit_id FROM tags WHERE name = ?1", name));
             if (!found) return Error(ErrorCode::kNotFound, "no such tag: " + name);
             return static_cast<CommitId>(*found);
           }));
  return at_version(version);
}

Result<std::vector<CommitInfo>> SqliteCatalog::commits(CommitId from, CommitId to) {
  return ask<std::vector<CommitInfo>>([this, from, to]() -> Result<std::vector<CommitInfo>> {
    std::vector<CommitInfo> list;
    LAKE_CHECK_OK(for_each_row(
        connection_->query("SELECT commit_id, micros, author, message, changes FROM commits"
                           " WHERE commit_id >= ?1 AND commit_id <= ?2 ORDER BY commit_id",
                           from, std::min<CommitId>(to, INT64_MAX)),
        [&](const Rows& rows) -> Status {
          list.push_back({rows.natural(0), rows.integer(1), rows.text(2), rows.text(3), rows.text(4)});
          return ok();
        }));
    return list;
  });
}

Result<std::vector<FileRecord>> SqliteCatalog::read_files(TableId table, CommitId from, CommitId to) {
  std::vector<FileRecord> records;
  LAKE_CHECK_OK(for_each_row(
      connection_->query(
          "SELECT f.file_key, f.begin_commit, f.end_commit, s.stats, f.path, f.row_count, f.bytes,"
          " f.footer_bytes, f.checksum, f.schema_id, f.spec_id, f.order_id, f.partition,"
          " f.first_row_id, f.carries_row_ids, f.row_id_end"
          " FROM data_files f LEFT JOIN file_stats s ON s.file_key = f.file_key"
          " WHERE f.file_key >= ?1 AND f.file_key < ?2 AND f.begin_commit <= ?4"
          " AND (f.end_commit IS NULL OR f.end_commit > ?3) ORDER BY f.file_key",
          file_key(table, 0), file_key(table + 1, 0), from, std::min<CommitId>(to, INT64_MAX)),
      [&](const Rows& rows) { return read_record(rows, records.emplace_back()); }));
  return records;
}

Result<std::vector<FileRecord>> SqliteCatalog::files_between(TableId table, CommitId from, CommitId to) {
  return ask<std::vector<FileRecord>>([this, table, from, to] { return read_files(table, from, to); });
}

Result<std::vector<TagInfo>> SqliteCatalog::tags() {
  return ask<std::vector<TagInfo>>([this]() -> Result<std::vector<TagInfo>> {
    std::vector<TagInfo> list;
    LAKE_CHECK_OK(
        for_each_row(connection_->query("SELECT name, commit_id, created_micros FROM tags ORDER BY name"),
                     [&](const Rows& rows) -> Status {
                       list.push_back({rows.text(0), rows.natural(1), rows.integer(2)});
                       return ok();
                     }));
    return list;
  });
}

Status SqliteCatalog::put_tag(const std::string& name, std::optional<CommitId> version) {
  if (name.empty()) return Error(ErrorCode::kInvalidArgument, "a tag needs a name");
  return ask<void>([this, &name, version]() -> Status {
    const CommitId newest = current()->commit_id;
    const CommitId wanted = version.value_or(newest);
    if (wanted > newest) return Error(ErrorCode::kNotFound, "no such version: " + std::to_string(wanted));
    LAKE_TRY(const bool kept, is_kept(wanted));
    if (!kept) return Error(ErrorCode::kInvalidArgument, "version has expired: " + std::to_string(wanted));
    LAKE_TRY(const auto known, connection_->number("SELECT commit_id FROM tags WHERE name = ?1", name));
    if (known && static_cast<CommitId>(*known) == wanted) return ok();
    if (known) {
      return Error(ErrorCode::kAlreadyExists,
                   "the tag " + name + " names version " + std::to_string(*known) + "; remove it first");
    }
    return transact([&] {
      return connection_->run("INSERT INTO tags(name, commit_id, created_micros) VALUES (?1, ?2, ?3)", name,
                              wanted, clock_.wall_micros());
    });
  });
}

Status SqliteCatalog::drop_tag(const std::string& name) {
  return ask<void>([this, &name]() -> Status {
    LAKE_TRY(const auto known, connection_->number("SELECT commit_id FROM tags WHERE name = ?1", name));
    if (!known) return Error(ErrorCode::kNotFound, "no such tag: " + name);
    return transact_to_free([&] { return connection_->run("DELETE FROM tags WHERE name = ?1", name); });
  });
}

Result<CommitId> SqliteCatalog::expiry_bound(std::int64_t older_than_micros, std::uint64_t keep_last) {
  const CommitId newest = current()->commit_id;
  LAKE_TRY(const CommitId oldest, oldest_row());
  LAKE_TRY(const auto young,
           connection_->number("SELECT min(commit_id) FROM commits WHERE micros >= ?1", older_than_micros));
  CommitId bound = young ? static_cast<CommitId>(*young) : newest;
  const std::uint64_t kept = std::max<std::uint64_t>(keep_last, 1);
  bound = std::min(bound, kept > newest ? 0 : newest - kept + 1);
  return std::max(bound, oldest);
}

Status SqliteCatalog::write_floors() {
  LAKE_CHECK_OK(connection_->run("INSERT OR REPLACE INTO meta(key, value) VALUES ('next_table_id', ?1)",
                                 std::to_string(ids_.peek_table())));
  const SnapshotPtr head = current();
  for (const auto& [id, table] : head->tables) {
    LAKE_CHECK_OK(connection_->run(
        "UPDATE tables SET next_file_id = ?2, next_row_id = ?3, version_floor = ?4 WHERE table_id = ?1"
        " AND (next_file_id <> ?2 OR next_row_id <> ?3 OR version_floor <> ?4)",
        id, ids_.peek_file(id), table->next_row_id, table->version));
  }
  return ok();
}

Status SqliteCatalog::expire_rows(CommitId bound, std::int64_t not_before_micros) {
  SqliteConnection& sql = *connection_;
  // Ids and versions are worked out from rows when a lake is opened; what these rows tell must outlive them.
  LAKE_CHECK_OK(write_floors());
  LAKE_CHECK_OK(
      sql.run("INSERT OR IGNORE INTO pending_deletes(path, not_before_micros)"
              " SELECT path, ?2 FROM data_files WHERE " LAKE_UNSEEN,
              bound, not_before_micros));
  LAKE_CHECK_OK(sql.run(
      "DELETE FROM file_stats WHERE file_key IN (SELECT file_key FROM data_files WHERE " LAKE_UNSEEN ")",
      bound));
  LAKE_CHECK_OK(sql.run("DELETE FROM data_files WHERE " LAKE_UNSEEN, bound));
  LAKE_CHECK_OK(sql.run("DELETE FROM delete_bitmaps WHERE " LAKE_UNSEEN, bound));
  std::vector<std::uint64_t> segments;
  LAKE_CHECK_OK(for_each_row(sql.query("SELECT segment_no FROM segments WHERE " LAKE_UNSEEN, bound),
                             [&](const Rows& rows) -> Status {
                               segments.push_back(rows.natural(0));
                               return ok();
                             }));
  for (const std::uint64_t segment : segments) {
    LAKE_CHECK_OK(sql.run("DELETE FROM chunks WHERE chunk_key >= ?1 AND chunk_key < ?2",
                          chunk_key(segment, 0), chunk_key(segment + 1, 0)));
    LAKE_CHECK_OK(sql.run("DELETE FROM segments WHERE segment_no = ?1", segment));
  }
  LAKE_CHECK_OK(sql.run("DELETE FROM schemas WHERE " LAKE_UNSEEN, bound));
  LAKE_CHECK_OK(sql.run("DELETE FROM objects WHERE " LAKE_UNSEEN, bound));
  LAKE_CHECK_OK(sql.run("DELETE FROM table_definitions WHERE " LAKE_UNSEEN, bound));
  LAKE_CHECK_OK(sql.run(
      "DELETE FROM table_columns WHERE columns_key >> 31 IN (SELECT table_id FROM tables WHERE " LAKE_UNSEEN
      ")",
      bound));
  LAKE_CHECK_OK(sql.run("DELETE FROM tables WHERE " LAKE_UNSEEN, bound));
  LAKE_CHECK_OK(sql.run("DELETE FROM idempotency WHERE commit_id < ?1", bound));
  LAKE_CHECK_OK(sql.run(
      "DELETE FROM commits WHERE commit_id < ?1 AND commit_id NOT IN (SELECT commit_id FROM tags)", bound));
  return sql.run("UPDATE meta SET value = ?1 WHERE key = 'oldest_kept'", std::to_string(bound));
}

Result<CommitId> SqliteCatalog::expire(std::int64_t older_than_micros, std::uint64_t keep_last,
                                       std::chrono::microseconds grace) {
  return ask<CommitId>([this, older_than_micros, keep_last, grace]() -> Result<CommitId> {
    LAKE_TRY(const CommitId wanted, expiry_bound(older_than_micros, keep_last));
    LAKE_TRY(const CommitId oldest, oldest_row());
    const CommitId bound = pins_->close_below(wanted);
    // Somebody reads a tagged version that is older than all others, and its tag may be gone by now.
    if (bound < oldest) return oldest;
    // an idle lake writes nothing; what is older than the bound without a tag was tagged until now
    LAKE_TRY(
        const auto untagged,
        connection_->number("SELECT count(*) FROM commits WHERE commit_id < ?1 AND commit_id NOT IN (SELECT "
                            "commit_id FROM tags)",
                            bound));
    if (bound == oldest && untagged.value_or(0) == 0) return bound;
    const std::int64_t not_before = clock_.wall_micros() + grace.count();
    LAKE_CHECK_OK(transact_to_free([&] { return expire_rows(bound, not_before); }));
    const MutexLock lock(mutex_);
    history_.clear();
    return bound;
  });
}

Result<CommitId> SqliteCatalog::oldest_kept() {
  return ask<CommitId>([this] { return oldest_row(); });
}

Result<std::vector<PendingDelete>> SqliteCatalog::pending_deletes() {
  return ask<std::vector<PendingDelete>>([this]() -> Result<std::vector<PendingDelete>> {
    std::vector<PendingDelete> list;
    LAKE_CHECK_OK(for_each_row(
        connection_->query(
            "SELECT path, not_before_micros FROM pending_deletes ORDER BY not_before_micros, path"),
        [&](const Rows& rows) -> Status {
          list.push_back({rows.text(0), rows.integer(1)});
          return ok();
        }));
    return list;
  });
}

Status SqliteCatalog::forget_pending_delete(const std::string& path) {
  return ask<void>([this, &path]() -> Status {
    LAKE_CHECK_OK(transact_to_free(
        [&] { return connection_->run("DELETE FROM pending_deletes WHERE path = ?1", path); }));
    reserve_.fill();  // a file was removed before: there may be room
    return ok();
  });
}

Result<std::vector<std::string>> SqliteCatalog::known_paths() {
  return ask<std::vector<std::string>>([this]() -> Result<std::vector<std::string>> {
    std::vector<std::string> paths;
    LAKE_CHECK_OK(for_each_row(
        connection_->query("SELECT path FROM data_files UNION SELECT path FROM pending_deletes ORDER BY 1"),
        [&](const Rows& rows) -> Status {
          paths.push_back(rows.text(0));
          return ok();
        }));
    return paths;
  });
}

#undef LAKE_UNSEEN

}  // namespace lake::catalog
