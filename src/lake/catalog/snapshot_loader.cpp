#include "lake/catalog/snapshot_loader.hpp"

#include <algorithm>
#include <utility>

#include "lake/catalog/row_writer.hpp"

namespace lake::catalog {

SnapshotLoader::SnapshotLoader(SqliteConnection& connection, CommitId version, const Snapshot* reuse,
                               StatisticsRoom* statistics)
    : connection_(connection),
      version_(version),
      reuse_(reuse),
      statistics_(statistics),
      snapshot_(std::make_shared<Snapshot>()) {}

Result<SnapshotPtr> SnapshotLoader::load() {
  LAKE_CHECK_OK(load_commit());
  LAKE_CHECK_OK(load_schemas());
  LAKE_CHECK_OK(load_objects());
  LAKE_CHECK_OK(load_tables());
  LAKE_CHECK_OK(load_columns());
  LAKE_CHECK_OK(load_definitions());
  LAKE_CHECK_OK(load_files());
  LAKE_CHECK_OK(load_bitmaps());
  LAKE_CHECK_OK(load_segments());
  LAKE_CHECK_OK(load_chunks());
  return finish();
}

Result<SnapshotPtr> SnapshotLoader::load_head(CommitterState& state, IdReserve& ids) {
  state_ = &state;
  ids_ = &ids;
  LAKE_TRY(const auto table_floor,
           connection_.number("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'next_table_id'"));
  ids.tables_taken(static_cast<TableId>(table_floor.value_or(1)));
  return load();
}

Error SnapshotLoader::damaged(const std::string& what) const {
  return {ErrorCode::kCorruption, "damaged catalog " + connection_.path() + ": " + what};
}

Status SnapshotLoader::verify(const std::string& what, std::string_view bytes, std::uint64_t expected) const {
  const std::uint64_t found = blob_checksum(bytes);
  if (found == expected) return ok();
  return damaged(what + ": found checksum " + std::to_string(found) + ", expected " +
                 std::to_string(expected));
}

SnapshotLoader::TableParts* SnapshotLoader::parts_of(TableId table) {
  if (table != last_table_ || last_parts_ == nullptr) {
    const auto known = tables_.find(table);
    last_parts_ = known == tables_.end() ? nullptr : &known->second;
    last_table_ = table;
  }
  return last_parts_;
}

bool SnapshotLoader::visible(TableParts* parts, const Rows& rows, int begin_column, int end_column) const {
  const CommitId begin = rows.natural(begin_column);
  if (begin > version_) return false;
  CommitId latest = begin;
  bool live = true;
  if (!rows.is_null(end_column)) {
    const CommitId end = rows.natural(end_column);
    live = end > version_;
    if (!live) latest = end;
  }
  if (parts != nullptr) parts->table->version = std::max(parts->table->version, latest);
  return live;
}

Status SnapshotLoader::load_commit() {
  LAKE_TRY(Rows rows,
           connection_.query("SELECT micros, ddl_version FROM commits WHERE commit_id = ?1", version_));
  LAKE_TRY(const bool found, rows.next());
  if (!found) return damaged("commit " + std::to_string(version_) + " is missing");
  snapshot_->commit_id = version_;
  snapshot_->committed_micros = rows.integer(0);
  snapshot_->ddl_version = rows.natural(1);
  return ok();
}

Status SnapshotLoader::load_schemas() {
  auto schemas = std::make_shared<std::map<std::string, SchemaEntry>>();
  LAKE_TRY(Rows rows, connection_.query("SELECT begin_commit, end_commit, name, comment FROM schemas"));
  for (;;) {
    LAKE_TRY(const bool more, rows.next());
    if (!more) break;
    if (!visible(nullptr, rows, 0, 1)) continue;
    const std::string name = rows.text(2);
    schemas->emplace(lower_ascii(name), SchemaEntry{name, rows.optional_text(3), rows.natural(0)});
  }
  snapshot_->schemas = std::move(schemas);
  return ok();
}

Status SnapshotLoader::load_objects() {
  auto views = std::make_shared<std::map<Snapshot::Key, ObjectPtr>>();
  auto macros = std::make_shared<std::map<Snapshot::Key, ObjectPtr>>();
  auto types = std::make_shared<std::map<Snapshot::Key, ObjectPtr>>();
  LAKE_TRY(Rows rows,
           connection_.query("SELECT begin_commit, end_commit, object_id, kind, schema_name, name, definition"
                             " FROM objects"));
  for (;;) {
    LAKE_TRY(const bool more, rows.next());
    if (!more) break;
    if (state_ != nullptr) state_->next_object_id = std::max(state_->next_object_id, rows.natural(2) + 1);
    if (!visible(nullptr, rows, 0, 1)) continue;
    if (rows.integer(3) < 0 || rows.integer(3) > static_cast<std::int64_t>(ObjectKind::kType)) {
      return damaged("object " + rows.text(5) + " is of an unknown kind");
    }
    auto object = std::make_shared<Object>();
    object->object_id = rows.natural(2);
    object->kind = static_cast<ObjectKind>(rows.integer(3));
    object->schema_name = rows.text(4);
    object->name = rows.text(5);
    object->version = rows.natural(0);
    LAKE_CHECK_OK(reader_.object(rows.bytes(6), *object));
    auto& map = object->kind == ObjectKind::kView   ? *views
                : object->kind == ObjectKind::kType ? *types
                                                    : *macros;
    map.emplace(Snapshot::Key(lower_ascii(object->schema_name), lower_ascii(object->name)), object);
  }
  snapshot_->views = std::move(views);
  snapshot_->macros = std::move(macros);
  snapshot_->types = std::move(types);
  return ok();
}

Status SnapshotLoader::load_tables() {
  LAKE_TRY(Rows rows,
           connection_.query("SELECT begin_commit, end_commit, table_id, uuid, location, next_file_id,"
                             " next_row_id, version_floor FROM tables"));
  for (;;) {
    LAKE_TRY(const bool more, rows.next());
    if (!more) break;
    const TableId id = rows.natural(2);
    if (ids_ != nullptr) {
      ids_->tables_taken(id + 1);
      ids_->files_taken(id, rows.natural(5));
    }
    if (!visible(nullptr, rows, 0, 1)) continue;
    TableParts& parts = tables_[id];
    parts.table = std::make_shared<Table>();
    parts.columns = std::make_shared<std::map<std::int32_t, std::shared_ptr<const Schema>>>();
    parts.files = std::make_shared<FileList>();
    parts.deletes = std::make_shared<std::map<FileId, BitmapPtr>>();
    parts.table->table_id = id;
    parts.table->uuid = rows.text(3);
    parts.table->location = rows.text(4);
    parts.table->version = rows.natural(0);
    if (const CommitId floor = rows.natural(7); floor <= version_) {
      parts.table->version = std::max(parts.table->version, floor);
      parts.table->next_row_id = rows.natural(6);
    }
    if (reuse_ != nullptr) parts.reuse = reuse_->find(id);
  }
  return ok();
}

Status SnapshotLoader::load_columns() {
  LAKE_TRY(Rows rows, connection_.query("SELECT columns_key, begin_commit, fields FROM table_columns"));
  for (;;) {
    LAKE_TRY(const bool more, rows.next());
    if (!more) break;
    const std::uint64_t key = rows.natural(0);
    TableParts* const parts = parts_of(key >> kSchemaIdBits);
    if (parts == nullptr || rows.natural(1) > version_) continue;
    const auto schema_id = static_cast<std::int32_t>(key & ((std::uint64_t{1} << kSchemaIdBits) - 1));
    auto columns = std::make_shared<Schema>();
    columns->schema_id = schema_id;
    LAKE_TRY(columns->fields, reader_.fields(rows.bytes(2)));
    parts->columns->emplace_hint(parts->columns->end(), schema_id, std::move(columns));
  }
  return ok();
}

Status SnapshotLoader::load_definitions() {
  LAKE_TRY(Rows rows,
           connection_.query("SELECT begin_commit, end_commit, table_id, schema_name, name, definition"
                             " FROM table_definitions"));
  for (;;) {
    LAKE_TRY(const bool more, rows.next());
    if (!more) break;
    TableParts* const parts = parts_of(rows.natural(2));
    if (parts == nullptr || !visible(parts, rows, 0, 1)) continue;
    parts->table->schema_name = rows.text(3);
    parts->table->name = rows.text(4);
    parts->table->ddl_version = rows.natural(0);
    LAKE_TRY(parts->schema_id, reader_.table(rows.bytes(5), *parts->table));
    parts->defined = true;
  }
  return ok();
}

Status SnapshotLoader::load_files() {
  LAKE_TRY(Rows rows,
           connection_.query("SELECT begin_commit, end_commit, file_key, row_id_end, path, row_count, bytes,"
                             " footer_bytes, checksum, schema_id, spec_id, order_id, partition, first_row_id,"
                             " carries_row_ids FROM data_files ORDER BY file_key"));
  // Read side by side, which a join would make a search for each file.
  LAKE_TRY(Rows stats,
           connection_.query("SELECT file_key, checksum, stats FROM file_stats ORDER BY file_key"));
  LAKE_TRY(bool more_stats, stats.next());
  for (;;) {
    LAKE_TRY(const bool more, rows.next());
    if (!more) break;
    while (more_stats && stats.integer(0) < rows.integer(2)) {
      LAKE_TRY(more_stats, stats.next());
    }
    const bool has_stats = more_stats && stats.integer(0) == rows.integer(2);
    const std::uint64_t key = rows.natural(2);
    const FileId file_id = file_of_file_key(key);
    if (ids_ != nullptr) ids_->files_taken(table_of_file_key(key), file_id + 1);
    TableParts* const parts = parts_of(table_of_file_key(key));
    if (parts == nullptr) continue;
    const bool live = visible(parts, rows, 0, 1);
    if (rows.natural(0) <= version_) {
      parts->table->next_row_id = std::max(parts->table->next_row_id, rows.natural(3));
    }
    if (live) LAKE_CHECK_OK(load_file(*parts, file_id, rows, has_stats ? &stats : nullptr));
  }
  return ok();
}

Status SnapshotLoader::load_file(TableParts& parts, FileId file_id, const Rows& rows, const Rows* stats) {
  if (parts.reuse != nullptr) {
    const FileList& known = *parts.reuse->files;
    const auto place =
        std::lower_bound(known.begin(), known.end(), file_id,
                         [](const FilePtr& file, FileId wanted) { return file->file_id < wanted; });
    if (place != known.end() && (*place)->file_id == file_id) {
      parts.files->push_back(*place);
      parts.table->live_rows += (*place)->row_count;
      parts.table->file_bytes += (*place)->bytes;
      return ok();
    }
  }
  auto file = std::make_shared<DataFile>();
  LAKE_CHECK_OK(read_file_row(rows, 4, *file));
  file->file_id = file_id;
  file->begin = rows.natural(0);
  if (stats != nullptr) {
    std::string bytes(stats->bytes(2));
    if (blob_checksum(bytes) != stats->natural(1)) {
      return verify("statistics of file " + file->path, bytes, stats->natural(1));
    }
    LAKE_TRY(file->stats, FileStats::parse(std::move(bytes)));
  }
  parts.table->live_rows += file->row_count;
  parts.table->file_bytes += file->bytes;
  parts.files->push_back(statistics_ == nullptr ? std::move(file) : statistics_->admitted(std::move(file)));
  return ok();
}

Status SnapshotLoader::load_bitmaps() {
  LAKE_TRY(Rows rows, connection_.query("SELECT begin_commit, end_commit, table_id, file_id, checksum, bitmap"
                                        " FROM delete_bitmaps"));
  for (;;) {
    LAKE_TRY(const bool more, rows.next());
    if (!more) break;
    TableParts* const parts = parts_of(rows.natural(2));
    if (parts == nullptr || !visible(parts, rows, 0, 1)) continue;
    const std::string where = "delete bitmap of table id " + std::to_string(rows.integer(2)) + ", file id " +
                              std::to_string(rows.integer(3));
    LAKE_CHECK_OK(verify(where, rows.bytes(5), rows.natural(4)));
    auto bitmap = codec::RoaringBitmap::deserialize(rows.bytes(5));
    if (!bitmap) return damaged(where + ": " + bitmap.error().message());
    BitmapPtr& deleted = (*parts->deletes)[rows.natural(3)];
    if (deleted != nullptr) bitmap->unite(*deleted);
    deleted = std::make_shared<const codec::RoaringBitmap>(std::move(*bitmap));
  }
  return ok();
}

Status SnapshotLoader::load_segments() {
  std::vector<std::pair<std::uint64_t, Table*>> ended;
  LAKE_TRY(Rows rows,
           connection_.query("SELECT begin_commit, end_commit, segment_no, table_id, file_id, begin_micros"
                             " FROM segments"));
  for (;;) {
    LAKE_TRY(const bool more, rows.next());
    if (!more) break;
    const std::uint64_t segment_no = rows.natural(2);
    const TableId table_id = rows.natural(3);
    const FileId file_id = rows.natural(4);
    if (state_ != nullptr) state_->next_segment_no = std::max(state_->next_segment_no, segment_no + 1);
    if (ids_ != nullptr) ids_->files_taken(table_id, file_id + 1);
    TableParts* const parts = parts_of(table_id);
    if (parts == nullptr) continue;
    if (!visible(parts, rows, 0, 1)) {
      ended.emplace_back(segment_no, parts->table.get());
      continue;
    }
    SegmentView view{nullptr, 0, 0, rows.natural(0), rows.natural(0), rows.integer(5)};
    if (parts->reuse != nullptr) {
      for (const SegmentView& known : parts->reuse->segments) {
        if (known.segment->file_id == file_id) view.segment = known.segment;
      }
    }
    if (view.segment == nullptr) {
      auto segment = std::make_shared<Segment>(table_id, file_id, segment_no);
      view.segment = segment;
      segments_[segment_no] = {parts, parts->table->segments.size(), segment};
      if (state_ != nullptr) state_->open_segments[table_id] = segment;
    }
    parts->table->segments.push_back(std::move(view));
  }
  return state_ == nullptr ? ok() : load_row_ids_of(ended);
}

// The rows of an ended segment are in files that only carry their ids, or in none, so that nothing else tells
// which ids were given.
Status SnapshotLoader::load_row_ids_of(const std::vector<std::pair<std::uint64_t, Table*>>& ended) {
  for (const auto& [segment_no, table] : ended) {
    LAKE_TRY(const auto end, connection_.number("SELECT row_id_end FROM chunks WHERE chunk_key >= ?1 AND"
                                                " chunk_key < ?2 ORDER BY chunk_key DESC LIMIT 1",
                                                chunk_key(segment_no, 0), chunk_key(segment_no + 1, 0)));
    if (end) table->next_row_id = std::max(table->next_row_id, static_cast<std::uint64_t>(*end));
  }
  return ok();
}

Status SnapshotLoader::load_chunks() {
  auto live = segments_.begin();
  while (live != segments_.end()) {
    // One pass in key order; rows of ended segments are stepped over by seeking to the next live one.
    LAKE_TRY(Rows rows, connection_.query(
                            "SELECT chunk_key, begin_commit, row_count, schema_id, first_row_id, row_id_end,"
                            " checksum, bytes FROM chunks WHERE chunk_key >= ?1 ORDER BY chunk_key",
                            chunk_key(live->first, 0)));
    for (;;) {
      LAKE_TRY(const bool more, rows.next());
      if (!more) return ok();
      const std::uint64_t segment_no = rows.natural(0) >> kPositionBits;
      while (live != segments_.end() && live->first < segment_no) ++live;
      if (live == segments_.end()) return ok();
      if (live->first != segment_no) break;
      if (rows.natural(1) > version_) continue;
      const auto start =
          static_cast<std::uint32_t>(rows.natural(0) & ((std::uint64_t{1} << kPositionBits) - 1));
      LAKE_CHECK_OK(load_chunk(live->second, start, rows));
    }
  }
  return ok();
}

Status SnapshotLoader::load_chunk(const LiveSegment& live, std::uint32_t start, const Rows& rows) {
  Table& table = *live.parts->table;
  SegmentView& view = table.segments[live.view_index];
  const std::string where = "inline rows of table " + table.schema_name + "." + table.name + ", segment " +
                            std::to_string(view.segment->segment_no) + ", position " + std::to_string(start);
  if (start != view.row_count || rows.integer(2) <= 0) return damaged(where + ": rows before it are missing");
  auto bytes = std::make_shared<const std::string>(rows.text(7));
  LAKE_CHECK_OK(verify(where, *bytes, rows.natural(6)));
  const auto row_count = static_cast<std::uint32_t>(rows.integer(2));
  view.row_count += row_count;
  live.segment->append({start, row_count, rows.natural(1), rows.natural(4), rows.small(3), std::move(bytes)});
  table.next_row_id = std::max(table.next_row_id, rows.natural(5));
  return ok();
}

Result<TablePtr> SnapshotLoader::finish_table(TableParts& parts) {
  Table& table = *parts.table;
  if (!parts.defined) return damaged("table id " + std::to_string(table.table_id) + " has no definition");
  const auto columns = parts.columns->find(parts.schema_id);
  if (columns == parts.columns->end()) return damaged("table " + table.name + " has no columns");
  table.schema = columns->second;
  table.schemas = std::move(parts.columns);
  std::erase_if(table.segments, [](const SegmentView& view) { return view.segment == nullptr; });
  std::sort(table.segments.begin(), table.segments.end(),
            [](const SegmentView& left, const SegmentView& right) {
              return left.segment->file_id < right.segment->file_id;
            });
  for (SegmentView& view : table.segments) {
    view.row_count = 0;
    for (const SegmentChunk& chunk : view.segment->chunks(0, UINT32_MAX)) {
      if (chunk.begin > version_) break;
      view.row_count += chunk.row_count;
      view.bytes += chunk.bytes->size();
      view.changed = chunk.begin;
      ++view.chunk_count;
      table.version = std::max(table.version, chunk.begin);
      table.next_row_id = std::max(table.next_row_id, chunk.first_row_id);
    }
    table.segment_rows += view.row_count;
    table.segment_bytes += view.bytes;
    table.segment_chunks += view.chunk_count;
  }
  table.live_rows += table.segment_rows;  // to those of its files
  for (const auto& [file, bitmap] : *parts.deletes) table.live_rows -= bitmap->cardinality();
  table.files = std::move(parts.files);
  table.deletes = std::move(parts.deletes);
  return TablePtr(std::move(parts.table));
}

Result<SnapshotPtr> SnapshotLoader::finish() {
  auto names = std::make_shared<std::map<Snapshot::Key, TableId>>();
  snapshot_->tables.reserve(tables_.size());
  for (auto& [id, parts] : tables_) {
    LAKE_TRY(TablePtr table, finish_table(parts));
    names->emplace(Snapshot::Key(lower_ascii(table->schema_name), lower_ascii(table->name)), id);
    snapshot_->count_inline(nullptr, table.get());
    snapshot_->tables.put(id, std::move(table));
  }
  snapshot_->table_names = std::move(names);
  return SnapshotPtr(std::move(snapshot_));
}

}  // namespace lake::catalog
