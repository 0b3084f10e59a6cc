#include "lake/tables/returning_rule.hpp"

#include <duckdb/optimizer/optimizer_extension.hpp>

#include "lake/tables/lake_table.hpp"

namespace lake::tables {
namespace {

using duckdb::BoundColumnRefExpression;
using duckdb::idx_t;
using duckdb::LogicalOperator;
using duckdb::LogicalOperatorType;

duckdb::optional_ptr<duckdb::LogicalGet> find_scan(LogicalOperator& op, idx_t table_index) {
  if (op.type == LogicalOperatorType::LOGICAL_GET &&
      op.Cast<duckdb::LogicalGet>().table_index == table_index) {
    return &op.Cast<duckdb::LogicalGet>();
  }
  for (auto& child : op.children) {
    if (auto found = find_scan(*child, table_index)) return found;
  }
  return nullptr;
}

idx_t scan_position(duckdb::LogicalGet& get, idx_t column) {
  const auto& ids = get.GetColumnIds();
  for (idx_t i = 0; i < ids.size(); ++i) {
    if (ids[i].GetPrimaryIndex() == column) return i;
  }
  get.AddColumnId(column);
  return ids.size() - 1;
}

/// References to all columns of the target, in order, in the scan that gives `row_id`; empty when there is
/// none.
duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> target_columns(LogicalOperator& root,
                                                                      duckdb::TableCatalogEntry& table,
                                                                      duckdb::Expression& row_id) {
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> columns;
  if (row_id.GetExpressionClass() != duckdb::ExpressionClass::BOUND_COLUMN_REF) return columns;
  const auto found = find_scan(root, row_id.Cast<BoundColumnRefExpression>().binding.table_index);
  if (found == nullptr) return columns;
  duckdb::LogicalGet& scan = *found.get_mutable();
  for (const auto& column : table.GetColumns().Physical()) {
    const idx_t position = scan_position(scan, column.Physical().index);
    columns.push_back(duckdb::make_uniq<BoundColumnRefExpression>(
        column.Type(), duckdb::ColumnBinding(scan.table_index, position)));
  }
  return columns;
}

bool is_lake_table(duckdb::TableCatalogEntry& table) {
  return table.ParentCatalog().GetCatalogType() == "lake";
}

void widen_delete(duckdb::LogicalDelete& op) {
  if (!op.return_chunk || !is_lake_table(op.table) || op.expressions.size() != 1) return;
  for (auto& column : target_columns(*op.children[0], op.table, *op.expressions[0])) {
    op.expressions.push_back(std::move(column));
  }
}

/// A scan right below has no condition on it; later, conditions may have moved into the scan and out of
/// sight.
void mark_whole(duckdb::LogicalDelete& op) {
  if (op.return_chunk || !is_lake_table(op.table) || op.expressions.size() != 1) return;
  if (op.children[0]->type != LogicalOperatorType::LOGICAL_GET) return;
  op.expressions.push_back(duckdb::make_uniq<duckdb::BoundConstantExpression>(duckdb::Value::BOOLEAN(true)));
}

void widen_merge(duckdb::LogicalMergeInto& op) {
  if (!op.return_chunk || !is_lake_table(op.table)) return;
  auto& projection = op.children[0]->Cast<duckdb::LogicalProjection>();
  const auto columns =
      target_columns(*projection.children[0], op.table, *projection.expressions[op.row_id_start]);
  for (auto& [condition, actions] : op.actions) {
    for (auto& action : actions) {
      if (action->action_type != duckdb::MergeActionType::MERGE_DELETE || !action->expressions.empty())
        continue;
      for (const auto& column : columns) {
        action->expressions.push_back(duckdb::make_uniq<BoundColumnRefExpression>(
            column->return_type,
            duckdb::ColumnBinding(projection.table_index, projection.expressions.size())));
        projection.expressions.push_back(column->Copy());
      }
    }
  }
}

void widen(LogicalOperator& op) {
  if (op.type == LogicalOperatorType::LOGICAL_DELETE) {
    widen_delete(op.Cast<duckdb::LogicalDelete>());
    mark_whole(op.Cast<duckdb::LogicalDelete>());
  }
  if (op.type == LogicalOperatorType::LOGICAL_MERGE_INTO) widen_merge(op.Cast<duckdb::LogicalMergeInto>());
  for (auto& child : op.children) widen(*child);
}

}  // namespace

void register_returning_rule(duckdb::DBConfig& config) {
  duckdb::OptimizerExtension rule;
  rule.pre_optimize_function = [](duckdb::OptimizerExtensionInput& /*input*/,
                                  duckdb::unique_ptr<LogicalOperator>& plan) { widen(*plan); };
  duckdb::OptimizerExtension::Register(config, std::move(rule));
}

}  // namespace lake::tables
