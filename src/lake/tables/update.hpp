#pragma once

#include "lake/tables/row_set.hpp"
#include "lake/tables/write_operator.hpp"

namespace lake::tables {

/// UPDATE, also as an action of MERGE: deletes the rows whose ids come in and adds them anew with their row
/// lineage.
class UpdateOperator final : public WriteOperator {
 public:
  struct Input {
    duckdb::idx_t row_id = 0;
    /// Over the input: the table's columns in order, then the lineage _row_id.
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> columns;
    bool rows_repeat = false;      // a join may bring a row twice; the first counts
    bool repeat_is_error = false;  // as in MERGE
  };
  UpdateOperator(duckdb::PhysicalPlan& plan, duckdb::vector<duckdb::LogicalType> types, Target target,
                 RowConstraints constraints, Input input, duckdb::idx_t estimated_rows);

  [[nodiscard]] std::string GetName() const override { return "LAKE_UPDATE"; }
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
  struct UpdateRun;
  struct UpdateShare;
  void drop_repeated(UpdateRun& run, UpdateShare& share, duckdb::DataChunk& chunk) const;
  const RowConstraints constraints_;
  const Input input_;
};

}  // namespace lake::tables
