#include "lake/tables/lake_catalog.hpp"

#include <map>
#include <string>
#include <utility>

#include "duckdb/parser/parsed_data/create_index_info.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/definition_overlay.hpp"
#include "lake/tables/dependents.hpp"
#include "lake/tables/table_definition.hpp"
#include "lake/tables/view_readers.hpp"

namespace lake::tables {
namespace {

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

/// What a schema holds, as the changes that drop it.
std::vector<catalog::Definition> contents_of(const catalog::Snapshot& seen, const std::string& schema) {
  std::vector<catalog::Definition> changes;
  const std::string key = catalog::lower_ascii(schema);
  for (const auto& [name, id] : *seen.table_names) {
    if (name.first == key) changes.emplace_back(catalog::DropTable{id});
  }
  for (const auto kind :
       {catalog::ObjectKind::kView, catalog::ObjectKind::kMacro, catalog::ObjectKind::kType}) {
    for (const auto& [name, object] : objects_of(seen, kind)) {
      if (name.first == key)
        changes.emplace_back(catalog::DropObject{object->kind, object->schema_name, object->name});
    }
  }
  return changes;
}

}  // namespace

/// Threads: any; the lock is never held while an entry is made.
class LakeCatalog::Entries {
 public:
  using Pointer = std::shared_ptr<duckdb::CatalogEntry>;

  /// The entry of a definition, made by `make` when it is not the one kept.
  Pointer get(const std::string& key, catalog::CommitId version, const std::function<Pointer()>& make) {
    {
      const MutexLock lock(mutex_);
      if (const auto found = kept_.find(key); found != kept_.end() && found->second.version == version) {
        return found->second.entry;
      }
    }
    Pointer made = make();
    const MutexLock lock(mutex_);
    Kept& kept = kept_[key];
    if (kept.entry && kept.version == version) return kept.entry;
    if (kept.entry && kept.version > version) return made;  // asked for by an old transaction
    kept = Kept{version, made};
    return made;
  }

  /// Forgets what `snapshot` does not have any more. Transactions keep what they looked up themselves.
  void sweep(const catalog::Snapshot& snapshot) {
    const MutexLock lock(mutex_);
    if (snapshot.ddl_version <= swept_) return;
    swept_ = snapshot.ddl_version;
    for (auto place = kept_.begin(); place != kept_.end();) {
      const bool is_schema = place->first[0] == 's';
      const std::string name = place->first.substr(2);
      const bool lives =
          is_schema ? snapshot.schemas->contains(name) : snapshot.find(std::stoull(name)) != nullptr;
      place = lives || place->second.version > swept_ ? std::next(place) : kept_.erase(place);
    }
  }

 private:
  struct Kept {
    catalog::CommitId version = 0;
    Pointer entry;
  };
  Mutex mutex_;
  std::map<std::string, Kept> kept_ LAKE_GUARDED_BY(mutex_);
  catalog::CommitId swept_ LAKE_GUARDED_BY(mutex_) = 0;
};

LakeCatalog::LakeCatalog(duckdb::AttachedDatabase& database, Lake& lake)
    : duckdb::Catalog(database),
      lake_(lake),
      entries_(std::make_unique<Entries>()),
      segments_(database.GetDatabase(), lake.metrics) {}

LakeCatalog& LakeCatalog::of(duckdb::ClientContext& context) {
  return duckdb::Catalog::GetCatalog(context, "lake").Cast<LakeCatalog>();
}

LakeCatalog::~LakeCatalog() = default;

void LakeCatalog::Initialize(bool /*load_builtin*/) {}

LakeSchema& LakeCatalog::schema_entry(LakeTransaction& transaction, const catalog::SchemaEntry& schema) {
  const std::string key = "s:" + catalog::lower_ascii(schema.name);
  const auto make = [&]() -> Entries::Pointer {
    duckdb::CreateSchemaInfo info;
    info.catalog = GetName();
    info.schema = schema.name;
    // As in the engine's own catalogs: EXPORT DATABASE leaves it out, since every database has one.
    info.internal = key == "s:main";
    if (schema.comment) info.comment = duckdb::Value(*schema.comment);
    return std::make_shared<LakeSchema>(*this, info);
  };
  return transaction
      .keep(
          key + ":" + std::to_string(schema.version),
          [&] { return is_own_version(schema.version) ? make() : entries_->get(key, schema.version, make); })
      .Cast<LakeSchema>();
}

LakeTable& LakeCatalog::table_entry(LakeTransaction& transaction, const catalog::TablePtr& table,
                                    const catalog::SnapshotPtr& at) {
  const std::string key = "t:" + std::to_string(table->table_id);
  const auto make = [&]() -> Entries::Pointer {
    const catalog::SnapshotPtr where = at ? at : transaction.seen();
    const auto schema = where->schemas->find(catalog::lower_ascii(table->schema_name));
    if (schema == where->schemas->end()) {
      engine::throw_as_duckdb(
          Error(ErrorCode::kNotFound, "the schema does not exist: " + table->schema_name));
    }
    auto home =
        std::static_pointer_cast<LakeSchema>(schema_entry(transaction, schema->second).shared_from_this());
    auto info = engine::value_or_throw(create_info_of(*table, *home));
    return std::make_shared<LakeTable>(*this, home, *info, definition_of(*table), at);
  };
  std::string full_key = key + ":" + std::to_string(table->ddl_version);
  if (at) full_key += "@" + std::to_string(at->commit_id);
  return transaction
      .keep(full_key,
            [&] {
              return at || is_own_version(table->ddl_version) ? make()
                                                              : entries_->get(key, table->ddl_version, make);
            })
      .Cast<LakeTable>();
}

duckdb::optional_ptr<duckdb::CatalogEntry> LakeCatalog::CreateSchema(duckdb::CatalogTransaction transaction,
                                                                     duckdb::CreateSchemaInfo& info) {
  auto& lake_transaction = transaction.transaction->Cast<LakeTransaction>();
  const std::string key = catalog::lower_ascii(info.schema);
  const catalog::SnapshotPtr seen = lake_transaction.seen();
  if (const auto found = seen->schemas->find(key); found != seen->schemas->end()) {
    switch (info.on_conflict) {
      case duckdb::OnCreateConflict::IGNORE_ON_CONFLICT:
        return nullptr;
      case duckdb::OnCreateConflict::REPLACE_ON_CONFLICT: {
        auto changes = contents_of(*seen, info.schema);
        changes.emplace_back(catalog::DropSchema{found->second.name});
        changes.emplace_back(catalog::CreateSchema{info.schema});
        lake_transaction.define(std::move(changes));
        break;
      }
      default:
        throw duckdb::CatalogException::EntryAlreadyExists(duckdb::CatalogType::SCHEMA_ENTRY, info.schema);
    }
  } else {
    lake_transaction.define(catalog::CreateSchema{info.schema});
  }
  return &schema_entry(lake_transaction, lake_transaction.seen()->schemas->at(key));
}

void LakeCatalog::ScanSchemas(duckdb::ClientContext& context,
                              std::function<void(duckdb::SchemaCatalogEntry&)> callback) {
  auto& transaction = LakeTransaction::get(context, *this);
  const catalog::SnapshotPtr seen = transaction.seen();
  for (const auto& [key, schema] : *seen->schemas) callback(schema_entry(transaction, schema));
}

duckdb::optional_ptr<duckdb::SchemaCatalogEntry> LakeCatalog::LookupSchema(
    duckdb::CatalogTransaction transaction, const duckdb::EntryLookupInfo& lookup,
    duckdb::OnEntryNotFound if_not_found) {
  const std::string& name = lookup.GetEntryName();
  if (transaction.transaction) {
    auto& lake_transaction = transaction.transaction->Cast<LakeTransaction>();
    const auto at = lookup.GetAtClause();
    const catalog::SnapshotPtr seen = at ? snapshot_at(lake_, *at) : lake_transaction.seen();
    const auto found = seen->schemas->find(catalog::lower_ascii(name));
    if (found != seen->schemas->end()) return &schema_entry(lake_transaction, found->second);
  }
  if (if_not_found == duckdb::OnEntryNotFound::RETURN_NULL) return nullptr;
  throw duckdb::CatalogException::MissingEntry(duckdb::CatalogType::SCHEMA_ENTRY, name, "");
}

void LakeCatalog::DropSchema(duckdb::ClientContext& context, duckdb::DropInfo& info) {
  auto& transaction = LakeTransaction::get(context, *this);
  const catalog::SnapshotPtr seen = transaction.seen();
  const auto found = seen->schemas->find(catalog::lower_ascii(info.name));
  if (found == seen->schemas->end()) {
    if (info.if_not_found == duckdb::OnEntryNotFound::RETURN_NULL) return;
    throw duckdb::CatalogException::MissingEntry(duckdb::CatalogType::SCHEMA_ENTRY, info.name, "");
  }
  if (found->first == DEFAULT_SCHEMA) {
    engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument, "the schema main cannot be dropped"));
  }
  auto changes = contents_of(*seen, info.name);
  if (!changes.empty() && !info.cascade) {
    engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument,
                                  "the schema is not empty; DROP SCHEMA ... CASCADE drops what is in it: " +
                                      quoted(found->second.name)));
  }
  auto drops = drops_of_outer_readers(*seen, found->second.name);
  const catalog::SnapshotPtr rest = with_definitions(*seen, drops, seen->ddl_version);
  for (const auto* objects : {&*rest->macros, &*rest->types}) {
    for (const auto& [key, object] : *objects) {
      if (key.first == found->first) refuse_if_used(*rest, *object, found->second.name);
    }
  }
  drops.insert(drops.end(), changes.begin(), changes.end());
  drops.emplace_back(catalog::DropSchema{found->second.name});
  transaction.define(std::move(drops));
}

duckdb::unique_ptr<duckdb::LogicalOperator> LakeCatalog::BindCreateIndex(
    duckdb::Binder& /*binder*/, duckdb::CreateStatement& statement, duckdb::TableCatalogEntry& table,
    duckdb::unique_ptr<duckdb::LogicalOperator> /*plan*/) {
  const auto& info = statement.info->Cast<duckdb::CreateIndexInfo>();
  engine::throw_as_duckdb(
      Error(ErrorCode::kUnsupported,
            "lake tables have no indexes; SORTED BY and PARTITIONED BY make lookups fast: index " +
                quoted(info.index_name) + " on " + quoted(table.name)));
}

duckdb::unique_ptr<duckdb::LogicalOperator> LakeCatalog::BindAlterAddIndex(
    duckdb::Binder& /*binder*/, duckdb::TableCatalogEntry& table,
    duckdb::unique_ptr<duckdb::LogicalOperator> /*plan*/,
    duckdb::unique_ptr<duckdb::CreateIndexInfo> /*create_info*/,
    duckdb::unique_ptr<duckdb::AlterTableInfo> /*alter_info*/) {
  engine::throw_as_duckdb(
      Error(ErrorCode::kUnsupported,
            "lake tables have no PRIMARY KEY; MERGE INTO keeps rows unique by a key: table " + table.name));
}

duckdb::DatabaseSize LakeCatalog::GetDatabaseSize(duckdb::ClientContext& context) {
  duckdb::DatabaseSize size;
  size.total_blocks = 0;
  size.block_size = 0;
  size.free_blocks = 0;
  size.used_blocks = 0;
  size.wal_size = 0;
  size.bytes = 0;
  const catalog::SnapshotPtr seen = LakeTransaction::get(context, *this).seen();
  for (const auto& [id, table] : seen->tables) size.bytes += table->file_bytes + table->segment_bytes;
  return size;
}

duckdb::ErrorData LakeCatalog::SupportsCreateTable(duckdb::BoundCreateTableInfo& info) {
  const auto& base = info.Base();
  if (!base.options.empty()) {
    return duckdb::ErrorData(duckdb::ExceptionType::NOT_IMPLEMENTED,
                             "lake tables take no WITH options: " + base.options.begin()->first);
  }
  return duckdb::ErrorData();
}

duckdb::optional_idx LakeCatalog::GetCatalogVersion(duckdb::ClientContext& context) {
  return LakeTransaction::get(context, *this).catalog_version();
}

void LakeCatalog::forget_old_entries(const catalog::Snapshot& snapshot) {
  entries_->sweep(snapshot);
  segments_.sweep(snapshot.inline_segments);
}

}  // namespace lake::tables
