#include "lake/tables/insert.hpp"

#include <duckdb/parallel/interrupt.hpp>
#include <duckdb/parallel/meta_pipeline.hpp>
#include <duckdb/parallel/pipeline.hpp>
#include <utility>
#include <variant>

#include "lake/tables/fixed_rows.hpp"
#include "lake/tables/lake_schema.hpp"

namespace lake::tables {

struct InsertOperator::InsertRun : public Run {
  std::unique_ptr<TableAppend> append;
  std::vector<catalog::Definition> creation;  // of the table, told to the transaction once its rows are there
};

struct InsertOperator::InsertShare : public Share {
  std::unique_ptr<TableAppend::Part> part;
};

/// What a run that is a source holds: the state a sink would have, once the rows are in.
struct InsertOperator::FixedRowsRun : public ResultScan {
  duckdb::unique_ptr<duckdb::GlobalSinkState> run;
};

InsertOperator::InsertOperator(duckdb::PhysicalPlan& plan, duckdb::vector<duckdb::LogicalType> result_types,
                               Target target, RowConstraints constraints, duckdb::idx_t estimated_rows)
    : WriteOperator(plan, std::move(result_types), target, estimated_rows),
      constraints_(std::move(constraints)) {}

void InsertOperator::create_first(duckdb::SchemaCatalogEntry& schema,
                                  duckdb::unique_ptr<duckdb::BoundCreateTableInfo> info) {
  schema_ = &schema;
  create_ = std::move(info);
}

duckdb::unique_ptr<duckdb::GlobalSinkState> InsertOperator::GetGlobalSinkState(
    duckdb::ClientContext& context) const {
  auto& transaction = LakeTransaction::get(context, target_.catalog);
  auto run = duckdb::make_uniq<InsertRun>();
  catalog::TablePtr table;
  if (create_ != nullptr) {
    auto creation = schema_.get_mutable()->Cast<LakeSchema>().plan_table(transaction, *create_);
    if (!creation) throw duckdb::CatalogException("table " + create_->Base().table + " already exists");
    run->creation = std::move(*creation);
    table =
        std::make_shared<const catalog::Table>(std::get<catalog::CreateTable>(run->creation.back()).table);
  } else {
    table = transaction.find(target_.table_id);
    if (table == nullptr) throw duckdb::CatalogException("the table to insert into is gone");
  }
  run->append = std::make_unique<TableAppend>(context, target_.catalog.lake(), table, false, likely_sorted_);
  return run;
}

duckdb::unique_ptr<duckdb::LocalSinkState> InsertOperator::GetLocalSinkState(
    duckdb::ExecutionContext& /*context*/) const {
  auto share = duckdb::make_uniq<InsertShare>();
  share->part = TableAppend::part();
  return share;
}

duckdb::SinkResultType InsertOperator::Sink(duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
                                            duckdb::OperatorSinkInput& input) const {
  auto& share = input.local_state.Cast<InsertShare>();
  constraints_.verify(context.client, chunk);
  keep_returned(context.client, share, chunk);
  input.global_state.Cast<InsertRun>().append->append(context, *share.part, chunk);
  return duckdb::SinkResultType::NEED_MORE_INPUT;
}

duckdb::SinkCombineResultType InsertOperator::Combine(duckdb::ExecutionContext& context,
                                                      duckdb::OperatorSinkCombineInput& input) const {
  auto& run = input.global_state.Cast<InsertRun>();
  auto& share = input.local_state.Cast<InsertShare>();
  run.append->combine(context, *share.part);
  merge_returned(run, share);
  return duckdb::SinkCombineResultType::FINISHED;
}

void InsertOperator::finish(duckdb::ClientContext& context, duckdb::GlobalSinkState& state) const {
  auto& run = state.Cast<InsertRun>();
  auto& transaction = LakeTransaction::get(context, target_.catalog);
  run.changed = run.append->finish(transaction, [&] {
    if (!run.creation.empty()) transaction.define(std::move(run.creation));
  });
}

void InsertOperator::BuildPipelines(duckdb::Pipeline& current, duckdb::MetaPipeline& meta_pipeline) {
  if (!fixed_rows_) return WriteOperator::BuildPipelines(current, meta_pipeline);
  op_state.reset();
  meta_pipeline.GetState().SetPipelineSource(current, *this);
}

duckdb::vector<duckdb::const_reference<duckdb::PhysicalOperator>> InsertOperator::GetSources() const {
  if (!fixed_rows_) return WriteOperator::GetSources();
  return {*this};
}

duckdb::unique_ptr<duckdb::GlobalSourceState> InsertOperator::GetGlobalSourceState(
    duckdb::ClientContext& context) const {
  if (!fixed_rows_) return WriteOperator::GetGlobalSourceState(context);
  return duckdb::make_uniq<FixedRowsRun>();
}

duckdb::unique_ptr<duckdb::GlobalSinkState> InsertOperator::insert_fixed_rows(
    duckdb::ExecutionContext& context) const {
  auto run = GetGlobalSinkState(context.client);
  const auto share = GetLocalSinkState(context);
  duckdb::InterruptState interrupt;
  duckdb::OperatorSinkInput sink{*run, *share, interrupt};
  evaluate_fixed_rows(children[0].get(), context.client,
                      [&](duckdb::DataChunk& rows) { Sink(context, rows, sink); });
  duckdb::OperatorSinkCombineInput combine{*run, *share, interrupt};
  Combine(context, combine);
  finish(context.client, *run);
  return run;
}

duckdb::SourceResultType InsertOperator::GetDataInternal(duckdb::ExecutionContext& context,
                                                         duckdb::DataChunk& chunk,
                                                         duckdb::OperatorSourceInput& input) const {
  if (!fixed_rows_) return WriteOperator::GetDataInternal(context, chunk, input);
  auto& state = input.global_state.Cast<FixedRowsRun>();
  if (state.run == nullptr) state.run = insert_fixed_rows(context);
  return give_result(state.run->Cast<Run>(), state, chunk);
}

}  // namespace lake::tables
