#include "lake/tables/fixed_rows.hpp"

#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/execution/operator/projection/physical_projection.hpp>
#include <duckdb/execution/operator/scan/physical_column_data_scan.hpp>
#include <duckdb/execution/operator/scan/physical_expression_scan.hpp>

namespace lake::tables {
namespace {

using duckdb::Allocator;
using duckdb::DataChunk;
using duckdb::PhysicalOperator;
using duckdb::PhysicalOperatorType;
using Take = std::function<void(DataChunk&)>;

void evaluate_projection(const duckdb::PhysicalProjection& plan, duckdb::ClientContext& context,
                         const Take& take) {
  duckdb::ExpressionExecutor executor(context, plan.select_list);
  DataChunk rows;
  rows.Initialize(Allocator::Get(context), plan.types);
  evaluate_fixed_rows(plan.children[0].get(), context, [&](DataChunk& input) {
    rows.Reset();
    executor.Execute(input, rows);
    take(rows);
  });
}

/// One row for each list of expressions, none of which refers to the row they are given.
void evaluate_lists(const duckdb::PhysicalExpressionScan& plan, duckdb::ClientContext& context,
                    const Take& take) {
  auto& allocator = Allocator::Get(context);
  DataChunk row;
  row.Initialize(allocator, plan.types);
  const auto& lists = plan.expressions;
  evaluate_fixed_rows(plan.children[0].get(), context, [&](DataChunk& input) {
    if (lists.size() == 1) {  // the usual one: as it is, without a copy
      duckdb::ExpressionExecutor executor(context, lists.front());
      executor.Execute(input, row);
      return take(row);
    }
    DataChunk rows;
    rows.Initialize(allocator, plan.types, lists.size());
    for (duckdb::idx_t list = 0; list < lists.size(); ++list) {
      check_interrupted(context);
      row.Reset();
      plan.EvaluateExpression(context, list, &input, rows, &row);
    }
    take(rows);
  });
}

void evaluate_nothing(const PhysicalOperator& plan, duckdb::ClientContext& context, const Take& take) {
  DataChunk one;
  one.Initialize(Allocator::Get(context), plan.types, 1);
  one.SetCardinality(1);
  take(one);
}

}  // namespace

void check_interrupted(const duckdb::ClientContext& context) {
  if (context.interrupted) throw duckdb::InterruptException();
}

bool are_fixed_rows(const PhysicalOperator& plan) {
  switch (plan.type) {
    case PhysicalOperatorType::DUMMY_SCAN:
      return true;
    case PhysicalOperatorType::PROJECTION:
      return are_fixed_rows(plan.children[0].get());
    case PhysicalOperatorType::EXPRESSION_SCAN:
      return plan.Cast<duckdb::PhysicalExpressionScan>().expressions.size() <= STANDARD_VECTOR_SIZE &&
             plan.children[0].get().type == PhysicalOperatorType::DUMMY_SCAN;
    case PhysicalOperatorType::COLUMN_DATA_SCAN: {
      const auto& scan = plan.Cast<duckdb::PhysicalColumnDataScan>();
      return scan.collection && scan.collection->Count() <= STANDARD_VECTOR_SIZE;
    }
    default:
      return false;
  }
}

void evaluate_fixed_rows(const PhysicalOperator& plan, duckdb::ClientContext& context, const Take& take) {
  switch (plan.type) {
    case PhysicalOperatorType::DUMMY_SCAN:
      return evaluate_nothing(plan, context, take);
    case PhysicalOperatorType::PROJECTION:
      return evaluate_projection(plan.Cast<duckdb::PhysicalProjection>(), context, take);
    case PhysicalOperatorType::EXPRESSION_SCAN:
      return evaluate_lists(plan.Cast<duckdb::PhysicalExpressionScan>(), context, take);
    case PhysicalOperatorType::COLUMN_DATA_SCAN:
      for (auto& chunk : plan.Cast<duckdb::PhysicalColumnDataScan>().collection->Chunks()) take(chunk);
      return;
    default:
      throw duckdb::InternalException("a plan that is no list of fixed rows");
  }
}

}  // namespace lake::tables
