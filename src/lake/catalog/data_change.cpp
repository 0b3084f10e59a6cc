#include <algorithm>

#include "lake/base/row_address.hpp"
#include "lake/catalog/commit_builder.hpp"
#include "lake/catalog/statistics_room.hpp"

namespace lake::catalog {
namespace {

std::string name_of_table(const Table& table) { return table.schema_name + "." + table.name; }

FilePtr find_file(const FileList& files, FileId id) {
  const auto place = std::lower_bound(files.begin(), files.end(), id,
                                      [](const FilePtr& file, FileId key) { return file->file_id < key; });
  return place != files.end() && (*place)->file_id == id ? *place : nullptr;
}

const SegmentView* find_segment(const Table& table, FileId id) {
  for (const SegmentView& view : table.segments) {
    if (view.segment->file_id == id) return &view;
  }
  return nullptr;
}

BitmapPtr find_bitmap(const std::map<FileId, BitmapPtr>& bitmaps, FileId id) {
  const auto known = bitmaps.find(id);
  return known == bitmaps.end() ? nullptr : known->second;
}

bool same_rows(const BitmapPtr& left, const BitmapPtr& right) {
  const bool left_empty = left == nullptr || left->empty();
  const bool right_empty = right == nullptr || right->empty();
  if (left_empty || right_empty) return left_empty == right_empty;
  return left == right || *left == *right;
}

bool all_below(const codec::RoaringBitmap& positions, std::uint64_t row_count) {
  return !positions.intersects_range(row_count, RowAddress::kRowsPerFileMax) &&
         positions.cardinality() <= row_count;
}

template <class Edit>
const FileList& files_of(const Edit& edit) {
  return edit.files != nullptr ? *edit.files : *edit.table->files;
}
template <class Edit>
const std::map<FileId, BitmapPtr>& deletes_of(const Edit& edit) {
  return edit.deletes != nullptr ? *edit.deletes : *edit.table->deletes;
}
template <class Edit>
FileList& editable_files(Edit& edit) {
  if (edit.files == nullptr) edit.files = std::make_shared<FileList>(*edit.table->files);
  return *edit.files;
}
template <class Edit>
std::map<FileId, BitmapPtr>& editable_deletes(Edit& edit) {
  if (edit.deletes == nullptr)
    edit.deletes = std::make_shared<std::map<FileId, BitmapPtr>>(*edit.table->deletes);
  return *edit.deletes;
}

bool does_nothing(const TableDelta& delta) {
  return delta.added_files.empty() && delta.appends.empty() && delta.deletes.empty() &&
         delta.removed_files.empty();
}

}  // namespace

Status CommitBuilder::change_data(const TableDelta& delta) {
  if (does_nothing(delta)) return ok();
  LAKE_TRY(TableEdit* const edit, edit_table(delta.table_id));
  LAKE_CHECK_OK(check_schema(*edit, delta));
  std::uint64_t removed_live = 0;
  std::uint64_t added_live = 0;
  LAKE_CHECK_OK(remove_files(*edit, delta, removed_live));
  LAKE_CHECK_OK(delete_rows(*edit, delta));
  LAKE_CHECK_OK(add_files(*edit, delta, added_live));
  for (const SegmentAppend& append : delta.appends) {
    LAKE_CHECK_OK(append_rows(*edit, append));
    added_live += append.row_count;
  }
  if (delta.rewrite && (removed_live != added_live || !delta.deletes.empty())) {
    return Error(ErrorCode::kInvalidArgument, "a rewrite of " + name_of_table(*edit->table) + " turns " +
                                                  std::to_string(removed_live) + " rows into " +
                                                  std::to_string(added_live));
  }
  return ok();
}

Status CommitBuilder::check_schema(const TableEdit& edit, const TableDelta& delta) const {
  if (delta.rewrite || (delta.added_files.empty() && delta.appends.empty())) return ok();
  const bool current = delta.schema_id == edit.table->schema->schema_id;
  // Rows written before an ALTER of the same transaction carry the columns it began with.
  const bool own_before = edit.before != nullptr && delta.schema_id == edit.before->schema->schema_id;
  const bool created_here = edit.before == nullptr && edit.table->schemas->contains(delta.schema_id);
  if (current || own_before || created_here) return ok();
  const auto written = edit.table->schemas->find(delta.schema_id);
  if (written != edit.table->schemas->end() &&
      same_rows(written->second->fields, edit.table->schema->fields)) {
    return ok();
  }
  return Error(ErrorCode::kConflict,
               "a concurrent transaction changed the columns of table " + name_of_table(*edit.table));
}

Status CommitBuilder::remove_files(TableEdit& edit, const TableDelta& delta, std::uint64_t& removed_live) {
  if (delta.removed_files.empty()) return ok();
  Table& table = *edit.table;
  std::set<FileId> removed;
  for (const FileId id : delta.removed_files) {
    const FilePtr file = find_file(files_of(edit), id);
    const SegmentView* const view = file == nullptr ? find_segment(table, id) : nullptr;
    const std::string where = name_of_table(table) + ", file id " + std::to_string(id);
    if (delta.deletes.contains(id) || !removed.insert(id).second) {
      return Error(ErrorCode::kInvalidArgument,
                   "a file is removed twice, or removed and deleted from: " + where);
    }
    if (file == nullptr && view == nullptr) {
      return Error(ErrorCode::kConflict, "a concurrent transaction removed a file of " + where);
    }
    const BitmapPtr bitmap = find_bitmap(deletes_of(edit), id);
    if (!same_rows(bitmap, find_bitmap(delta.expected_deletes, id))) {
      return Error(ErrorCode::kConflict, "a concurrent transaction deleted rows of " + where);
    }
    if (view != nullptr && view->changed > request_.base) {
      return Error(ErrorCode::kConflict, "a concurrent transaction appended to " + where);
    }
    const std::uint64_t live = (file != nullptr ? file->row_count : view->row_count) -
                               (bitmap != nullptr ? bitmap->cardinality() : 0);
    removed_live += live;
    table.live_rows -= live;
    if (file != nullptr) {
      table.file_bytes -= file->bytes;
      edit.rows.ended_files.push_back(id);
    } else {
      table.segment_bytes -= view->bytes;
      table.segment_rows -= view->row_count;
      table.segment_chunks -= view->chunk_count;
      edit.rows.ended_segments.push_back(view->segment->segment_no);
    }
    if (bitmap != nullptr) {
      editable_deletes(edit).erase(id);
      edit.touched_bitmaps.insert(id);
    }
  }
  if (!edit.rows.ended_files.empty()) {
    std::erase_if(editable_files(edit), [&](const FilePtr& file) { return removed.contains(file->file_id); });
  }
  std::erase_if(table.segments,
                [&](const SegmentView& view) { return removed.contains(view.segment->file_id); });
  return ok();
}

Status CommitBuilder::delete_rows(TableEdit& edit, const TableDelta& delta) {
  Table& table = *edit.table;
  for (const auto& [id, deleted] : delta.deletes) {
    if (deleted.positions.empty()) continue;
    const FilePtr file = find_file(files_of(edit), id);
    const SegmentView* const view = file == nullptr ? find_segment(table, id) : nullptr;
    const std::string where = name_of_table(table) + ", file id " + std::to_string(id);
    if (file == nullptr && view == nullptr) {
      return Error(ErrorCode::kConflict, "a concurrent transaction removed a file of " + where);
    }
    if (!all_below(deleted.positions, file != nullptr ? file->row_count : view->row_count)) {
      return Error(ErrorCode::kInvalidArgument, "deleted rows lie beyond the end of " + where);
    }
    const BitmapPtr current = find_bitmap(deletes_of(edit), id);
    if (current != nullptr && current->intersects(deleted.positions)) {
      return Error(ErrorCode::kConflict, "a concurrent transaction deleted the same rows of " + where);
    }
    auto united = std::make_shared<codec::RoaringBitmap>(deleted.positions);
    if (current != nullptr) united->unite(*current);
    editable_deletes(edit)[id] = std::move(united);
    edit.deleted[id].unite(deleted.positions);
    const std::uint64_t count = deleted.positions.cardinality();
    table.live_rows -= count;
    edit.deleted_rows += count;
  }
  return ok();
}

Status CommitBuilder::add_file(TableEdit& edit, const TableDelta& delta, const DataFile& given,
                               std::uint64_t& added_live) {
  Table& table = *edit.table;
  const std::string where = name_of_table(table) + ", file id " + std::to_string(given.file_id);
  if (!ids_.file_given(table.table_id, given.file_id) ||
      find_file(files_of(edit), given.file_id) != nullptr || find_segment(table, given.file_id) != nullptr) {
    return Error(ErrorCode::kInvalidArgument, "file id is not reserved, or used: " + where);
  }
  if (given.path.empty() || given.row_count > RowAddress::kRowsPerFileMax) {
    return Error(ErrorCode::kInvalidArgument, "a file without path or with too many rows: " + where);
  }
  if (!table.schemas->contains(given.schema_id)) {
    return Error(ErrorCode::kInvalidArgument, "a file of unknown columns: " + where);
  }
  auto file = std::make_shared<DataFile>(given);
  file->begin = id_;
  if (!delta.rewrite) {
    file->first_row_id = table.next_row_id;
    table.next_row_id += file->row_count;
  }
  std::uint64_t live = file->row_count;
  const auto born_deleted = delta.added_deletes.find(file->file_id);
  if (born_deleted != delta.added_deletes.end() && !born_deleted->second.empty()) {
    if (!all_below(born_deleted->second, file->row_count)) {
      return Error(ErrorCode::kInvalidArgument, "deleted rows lie beyond the end of " + where);
    }
    live -= born_deleted->second.cardinality();
    editable_deletes(edit)[file->file_id] = std::make_shared<codec::RoaringBitmap>(born_deleted->second);
    edit.touched_bitmaps.insert(file->file_id);
  }
  added_live += live;
  table.live_rows += live;
  table.file_bytes += file->bytes;
  FileList& files = editable_files(edit);
  const auto place = std::lower_bound(files.begin(), files.end(), file->file_id,
                                      [](const FilePtr& one, FileId key) { return one->file_id < key; });
  edit.rows.added_files.push_back({file, !delta.rewrite});
  files.insert(place, state_.statistics.admitted(std::move(file)));
  return ok();
}

Status CommitBuilder::add_files(TableEdit& edit, const TableDelta& delta, std::uint64_t& added_live) {
  for (const auto& [id, positions] : delta.added_deletes) {
    const auto added = [&, wanted = id](const DataFile& file) { return file.file_id == wanted; };
    if (std::none_of(delta.added_files.begin(), delta.added_files.end(), added)) {
      return Error(ErrorCode::kInvalidArgument,
                   "deleted rows of a file that is not added: " + std::to_string(id));
    }
  }
  for (const DataFile& file : delta.added_files) LAKE_CHECK_OK(add_file(edit, delta, file, added_live));
  return ok();
}

Result<SegmentView*> CommitBuilder::segment_for(TableEdit& edit, std::uint32_t row_count, NewChunk& chunk) {
  Table& table = *edit.table;
  const auto open = state_.open_segments.find(table.table_id);
  if (open != state_.open_segments.end() && !table.segments.empty()) {
    SegmentView& last = table.segments.back();
    if (last.segment == open->second && row_count <= segment_rows_max_ &&
        last.row_count <= segment_rows_max_ - row_count) {
      chunk.segment = open->second;
      return &last;
    }
  }
  LAKE_TRY(const FileId file_id, ids_.next_files(table.table_id, 1));
  chunk.segment = std::make_shared<Segment>(table.table_id, file_id, state_.next_segment_no++);
  chunk.new_segment = true;
  state_.open_segments[table.table_id] = chunk.segment;
  table.segments.push_back({chunk.segment, 0, 0, id_, id_, micros_});
  return &table.segments.back();
}

Status CommitBuilder::append_rows(TableEdit& edit, const SegmentAppend& append) {
  constexpr std::size_t kChunkBytesMax = std::size_t{256}
                                         << 20U;  // well below what SQLite holds in one value
  Table& table = *edit.table;
  if (append.row_count == 0 && append.bytes == nullptr) return ok();
  if (append.row_count == 0 || append.bytes == nullptr || append.row_count > RowAddress::kRowsPerFileMax ||
      append.bytes->size() > kChunkBytesMax || append.fresh_row_ids > append.row_count) {
    return Error(ErrorCode::kInvalidArgument,
                 "inline rows of an impossible shape for " + name_of_table(table));
  }
  if (!table.schemas->contains(append.schema_id)) {
    return Error(ErrorCode::kInvalidArgument, "inline rows of unknown columns for " + name_of_table(table));
  }
  NewChunk added;
  LAKE_TRY(SegmentView* const view, segment_for(edit, append.row_count, added));
  added.chunk = {view->row_count, append.row_count, id_, table.next_row_id, append.schema_id, append.bytes};
  if (append.fresh_row_ids != 0) table.next_row_id += append.row_count;
  added.row_id_end = table.next_row_id;
  view->row_count += append.row_count;
  view->bytes += append.bytes->size();
  view->changed = id_;
  ++view->chunk_count;
  table.live_rows += append.row_count;
  table.segment_rows += append.row_count;
  table.segment_bytes += append.bytes->size();
  ++table.segment_chunks;
  edit.appended_rows += append.row_count;
  edit.rows.chunks.push_back(std::move(added));
  return ok();
}

}  // namespace lake::catalog
