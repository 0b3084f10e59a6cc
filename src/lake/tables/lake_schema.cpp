#include "lake/tables/lake_schema.hpp"

#include <utility>
#include <vector>

#include "duckdb/parser/parsed_data/create_index_info.hpp"
#include "duckdb/parser/parsed_data/create_sequence_info.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/alter.hpp"
#include "lake/tables/definition_overlay.hpp"
#include "lake/tables/definitions.hpp"
#include "lake/tables/dependents.hpp"
#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/lake_transaction.hpp"
#include "lake/tables/table_definition.hpp"
#include "lake/tables/view_readers.hpp"

namespace lake::tables {
namespace {

using catalog::ObjectKind;
using duckdb::CatalogType;
using engine::throw_as_duckdb;

LakeTransaction& lake_transaction(duckdb::CatalogTransaction& transaction) {
  if (!transaction.transaction) {
    throw_as_duckdb(Error(ErrorCode::kInvalidArgument, "the lake can be asked within a transaction only"));
  }
  return transaction.transaction->Cast<LakeTransaction>();
}

bool is_relation(CatalogType type) {
  return type == CatalogType::TABLE_ENTRY || type == CatalogType::VIEW_ENTRY;
}
bool is_scalar_macro(CatalogType type) {
  return type == CatalogType::SCALAR_FUNCTION_ENTRY || type == CatalogType::MACRO_ENTRY ||
         type == CatalogType::AGGREGATE_FUNCTION_ENTRY;
}
bool is_table_macro(CatalogType type) {
  return type == CatalogType::TABLE_FUNCTION_ENTRY || type == CatalogType::TABLE_MACRO_ENTRY;
}

/// The object a lookup of this type means, null when there is none.
catalog::ObjectPtr object_for(const catalog::Snapshot& seen, CatalogType type, const std::string& schema,
                              const std::string& name) {
  if (is_relation(type)) return find_object(seen, ObjectKind::kView, schema, name);
  if (type == CatalogType::TYPE_ENTRY) return find_object(seen, ObjectKind::kType, schema, name);
  if (!is_scalar_macro(type) && !is_table_macro(type)) return nullptr;
  auto object = find_object(seen, ObjectKind::kMacro, schema, name);
  const ObjectKind wanted = is_table_macro(type) ? ObjectKind::kTableMacro : ObjectKind::kMacro;
  return object && object->kind == wanted ? object : nullptr;
}

[[noreturn]] void refuse(const char* what) { throw_as_duckdb(Error(ErrorCode::kUnsupported, what)); }

}  // namespace

LakeSchema::LakeSchema(duckdb::Catalog& owner, duckdb::CreateSchemaInfo& info)
    : duckdb::SchemaCatalogEntry(owner, info) {}

LakeCatalog& LakeSchema::lake_catalog() const {
  return const_cast<duckdb::Catalog&>(catalog).Cast<LakeCatalog>();
}

void LakeSchema::Scan(duckdb::ClientContext& context, CatalogType wanted,
                      const std::function<void(duckdb::CatalogEntry&)>& callback) {
  auto& transaction = LakeTransaction::get(context, catalog);
  const catalog::SnapshotPtr seen = transaction.seen();
  const std::string key = catalog::lower_ascii(name);
  const auto scan_objects = [&](ObjectKind kind, bool of_this_kind_only) {
    const auto& objects = objects_of(*seen, kind);
    for (auto place = objects.lower_bound({key, ""}); place != objects.end() && place->first.first == key;
         ++place) {
      if (of_this_kind_only && place->second->kind != kind) continue;
      callback(object_entry(transaction, *this, place->second));
    }
  };
  if (is_relation(wanted)) {
    for (const catalog::TablePtr& table : transaction.tables_in(name)) {
      callback(lake_catalog().table_entry(transaction, table));
    }
    scan_objects(ObjectKind::kView, false);
  } else if (wanted == CatalogType::TYPE_ENTRY) {
    scan_objects(ObjectKind::kType, false);
  } else if (wanted == CatalogType::SCALAR_FUNCTION_ENTRY || wanted == CatalogType::MACRO_ENTRY) {
    scan_objects(ObjectKind::kMacro, true);
  } else if (is_table_macro(wanted)) {
    scan_objects(ObjectKind::kTableMacro, true);
  }
}

void LakeSchema::Scan(CatalogType /*type*/, const std::function<void(duckdb::CatalogEntry&)>& /*callback*/) {
  // Without a transaction there is no version to look at; DuckDB asks so only for databases of its own kind.
}

duckdb::optional_ptr<duckdb::CatalogEntry> LakeSchema::LookupEntry(duckdb::CatalogTransaction transaction,
                                                                   const duckdb::EntryLookupInfo& lookup) {
  if (!transaction.transaction) return nullptr;
  auto& own = lake_transaction(transaction);
  const auto clause = lookup.GetAtClause();
  const catalog::SnapshotPtr at = clause ? snapshot_at(lake_catalog().lake(), *clause) : nullptr;
  const catalog::SnapshotPtr seen = at ? at : own.seen();
  if (is_relation(lookup.GetCatalogType())) {
    if (const auto table = seen->find(name, lookup.GetEntryName())) {
      return &lake_catalog().table_entry(own, table, at);
    }
  }
  const auto object = object_for(*seen, lookup.GetCatalogType(), name, lookup.GetEntryName());
  if (!object) return nullptr;
  return &object_entry(own, *this, object);
}

std::optional<std::vector<catalog::Definition>> LakeSchema::plan_table(LakeTransaction& own,
                                                                       duckdb::BoundCreateTableInfo& info) {
  auto& base = info.Base();
  base.schema = name;
  const catalog::TablePtr before = own.find(name, base.table);
  const bool is_view = find_object(*own.seen(), ObjectKind::kView, name, base.table) != nullptr;
  if (before || is_view) {
    if (base.on_conflict == duckdb::OnCreateConflict::IGNORE_ON_CONFLICT) return std::nullopt;
    if (is_view || base.on_conflict != duckdb::OnCreateConflict::REPLACE_ON_CONFLICT) {
      throw duckdb::CatalogException::EntryAlreadyExists(
          is_view ? CatalogType::VIEW_ENTRY : CatalogType::TABLE_ENTRY, base.table);
    }
  }
  auto& truth = lake_catalog().lake().catalog;
  auto table = engine::value_or_throw(table_of(base, truth.reserve_table(name, base.table)));
  std::vector<catalog::Definition> changes;
  if (before) changes.emplace_back(catalog::DropTable{before->table_id});
  changes.emplace_back(catalog::CreateTable{std::move(table)});
  return changes;
}

duckdb::optional_ptr<duckdb::CatalogEntry> LakeSchema::CreateTable(duckdb::CatalogTransaction transaction,
                                                                   duckdb::BoundCreateTableInfo& info) {
  auto& own = lake_transaction(transaction);
  auto changes = plan_table(own, info);
  if (!changes) return nullptr;
  const catalog::TableId id = std::get<catalog::CreateTable>(changes->back()).table.table_id;
  own.define(std::move(*changes));
  return &lake_catalog().table_entry(own, own.find(id));
}

duckdb::optional_ptr<duckdb::CatalogEntry> LakeSchema::CreateView(duckdb::CatalogTransaction transaction,
                                                                  duckdb::CreateViewInfo& info) {
  return create_view(lake_transaction(transaction), *this, info);
}

duckdb::optional_ptr<duckdb::CatalogEntry> LakeSchema::CreateFunction(duckdb::CatalogTransaction transaction,
                                                                      duckdb::CreateFunctionInfo& info) {
  return create_macro(lake_transaction(transaction), *this, info);
}

duckdb::optional_ptr<duckdb::CatalogEntry> LakeSchema::CreateType(duckdb::CatalogTransaction transaction,
                                                                  duckdb::CreateTypeInfo& info) {
  return create_type(lake_transaction(transaction), *this, info);
}

duckdb::optional_ptr<duckdb::CatalogEntry> LakeSchema::CreateIndex(duckdb::CatalogTransaction /*transaction*/,
                                                                   duckdb::CreateIndexInfo& /*info*/,
                                                                   duckdb::TableCatalogEntry& /*table*/) {
  refuse("lake tables have no indexes");
}
duckdb::optional_ptr<duckdb::CatalogEntry> LakeSchema::CreateSequence(
    duckdb::CatalogTransaction /*transaction*/, duckdb::CreateSequenceInfo& /*info*/) {
  refuse("the lake has no sequences; uuidv7() gives unique, ordered keys");
}
duckdb::optional_ptr<duckdb::CatalogEntry> LakeSchema::CreateTableFunction(
    duckdb::CatalogTransaction /*transaction*/, duckdb::CreateTableFunctionInfo& /*info*/) {
  refuse("table functions cannot be created in the lake");
}
duckdb::optional_ptr<duckdb::CatalogEntry> LakeSchema::CreateCopyFunction(
    duckdb::CatalogTransaction /*transaction*/, duckdb::CreateCopyFunctionInfo& /*info*/) {
  refuse("copy functions cannot be created in the lake");
}
duckdb::optional_ptr<duckdb::CatalogEntry> LakeSchema::CreatePragmaFunction(
    duckdb::CatalogTransaction /*transaction*/, duckdb::CreatePragmaFunctionInfo& /*info*/) {
  refuse("pragma functions cannot be created in the lake");
}
duckdb::optional_ptr<duckdb::CatalogEntry> LakeSchema::CreateCollation(
    duckdb::CatalogTransaction /*transaction*/, duckdb::CreateCollationInfo& /*info*/) {
  refuse("collations cannot be created in the lake");
}

void LakeSchema::DropEntry(duckdb::ClientContext& context, duckdb::DropInfo& info) {
  auto& transaction = LakeTransaction::get(context, catalog);
  const catalog::TablePtr table = is_relation(info.type) ? transaction.find(name, info.name) : nullptr;
  const auto object = object_for(*transaction.seen(), info.type, name, info.name);
  const bool wants_table = info.type == CatalogType::TABLE_ENTRY;
  if (is_relation(info.type) && ((wants_table && !table && object) || (!wants_table && table))) {
    throw_as_duckdb(Error(
        ErrorCode::kInvalidArgument,
        std::string(table ? "this is a table, not a view: " : "this is a view, not a table: ") + info.name));
  }
  const catalog::SnapshotPtr seen = transaction.seen();
  if (wants_table && table) {
    auto changes = drops_of_readers(*seen, "table", table->schema_name, table->name, info.cascade);
    changes.emplace_back(catalog::DropTable{table->table_id});
    transaction.define(std::move(changes));
  } else if (object) {
    refuse_if_used(*seen, *object);
    std::vector<catalog::Definition> changes;
    if (object->kind == ObjectKind::kView)
      changes = drops_of_readers(*seen, "view", object->schema_name, object->name, info.cascade);
    changes.emplace_back(catalog::DropObject{object->kind, object->schema_name, object->name});
    transaction.define(std::move(changes));
  } else if (info.if_not_found != duckdb::OnEntryNotFound::RETURN_NULL) {
    throw duckdb::CatalogException::MissingEntry(info.type, info.name, "");
  }
}

void LakeSchema::Alter(duckdb::CatalogTransaction transaction, duckdb::AlterInfo& info) {
  auto& own = lake_transaction(transaction);
  const CatalogType altered = info.GetCatalogType();
  if (is_relation(altered)) {
    if (const auto table = own.find(name, info.name)) {
      if (altered == CatalogType::VIEW_ENTRY) {
        throw_as_duckdb(Error(ErrorCode::kInvalidArgument, "this is a table, not a view: " + info.name));
      }
      alter_table(transaction.GetContext(), own, *table, info);
      return;
    }
  }
  const auto object = object_for(*own.seen(), altered, name, info.name);
  if (object) {
    alter_object(own, *object, info);
  } else if (info.if_not_found != duckdb::OnEntryNotFound::RETURN_NULL) {
    throw duckdb::CatalogException::MissingEntry(altered, info.name, "");
  }
}

}  // namespace lake::tables
