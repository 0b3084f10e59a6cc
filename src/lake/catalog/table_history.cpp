#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "lake/catalog/row_writer.hpp"
#include "lake/catalog/sqlite_catalog.hpp"

namespace lake::catalog {
namespace {

Error damaged(const std::string& what) { return {ErrorCode::kCorruption, "damaged catalog: " + what}; }

CommitId end_of(const Rows& rows, int column) { return rows.is_null(column) ? 0 : rows.natural(column); }

}  // namespace

Result<TableHistory> SqliteCatalog::history(TableId table, CommitId from, CommitId to) {
  return ask<TableHistory>([this, table, from, to]() -> Result<TableHistory> {
    TableHistory history;
    LAKE_TRY(history.files, read_files(table, from, to));
    LAKE_CHECK_OK(read_segments(table, from, to, history));
    LAKE_CHECK_OK(read_deletes(table, from, to, history));
    return history;
  });
}

Status SqliteCatalog::read_segments(TableId table, CommitId from, CommitId to, TableHistory& history) {
  {
    LAKE_TRY(Rows rows,
             connection_->query("SELECT segment_no, file_id, begin_micros, begin_commit, end_commit"
                                " FROM segments WHERE table_id = ?1 AND begin_commit <= ?3"
                                " AND (end_commit IS NULL OR end_commit > ?2) ORDER BY file_id",
                                table, from, std::min<CommitId>(to, INT64_MAX)));
    for (;;) {
      LAKE_TRY(const bool more, rows.next());
      if (!more) break;
      SegmentRecord record;
      record.view.segment = std::make_shared<Segment>(table, rows.natural(1), rows.natural(0));
      record.view.begin_micros = rows.integer(2);
      record.view.begin = rows.natural(3);
      record.end = end_of(rows, 4);
      history.segments.push_back(std::move(record));
    }
  }
  for (SegmentRecord& record : history.segments) LAKE_CHECK_OK(read_segment_chunks(record));
  return ok();
}

Status SqliteCatalog::read_segment_chunks(SegmentRecord& record) {
  SegmentView& view = record.view;
  const std::uint64_t number = view.segment->segment_no;
  auto segment = std::make_shared<Segment>(view.segment->table_id, view.segment->file_id, number);
  LAKE_TRY(Rows rows,
           connection_->query("SELECT chunk_key, begin_commit, row_count, schema_id, first_row_id, bytes,"
                              " checksum FROM chunks WHERE chunk_key >= ?1 AND chunk_key < ?2"
                              " ORDER BY chunk_key",
                              chunk_key(number, 0), chunk_key(number + 1, 0)));
  for (;;) {
    LAKE_TRY(const bool more, rows.next());
    if (!more) break;
    auto bytes = std::make_shared<const std::string>(rows.text(5));
    const auto row_count = static_cast<std::uint32_t>(rows.integer(2));
    if (blob_checksum(*bytes) != rows.natural(6) || chunk_key(number, view.row_count) != rows.natural(0)) {
      return damaged("inline rows of segment " + std::to_string(number) + ", position " +
                     std::to_string(view.row_count));
    }
    view.bytes += bytes->size();
    view.changed = rows.natural(1);
    segment->append(
        {view.row_count, row_count, rows.natural(1), rows.natural(4), rows.small(3), std::move(bytes)});
    view.row_count += row_count;
    ++view.chunk_count;
  }
  view.segment = std::move(segment);
  return ok();
}

Status SqliteCatalog::read_deletes(TableId table, CommitId from, CommitId to, TableHistory& history) {
  LAKE_TRY(Rows rows,
           connection_->query("SELECT file_id, begin_commit, end_commit, bitmap, checksum"
                              " FROM delete_bitmaps WHERE table_id = ?1 AND begin_commit <= ?3"
                              " AND (end_commit IS NULL OR end_commit > ?2) ORDER BY file_id, begin_commit",
                              table, from, std::min<CommitId>(to, INT64_MAX)));
  for (;;) {
    LAKE_TRY(const bool more, rows.next());
    if (!more) return ok();
    if (blob_checksum(rows.bytes(3)) != rows.natural(4)) {
      return damaged("deleted rows of file " + std::to_string(rows.natural(0)));
    }
    LAKE_TRY(auto bitmap, codec::RoaringBitmap::deserialize(rows.bytes(3)));
    history.deletes.push_back({rows.natural(0), rows.natural(1), end_of(rows, 2),
                               std::make_shared<const codec::RoaringBitmap>(std::move(bitmap))});
  }
}

}  // namespace lake::catalog
