#pragma once

#include <memory>

#include "duckdb/execution/execution_context.hpp"
#include "duckdb/parallel/thread_context.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/table_view.hpp"

namespace lake::tables {

/// Reads a view of a table batch by batch on the calling thread and on no other, so that whoever reads
/// decides when the next batch is read. For background work; statements scan in parallel (scan.hpp). Threads:
/// one. Errors: engine exceptions, as a scan's. Lifetime: the context has an active transaction and outlives
/// it.
class ViewReader {
 public:
  /// `columns`: places in the table's schema, or virtual columns (scan.hpp, COLUMN_IDENTIFIER_ROW_ID).
  ViewReader(duckdb::ClientContext& context, TableViewPtr view,
             const duckdb::vector<duckdb::column_t>& columns);
  ~ViewReader();

  /// The next rows, at most a vector full; they last until the next call. Null at the end.
  duckdb::DataChunk* next();

 private:
  duckdb::ClientContext& context_;
  duckdb::ThreadContext thread_;
  duckdb::ExecutionContext execution_;
  duckdb::TableFunction function_;
  duckdb::unique_ptr<duckdb::FunctionData> bound_;
  duckdb::unique_ptr<duckdb::GlobalTableFunctionState> global_;
  duckdb::unique_ptr<duckdb::LocalTableFunctionState> local_;
  duckdb::DataChunk rows_;
};

/// All columns of a table in order, then the row's identity and the version that wrote it last.
duckdb::vector<duckdb::column_t> columns_with_identity(const catalog::Schema& schema);

}  // namespace lake::tables
