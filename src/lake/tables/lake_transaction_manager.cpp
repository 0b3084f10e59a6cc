#include "lake/tables/lake_transaction_manager.hpp"

#include <optional>
#include <utility>

#include "lake/engine/errors.hpp"

namespace lake::tables {
namespace {

/// Carries the reason of a failed commit past DuckDB, which keeps the words only: DuckDB tells every
/// registered state of the rollback before it makes its own exception, and there the reason is thrown
/// instead.
class CommitFailure : public duckdb::ClientContextState {
 public:
  static constexpr const char* kName = "lake_commit_failure";

  void set(const Error& error) { error_ = error; }
  void TransactionRollback(duckdb::MetaTransaction& /*transaction*/,
                           duckdb::ClientContext& /*context*/) override {
    if (!error_) return;
    const Error error = std::move(*error_);
    error_.reset();
    engine::throw_as_duckdb(error);
  }

 private:
  std::optional<Error> error_;  // between a failed commit and the rollback notice, on one thread
};

}  // namespace

LakeTransactionManager::LakeTransactionManager(duckdb::AttachedDatabase& database, LakeCatalog& lake_catalog)
    : duckdb::TransactionManager(database), lake_catalog_(lake_catalog) {}

duckdb::Transaction& LakeTransactionManager::StartTransaction(duckdb::ClientContext& context) {
  catalog::Catalog& truth = lake_catalog_.lake().catalog;
  catalog::SnapshotPtr snapshot = truth.current();
  auto pin = truth.pin(snapshot->commit_id);
  while (!pin && pin.error().code() == ErrorCode::kInvalidArgument) {  // it expired in between: a newer one
    snapshot = truth.current();
    pin = truth.pin(snapshot->commit_id);
  }
  lake_catalog_.forget_old_entries(*snapshot);
  auto transaction = std::make_unique<LakeTransaction>(lake_catalog_, *this, context, std::move(snapshot),
                                                       engine::value_or_throw(std::move(pin)));
  LakeTransaction& result = *transaction;
  const MutexLock lock(mutex_);
  active_.emplace(&result, std::move(transaction));
  return result;
}

std::unique_ptr<LakeTransaction> LakeTransactionManager::take(duckdb::Transaction& transaction) {
  const MutexLock lock(mutex_);
  const auto found = active_.find(&transaction);
  if (found == active_.end()) return nullptr;
  auto result = std::move(found->second);
  active_.erase(found);
  return result;
}

duckdb::ErrorData LakeTransactionManager::CommitTransaction(duckdb::ClientContext& context,
                                                            duckdb::Transaction& transaction) {
  const auto ended = take(transaction);
  if (!ended) return duckdb::ErrorData();
  const Status committed = ended->commit(context);
  if (committed) return duckdb::ErrorData();
  context.registered_state->GetOrCreate<CommitFailure>(CommitFailure::kName)->set(committed.error());
  return duckdb::ErrorData(duckdb::ExceptionType::TRANSACTION, committed.error().message());
}

void LakeTransactionManager::RollbackTransaction(duckdb::Transaction& transaction) { take(transaction); }

void LakeTransactionManager::Checkpoint(duckdb::ClientContext& /*context*/, bool /*force*/) {}

}  // namespace lake::tables
