#include "lake/tables/definition_overlay.hpp"

#include <memory>
#include <utility>
#include <variant>

namespace lake::tables {
namespace {

using catalog::lower_ascii;
using catalog::Snapshot;

template <class Map>
std::shared_ptr<Map> copy_of(const std::shared_ptr<const Map>& map) {
  return map ? std::make_shared<Map>(*map) : std::make_shared<Map>();
}

Snapshot::Key key_of(const std::string& schema, const std::string& name) {
  return {lower_ascii(schema), lower_ascii(name)};
}

std::shared_ptr<const std::map<Snapshot::Key, catalog::ObjectPtr>>& map_of(Snapshot& snapshot,
                                                                           catalog::ObjectKind kind) {
  switch (kind) {
    case catalog::ObjectKind::kView:
      return snapshot.views;
    case catalog::ObjectKind::kType:
      return snapshot.types;
    case catalog::ObjectKind::kMacro:
    case catalog::ObjectKind::kTableMacro:
      return snapshot.macros;
  }
  return snapshot.macros;
}

/// The definition of `defined` over the data of `data`.
std::shared_ptr<catalog::Table> redefined(const catalog::Table& data, const catalog::Table& defined) {
  auto table = std::make_shared<catalog::Table>(data);
  table->schema_name = defined.schema_name;
  table->name = defined.name;
  table->schema = defined.schema;
  table->schemas = defined.schemas;
  table->specs = defined.specs;
  table->spec_id = defined.spec_id;
  table->orders = defined.orders;
  table->order_id = defined.order_id;
  table->checks = defined.checks;
  table->properties = defined.properties;
  table->comment = defined.comment;
  table->next_field_id = defined.next_field_id;
  return table;
}

struct Overlay {
  Snapshot& seen;
  catalog::CommitId ddl_version;

  void operator()(const catalog::CreateSchema& change) const {
    auto schemas = copy_of(seen.schemas);
    (*schemas)[lower_ascii(change.name)] = catalog::SchemaEntry{change.name, std::nullopt, ddl_version};
    seen.schemas = std::move(schemas);
  }
  void operator()(const catalog::DropSchema& change) const {
    auto schemas = copy_of(seen.schemas);
    schemas->erase(lower_ascii(change.name));
    seen.schemas = std::move(schemas);
  }
  void operator()(const catalog::CommentSchema& change) const {
    auto schemas = copy_of(seen.schemas);
    auto& schema = (*schemas)[lower_ascii(change.name)];
    schema.comment = change.comment;
    schema.version = ddl_version;
    seen.schemas = std::move(schemas);
  }
  void operator()(const catalog::CreateTable& change) const {
    auto table = std::make_shared<catalog::Table>(change.table);
    put(std::move(table));
  }
  void operator()(const catalog::DropTable& change) const {
    if (const auto table = seen.find(change.table_id)) forget_name(*table);
    seen.tables.erase(change.table_id);
  }
  void operator()(const catalog::AlterTable& change) const {
    const auto before = seen.find(change.table.table_id);
    if (!before) return;
    forget_name(*before);
    put(redefined(*before, change.table));
  }
  void operator()(const catalog::PutObject& change) const {
    auto& map = map_of(seen, change.object.kind);
    auto objects = copy_of(map);
    auto object = std::make_shared<catalog::Object>(change.object);
    object->version = ddl_version;
    (*objects)[key_of(object->schema_name, object->name)] = std::move(object);
    map = std::move(objects);
  }
  void operator()(const catalog::DropObject& change) const {
    auto& map = map_of(seen, change.kind);
    auto objects = copy_of(map);
    objects->erase(key_of(change.schema_name, change.name));
    map = std::move(objects);
  }

 private:
  void forget_name(const catalog::Table& table) const {
    auto names = copy_of(seen.table_names);
    names->erase(key_of(table.schema_name, table.name));
    seen.table_names = std::move(names);
  }
  void put(std::shared_ptr<catalog::Table> table) const {
    table->ddl_version = ddl_version;
    auto names = copy_of(seen.table_names);
    (*names)[key_of(table->schema_name, table->name)] = table->table_id;
    seen.table_names = std::move(names);
    const catalog::TableId id = table->table_id;
    seen.tables.put(id, std::move(table));
  }
};

}  // namespace

catalog::SnapshotPtr with_definitions(const Snapshot& before, const std::vector<catalog::Definition>& changes,
                                      catalog::CommitId ddl_version) {
  auto seen = std::make_shared<Snapshot>(before);
  const Overlay overlay{*seen, ddl_version};
  for (const catalog::Definition& change : changes) std::visit(overlay, change);
  return seen;
}

const std::map<Snapshot::Key, catalog::ObjectPtr>& objects_of(const Snapshot& snapshot,
                                                              catalog::ObjectKind kind) {
  static const std::map<Snapshot::Key, catalog::ObjectPtr> none;
  const auto& map = kind == catalog::ObjectKind::kView   ? snapshot.views
                    : kind == catalog::ObjectKind::kType ? snapshot.types
                                                         : snapshot.macros;
  return map ? *map : none;
}

catalog::ObjectPtr find_object(const Snapshot& snapshot, catalog::ObjectKind kind, const std::string& schema,
                               const std::string& name) {
  const auto& objects = objects_of(snapshot, kind);
  const auto found = objects.find(key_of(schema, name));
  return found == objects.end() ? nullptr : found->second;
}

}  // namespace lake::tables
