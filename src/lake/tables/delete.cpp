#include "lake/tables/delete.hpp"

namespace lake::tables {

struct DeleteOperator::DeleteRun : public Run {
  std::vector<RowAddress> rows LAKE_GUARDED_BY(mutex);
  RowSet met LAKE_GUARDED_BY(mutex);
};

struct DeleteOperator::DeleteShare : public Share {
  std::vector<RowAddress> rows;
};

DeleteOperator::DeleteOperator(duckdb::PhysicalPlan& plan, duckdb::vector<duckdb::LogicalType> result_types,
                               Target target, Input input, duckdb::idx_t estimated_rows)
    : WriteOperator(plan, std::move(result_types), target, estimated_rows), input_(std::move(input)) {}

duckdb::unique_ptr<duckdb::GlobalSinkState> DeleteOperator::GetGlobalSinkState(
    duckdb::ClientContext& /*context*/) const {
  return duckdb::make_uniq<DeleteRun>();
}

duckdb::unique_ptr<duckdb::LocalSinkState> DeleteOperator::GetLocalSinkState(
    duckdb::ExecutionContext& /*context*/) const {
  return duckdb::make_uniq<DeleteShare>();
}

duckdb::SinkResultType DeleteOperator::Sink(duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
                                            duckdb::OperatorSinkInput& input) const {
  auto& share = input.local_state.Cast<DeleteShare>();
  append_addresses(chunk.data[input_.row_id], chunk.size(), share.rows);
  if (target_.returning) return_rows(context.client, input.global_state.Cast<DeleteRun>(), share, chunk);
  return duckdb::SinkResultType::NEED_MORE_INPUT;
}

void DeleteOperator::return_rows(duckdb::ClientContext& context, DeleteRun& run, DeleteShare& share,
                                 duckdb::DataChunk& chunk) const {
  duckdb::DataChunk old_rows;
  old_rows.InitializeEmpty(types);
  for (std::size_t i = 0; i < types.size(); ++i) old_rows.data[i].Reference(chunk.data[input_.columns[i]]);
  old_rows.SetCardinality(chunk.size());
  if (input_.rows_repeat) {
    duckdb::SelectionVector fresh(chunk.size());
    duckdb::idx_t count = 0;
    const MutexLock guard(run.mutex);
    for (duckdb::idx_t n = 0; n < chunk.size(); ++n) {
      if (run.met.insert(share.rows[share.rows.size() - chunk.size() + n])) fresh.set_index(count++, n);
    }
    old_rows.Slice(fresh, count);
  }
  keep_returned(context, share, old_rows);
}

duckdb::SinkCombineResultType DeleteOperator::Combine(duckdb::ExecutionContext& /*context*/,
                                                      duckdb::OperatorSinkCombineInput& input) const {
  auto& run = input.global_state.Cast<DeleteRun>();
  auto& share = input.local_state.Cast<DeleteShare>();
  merge_returned(run, share);
  const MutexLock guard(run.mutex);
  run.rows.insert(run.rows.end(), share.rows.begin(), share.rows.end());
  return duckdb::SinkCombineResultType::FINISHED;
}

void DeleteOperator::finish(duckdb::ClientContext& context, duckdb::GlobalSinkState& state) const {
  auto& run = state.Cast<DeleteRun>();
  const MutexLock guard(run.mutex);
  const std::size_t met = run.rows.size();
  if (met == 0) return;
  auto& transaction = LakeTransaction::get(context, target_.catalog);
  run.changed = transaction.delete_rows(target_.table_id, std::move(run.rows));
  if (input_.repeat_is_error && run.changed != met) throw_second_match();
}

TruncateOperator::TruncateOperator(duckdb::PhysicalPlan& plan,
                                   duckdb::vector<duckdb::LogicalType> result_types, LakeCatalog& catalog,
                                   catalog::TableId table_id)
    : PhysicalOperator(plan, duckdb::PhysicalOperatorType::EXTENSION, std::move(result_types), 1),
      catalog_(catalog),
      table_id_(table_id) {}

duckdb::SourceResultType TruncateOperator::GetDataInternal(duckdb::ExecutionContext& context,
                                                           duckdb::DataChunk& chunk,
                                                           duckdb::OperatorSourceInput& /*input*/) const {
  const std::uint64_t deleted = LakeTransaction::get(context.client, catalog_).delete_all(table_id_);
  chunk.SetCardinality(1);
  chunk.SetValue(0, 0, duckdb::Value::BIGINT(static_cast<std::int64_t>(deleted)));
  return duckdb::SourceResultType::FINISHED;
}

void throw_second_match() {
  throw duckdb::InvalidInputException(
      "MERGE INTO matched a row of the target more than once: make the source unique on the join condition");
}

}  // namespace lake::tables
