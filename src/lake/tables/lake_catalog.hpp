#pragma once

#include <atomic>
#include <memory>

#include "lake/engine/duckdb.hpp"
#include "lake/tables/decoded_segments.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/lake_schema.hpp"
#include "lake/tables/lake_table.hpp"
#include "lake/tables/lake_transaction.hpp"

namespace lake::tables {

/// DuckDB's view of the lake. One for each DuckDB instance; keeps no truth of its own.
class LakeCatalog : public duckdb::Catalog {
 public:
  LakeCatalog(duckdb::AttachedDatabase& database, Lake& lake);
  ~LakeCatalog() override;
  [[nodiscard]] Lake& lake() const { return lake_; }
  /// The lake among the databases of an instance.
  static LakeCatalog& of(duckdb::ClientContext& context);
  /// Inline rows, decoded.
  [[nodiscard]] DecodedSegments& segments() { return segments_; }

  void Initialize(bool load_builtin) override;
  duckdb::string GetCatalogType() override { return "lake"; }
  duckdb::optional_ptr<duckdb::CatalogEntry> CreateSchema(duckdb::CatalogTransaction transaction,
                                                          duckdb::CreateSchemaInfo& info) override;
  void ScanSchemas(duckdb::ClientContext& context,
                   std::function<void(duckdb::SchemaCatalogEntry&)> callback) override;
  duckdb::optional_ptr<duckdb::SchemaCatalogEntry> LookupSchema(
      duckdb::CatalogTransaction transaction, const duckdb::EntryLookupInfo& lookup,
      duckdb::OnEntryNotFound if_not_found) override;
  void DropSchema(duckdb::ClientContext& context, duckdb::DropInfo& info) override;
  duckdb::PhysicalOperator& PlanCreateTableAs(duckdb::ClientContext& context,
                                              duckdb::PhysicalPlanGenerator& planner,
                                              duckdb::LogicalCreateTable& op,
                                              duckdb::PhysicalOperator& plan) override;
  duckdb::PhysicalOperator& PlanInsert(duckdb::ClientContext& context, duckdb::PhysicalPlanGenerator& planner,
                                       duckdb::LogicalInsert& op,
                                       duckdb::optional_ptr<duckdb::PhysicalOperator> plan) override;
  duckdb::PhysicalOperator& PlanDelete(duckdb::ClientContext& context, duckdb::PhysicalPlanGenerator& planner,
                                       duckdb::LogicalDelete& op, duckdb::PhysicalOperator& plan) override;
  duckdb::PhysicalOperator& PlanUpdate(duckdb::ClientContext& context, duckdb::PhysicalPlanGenerator& planner,
                                       duckdb::LogicalUpdate& op, duckdb::PhysicalOperator& plan) override;
  duckdb::PhysicalOperator& PlanMergeInto(duckdb::ClientContext& context,
                                          duckdb::PhysicalPlanGenerator& planner,
                                          duckdb::LogicalMergeInto& op,
                                          duckdb::PhysicalOperator& plan) override;
  duckdb::unique_ptr<duckdb::LogicalOperator> BindCreateIndex(
      duckdb::Binder& binder, duckdb::CreateStatement& statement, duckdb::TableCatalogEntry& table,
      duckdb::unique_ptr<duckdb::LogicalOperator> plan) override;
  duckdb::unique_ptr<duckdb::LogicalOperator> BindAlterAddIndex(
      duckdb::Binder& binder, duckdb::TableCatalogEntry& table,
      duckdb::unique_ptr<duckdb::LogicalOperator> plan,
      duckdb::unique_ptr<duckdb::CreateIndexInfo> create_info,
      duckdb::unique_ptr<duckdb::AlterTableInfo> alter_info) override;
  duckdb::DatabaseSize GetDatabaseSize(duckdb::ClientContext& context) override;
  bool InMemory() override { return false; }
  duckdb::string GetDBPath() override { return lake_.data_directory; }
  bool SupportsTimeTravel() const override { return true; }
  duckdb::ErrorData SupportsCreateTable(duckdb::BoundCreateTableInfo& info) override;
  duckdb::optional_idx GetCatalogVersion(duckdb::ClientContext& context) override;

  /// Numbers the changes of transactions, so that no two states of two transactions look alike.
  std::uint64_t next_stamp() { return stamp_.fetch_add(1) + 1; }
  /// The entry of a schema or table the transaction sees; kept by the transaction. `at`: the version of an AT
  /// clause.
  LakeSchema& schema_entry(LakeTransaction& transaction, const catalog::SchemaEntry& schema);
  LakeTable& table_entry(LakeTransaction& transaction, const catalog::TablePtr& table,
                         const catalog::SnapshotPtr& at = nullptr);

  /// Frees entries of definitions, and decoded rows, that a newer snapshot has not any more.
  void forget_old_entries(const catalog::Snapshot& snapshot);

 private:
  class Entries;  // entries of committed definitions, newest version of each, shared by transactions
  Lake& lake_;
  std::atomic<std::uint64_t> stamp_{0};
  std::unique_ptr<Entries> entries_;
  DecodedSegments segments_;
};

}  // namespace lake::tables
