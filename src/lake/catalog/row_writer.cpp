#include "lake/catalog/row_writer.hpp"

#include "lake/catalog/definition_text.hpp"
#include "lake/codec/hash.hpp"

namespace lake::catalog {
namespace {

Value text_unless_empty(const std::string& text) { return text.empty() ? Value() : Value(text); }

Status write_definition(SqliteConnection& connection, const TableChange& change, CommitId id) {
  const Table& table = *change.after;
  if (change.before != nullptr) {
    LAKE_CHECK_OK(connection.run(
        "UPDATE table_definitions SET end_commit = ?2 WHERE table_id = ?1 AND end_commit IS NULL",
        table.table_id, id));
  }
  return connection.run(
      "INSERT INTO table_definitions(table_id, schema_name, name, definition, begin_commit)"
      " VALUES (?1, ?2, ?3, ?4, ?5)",
      table.table_id, table.schema_name, table.name, table_text(table), id);
}

Status write_drop(SqliteConnection& connection, const Table& table, CommitId id) {
  LAKE_CHECK_OK(connection.run("UPDATE tables SET end_commit = ?2, next_row_id = ?3 WHERE table_id = ?1",
                               table.table_id, id, table.next_row_id));
  LAKE_CHECK_OK(connection.run(
      "UPDATE table_definitions SET end_commit = ?2 WHERE table_id = ?1 AND end_commit IS NULL",
      table.table_id, id));
  LAKE_CHECK_OK(connection.run(
      "UPDATE data_files SET end_commit = ?3 WHERE file_key >= ?1 AND file_key < ?2 AND end_commit IS NULL",
      file_key(table.table_id, 0), file_key(table.table_id + 1, 0), id));
  LAKE_CHECK_OK(
      connection.run("UPDATE delete_bitmaps INDEXED BY delete_bitmaps_live SET end_commit = ?2"
                     " WHERE table_id = ?1 AND end_commit IS NULL",
                     table.table_id, id));
  for (const SegmentView& view : table.segments) {
    LAKE_CHECK_OK(connection.run("UPDATE segments SET end_commit = ?2 WHERE segment_no = ?1",
                                 view.segment->segment_no, id));
  }
  return ok();
}

Status write_file(SqliteConnection& connection, TableId table, const DataFile& file, CommitId id,
                  bool fresh_row_ids) {
  LAKE_CHECK_OK(connection.run(
      "INSERT INTO data_files(file_key, path, row_count, bytes, footer_bytes, checksum, schema_id, spec_id, "
      "order_id,"
      " partition, first_row_id, row_id_end, carries_row_ids, begin_commit)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
      file_key(table, file.file_id), file.path, file.row_count, file.bytes, file.footer_bytes, file.checksum,
      file.schema_id, file.spec_id, file.order_id, Value::blob(partition_bytes(file.partition)),
      file.first_row_id, fresh_row_ids ? file.first_row_id + file.row_count : std::uint64_t{0},
      file.carries_row_ids ? 1 : 0, id));
  if (file.stats.empty()) return ok();
  return write_stats(connection, table, file.file_id, file.stats);
}

Status write_bitmap(SqliteConnection& connection, TableId table, FileId file,
                    const codec::RoaringBitmap& bitmap, CommitId id) {
  const std::string bytes = bitmap.serialize();
  return connection.run(
      "INSERT INTO delete_bitmaps(table_id, file_id, begin_commit, row_count, bitmap, checksum)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      table, file, id, bitmap.cardinality(), Value::blob(bytes), blob_checksum(bytes));
}

/// Stores what a commit deleted from a file beside what was deleted before. Live bitmaps that are not much
/// larger are taken over by the new one, newest first, so that each is more than twice the next: a file has
/// at most a few dozen, and a position is written again a few dozen times at most.
Status write_deleted(SqliteConnection& connection, TableId table, FileId file, codec::RoaringBitmap positions,
                     CommitId id) {
  std::vector<CommitId> taken_over;
  {
    LAKE_TRY(Rows rows, connection.query(
                            "SELECT begin_commit, row_count, checksum, bitmap FROM delete_bitmaps INDEXED BY "
                            "delete_bitmaps_live WHERE table_id = ?1 AND file_id = ?2 AND end_commit IS NULL"
                            " ORDER BY begin_commit DESC",
                            table, file));
    for (;;) {
      LAKE_TRY(const bool more, rows.next());
      if (!more || rows.natural(1) > 2 * positions.cardinality()) break;
      if (blob_checksum(rows.bytes(3)) != rows.natural(2)) {
        return Error(ErrorCode::kCorruption, "damaged catalog: deleted rows of table id " +
                                                 std::to_string(table) + ", file id " + std::to_string(file));
      }
      LAKE_TRY(const auto earlier, codec::RoaringBitmap::deserialize(rows.bytes(3)));
      positions.unite(earlier);
      taken_over.push_back(rows.natural(0));
    }
  }
  for (const CommitId begin : taken_over) {
    LAKE_CHECK_OK(
        connection.run("UPDATE delete_bitmaps SET end_commit = ?4 WHERE table_id = ?1 AND file_id = ?2 AND "
                       "begin_commit = ?3",
                       table, file, begin, id));
  }
  return write_bitmap(connection, table, file, positions, id);
}

Status write_chunk(SqliteConnection& connection, const NewChunk& added, std::int64_t micros) {
  const SegmentChunk& chunk = added.chunk;
  if (added.new_segment) {
    LAKE_CHECK_OK(connection.run(
        "INSERT INTO segments(segment_no, table_id, file_id, begin_micros, begin_commit) VALUES (?1, ?2, ?3, "
        "?4, ?5)",
        added.segment->segment_no, added.segment->table_id, added.segment->file_id, micros, chunk.begin));
  }
  return connection.run(
      "INSERT INTO chunks(chunk_key, begin_commit, row_count, schema_id, first_row_id, row_id_end, bytes, "
      "checksum)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
      chunk_key(added.segment->segment_no, chunk.start), chunk.begin, chunk.row_count, chunk.schema_id,
      chunk.first_row_id, added.row_id_end, Value::blob(*chunk.bytes), blob_checksum(*chunk.bytes));
}

Status write_data(SqliteConnection& connection, const TableChange& change, const Snapshot& after) {
  const TableId table = change.after->table_id;
  const CommitId id = after.commit_id;
  for (const FileId file : change.ended_files) {
    LAKE_CHECK_OK(connection.run("UPDATE data_files SET end_commit = ?2 WHERE file_key = ?1",
                                 file_key(table, file), id));
  }
  for (const std::uint64_t segment : change.ended_segments) {
    LAKE_CHECK_OK(connection.run("UPDATE segments SET end_commit = ?2 WHERE segment_no = ?1", segment, id));
  }
  for (const FileId file : change.ended_bitmaps) {
    LAKE_CHECK_OK(
        connection.run("UPDATE delete_bitmaps INDEXED BY delete_bitmaps_live SET end_commit = ?3"
                       " WHERE table_id = ?1 AND file_id = ?2 AND end_commit IS NULL",
                       table, file, id));
  }
  for (const AddedFile& added : change.added_files) {
    LAKE_CHECK_OK(write_file(connection, table, *added.file, id, added.fresh_row_ids));
  }
  for (const auto& [file, bitmap] : change.new_bitmaps) {
    LAKE_CHECK_OK(write_bitmap(connection, table, file, *bitmap, id));
  }
  for (const auto& [file, positions] : change.deleted) {
    LAKE_CHECK_OK(write_deleted(connection, table, file, positions, id));
  }
  for (const NewChunk& chunk : change.chunks) {
    LAKE_CHECK_OK(write_chunk(connection, chunk, after.committed_micros));
  }
  return ok();
}

Status write_table(SqliteConnection& connection, const TableChange& change, const Snapshot& after) {
  const CommitId id = after.commit_id;
  if (change.after == nullptr) return write_drop(connection, *change.before, id);
  const Table& table = *change.after;
  if (change.before == nullptr) {
    LAKE_CHECK_OK(connection.run(
        "INSERT INTO tables(table_id, uuid, location, next_file_id, next_row_id, version_floor, begin_commit)"
        " VALUES (?1, ?2, ?3, 1, 0, 0, ?4)",
        table.table_id, table.uuid, table.location, id));
  }
  if (change.redefined) LAKE_CHECK_OK(write_definition(connection, change, id));
  for (const auto& columns : change.new_columns) {
    LAKE_CHECK_OK(
        connection.run("INSERT INTO table_columns(columns_key, fields, begin_commit) VALUES (?1, ?2, ?3)",
                       columns_key(table.table_id, columns->schema_id), fields_text(columns->fields), id));
  }
  return write_data(connection, change, after);
}

Status write_objects(SqliteConnection& connection, const LakeChange& change, CommitId id) {
  for (const std::string& name : change.ended_schemas) {
    LAKE_CHECK_OK(connection.run("UPDATE schemas SET end_commit = ?2 WHERE name = ?1 AND end_commit IS NULL",
                                 name, id));
  }
  for (const SchemaEntry& entry : change.new_schemas) {
    LAKE_CHECK_OK(connection.run("INSERT INTO schemas(name, comment, begin_commit) VALUES (?1, ?2, ?3)",
                                 entry.name, Value::text_or_null(entry.comment), id));
  }
  for (const std::uint64_t object : change.ended_objects) {
    LAKE_CHECK_OK(connection.run(
        "UPDATE objects SET end_commit = ?2 WHERE object_id = ?1 AND end_commit IS NULL", object, id));
  }
  for (const ObjectPtr& object : change.new_objects) {
    LAKE_CHECK_OK(
        connection.run("INSERT INTO objects(object_id, kind, schema_name, name, definition, begin_commit)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                       object->object_id, static_cast<std::int32_t>(object->kind), object->schema_name,
                       object->name, object_text(*object), id));
  }
  return ok();
}

}  // namespace

std::uint64_t blob_checksum(std::string_view bytes) { return codec::xxh3_64(bytes); }

Status read_file_row(const Rows& rows, int column, DataFile& file) {
  file.path = rows.text(column);
  file.row_count = rows.natural(column + 1);
  file.bytes = rows.natural(column + 2);
  file.footer_bytes = rows.natural(column + 3);
  file.checksum = rows.natural(column + 4);
  file.schema_id = rows.small(column + 5);
  file.spec_id = rows.small(column + 6);
  file.order_id = rows.small(column + 7);
  LAKE_TRY(file.partition, read_partition(rows.bytes(column + 8)));
  file.first_row_id = rows.natural(column + 9);
  file.carries_row_ids = rows.integer(column + 10) != 0;
  return ok();
}

Status write_stats(SqliteConnection& connection, TableId table, FileId file, const FileStats& stats) {
  return connection.run("INSERT OR REPLACE INTO file_stats(file_key, stats, checksum) VALUES (?1, ?2, ?3)",
                        file_key(table, file), Value::blob(stats.bytes()), blob_checksum(stats.bytes()));
}

Status write_change(SqliteConnection& connection, const LakeChange& change, const CommitRequest& request) {
  const Snapshot& after = *change.after;
  LAKE_CHECK_OK(write_objects(connection, change, after.commit_id));
  for (const TableChange& table : change.tables) LAKE_CHECK_OK(write_table(connection, table, after));
  if (!request.idempotency_key.empty()) {
    LAKE_CHECK_OK(connection.run("INSERT INTO idempotency(key, commit_id) VALUES (?1, ?2)",
                                 request.idempotency_key, after.commit_id));
  }
  return connection.run(
      "INSERT INTO commits(commit_id, micros, ddl_version, author, message, changes) VALUES (?1, ?2, ?3, ?4, "
      "?5, ?6)",
      after.commit_id, after.committed_micros, after.ddl_version, text_unless_empty(request.author),
      text_unless_empty(request.message), change.changes);
}

}  // namespace lake::catalog
