#include "lake/catalog/verification.hpp"

#include <string>
#include <utility>

#include "lake/catalog/row_writer.hpp"
#include "lake/catalog/snapshot_loader.hpp"
#include "lake/catalog/sqlite_catalog.hpp"

namespace lake::catalog {
namespace {

constexpr std::size_t kProblemsMax = 1000;  // a wrecked catalog needs no longer list

#define LAKE_OLDEST "(SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'oldest_kept')"

class Verification {
 public:
  Verification(SqliteConnection& connection, const Snapshot& head) : connection_(connection), head_(head) {}

  std::vector<Problem> run() {
    check("integrity", integrity());
    references();
    check("inline rows", chunks());
    check("delete bitmaps", bitmaps());
    missing_rows();
    check("file statistics", statistics());
    check("commits", commits());
    check("newest version", newest());
    return std::move(problems_);
  }

 private:
  void found(const std::string& where, const std::string& what) {
    if (problems_.size() < kProblemsMax) problems_.push_back({where, what});
  }
  /// A check that could not be finished is a finding too: the rows cannot be read.
  void check(const std::string& where, const Status& done) {
    if (!done) found(where, done.error().message());
  }

  Status integrity() {
    LAKE_TRY(Rows rows, connection_.query("PRAGMA integrity_check(100)"));
    for (;;) {
      LAKE_TRY(const bool more, rows.next());
      if (!more) return ok();
      if (rows.bytes(0) != "ok") found("integrity", rows.text(0));
    }
  }

  /// `sql` selects what must not exist, as text.
  Status none(const std::string& what, std::string_view sql) {
    LAKE_TRY(Rows rows, connection_.query(sql));
    for (;;) {
      LAKE_TRY(const bool more, rows.next());
      if (!more) return ok();
      found(rows.text(0), what);
    }
  }

  void references() {
    check("data_files",
          none("file of a table that is not there",
               "SELECT path FROM data_files WHERE file_key >> 35 NOT IN (SELECT table_id FROM tables)"));
    check("data_files", none("live file of a dropped table",
                             "SELECT path FROM data_files WHERE end_commit IS NULL AND file_key >> 35 IN"
                             " (SELECT table_id FROM tables WHERE end_commit IS NOT NULL)"));
    check("data_files",
          none("path recorded for two live files",
               "SELECT path FROM data_files WHERE end_commit IS NULL GROUP BY path HAVING count(*) > 1"));
    check("data_files", none("file awaits deletion but is live",
                             "SELECT path FROM data_files WHERE end_commit IS NULL AND path IN"
                             " (SELECT path FROM pending_deletes)"));
    check("file_stats", none("statistics of a file that is not there",
                             "SELECT 'file key ' || file_key FROM file_stats WHERE file_key NOT IN"
                             " (SELECT file_key FROM data_files)"));
    check("segments", none("segment of a table that is not there",
                           "SELECT 'segment ' || segment_no FROM segments WHERE table_id NOT IN"
                           " (SELECT table_id FROM tables)"));
    check("chunks", none("inline rows of a segment that is not there",
                         "SELECT 'segment ' || (chunk_key >> 28) FROM chunks WHERE chunk_key >> 28 NOT IN"
                         " (SELECT segment_no FROM segments) GROUP BY chunk_key >> 28"));
    check("delete_bitmaps",
          none("live delete bitmap of a file that is not live",
               "SELECT 'table id ' || table_id || ', file id ' || file_id FROM delete_bitmaps b"
               " WHERE end_commit IS NULL"
               " AND NOT EXISTS (SELECT 1 FROM data_files f WHERE f.file_key = (b.table_id << 35 | b.file_id)"
               " AND f.end_commit IS NULL)"
               " AND NOT EXISTS (SELECT 1 FROM segments s WHERE s.table_id = b.table_id AND s.file_id = "
               "b.file_id"
               " AND s.end_commit IS NULL)"));
    check("table_definitions",
          none("table without exactly one live definition",
               "SELECT 'table id ' || t.table_id FROM tables t WHERE t.end_commit IS NULL AND 1 <>"
               " (SELECT count(*) FROM table_definitions d WHERE d.table_id = t.table_id"
               " AND d.end_commit IS NULL)"));
    check("table_definitions", none("table in a schema that is not there",
                                    "SELECT d.schema_name || '.' || d.name FROM table_definitions d"
                                    " WHERE d.end_commit IS NULL AND NOT EXISTS (SELECT 1 FROM schemas s"
                                    " WHERE lower(s.name) = lower(d.schema_name) AND s.end_commit IS NULL)"));
    check("tags", none("tag of a version that is not there",
                       "SELECT name FROM tags WHERE commit_id NOT IN (SELECT commit_id FROM commits)"));
  }

  /// What is there tells of rows that are not. Only of kept versions: expiry takes rows away.
  void missing_rows() {
    check(
        "delete_bitmaps",
        none(
            "a delete bitmap that took over others is missing",
            "SELECT DISTINCT 'table id ' || table_id || ', file id ' || file_id || ', version ' || end_commit"
            " FROM delete_bitmaps b WHERE end_commit >= " LAKE_OLDEST
            " AND NOT EXISTS (SELECT 1 FROM delete_bitmaps n WHERE n.table_id = b.table_id"
            " AND n.file_id = b.file_id AND n.begin_commit = b.end_commit)"
            " AND (EXISTS (SELECT 1 FROM data_files f WHERE f.file_key = (b.table_id << 35 | b.file_id)"
            " AND (f.end_commit IS NULL OR f.end_commit > b.end_commit))"
            " OR EXISTS (SELECT 1 FROM segments s WHERE s.table_id = b.table_id AND s.file_id = b.file_id"
            " AND (s.end_commit IS NULL OR s.end_commit > b.end_commit)))"));
    // A commit without definitions begins or ends a row of these, if it says that it changed anything.
    check(
        "commits",
        none(
            "rows that it changed are missing",
            "SELECT 'commit ' || commit_id || ' (' || changes || ')' FROM commits"
            " WHERE commit_id > " LAKE_OLDEST " AND ddl_version <> commit_id AND changes <> ''"
            " AND commit_id NOT IN (SELECT begin_commit FROM data_files UNION SELECT begin_commit FROM"
            " delete_bitmaps UNION SELECT begin_commit FROM chunks UNION SELECT end_commit FROM data_files"
            " WHERE end_commit IS NOT NULL UNION SELECT end_commit FROM segments WHERE end_commit IS NOT NULL"
            " UNION SELECT end_commit FROM delete_bitmaps WHERE end_commit IS NOT NULL)"));
  }

  Status chunks() {
    LAKE_TRY(Rows rows, connection_.query(
                            "SELECT chunk_key, row_count, checksum, bytes FROM chunks ORDER BY chunk_key"));
    std::uint64_t expected = 0;
    std::uint64_t segment = 0;
    for (;;) {
      LAKE_TRY(const bool more, rows.next());
      if (!more) return ok();
      const std::uint64_t key = rows.natural(0);
      const std::string where = "segment " + std::to_string(key >> kPositionBits) + ", position " +
                                std::to_string(key & ((std::uint64_t{1} << kPositionBits) - 1));
      if (key >> kPositionBits != segment) {
        segment = key >> kPositionBits;
        expected = chunk_key(segment, 0);
      }
      if (key != expected) found(where, "inline rows before it are missing");
      expected = key + rows.natural(1);
      blob(where, rows.bytes(3), rows.natural(2));
    }
  }

  Status bitmaps() {
    LAKE_TRY(Rows rows,
             connection_.query("SELECT table_id, file_id, row_count, checksum, bitmap, (SELECT f.row_count"
                               " FROM data_files f WHERE f.file_key = (table_id << 35 | file_id))"
                               ", end_commit FROM delete_bitmaps ORDER BY table_id, file_id, begin_commit"));
    std::string file_before;
    codec::RoaringBitmap live;  // of that file
    for (;;) {
      LAKE_TRY(const bool more, rows.next());
      if (!more) return ok();
      const std::string where = "delete bitmap of table id " + std::to_string(rows.integer(0)) +
                                ", file id " + std::to_string(rows.integer(1));
      blob(where, rows.bytes(4), rows.natural(3));
      const auto bitmap = codec::RoaringBitmap::deserialize(rows.bytes(4));
      if (!bitmap) {
        found(where, bitmap.error().message());
        continue;
      }
      if (bitmap->cardinality() != rows.natural(2)) {
        found(where, "holds " + std::to_string(bitmap->cardinality()) + " rows, expected " +
                         std::to_string(rows.integer(2)));
      }
      if (!rows.is_null(5) && bitmap->intersects_range(rows.natural(5), std::uint64_t{1} << kPositionBits)) {
        found(where, "deletes rows beyond the end of its file");
      }
      if (!rows.is_null(6)) continue;
      if (where != file_before) live = codec::RoaringBitmap();
      file_before = where;
      if (live.intersects(*bitmap)) found(where, "deletes rows that were deleted before");
      live.unite(*bitmap);
    }
  }

  Status statistics() {
    LAKE_TRY(Rows rows, connection_.query("SELECT file_key, checksum, stats FROM file_stats"));
    for (;;) {
      LAKE_TRY(const bool more, rows.next());
      if (!more) return ok();
      const std::string where = "statistics of table id " +
                                std::to_string(table_of_file_key(rows.natural(0))) + ", file id " +
                                std::to_string(file_of_file_key(rows.natural(0)));
      blob(where, rows.bytes(2), rows.natural(1));
      if (const auto parsed = FileStats::parse(rows.text(2)); !parsed) found(where, parsed.error().message());
    }
  }

  void blob(const std::string& where, std::string_view bytes, std::uint64_t expected) {
    const std::uint64_t computed = blob_checksum(bytes);
    if (computed != expected) {
      found(where, "found checksum " + std::to_string(computed) + ", expected " + std::to_string(expected));
    }
  }

  Status commits() {
    LAKE_TRY(const auto oldest,
             connection_.number("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'oldest_kept'"));
    LAKE_TRY(Rows rows, connection_.query("SELECT commit_id, micros FROM commits ORDER BY commit_id"));
    std::int64_t next = oldest.value_or(0);
    std::int64_t micros = INT64_MIN;
    for (;;) {
      LAKE_TRY(const bool more, rows.next());
      if (!more) break;
      const std::string where = "commit " + std::to_string(rows.integer(0));
      if (rows.integer(1) < micros) found(where, "its time is before that of an earlier commit");
      micros = rows.integer(1);
      if (rows.integer(0) < oldest.value_or(0)) continue;
      if (rows.integer(0) != next) found(where, "commits before it are missing");
      next = rows.integer(0) + 1;
    }
    if (next != static_cast<std::int64_t>(head_.commit_id) + 1)
      found("commits", "the newest commit is missing");
    return ok();
  }

  Status newest() {
    SnapshotLoader loader(connection_, head_.commit_id, nullptr, nullptr);
    LAKE_TRY(const SnapshotPtr stored, loader.load());
    if (stored->tables.size() != head_.tables.size())
      found("newest version", "tables differ from those in memory");
    for (const auto& [id, table] : head_.tables) {
      const TablePtr other = stored->find(id);
      const std::string where = table->schema_name + "." + table->name;
      if (other == nullptr) {
        found(where, "table is missing in the catalog");
        continue;
      }
      if (other->live_rows != table->live_rows) {
        found(where, "holds " + std::to_string(other->live_rows) + " rows, expected " +
                         std::to_string(table->live_rows));
      }
      if (other->files->size() != table->files->size() || other->segments.size() != table->segments.size()) {
        found(where, "files differ from those in memory");
      }
    }
    return ok();
  }

  SqliteConnection& connection_;
  const Snapshot& head_;
  std::vector<Problem> problems_;
};

#undef LAKE_OLDEST

}  // namespace

Result<std::vector<Problem>> find_problems(SqliteConnection& connection, const Snapshot& head) {
  return Verification(connection, head).run();
}

Result<std::vector<Problem>> SqliteCatalog::verify() {
  return ask<std::vector<Problem>>([this] { return find_problems(*connection_, *current()); });
}

}  // namespace lake::catalog
