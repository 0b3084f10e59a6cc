#pragma once

#include <memory>
#include <unordered_map>

#include "lake/base/mutex.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/lake_transaction.hpp"

namespace lake::tables {

/// Begins, commits and rolls back transactions over the lake for one DuckDB instance.
/// A commit that fails reaches the client with the code and words of the catalog, not with DuckDB's.
/// Threads: any; commits hold no lock.
class LakeTransactionManager : public duckdb::TransactionManager {
 public:
  LakeTransactionManager(duckdb::AttachedDatabase& database, LakeCatalog& lake_catalog);

  duckdb::Transaction& StartTransaction(duckdb::ClientContext& context) override;
  duckdb::ErrorData CommitTransaction(duckdb::ClientContext& context,
                                      duckdb::Transaction& transaction) override;
  void RollbackTransaction(duckdb::Transaction& transaction) override;
  /// Nothing to do: every commit is durable, upkeep merges by itself.
  void Checkpoint(duckdb::ClientContext& context, bool force) override;

 private:
  std::unique_ptr<LakeTransaction> take(duckdb::Transaction& transaction);
  LakeCatalog& lake_catalog_;
  Mutex mutex_;
  std::unordered_map<const duckdb::Transaction*, std::unique_ptr<LakeTransaction>> active_
      LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::tables
