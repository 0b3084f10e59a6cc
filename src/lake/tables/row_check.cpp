#include "lake/tables/row_check.hpp"

#include <functional>
#include <string>

#include "duckdb/common/vector_operations/vector_operations.hpp"
#include "duckdb/execution/execution_context.hpp"
#include "duckdb/parallel/thread_context.hpp"
#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/lake_table.hpp"

namespace lake::tables {

namespace {

/// True when `found` is so for any chunk of the one column, as the transaction sees it.
bool any_chunk(duckdb::ClientContext& context, LakeTransaction& transaction, catalog::TableId table,
               std::size_t column, const std::function<bool(duckdb::Vector&, duckdb::idx_t)>& found) {
  LakeTable& entry = transaction.lake_catalog().table_entry(transaction, transaction.find(table));
  duckdb::unique_ptr<duckdb::FunctionData> bind_data;
  const duckdb::TableFunction function = entry.GetScanFunction(context, bind_data);
  duckdb::TableFunctionInitInput input(bind_data.get(), duckdb::vector<duckdb::column_t>{column}, {},
                                       nullptr);
  const auto global = function.init_global(context, input);
  duckdb::ThreadContext thread(context);
  duckdb::ExecutionContext execution(context, thread, nullptr);
  const auto local = function.init_local(execution, input, global.get());
  duckdb::DataChunk chunk;
  chunk.Initialize(context, {entry.GetColumns().GetColumn(duckdb::LogicalIndex(column)).Type()});
  duckdb::TableFunctionInput scan(bind_data.get(), local.get(), global.get());
  while (!context.interrupted) {
    chunk.Reset();
    function.function(context, scan, chunk);
    if (chunk.size() == 0) return false;
    if (found(chunk.data[0], chunk.size())) return true;
  }
  throw duckdb::InterruptException();
}

}  // namespace

bool has_null(duckdb::ClientContext& context, LakeTransaction& transaction, catalog::TableId table,
              std::size_t column) {
  return any_chunk(context, transaction, table, column, [](duckdb::Vector& vector, duckdb::idx_t count) {
    duckdb::UnifiedVectorFormat values;
    vector.ToUnifiedFormat(count, values);
    for (duckdb::idx_t row = 0; row < count; ++row) {
      if (!values.validity.RowIsValid(values.sel->get_index(row))) return true;
    }
    return false;
  });
}

bool casts_wholly(duckdb::ClientContext& context, LakeTransaction& transaction, catalog::TableId table,
                  std::size_t column, const duckdb::LogicalType& type) {
  return !any_chunk(context, transaction, table, column, [&](duckdb::Vector& vector, duckdb::idx_t count) {
    duckdb::Vector cast(type, count);
    std::string reason;
    return !duckdb::VectorOperations::DefaultTryCast(vector, cast, count, &reason);
  });
}

}  // namespace lake::tables
