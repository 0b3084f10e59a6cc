#include "lake/tables/row_constraints.hpp"

#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/parser/constraints/check_constraint.hpp>
#include <duckdb/planner/constraints/bound_check_constraint.hpp>
#include <duckdb/planner/constraints/bound_not_null_constraint.hpp>

namespace lake::tables {

RowConstraints::RowConstraints(duckdb::TableCatalogEntry& table,
                               const duckdb::vector<duckdb::unique_ptr<duckdb::BoundConstraint>>& bound)
    : table_(table.name) {
  const auto& constraints = table.GetConstraints();
  for (std::size_t i = 0; i < bound.size(); ++i) {
    if (bound[i]->type == duckdb::ConstraintType::NOT_NULL) {
      const auto column = bound[i]->Cast<duckdb::BoundNotNullConstraint>().index;
      not_null_.push_back({column.index, table.GetColumn(duckdb::LogicalIndex(column.index)).Name()});
    } else if (bound[i]->type == duckdb::ConstraintType::CHECK) {
      checks_.push_back({bound[i]->Cast<duckdb::BoundCheckConstraint>().expression->Copy(),
                         i < constraints.size() ? constraints[i]->ToString() : std::string("CHECK")});
    }
  }
}

void RowConstraints::verify(duckdb::ClientContext& context, duckdb::DataChunk& chunk) const {
  for (const auto& column : not_null_) {
    if (duckdb::VectorOperations::HasNull(chunk.data[column.column], chunk.size())) {
      throw duckdb::ConstraintException("NOT NULL constraint failed: " + table_ + "." + column.name);
    }
  }
  for (const auto& check : checks_) {
    duckdb::ExpressionExecutor executor(context, *check.expression);
    duckdb::Vector result(duckdb::LogicalType::INTEGER);
    executor.ExecuteExpression(chunk, result);
    duckdb::UnifiedVectorFormat format;
    result.ToUnifiedFormat(chunk.size(), format);
    const auto* passed = duckdb::UnifiedVectorFormat::GetData<std::int32_t>(format);
    for (duckdb::idx_t n = 0; n < chunk.size(); ++n) {
      const auto row = format.sel->get_index(n);
      if (format.validity.RowIsValid(row) && passed[row] == 0) {
        throw duckdb::ConstraintException("CHECK constraint failed on table " + table_ + " with expression " +
                                          check.text);
      }
    }
  }
}

}  // namespace lake::tables
