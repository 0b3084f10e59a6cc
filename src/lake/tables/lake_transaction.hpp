#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/base/row_address.hpp"
#include "lake/catalog/catalog.hpp"
#include "lake/tables/table_view.hpp"

namespace lake::tables {

class LakeCatalog;

/// One transaction over the lake: a pinned snapshot and the changes made on top of it, applied by one catalog
/// commit. Definitions and data are visible to the transaction's own later statements, to nobody else before
/// commit, and vanish with rollback (files it wrote become orphans, removed by upkeep). Threads: statements
/// run one after another, but their operators call from many threads; every member is safe for that. Errors:
/// engine exceptions (engine::throw_as_duckdb), as everywhere inside DuckDB's stack; commit() returns a
/// Status.
class LakeTransaction : public duckdb::Transaction {
 public:
  /// `pin` keeps the files of `snapshot` from expiry.
  LakeTransaction(LakeCatalog& catalog, duckdb::TransactionManager& manager, duckdb::ClientContext& context,
                  catalog::SnapshotPtr snapshot, std::unique_ptr<catalog::Catalog::Pin> pin);
  ~LakeTransaction() override;
  static LakeTransaction& get(duckdb::ClientContext& context, duckdb::Catalog& catalog);

  [[nodiscard]] const catalog::SnapshotPtr& snapshot() const { return snapshot_; }
  [[nodiscard]] LakeCatalog& lake_catalog() const { return lake_catalog_; }

  // -- definitions
  /// The table as this transaction sees it; null when absent. Names in any spelling.
  catalog::TablePtr find(const std::string& schema, const std::string& name);
  catalog::TablePtr find(catalog::TableId id);
  /// Tables this transaction sees in a schema.
  std::vector<catalog::TablePtr> tables_in(const std::string& schema);
  /// The whole lake as this transaction sees it: the pinned snapshot with its own definitions laid over (data
  /// members of tables are the snapshot's; ask view() for rows). A table it made or changed has a ddl_version
  /// of its own.
  catalog::SnapshotPtr seen() const;
  /// Records a definition change and applies it to what this transaction sees.
  void define(catalog::Definition change);
  /// The same for several, all or none: nobody sees a state between.
  void define(std::vector<catalog::Definition> changes);
  /// Changes whenever this transaction would see other definitions: prepared statements are planned anew
  /// then. Rows need no number: a plan that reads a table is never kept (MultiFileBindData, and bound_call()
  /// of the change feed), and one that only inserts looks its table up when it runs.
  [[nodiscard]] std::uint64_t catalog_version() const;
  /// A catalog entry this transaction looked up, made once for each key and kept until its end.
  duckdb::CatalogEntry& keep(const std::string& key,
                             const std::function<std::shared_ptr<duckdb::CatalogEntry>()>& make);

  // -- data; a statement calls each once, from Finalize, so that a failing statement leaves nothing behind
  TableViewPtr view(catalog::TableId id);
  /// Fresh, final file ids of a table; the first of `count`.
  catalog::FileId reserve_files(catalog::TableId id, std::uint64_t count);
  /// Registers written and synced Parquet files.
  void add_files(catalog::TableId id, std::vector<catalog::DataFile> files);
  /// Registers rows to be stored inline (or written as Parquet at commit when they have grown too many).
  /// `rows` has one column for each field of the table in order, then _row_id and
  /// _last_updated_sequence_number (BIGINT, NULL = fresh).
  void add_rows(catalog::TableId id, std::shared_ptr<duckdb::ColumnDataCollection> rows);
  /// Marks rows as deleted, in any order; a row already deleted is ignored. Returns how many were new.
  std::uint64_t delete_rows(catalog::TableId id, std::vector<RowAddress> addresses);
  /// TRUNCATE: all rows this transaction sees; returns how many. At commit it conflicts with what a DELETE of
  /// each of them would: another transaction that deleted or changed one of them, or moved them; never with
  /// an insert.
  std::uint64_t delete_all(catalog::TableId id);

  /// Makes it durable. Errors: those of catalog::Catalog::commit.
  Status commit(duckdb::ClientContext& context);
  [[nodiscard]] bool has_changes() const;

 private:
  struct Changes;  // own changes of one table
  Changes& changes_of(catalog::TableId id) LAKE_REQUIRES(mutex_);
  void touch(catalog::TableId id) LAKE_REQUIRES(mutex_);
  Result<catalog::TableDelta> delta_of(const catalog::Table& table, const Changes& changes,
                                       duckdb::ClientContext& context) const;
  /// Own rows become inline segments, or files when together they are too many.
  Status add_own_rows(catalog::TableDelta& delta, const catalog::Table& table, const Changes& changes,
                      const codec::RoaringBitmap* deleted, duckdb::ClientContext& client) const;
  LakeCatalog& lake_catalog_;
  const std::unique_ptr<catalog::Catalog::Pin> pin_;
  const catalog::SnapshotPtr snapshot_;
  mutable Mutex mutex_;
  catalog::SnapshotPtr seen_ LAKE_GUARDED_BY(mutex_);
  std::uint64_t stamp_ LAKE_GUARDED_BY(mutex_) = 0;             // of the last own change, 0 = none
  std::uint64_t definition_stamp_ LAKE_GUARDED_BY(mutex_) = 0;  // of the last own definition, 0 = none
  std::vector<catalog::Definition> definitions_ LAKE_GUARDED_BY(mutex_);
  std::map<catalog::TableId, std::unique_ptr<Changes>> changes_ LAKE_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<duckdb::CatalogEntry>> kept_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::tables
