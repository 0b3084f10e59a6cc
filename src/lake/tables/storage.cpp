#include "lake/engine/duckdb.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/caller_collector.hpp"
#include "lake/tables/empty_blobs.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/lake_transaction_manager.hpp"
#include "lake/tables/returning_rule.hpp"

namespace lake::tables {
namespace {

struct LakeStorageInfo : duckdb::StorageExtensionInfo {
  explicit LakeStorageInfo(Lake& opened) : lake(opened) {}
  Lake& lake;
};

duckdb::unique_ptr<duckdb::Catalog> attach(duckdb::optional_ptr<duckdb::StorageExtensionInfo> info,
                                           duckdb::ClientContext& /*context*/,
                                           duckdb::AttachedDatabase& database, const std::string& name,
                                           duckdb::AttachInfo& /*attach_info*/,
                                           duckdb::AttachOptions& options) {
  if (!options.is_main_database) {
    engine::throw_as_duckdb(
        Error(ErrorCode::kUnsupported, "the lake is open already; it cannot be attached again: " + name));
  }
  return duckdb::make_uniq<LakeCatalog>(database, static_cast<LakeStorageInfo&>(*info).lake);
}

duckdb::unique_ptr<duckdb::TransactionManager> make_transaction_manager(
    duckdb::optional_ptr<duckdb::StorageExtensionInfo> /*info*/, duckdb::AttachedDatabase& database,
    duckdb::Catalog& catalog) {
  return duckdb::make_uniq<LakeTransactionManager>(database, catalog.Cast<LakeCatalog>());
}

}  // namespace

void register_storage(duckdb::DBConfig& config, Lake& lake) {
  auto extension = duckdb::make_shared_ptr<duckdb::StorageExtension>();
  extension->attach = attach;
  extension->create_transaction_manager = make_transaction_manager;
  extension->storage_info = duckdb::make_shared_ptr<LakeStorageInfo>(lake);
  duckdb::StorageExtension::Register(config, "lake", std::move(extension));
  register_returning_rule(config);
  register_caller_collector(config);
  register_empty_blobs(config);
}

}  // namespace lake::tables
