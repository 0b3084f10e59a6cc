#include <algorithm>

#include "lake/catalog/commit_builder.hpp"

namespace lake::catalog {
namespace {

Snapshot::Key key_of(const std::string& schema, const std::string& name) {
  return {lower_ascii(schema), lower_ascii(name)};
}

std::string full_name(const std::string& schema, const std::string& name) { return schema + "." + name; }

/// True when rows that `before` allowed may break what `after` demands.
bool demands_more(const Table& before, const Table& after) {
  for (const std::string& check : after.checks) {
    if (std::find(before.checks.begin(), before.checks.end(), check) == before.checks.end()) return true;
  }
  for (const Field& field : after.schema->fields) {
    const auto old = std::find_if(before.schema->fields.begin(), before.schema->fields.end(),
                                  [&](const Field& candidate) { return candidate.id == field.id; });
    if (old == before.schema->fields.end()) {
      if (field.not_null && !field.initial_sql) return true;  // rows that do not have it read as NULL
      continue;
    }
    if ((field.not_null && !old->not_null) || field.type != old->type) return true;
  }
  return false;
}

/// All column lists of a table, the current one included.
std::shared_ptr<const std::map<std::int32_t, std::shared_ptr<const Schema>>> all_columns(const Table* before,
                                                                                         const Table& after) {
  auto all = std::make_shared<std::map<std::int32_t, std::shared_ptr<const Schema>>>();
  if (before != nullptr) *all = *before->schemas;
  if (after.schemas != nullptr) {
    for (const auto& [id, columns] : *after.schemas) all->emplace(id, columns);
  }
  all->emplace(after.schema->schema_id, after.schema);
  return all;
}

}  // namespace

Status CommitBuilder::define(const CreateSchema& change) {
  const std::string key = lower_ascii(change.name);
  if (key.empty()) return Error(ErrorCode::kInvalidArgument, "a schema needs a name");
  if (const auto known = next_.schemas->find(key); known != next_.schemas->end()) {
    return clash(ErrorCode::kAlreadyExists, known->second.version, "schema exists: " + change.name);
  }
  editable(next_.schemas, schemas_).emplace(key, SchemaEntry{change.name, std::nullopt, id_});
  touched_schemas_.insert(key);
  say("create schema " + change.name);
  return ok();
}

Status CommitBuilder::define(const DropSchema& change) {
  const std::string key = lower_ascii(change.name);
  if (!next_.schemas->contains(key)) return missing("no such schema: " + change.name);
  if (key == "main") return Error(ErrorCode::kInvalidArgument, "schema main cannot be dropped");
  const auto holds = [&](const auto& names) {
    const auto first = names.lower_bound({key, std::string()});
    return first != names.end() && first->first.first == key;
  };
  if (holds(*next_.table_names) || holds(*next_.views) || holds(*next_.macros) || holds(*next_.types)) {
    return clash(ErrorCode::kInvalidArgument, before_->ddl_version, "schema is not empty: " + change.name);
  }
  editable(next_.schemas, schemas_).erase(key);
  touched_schemas_.insert(key);
  say("drop schema " + change.name);
  return ok();
}

Status CommitBuilder::define(const CommentSchema& change) {
  const std::string key = lower_ascii(change.name);
  const auto known = next_.schemas->find(key);
  if (known == next_.schemas->end()) return missing("no such schema: " + change.name);
  if (known->second.version > request_.base && known->second.version < id_) {
    return clash(ErrorCode::kConflict, known->second.version, "schema changed: " + change.name);
  }
  SchemaEntry& entry = editable(next_.schemas, schemas_).at(key);
  entry.comment = change.comment;
  entry.version = id_;
  touched_schemas_.insert(key);
  say("comment on schema " + change.name);
  return ok();
}

Status CommitBuilder::check_name_free(const std::string& schema, const std::string& name) {
  if (name.empty()) return Error(ErrorCode::kInvalidArgument, "a name is missing");
  const Snapshot::Key key = key_of(schema, name);
  if (!next_.schemas->contains(key.first)) return missing("no such schema: " + schema);
  if (const auto table = next_.table_names->find(key); table != next_.table_names->end()) {
    const TablePtr known = before_->find(table->second);
    return clash(ErrorCode::kAlreadyExists, known != nullptr ? known->ddl_version : id_,
                 "table exists: " + full_name(schema, name));
  }
  if (const auto view = next_.views->find(key); view != next_.views->end()) {
    return clash(ErrorCode::kAlreadyExists, view->second->version, "view exists: " + full_name(schema, name));
  }
  return ok();
}

Status CommitBuilder::check_table(const Table& table) const {
  if (table.schema == nullptr)
    return Error(ErrorCode::kInvalidArgument, "a table needs columns: " + table.name);
  const auto has_spec = [&](const PartitionSpec& spec) { return spec.spec_id == table.spec_id; };
  if (table.spec_id != 0 && std::none_of(table.specs.begin(), table.specs.end(), has_spec)) {
    return Error(ErrorCode::kInvalidArgument, "no such partition spec: " + std::to_string(table.spec_id));
  }
  const auto has_order = [&](const SortOrder& order) { return order.order_id == table.order_id; };
  if (table.order_id != 0 && std::none_of(table.orders.begin(), table.orders.end(), has_order)) {
    return Error(ErrorCode::kInvalidArgument, "no such sort order: " + std::to_string(table.order_id));
  }
  return ok();
}

Status CommitBuilder::define(const CreateTable& change) {
  constexpr TableId kTableIdMax = (TableId{1} << 28U) - 1;  // packed with a file id into one key
  const Table& given = change.table;
  LAKE_CHECK_OK(check_name_free(given.schema_name, given.name));
  LAKE_CHECK_OK(check_table(given));
  if (!ids_.table_given(given.table_id) || before_->tables.contains(given.table_id) ||
      edits_.contains(given.table_id)) {
    return Error(ErrorCode::kInvalidArgument, "table id is not reserved: " + std::to_string(given.table_id));
  }
  if (given.table_id > kTableIdMax) return Error(ErrorCode::kResourceExhausted, "table ids are used up");
  auto table = std::make_shared<Table>(given);
  table->schema_name = next_.schemas->at(lower_ascii(given.schema_name)).name;
  table->schemas = all_columns(nullptr, given);
  table->version = id_;
  table->ddl_version = id_;
  table->next_row_id = 0;
  table->files = std::make_shared<const FileList>();
  table->deletes = std::make_shared<const std::map<FileId, BitmapPtr>>();
  table->segments.clear();
  table->live_rows = table->file_bytes = table->segment_bytes = table->segment_rows = table->segment_chunks =
      0;
  TableEdit& edit = edits_[given.table_id];
  edit.table = std::move(table);
  edit.rows.redefined = true;
  editable(next_.table_names, table_names_).emplace(key_of(given.schema_name, given.name), given.table_id);
  say("create table " + full_name(given.schema_name, given.name));
  return ok();
}

Status CommitBuilder::define(const DropTable& change) {
  LAKE_TRY(TableEdit* const edit, edit_table(change.table_id));
  const Table& table = *edit->table;
  say("drop table " + full_name(table.schema_name, table.name));
  editable(next_.table_names, table_names_).erase(key_of(table.schema_name, table.name));
  edit->table = nullptr;
  return ok();
}

Status CommitBuilder::check_alter(const TableEdit& edit, const AlterTable& change) const {
  const Table& table = *edit.table;
  const std::string name = full_name(table.schema_name, table.name);
  if (table.ddl_version != change.base_ddl_version && table.ddl_version != id_) {
    return Error(ErrorCode::kConflict, "a concurrent transaction altered table " + name);
  }
  LAKE_CHECK_OK(check_table(change.table));
  const auto known = table.schemas->find(change.table.schema->schema_id);
  if (known != table.schemas->end() && known->second->fields != change.table.schema->fields) {
    return Error(ErrorCode::kInvalidArgument, "changed columns need a new schema id: table " + name);
  }
  if (edit.before != nullptr && edit.before->version > request_.base &&
      demands_more(*edit.before, change.table)) {
    return Error(ErrorCode::kConflict,
                 "a concurrent transaction wrote to table " + name + " while it was altered");
  }
  return ok();
}

Status CommitBuilder::define(const AlterTable& change) {
  LAKE_TRY(TableEdit* const edit, edit_table(change.table.table_id));
  LAKE_CHECK_OK(check_alter(*edit, change));
  Table& table = *edit->table;
  const Table& given = change.table;
  const Snapshot::Key old_key = key_of(table.schema_name, table.name);
  const Snapshot::Key new_key = key_of(given.schema_name, given.name);
  if (old_key != new_key) {
    LAKE_CHECK_OK(check_name_free(given.schema_name, given.name));
    auto& names = editable(next_.table_names, table_names_);
    names.erase(old_key);
    names.emplace(new_key, table.table_id);
  }
  table.schema_name = next_.schemas->at(new_key.first).name;
  table.name = given.name;
  table.schemas = all_columns(&table, given);
  table.schema = given.schema;
  table.specs = given.specs;
  table.spec_id = given.spec_id;
  table.orders = given.orders;
  table.order_id = given.order_id;
  table.checks = given.checks;
  table.properties = given.properties;
  table.comment = given.comment;
  table.next_field_id = std::max(table.next_field_id, given.next_field_id);
  table.ddl_version = id_;
  edit->rows.redefined = true;
  say("alter table " + full_name(table.schema_name, table.name));
  return ok();
}

CommitBuilder::ObjectMap& CommitBuilder::objects_of(ObjectKind kind) {
  if (kind == ObjectKind::kView) return editable(next_.views, views_);
  if (kind == ObjectKind::kType) return editable(next_.types, types_);
  return editable(next_.macros, macros_);
}

void CommitBuilder::remember_object(ObjectKind kind, const Snapshot::Key& key) {
  if (kind == ObjectKind::kView) {
    touched_views_.insert(key);
  } else if (kind == ObjectKind::kType) {
    touched_types_.insert(key);
  } else {
    touched_macros_.insert(key);
  }
}

Status CommitBuilder::define(const PutObject& change) {
  const Object& given = change.object;
  const Snapshot::Key key = key_of(given.schema_name, given.name);
  const std::string name = full_name(given.schema_name, given.name);
  if (given.name.empty()) return Error(ErrorCode::kInvalidArgument, "a name is missing");
  if (!next_.schemas->contains(key.first)) return missing("no such schema: " + given.schema_name);
  ObjectMap& objects = objects_of(given.kind);
  const auto known = objects.find(key);
  if (known != objects.end()) {
    const CommitId version = known->second->version;
    if (version > request_.base && version < id_)
      return clash(ErrorCode::kConflict, version, "object changed: " + name);
  } else if (given.kind == ObjectKind::kView) {
    LAKE_CHECK_OK(check_name_free(given.schema_name, given.name));
  }
  auto object = std::make_shared<Object>(given);
  object->object_id = known != objects.end() ? known->second->object_id : state_.next_object_id++;
  object->version = id_;
  objects[key] = std::move(object);
  remember_object(given.kind, key);
  say("define " + name);
  return ok();
}

Status CommitBuilder::define(const DropObject& change) {
  const Snapshot::Key key = key_of(change.schema_name, change.name);
  ObjectMap& objects = objects_of(change.kind);
  const auto known = objects.find(key);
  const std::string name = full_name(change.schema_name, change.name);
  if (known == objects.end()) return missing("no such object: " + name);
  const CommitId version = known->second->version;
  if (version > request_.base && version < id_)
    return clash(ErrorCode::kConflict, version, "object changed: " + name);
  objects.erase(known);
  remember_object(change.kind, key);
  say("drop " + name);
  return ok();
}

}  // namespace lake::catalog
