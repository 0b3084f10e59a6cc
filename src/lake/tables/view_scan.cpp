#include "lake/tables/view_scan.hpp"

#include <utility>

#include "lake/tables/scan.hpp"

namespace lake::tables {

duckdb::unique_ptr<duckdb::LogicalOperator> plan_view_scan(duckdb::ClientContext& context,
                                                           duckdb::Binder& binder, duckdb::idx_t bind_index,
                                                           LakeTable& table, TableViewPtr view,
                                                           duckdb::vector<duckdb::string>& names) {
  duckdb::unique_ptr<duckdb::FunctionData> bind_data;
  // Columns are the view's: the entry may be of another definition by now.
  duckdb::vector<duckdb::LogicalType> types;
  duckdb::vector<duckdb::string> columns;
  for (const auto& column : columns_of(*view->table->schema)) {
    types.push_back(column.type);
    columns.push_back(column.name);
  }
  auto function = lake_scan_function(context, table, std::move(view), bind_data);
  const auto scan_index = binder.GenerateTableIndex();
  auto get = duckdb::make_uniq<duckdb::LogicalGet>(scan_index, std::move(function), std::move(bind_data),
                                                   types, columns, table.GetVirtualColumns());
  names = {kVersionColumn, kIdentityColumn, kAddressColumn};
  get->AddColumnId(kLastUpdatedSequenceColumn);
  get->AddColumnId(kRowIdColumn);
  get->AddColumnId(duckdb::COLUMN_IDENTIFIER_ROW_ID);
  duckdb::vector<duckdb::LogicalType> scanned(3, duckdb::LogicalType::BIGINT);
  for (duckdb::idx_t i = 0; i < columns.size(); ++i) {
    get->AddColumnId(i);
    scanned.push_back(types[i]);
    names.push_back(columns[i]);
  }
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> expressions;
  for (duckdb::idx_t i = 0; i < scanned.size(); ++i) {
    auto column =
        duckdb::make_uniq<duckdb::BoundColumnRefExpression>(scanned[i], duckdb::ColumnBinding(scan_index, i));
    column->SetAlias(names[i]);
    expressions.push_back(std::move(column));
  }
  auto projection = duckdb::make_uniq<duckdb::LogicalProjection>(bind_index, std::move(expressions));
  projection->children.push_back(std::move(get));
  return projection;
}

}  // namespace lake::tables
