#include "lake/tables/lake_table.hpp"

#include <utility>

#include "lake/engine/errors.hpp"
#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/lake_schema.hpp"
#include "lake/tables/lake_transaction.hpp"
#include "lake/tables/scan.hpp"
#include "lake/tables/table_definition.hpp"

namespace lake::tables {

LakeTable::LakeTable(duckdb::Catalog& owner, std::shared_ptr<LakeSchema> home, duckdb::CreateTableInfo& info,
                     catalog::TablePtr table, catalog::SnapshotPtr at)
    : duckdb::TableCatalogEntry(owner, *home, info),
      schema_(std::move(home)),
      definition_(std::move(table)),
      at_(std::move(at)) {}

LakeTable::~LakeTable() = default;

LakeCatalog& LakeTable::lake_catalog() const {
  return const_cast<duckdb::Catalog&>(catalog).Cast<LakeCatalog>();
}

TableViewPtr LakeTable::view(duckdb::ClientContext& context) const {
  auto result = std::make_shared<TableView>();
  if (!at_) {
    *result = *LakeTransaction::get(context, lake_catalog()).view(table_id());
  } else {
    const catalog::TablePtr table = at_->find(table_id());
    result->table = table;
    result->files = table->files;
    result->runs = lake_catalog().segments().runs_of(*table);
    result->deletes = table->deletes;
    result->live_rows = table->live_rows;
  }
  result->entry = shared_from_this();
  return result;
}

duckdb::unique_ptr<duckdb::CreateInfo> LakeTable::GetInfo() const {
  auto info = duckdb::TableCatalogEntry::GetInfo();
  engine::check_or_throw(add_layout_terms(*definition_, info->Cast<duckdb::CreateTableInfo>()));
  return info;
}

duckdb::unique_ptr<duckdb::BaseStatistics> LakeTable::GetStatistics(duckdb::ClientContext& /*context*/,
                                                                    duckdb::column_t /*column*/) {
  return nullptr;  // the scan function answers for its own view
}

duckdb::TableFunction LakeTable::GetScanFunction(duckdb::ClientContext& context,
                                                 duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  return lake_scan_function(context, *this, view(context), bind_data);
}

duckdb::virtual_column_map_t LakeTable::GetVirtualColumns() const { return lake_virtual_columns(); }

duckdb::vector<duckdb::column_t> LakeTable::GetRowIdColumns() const {
  return {duckdb::COLUMN_IDENTIFIER_ROW_ID};
}

duckdb::TableStorageInfo LakeTable::GetStorageInfo(duckdb::ClientContext& context) {
  duckdb::TableStorageInfo info;
  info.cardinality = view(context)->live_rows;
  return info;
}

}  // namespace lake::tables
