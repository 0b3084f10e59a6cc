#include "lake/tables/view_reader.hpp"

#include <utility>

#include "lake/engine/errors.hpp"
#include "lake/tables/field_types.hpp"
#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/scan.hpp"

namespace lake::tables {

ViewReader::ViewReader(duckdb::ClientContext& context, TableViewPtr view,
                       const duckdb::vector<duckdb::column_t>& columns)
    : context_(context), thread_(context), execution_(context, thread_, nullptr) {
  const auto all = engine::value_or_throw(types_of(*view->table->schema));
  duckdb::vector<duckdb::LogicalType> types;
  for (const auto column : columns) {
    types.push_back(duckdb::IsVirtualColumn(column) ? duckdb::LogicalType(duckdb::LogicalType::BIGINT)
                                                    : all[column]);
  }
  rows_.Initialize(duckdb::BufferAllocator::Get(context), types);
  function_ = lake_scan_function(context, LakeCatalog::of(context).lake(), nullptr, std::move(view), bound_);
  const duckdb::TableFunctionInitInput input(bound_.get(), columns, {}, nullptr);
  auto start = input;
  global_ = function_.init_global(context, start);
  local_ = function_.init_local(execution_, start, global_.get());
}

ViewReader::~ViewReader() = default;

duckdb::DataChunk* ViewReader::next() {
  while (true) {
    if (context_.interrupted) throw duckdb::InterruptException();
    rows_.Reset();
    duckdb::TableFunctionInput input(bound_.get(), local_.get(), global_.get());
    input.async_result = duckdb::AsyncResultType::IMPLICIT;
    function_.function(context_, input, rows_);
    if (rows_.size() > 0) return &rows_;
    if (input.async_result.GetResultType() != duckdb::AsyncResultType::HAVE_MORE_OUTPUT) return nullptr;
  }
}

duckdb::vector<duckdb::column_t> columns_with_identity(const catalog::Schema& schema) {
  duckdb::vector<duckdb::column_t> columns;
  for (duckdb::idx_t i = 0; i < schema.fields.size(); ++i) columns.push_back(i);
  columns.push_back(kRowIdColumn);
  columns.push_back(kLastUpdatedSequenceColumn);
  return columns;
}

}  // namespace lake::tables
