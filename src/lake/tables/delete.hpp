#pragma once

#include "lake/tables/row_set.hpp"
#include "lake/tables/write_operator.hpp"

namespace lake::tables {

/// DELETE, also as an action of MERGE: marks the rows whose ids come in.
class DeleteOperator final : public WriteOperator {
 public:
  /// Where the input has what.
  struct Input {
    duckdb::idx_t row_id = 0;
    std::vector<duckdb::idx_t> columns;  // of the table, in order; for RETURNING only
    bool rows_repeat = false;            // a join may bring a row twice
    bool repeat_is_error = false;        // as in MERGE
  };
  DeleteOperator(duckdb::PhysicalPlan& plan, duckdb::vector<duckdb::LogicalType> types, Target target,
                 Input input, duckdb::idx_t estimated_rows);

  [[nodiscard]] std::string GetName() const override { return "LAKE_DELETE"; }
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
  struct DeleteRun;
  struct DeleteShare;
  void return_rows(duckdb::ClientContext& context, DeleteRun& run, DeleteShare& share,
                   duckdb::DataChunk& chunk) const;
  const Input input_;
};

/// DELETE without a condition and TRUNCATE: everything the transaction sees, without reading it.
class TruncateOperator final : public duckdb::PhysicalOperator {
 public:
  TruncateOperator(duckdb::PhysicalPlan& plan, duckdb::vector<duckdb::LogicalType> types,
                   LakeCatalog& catalog, catalog::TableId table_id);
  [[nodiscard]] std::string GetName() const override { return "LAKE_TRUNCATE"; }
  [[nodiscard]] bool IsSource() const override { return true; }
  duckdb::SourceResultType GetDataInternal(duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
                                           duckdb::OperatorSourceInput& input) const override;

 private:
  LakeCatalog& catalog_;
  const catalog::TableId table_id_;
};

/// The error of a MERGE that meets one row of its target twice.
[[noreturn]] void throw_second_match();

}  // namespace lake::tables
