#include "lake/catalog/commit_builder.hpp"

#include <utility>

namespace lake::catalog {
namespace {

constexpr std::size_t kChangesBytesMax = 2000;  // of the text for people; longer ones are cut

std::string counted(const char* verb, std::uint64_t count, const char* noun) {
  if (count == 0) return {};
  return std::string(" ") + verb + std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

CommitBuilder::CommitBuilder(SnapshotPtr before, const CommitRequest& request, std::int64_t micros,
                             std::uint32_t segment_rows_max, CommitterState& state, IdReserve& ids)
    : before_(std::move(before)),
      request_(request),
      id_(before_->commit_id + 1),
      segment_rows_max_(segment_rows_max),
      micros_(micros),
      state_(state),
      ids_(ids),
      next_(*before_) {
  next_.commit_id = id_;
  next_.committed_micros = micros;
}

Result<LakeChange> CommitBuilder::build() {
  if (request_.base > before_->commit_id) {
    return Error(ErrorCode::kInvalidArgument,
                 "the base version does not exist yet: " + std::to_string(request_.base));
  }
  for (const Definition& definition : request_.definitions) {
    LAKE_CHECK_OK(std::visit([this](const auto& change) { return define(change); }, definition));
  }
  for (const TableDelta& delta : request_.deltas) LAKE_CHECK_OK(change_data(delta));
  return finish();
}

Error CommitBuilder::clash(ErrorCode code, CommitId version, const std::string& message) const {
  if (version > request_.base && version < id_)
    return {ErrorCode::kConflict, message + " (by a concurrent transaction)"};
  return {code, message};
}

Error CommitBuilder::missing(const std::string& message) const {
  return clash(ErrorCode::kNotFound, before_->ddl_version, message);
}

Error CommitBuilder::gone(TableId id) const {
  if (ids_.table_given(id)) {
    return {ErrorCode::kConflict, "a concurrent transaction dropped the table, id " + std::to_string(id)};
  }
  return {ErrorCode::kNotFound, "no such table, id " + std::to_string(id)};
}

Result<CommitBuilder::TableEdit*> CommitBuilder::edit_table(TableId id) {
  if (const auto known = edits_.find(id); known != edits_.end()) {
    if (known->second.table == nullptr) return gone(id);
    return &known->second;
  }
  TablePtr before = before_->find(id);
  if (before == nullptr) return gone(id);
  TableEdit& edit = edits_[id];
  edit.table = std::make_shared<Table>(*before);
  edit.before = std::move(before);
  return &edit;
}

void CommitBuilder::say(const std::string& text) {
  if (changes_.size() > kChangesBytesMax) return;
  if (!changes_.empty()) changes_ += "; ";
  changes_ += text;
  if (changes_.size() > kChangesBytesMax) changes_ += "; ...";
}

void CommitBuilder::finish_table(TableEdit& edit, LakeChange& change) {
  TableChange& rows = edit.rows;
  rows.before = edit.before;
  if (edit.table == nullptr) {
    if (edit.before == nullptr) return;  // made and dropped by the same commit: nobody ever sees it
    next_.tables.erase(edit.before->table_id);
    next_.count_inline(edit.before.get(), nullptr);
    state_.open_segments.erase(edit.before->table_id);
    rows = TableChange{};
    rows.before = edit.before;
    change.tables.push_back(std::move(rows));
    return;
  }
  Table& table = *edit.table;
  table.version = id_;
  if (edit.files != nullptr) table.files = edit.files;
  if (edit.deletes != nullptr) table.deletes = edit.deletes;
  for (const FileId file : edit.touched_bitmaps) {
    if (edit.before != nullptr && edit.before->deletes->contains(file)) rows.ended_bitmaps.push_back(file);
    const auto now = table.deletes->find(file);
    if (now != table.deletes->end()) rows.new_bitmaps.emplace_back(file, now->second);
  }
  for (auto& [file, positions] : edit.deleted) {
    if (!edit.touched_bitmaps.contains(file)) rows.deleted.emplace_back(file, std::move(positions));
  }
  for (const auto& [schema_id, columns] : *table.schemas) {
    if (edit.before == nullptr || !edit.before->schemas->contains(schema_id))
      rows.new_columns.push_back(columns);
  }
  const std::string what = counted("+", rows.added_files.size(), "file") +
                           counted("-", rows.ended_files.size() + rows.ended_segments.size(), "file") +
                           counted("+", edit.appended_rows, "inline row") +
                           counted("-", edit.deleted_rows, "row");
  if (!what.empty()) say(table.schema_name + "." + table.name + what);
  rows.after = edit.table;
  next_.tables.put(table.table_id, edit.table);
  next_.count_inline(edit.before.get(), edit.table.get());
  change.tables.push_back(std::move(rows));
}

void CommitBuilder::finish_definitions(LakeChange& change) {
  for (const std::string& key : touched_schemas_) {
    if (before_->schemas->contains(key)) change.ended_schemas.push_back(before_->schemas->at(key).name);
    if (const auto now = next_.schemas->find(key); now != next_.schemas->end()) {
      change.new_schemas.push_back(now->second);
    }
  }
  const auto objects = [&](const std::set<Snapshot::Key>& touched, const ObjectMap& before,
                           const ObjectMap& now) {
    for (const Snapshot::Key& key : touched) {
      if (const auto old = before.find(key); old != before.end()) {
        change.ended_objects.push_back(old->second->object_id);
      }
      if (const auto made = now.find(key); made != now.end()) change.new_objects.push_back(made->second);
    }
  };
  objects(touched_views_, *before_->views, *next_.views);
  objects(touched_macros_, *before_->macros, *next_.macros);
  objects(touched_types_, *before_->types, *next_.types);
}

LakeChange CommitBuilder::finish() {
  LakeChange change;
  if (request_.definitions.empty() && edits_.empty() && request_.idempotency_key.empty()) {
    change.empty = true;
    change.after = before_;
    return change;
  }
  if (!request_.definitions.empty()) next_.ddl_version = id_;
  finish_definitions(change);
  for (auto& [id, edit] : edits_) finish_table(edit, change);
  change.changes = std::move(changes_);
  change.after = std::make_shared<const Snapshot>(std::move(next_));
  return change;
}

}  // namespace lake::catalog
