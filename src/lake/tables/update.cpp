#include "lake/tables/update.hpp"

#include <duckdb/execution/expression_executor.hpp>

#include "lake/tables/delete.hpp"
#include "lake/tables/lake_table.hpp"
#include "lake/tables/scan.hpp"

namespace lake::tables {

using duckdb::idx_t;
using duckdb::LogicalType;

struct UpdateOperator::UpdateRun : public Run {
  std::unique_ptr<TableAppend> append;
  std::vector<RowAddress> rows LAKE_GUARDED_BY(mutex);
  RowSet met LAKE_GUARDED_BY(mutex);
};

struct UpdateOperator::UpdateShare : public Share {
  UpdateShare(duckdb::ClientContext& context, const UpdateOperator& op)
      : executor(context, op.input_.columns) {
    duckdb::vector<LogicalType> new_types;
    for (const auto& column : op.input_.columns) new_types.push_back(column->return_type);
    computed.Initialize(context, new_types);
    new_types.push_back(LogicalType::BIGINT);
    row_part.InitializeEmpty(new_types);
    part = TableAppend::part();
  }
  duckdb::ExpressionExecutor executor;
  duckdb::DataChunk computed;  // columns and _row_id
  duckdb::DataChunk row_part;  // with _last_updated_sequence_number
  duckdb::DataChunk sliced;    // input without repeated rows
  std::unique_ptr<TableAppend::Part> part;
  std::vector<RowAddress> rows;
};

UpdateOperator::UpdateOperator(duckdb::PhysicalPlan& plan, duckdb::vector<LogicalType> result_types,
                               Target target, RowConstraints constraints, Input input, idx_t estimated_rows)
    : WriteOperator(plan, std::move(result_types), target, estimated_rows),
      constraints_(std::move(constraints)),
      input_(std::move(input)) {}

duckdb::unique_ptr<duckdb::GlobalSinkState> UpdateOperator::GetGlobalSinkState(
    duckdb::ClientContext& context) const {
  const auto table = LakeTransaction::get(context, target_.catalog).find(target_.table_id);
  if (table == nullptr) throw duckdb::CatalogException("the table to update is gone");
  auto run = duckdb::make_uniq<UpdateRun>();
  run->append = std::make_unique<TableAppend>(context, target_.catalog.lake(), table, true);
  return run;
}

duckdb::unique_ptr<duckdb::LocalSinkState> UpdateOperator::GetLocalSinkState(
    duckdb::ExecutionContext& context) const {
  return duckdb::make_uniq<UpdateShare>(context.client, *this);
}

void UpdateOperator::drop_repeated(UpdateRun& run, UpdateShare& share, duckdb::DataChunk& chunk) const {
  std::vector<RowAddress> rows;
  append_addresses(chunk.data[input_.row_id], chunk.size(), rows);
  duckdb::SelectionVector fresh(chunk.size());
  idx_t count = 0;
  {
    const MutexLock guard(run.mutex);
    for (idx_t n = 0; n < chunk.size(); ++n) {
      if (run.met.insert(rows[n])) fresh.set_index(count++, n);
    }
  }
  share.sliced.Destroy();
  share.sliced.InitializeEmpty(chunk.GetTypes());
  share.sliced.Slice(chunk, fresh, count);
}

duckdb::SinkResultType UpdateOperator::Sink(duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
                                            duckdb::OperatorSinkInput& input) const {
  auto& run = input.global_state.Cast<UpdateRun>();
  auto& share = input.local_state.Cast<UpdateShare>();
  if (input_.rows_repeat) drop_repeated(run, share, chunk);
  duckdb::DataChunk& rows = input_.rows_repeat ? share.sliced : chunk;
  if (rows.size() == 0) return duckdb::SinkResultType::NEED_MORE_INPUT;
  append_addresses(rows.data[input_.row_id], rows.size(), share.rows);
  share.computed.Reset();
  share.executor.Execute(rows, share.computed);
  constraints_.verify(context.client, share.computed);
  keep_returned(context.client, share, share.computed);
  for (idx_t i = 0; i < share.computed.ColumnCount(); ++i)
    share.row_part.data[i].Reference(share.computed.data[i]);
  share.row_part.data.back().Reference(duckdb::Value(LogicalType::BIGINT));  // NULL = the commit to come
  share.row_part.SetCardinality(share.computed.size());
  run.append->append(context, *share.part, share.row_part);
  return duckdb::SinkResultType::NEED_MORE_INPUT;
}

duckdb::SinkCombineResultType UpdateOperator::Combine(duckdb::ExecutionContext& context,
                                                      duckdb::OperatorSinkCombineInput& input) const {
  auto& run = input.global_state.Cast<UpdateRun>();
  auto& share = input.local_state.Cast<UpdateShare>();
  run.append->combine(context, *share.part);
  merge_returned(run, share);
  const MutexLock guard(run.mutex);
  run.rows.insert(run.rows.end(), share.rows.begin(), share.rows.end());
  return duckdb::SinkCombineResultType::FINISHED;
}

void UpdateOperator::finish(duckdb::ClientContext& context, duckdb::GlobalSinkState& state) const {
  auto& run = state.Cast<UpdateRun>();
  std::vector<RowAddress> rows;
  {
    const MutexLock guard(run.mutex);
    rows = std::move(run.rows);
  }
  if (rows.empty()) return;
  auto& transaction = LakeTransaction::get(context, target_.catalog);
  const std::size_t met = rows.size();
  if (transaction.delete_rows(target_.table_id, std::move(rows)) != met) {
    if (input_.repeat_is_error) throw_second_match();
    throw duckdb::TransactionException("a row to update was already gone");
  }
  run.changed = run.append->finish(transaction);
}

namespace {

/// The place of a column in a scan, added when it is not there: the reader cannot read one column twice.
idx_t scan_position(duckdb::LogicalGet& get, duckdb::column_t column) {
  const auto& ids = get.GetColumnIds();
  for (idx_t i = 0; i < ids.size(); ++i) {
    if (ids[i].GetPrimaryIndex() == column) return i;
  }
  get.AddColumnId(column);
  return ids.size() - 1;
}

}  // namespace

void LakeTable::BindUpdateConstraints(duckdb::Binder& /*binder*/, duckdb::LogicalGet& get,
                                      duckdb::LogicalProjection& projection, duckdb::LogicalUpdate& update,
                                      duckdb::ClientContext& /*context*/) {
  update.update_is_del_and_insert = true;
  const auto add = [&](duckdb::column_t column, duckdb::PhysicalIndex target, const LogicalType& sql_type) {
    const idx_t position = scan_position(get, column);
    update.expressions.push_back(duckdb::make_uniq<duckdb::BoundColumnRefExpression>(
        sql_type, duckdb::ColumnBinding(projection.table_index, projection.expressions.size())));
    projection.expressions.push_back(duckdb::make_uniq<duckdb::BoundColumnRefExpression>(
        sql_type, duckdb::ColumnBinding(get.table_index, position)));
    update.columns.push_back(target);
  };
  for (const auto& column : GetColumns().Physical()) {
    const auto index = column.Physical();
    if (std::find(update.columns.begin(), update.columns.end(), index) == update.columns.end()) {
      add(index.index, index, column.Type());
    }
  }
  add(kRowIdColumn, duckdb::PhysicalIndex(GetColumns().PhysicalColumnCount()), LogicalType::BIGINT);
}

}  // namespace lake::tables
