#pragma once

#include "lake/tables/write_operator.hpp"

namespace lake::tables {

/// INSERT and CREATE TABLE AS: rows in the table's columns and order, checked, then added to the table.
/// Normally a sink; with take_fixed_rows() a source that evaluates its rows itself, so that an INSERT of a
/// few values is one pipeline instead of two.
class InsertOperator final : public WriteOperator {
 public:
  InsertOperator(duckdb::PhysicalPlan& plan, duckdb::vector<duckdb::LogicalType> types, Target target,
                 RowConstraints constraints, duckdb::idx_t estimated_rows);

  /// Makes the operator create its table, each time it runs: the transaction hears of it together with the
  /// rows, so that a statement that fails leaves no table.
  void create_first(duckdb::SchemaCatalogEntry& schema,
                    duckdb::unique_ptr<duckdb::BoundCreateTableInfo> info);
  /// Lets one thread do the sink, so that few rows keep the order they come in.
  void keep_order() { parallel_ = false; }
  /// The same, for rows that likely come in the table's sort order: they are not sorted again.
  void take_as_it_comes() {
    parallel_ = false;
    likely_sorted_ = true;
  }
  /// For a child of which are_fixed_rows() is true.
  void take_fixed_rows() { fixed_rows_ = true; }
  [[nodiscard]] bool takes_fixed_rows() const { return fixed_rows_; }

  [[nodiscard]] std::string GetName() const override {
    return create_ == nullptr ? "LAKE_INSERT" : "LAKE_CREATE_TABLE_AS";
  }
  [[nodiscard]] bool ParallelSink() const override { return parallel_; }
  [[nodiscard]] bool IsSink() const override { return !fixed_rows_; }
  void BuildPipelines(duckdb::Pipeline& current, duckdb::MetaPipeline& meta_pipeline) override;
  [[nodiscard]] duckdb::vector<duckdb::const_reference<duckdb::PhysicalOperator>> GetSources() const override;
  duckdb::unique_ptr<duckdb::GlobalSourceState> GetGlobalSourceState(
      duckdb::ClientContext& context) const override;
  duckdb::SourceResultType GetDataInternal(duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
                                           duckdb::OperatorSourceInput& input) const override;
  duckdb::unique_ptr<duckdb::GlobalSinkState> GetGlobalSinkState(
      duckdb::ClientContext& context) const override;
  duckdb::unique_ptr<duckdb::LocalSinkState> GetLocalSinkState(
      duckdb::ExecutionContext& context) const override;
  duckdb::SinkResultType Sink(duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
                              duckdb::OperatorSinkInput& input) const override;
  duckdb::SinkCombineResultType Combine(duckdb::ExecutionContext& context,
                                        duckdb::OperatorSinkCombineInput& input) const override;
  void finish(duckdb::ClientContext& context, duckdb::GlobalSinkState& state) const override;

 private:
  struct InsertRun;
  struct InsertShare;
  struct FixedRowsRun;
  duckdb::unique_ptr<duckdb::GlobalSinkState> insert_fixed_rows(duckdb::ExecutionContext& context) const;
  const RowConstraints constraints_;
  duckdb::optional_ptr<duckdb::SchemaCatalogEntry> schema_;
  duckdb::unique_ptr<duckdb::BoundCreateTableInfo> create_;
  bool parallel_ = true;
  bool likely_sorted_ = false;
  bool fixed_rows_ = false;
};

}  // namespace lake::tables
