#pragma once

#include <memory>

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/table_view.hpp"

namespace lake::tables {

class LakeCatalog;
class LakeSchema;

/// A table as the binder sees it: one definition of one table, made of the catalog's fields.
/// Rows are not in it: view() gives what the running statement sees.
/// Lifetime: kept by every transaction that looked it up until that ends.
/// Threads: immutable after construction.
class LakeTable : public duckdb::TableCatalogEntry, public std::enable_shared_from_this<LakeTable> {
 public:
  /// `at`: the version an AT clause named; null = what the transaction sees.
  LakeTable(duckdb::Catalog& catalog, std::shared_ptr<LakeSchema> schema, duckdb::CreateTableInfo& info,
            catalog::TablePtr table, catalog::SnapshotPtr at);
  ~LakeTable() override;

  /// The definition; its data members may be older than what view() gives.
  [[nodiscard]] const catalog::TablePtr& definition() const { return definition_; }
  [[nodiscard]] catalog::TableId table_id() const { return definition_->table_id; }
  [[nodiscard]] LakeCatalog& lake_catalog() const;
  /// True when it is a table of the past, made by an AT clause: read-only.
  [[nodiscard]] bool is_historic() const { return at_ != nullptr; }
  /// What the running statement sees of it; pinned by the caller at bind. The view keeps this entry alive.
  TableViewPtr view(duckdb::ClientContext& context) const;

  /// With PARTITIONED BY and SORTED BY, so that the shown SQL makes the same table.
  [[nodiscard]] duckdb::unique_ptr<duckdb::CreateInfo> GetInfo() const override;
  duckdb::unique_ptr<duckdb::BaseStatistics> GetStatistics(duckdb::ClientContext& context,
                                                           duckdb::column_t column) override;
  duckdb::TableFunction GetScanFunction(duckdb::ClientContext& context,
                                        duckdb::unique_ptr<duckdb::FunctionData>& bind_data) override;
  duckdb::TableStorageInfo GetStorageInfo(duckdb::ClientContext& context) override;
  [[nodiscard]] duckdb::virtual_column_map_t GetVirtualColumns() const override;
  [[nodiscard]] duckdb::vector<duckdb::column_t> GetRowIdColumns() const override;
  /// Defined with the update plan: an UPDATE reads each column of the row once and writes the whole row anew.
  void BindUpdateConstraints(duckdb::Binder& binder, duckdb::LogicalGet& get,
                             duckdb::LogicalProjection& projection, duckdb::LogicalUpdate& update,
                             duckdb::ClientContext& context) override;

 private:
  const std::shared_ptr<LakeSchema> schema_;
  const catalog::TablePtr definition_;
  const catalog::SnapshotPtr
      at_;  // from snapshot_at: while a transaction or plan holds this, it cannot expire
};

}  // namespace lake::tables
