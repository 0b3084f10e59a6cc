#include "lake/tables/write_operator.hpp"

#include "duckdb/execution/executor.hpp"

namespace lake::tables {
WriteOperator::WriteOperator(duckdb::PhysicalPlan& plan, duckdb::vector<duckdb::LogicalType> result_types,
                             Target target, duckdb::idx_t estimated_rows)
    : PhysicalOperator(plan, duckdb::PhysicalOperatorType::EXTENSION, std::move(result_types),
                       estimated_rows),
      target_(target) {}

duckdb::InsertionOrderPreservingMap<duckdb::string> WriteOperator::ParamsToString() const {
  auto result = PhysicalOperator::ParamsToString();
  if (sorted_by_.empty()) return result;
  result["Sorted by"] = sorted_by_;
  result["Files open at a time"] = "1";
  return result;
}

duckdb::SinkFinalizeType WriteOperator::Finalize(duckdb::Pipeline& /*pipeline*/, duckdb::Event& /*event*/,
                                                 duckdb::ClientContext& context,
                                                 duckdb::OperatorSinkFinalizeInput& input) const {
  // The engine comes here too when a source could not even begin, and the transaction may go on after that.
  if (!duckdb::Executor::Get(context).HasError()) finish(context, input.global_state);
  return duckdb::SinkFinalizeType::READY;
}

duckdb::unique_ptr<duckdb::GlobalSourceState> WriteOperator::GetGlobalSourceState(
    duckdb::ClientContext& /*context*/) const {
  return duckdb::make_uniq<ResultScan>();
}

duckdb::SourceResultType WriteOperator::GetDataInternal(duckdb::ExecutionContext& /*context*/,
                                                        duckdb::DataChunk& chunk,
                                                        duckdb::OperatorSourceInput& input) const {
  return give_result(sink_state->Cast<Run>(), input.global_state.Cast<ResultScan>(), chunk);
}

duckdb::SourceResultType WriteOperator::give_result(Run& run, ResultScan& result,
                                                    duckdb::DataChunk& chunk) const {
  if (!target_.returning) {
    chunk.SetCardinality(1);
    chunk.SetValue(0, 0, duckdb::Value::BIGINT(static_cast<std::int64_t>(run.changed)));
    return duckdb::SourceResultType::FINISHED;
  }
  const MutexLock guard(run.mutex);
  if (run.returned == nullptr) return duckdb::SourceResultType::FINISHED;
  if (!result.started) run.returned->InitializeScan(result.scan);
  result.started = true;
  run.returned->Scan(result.scan, chunk);
  return chunk.size() == 0 ? duckdb::SourceResultType::FINISHED : duckdb::SourceResultType::HAVE_MORE_OUTPUT;
}

void WriteOperator::keep_returned(duckdb::ClientContext& context, Share& share,
                                  duckdb::DataChunk& chunk) const {
  if (!target_.returning || chunk.size() == 0) return;
  if (share.returned == nullptr)
    share.returned = duckdb::make_uniq<duckdb::ColumnDataCollection>(context, types);
  duckdb::DataChunk row_part;
  row_part.InitializeEmpty(types);
  for (std::size_t i = 0; i < types.size(); ++i) row_part.data[i].Reference(chunk.data[i]);
  row_part.SetCardinality(chunk.size());
  share.returned->Append(row_part);
}

void WriteOperator::merge_returned(Run& run, Share& share) {
  if (share.returned == nullptr) return;
  const MutexLock guard(run.mutex);
  if (run.returned == nullptr) {
    run.returned = std::move(share.returned);
  } else {
    run.returned->Combine(*share.returned);
  }
}

}  // namespace lake::tables
