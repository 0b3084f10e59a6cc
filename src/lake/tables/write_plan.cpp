#include <duckdb/execution/operator/persistent/physical_merge_into.hpp>
#include <duckdb/execution/operator/scan/physical_table_scan.hpp>
#include <duckdb/planner/expression/bound_default_expression.hpp>

#include "lake/tables/delete.hpp"
#include "lake/tables/fixed_rows.hpp"
#include "lake/tables/insert.hpp"
#include "lake/tables/lake_table.hpp"
#include "lake/tables/sorted_write.hpp"
#include "lake/tables/staged_source.hpp"
#include "lake/tables/update.hpp"

namespace lake::tables {
namespace {

using duckdb::Expression;
using duckdb::idx_t;
using duckdb::PhysicalOperator;
using duckdb::PhysicalPlanGenerator;
using Expressions = duckdb::vector<duckdb::unique_ptr<Expression>>;

// rows beyond which the order of an ORDER BY is not worth a single-threaded sink
constexpr idx_t kOrderedRowsMax = 100000;

LakeTable& writable(duckdb::TableCatalogEntry& entry) {
  auto& table = entry.Cast<LakeTable>();
  if (table.is_historic())
    throw duckdb::BinderException("table " + table.name + " AT a past version is read-only");
  return table;
}

/// True when one row of the target may come more than once: anything but scans, filters and projections in
/// the plan.
bool rows_may_repeat(const duckdb::LogicalOperator& op) {
  switch (op.type) {
    case duckdb::LogicalOperatorType::LOGICAL_GET:
      return false;
    case duckdb::LogicalOperatorType::LOGICAL_FILTER:
    case duckdb::LogicalOperatorType::LOGICAL_PROJECTION:
      return rows_may_repeat(*op.children[0]);
    default:
      return true;
  }
}

/// What rows of the table are sorted by before they are written: the terms of PARTITIONED BY, then SORTED BY.
std::string sort_of(const duckdb::CreateTableInfo& info) {
  std::string sorted_by;
  for (const auto* terms : {&info.partition_keys, &info.sort_keys}) {
    for (const auto& term : *terms) sorted_by += (sorted_by.empty() ? "" : ", ") + term->ToString();
  }
  return sorted_by;
}
std::string sort_of(const LakeTable& table) {
  if (!SortedWriter::applies_to(*table.definition())) return {};
  return sort_of(table.GetInfo()->Cast<duckdb::CreateTableInfo>());
}

/// Nothing but staged rows comes: one thread gives them, in their order.
bool are_staged_rows(const PhysicalOperator& plan) {
  const auto* op = &plan;
  while (op->type == duckdb::PhysicalOperatorType::PROJECTION) op = &op->children[0].get();
  return op->type == duckdb::PhysicalOperatorType::TABLE_SCAN &&
         op->Cast<duckdb::PhysicalTableScan>().function.name == kStagedRowsFunction;
}

idx_t reference_of(const Expression& expression) {
  return expression.Cast<duckdb::BoundReferenceExpression>().index;
}

/// New values in table order and the lineage id, with DEFAULT replaced by what it stands for.
Expressions update_columns(const std::vector<duckdb::PhysicalIndex>& columns, Expressions& expressions,
                           const Expressions& defaults) {
  Expressions result;
  result.resize(columns.size());
  for (idx_t i = 0; i < columns.size(); ++i) {
    const idx_t column = columns[i].index;
    const bool is_default = expressions[i]->GetExpressionType() == duckdb::ExpressionType::VALUE_DEFAULT;
    result[column] = is_default ? defaults[column]->Copy() : std::move(expressions[i]);
  }
  return result;
}

/// Values of an INSERT action in table order.
Expressions insert_columns(duckdb::LogicalMergeInto& op, duckdb::BoundMergeIntoAction& action) {
  if (action.column_index_map.empty()) return std::move(action.expressions);
  Expressions result;
  for (const auto& column : op.table.GetColumns().Physical()) {
    const auto mapped = action.column_index_map[column.Physical()];
    result.push_back(mapped == duckdb::DConstants::INVALID_INDEX
                         ? op.bound_defaults[column.StorageOid()]->Copy()
                         : std::move(action.expressions[mapped]));
  }
  return result;
}

duckdb::unique_ptr<duckdb::MergeIntoOperator> plan_action(duckdb::ClientContext& context,
                                                          PhysicalPlanGenerator& planner,
                                                          duckdb::LogicalMergeInto& op,
                                                          duckdb::BoundMergeIntoAction& action) {
  auto result = duckdb::make_uniq<duckdb::MergeIntoOperator>();
  result->action_type = action.action_type;
  result->condition = std::move(action.condition);
  auto types = op.types;
  if (op.return_chunk) types.pop_back();  // merge_action is added by the merge
  auto& table = op.table.Cast<LakeTable>();
  const WriteOperator::Target target{table.lake_catalog(), table.table_id(), op.return_chunk};
  const idx_t rows = op.EstimateCardinality(context);
  switch (action.action_type) {
    case duckdb::MergeActionType::MERGE_INSERT:
      result->op = planner.Make<InsertOperator>(std::move(types), target,
                                                RowConstraints(table, op.bound_constraints), rows);
      result->expressions = insert_columns(op, action);
      break;
    case duckdb::MergeActionType::MERGE_UPDATE: {
      UpdateOperator::Input input;
      input.row_id = op.row_id_start;
      input.columns = update_columns(action.columns, action.expressions, op.bound_defaults);
      input.repeat_is_error = true;
      result->op = planner.Make<UpdateOperator>(
          std::move(types), target, RowConstraints(table, op.bound_constraints), std::move(input), rows);
      break;
    }
    case duckdb::MergeActionType::MERGE_DELETE: {
      DeleteOperator::Input input;
      input.row_id = op.row_id_start;
      input.repeat_is_error = true;
      for (const auto& column : action.expressions) input.columns.push_back(reference_of(*column));
      if (op.return_chunk && input.columns.size() != types.size()) {
        throw duckdb::NotImplementedException(
            "RETURNING of deleted rows needs the optimizer, which is switched off");
      }
      result->op = planner.Make<DeleteOperator>(std::move(types), target, std::move(input), rows);
      break;
    }
    case duckdb::MergeActionType::MERGE_ERROR:
      result->expressions = std::move(action.expressions);
      break;
    default:
      break;
  }
  return result;
}

}  // namespace

PhysicalOperator& LakeCatalog::PlanInsert(duckdb::ClientContext& context, PhysicalPlanGenerator& planner,
                                          duckdb::LogicalInsert& op,
                                          duckdb::optional_ptr<PhysicalOperator> plan) {
  auto& table = writable(op.table);
  const bool is_staged = are_staged_rows(*plan);
  const bool ordered = plan->estimated_cardinality <= kOrderedRowsMax &&
                       PhysicalPlanGenerator::PreserveInsertionOrder(context, *plan);
  if (!op.column_index_map.empty()) plan = planner.ResolveDefaultsProjection(op, *plan);
  auto& insert =
      planner.Make<InsertOperator>(op.types, WriteOperator::Target{*this, table.table_id(), op.return_chunk},
                                   RowConstraints(table, op.bound_constraints), op.estimated_cardinality);
  if (is_staged) {
    insert.Cast<InsertOperator>().take_as_it_comes();
  } else if (ordered) {
    insert.Cast<InsertOperator>().keep_order();
  }
  if (are_fixed_rows(*plan)) insert.Cast<InsertOperator>().take_fixed_rows();
  insert.Cast<InsertOperator>().show_sort(sort_of(table));
  insert.children.push_back(*plan);
  return insert;
}

PhysicalOperator& LakeCatalog::PlanCreateTableAs(duckdb::ClientContext& context,
                                                 PhysicalPlanGenerator& planner,
                                                 duckdb::LogicalCreateTable& op, PhysicalOperator& plan) {
  auto& made = planner.Make<InsertOperator>(op.types, WriteOperator::Target{*this, 0, false},
                                            RowConstraints(), op.estimated_cardinality);
  auto& insert = made.Cast<InsertOperator>();
  if (plan.estimated_cardinality <= kOrderedRowsMax &&
      PhysicalPlanGenerator::PreserveInsertionOrder(context, plan)) {
    insert.keep_order();
  }
  insert.show_sort(sort_of(op.info->Base()));
  insert.create_first(op.schema, std::move(op.info));
  insert.children.push_back(plan);
  return insert;
}

PhysicalOperator& LakeCatalog::PlanDelete(duckdb::ClientContext& /*context*/, PhysicalPlanGenerator& planner,
                                          duckdb::LogicalDelete& op, PhysicalOperator& plan) {
  auto& table = writable(op.table);
  const auto& child = *op.children[0];
  if (!op.return_chunk && op.expressions.size() == 2) {  // marked: no condition (see register_returning_rule)
    return planner.Make<TruncateOperator>(op.types, *this, table.table_id());
  }
  DeleteOperator::Input input;
  input.row_id = reference_of(*op.expressions[0]);
  input.rows_repeat = rows_may_repeat(child);
  for (idx_t i = 1; i < op.expressions.size(); ++i) input.columns.push_back(reference_of(*op.expressions[i]));
  if (op.return_chunk && input.columns.size() != op.types.size()) {
    throw duckdb::NotImplementedException(
        "RETURNING of deleted rows needs the optimizer, which is switched off");
  }
  auto& made =
      planner.Make<DeleteOperator>(op.types, WriteOperator::Target{*this, table.table_id(), op.return_chunk},
                                   std::move(input), op.estimated_cardinality);
  made.children.push_back(plan);
  return made;
}

PhysicalOperator& LakeCatalog::PlanUpdate(duckdb::ClientContext& /*context*/, PhysicalPlanGenerator& planner,
                                          duckdb::LogicalUpdate& op, PhysicalOperator& plan) {
  auto& table = writable(op.table);
  UpdateOperator::Input input;
  input.row_id = plan.types.size() - 1;  // the binder projects it last
  input.columns = update_columns(op.columns, op.expressions, op.bound_defaults);
  input.rows_repeat = rows_may_repeat(*op.children[0]);
  auto& made = planner.Make<UpdateOperator>(
      op.types, WriteOperator::Target{*this, table.table_id(), op.return_chunk},
      RowConstraints(table, op.bound_constraints), std::move(input), op.estimated_cardinality);
  made.Cast<UpdateOperator>().show_sort(sort_of(table));
  made.children.push_back(plan);
  return made;
}

PhysicalOperator& LakeCatalog::PlanMergeInto(duckdb::ClientContext& context, PhysicalPlanGenerator& planner,
                                             duckdb::LogicalMergeInto& op, PhysicalOperator& plan) {
  writable(op.table);
  std::map<duckdb::MergeActionCondition, duckdb::vector<duckdb::unique_ptr<duckdb::MergeIntoOperator>>>
      actions;
  for (auto& [condition, bound] : op.actions) {
    auto& planned = actions[condition];
    for (auto& action : bound) planned.push_back(plan_action(context, planner, op, *action));
  }
  auto& merge = planner.Make<duckdb::PhysicalMergeInto>(op.types, std::move(actions), op.row_id_start,
                                                        op.source_marker, true, op.return_chunk);
  merge.children.push_back(plan);
  return merge;
}

}  // namespace lake::tables
