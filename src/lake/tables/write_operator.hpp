#pragma once

#include <memory>
#include <string>
#include <utility>

#include "lake/base/mutex.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/row_constraints.hpp"
#include "lake/tables/table_append.hpp"

namespace lake::tables {

/// What INSERT, UPDATE, DELETE and the actions of MERGE have in common as operators: a parallel sink that
/// changes the transaction once, in finish(), and a source that gives the count or the RETURNING rows.
class WriteOperator : public duckdb::PhysicalOperator {
 public:
  struct Target {
    LakeCatalog& catalog;
    catalog::TableId table_id = 0;
    bool returning = false;
  };

  WriteOperator(duckdb::PhysicalPlan& plan, duckdb::vector<duckdb::LogicalType> types, Target target,
                duckdb::idx_t estimated_rows);

  /// What the rows are sorted by on their way into files, for EXPLAIN; empty = written as they come.
  void show_sort(std::string sorted_by) { sorted_by_ = std::move(sorted_by); }

  duckdb::InsertionOrderPreservingMap<duckdb::string> ParamsToString() const override;
  [[nodiscard]] bool IsSink() const override { return true; }
  [[nodiscard]] bool IsSource() const override { return true; }
  [[nodiscard]] bool ParallelSink() const override { return true; }
  duckdb::unique_ptr<duckdb::GlobalSourceState> GetGlobalSourceState(
      duckdb::ClientContext& context) const override;
  duckdb::SourceResultType GetDataInternal(duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
                                           duckdb::OperatorSourceInput& input) const override;
  duckdb::SinkFinalizeType Finalize(duckdb::Pipeline& pipeline, duckdb::Event& event,
                                    duckdb::ClientContext& context,
                                    duckdb::OperatorSinkFinalizeInput& input) const final;

 protected:
  /// State of one run of the statement, all threads.
  struct Run : public duckdb::GlobalSinkState {
    Mutex mutex;
    duckdb::unique_ptr<duckdb::ColumnDataCollection> returned LAKE_GUARDED_BY(mutex);
    std::uint64_t changed = 0;  // set in finish()
  };
  /// RETURNING rows of one thread.
  struct Share : public duckdb::LocalSinkState {
    duckdb::unique_ptr<duckdb::ColumnDataCollection> returned;
  };

  /// How far the result was given.
  struct ResultScan : public duckdb::GlobalSourceState {
    duckdb::ColumnDataScanState scan;
    bool started = false;
  };

  /// Changes the transaction, when all rows are here.
  virtual void finish(duckdb::ClientContext& context, duckdb::GlobalSinkState& state) const = 0;

  /// Keeps the first columns of `chunk` for RETURNING, when asked for.
  void keep_returned(duckdb::ClientContext& context, Share& share, duckdb::DataChunk& chunk) const;
  static void merge_returned(Run& run, Share& share);
  /// The count, or the next RETURNING rows.
  duckdb::SourceResultType give_result(Run& run, ResultScan& result, duckdb::DataChunk& chunk) const;

  const Target target_;

 private:
  std::string sorted_by_;
};

}  // namespace lake::tables
