#include "lake/tables/caller_collector.hpp"

#include <duckdb/execution/operator/helper/physical_result_collector.hpp>
#include <duckdb/main/client_config.hpp>
#include <duckdb/main/prepared_statement_data.hpp>
#include <duckdb/parallel/interrupt.hpp>
#include <duckdb/parallel/meta_pipeline.hpp>
#include <duckdb/parallel/thread_context.hpp>
#include <duckdb/planner/extension_callback.hpp>
#include <memory>
#include <utility>

#include "lake/tables/fixed_rows.hpp"
#include "lake/tables/insert.hpp"

namespace lake::tables {
namespace {

using duckdb::ClientContext;
using duckdb::PhysicalOperator;
using duckdb::PreparedStatementData;

/// The rows of the result. The engine takes it for the state of a sink, which is where it looks for results.
struct Collected final : public duckdb::GlobalSinkState {
  duckdb::unique_ptr<duckdb::ColumnDataCollection> rows;
  duckdb::ClientProperties client;
};

/// A root whose plan is no pipeline of the engine: it runs as the root is reset, in the first step of the
/// statement, on the thread of that step. An exception there is the statement's error as of any task.
class CallerCollector final : public duckdb::PhysicalResultCollector {
 public:
  using PhysicalResultCollector::PhysicalResultCollector;

  void BuildPipelines(duckdb::Pipeline& current, duckdb::MetaPipeline& meta_pipeline) override {
    sink_state = duckdb::make_uniq<Collected>();
    meta_pipeline.GetState().SetPipelineSource(current, *this);
  }

  duckdb::unique_ptr<duckdb::GlobalSourceState> GetGlobalSourceState(ClientContext& context) const override {
    auto& collected = sink_state->Cast<Collected>();
    collected.client = context.GetClientProperties();
    collected.rows = CreateCollection(context);
    run(context, *collected.rows);
    return duckdb::make_uniq<duckdb::GlobalSourceState>();
  }

  duckdb::unique_ptr<duckdb::QueryResult> GetResult(duckdb::GlobalSinkState& state) const override {
    auto& collected = state.Cast<Collected>();
    return duckdb::make_uniq<duckdb::MaterializedQueryResult>(
        statement_type, properties, names, std::move(collected.rows), std::move(collected.client));
  }

 private:
  void run(ClientContext& context, duckdb::ColumnDataCollection& rows) const {
    duckdb::ThreadContext thread(context);
    duckdb::ExecutionContext execution(context, thread, nullptr);
    const auto global = plan.GetGlobalSourceState(context);
    const auto local = plan.GetLocalSourceState(execution, *global);
    duckdb::InterruptState interrupt;
    duckdb::OperatorSourceInput input{*global, *local, interrupt};
    duckdb::DataChunk chunk;
    chunk.Initialize(duckdb::Allocator::Get(context), plan.types);
    duckdb::ColumnDataAppendState append;
    rows.InitializeAppend(append);
    // A statement that was to stop ends as an error also when its rows are all there, so that it cannot
    // commit: whoever stopped it was told that it did not.
    check_interrupted(context);
    while (true) {
      chunk.Reset();
      const auto step = plan.GetData(execution, chunk, input);
      check_interrupted(context);
      if (chunk.size() > 0) rows.Append(append, chunk);
      if (step != duckdb::SourceResultType::HAVE_MORE_OUTPUT) return;
    }
  }
};

duckdb::unique_ptr<PhysicalOperator> collector_of(ClientContext& context, PreparedStatementData& statement) {
  const auto* insert = dynamic_cast<const InsertOperator*>(&statement.physical_plan->Root());
  if (insert == nullptr || !insert->takes_fixed_rows() ||
      duckdb::ClientConfig::GetConfig(context).enable_profiler) {
    return duckdb::PhysicalResultCollector::GetResultCollector(context, statement);
  }
  return duckdb::make_uniq<CallerCollector>(*statement.physical_plan, statement);
}

class Collectors final : public duckdb::ExtensionCallback {
 public:
  void OnConnectionOpened(ClientContext& context) override {
    duckdb::ClientConfig::GetConfig(context).get_result_collector = collector_of;
  }
};

}  // namespace

void register_caller_collector(duckdb::DBConfig& config) {
  duckdb::ExtensionCallback::Register(config, duckdb::make_shared_ptr<Collectors>());
}

}  // namespace lake::tables
