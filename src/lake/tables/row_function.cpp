#include "lake/tables/row_function.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "duckdb/main/extension/extension_loader.hpp"

namespace lake::tables {
namespace {

struct RowFunctionInfo : public duckdb::TableFunctionInfo {
  explicit RowFunctionInfo(RowFunction function_in) : function(std::move(function_in)) {}
  const RowFunction function;
};

struct RowFunctionCall : public duckdb::TableFunctionData {
  duckdb::shared_ptr<RowFunctionInfo> info;
  duckdb::vector<duckdb::Value> arguments;
  duckdb::named_parameter_map_t named;
};

struct RowFunctionRows : public duckdb::GlobalTableFunctionState {
  std::vector<RowFunction::Row> rows;
  std::size_t next = 0;
};

duckdb::unique_ptr<duckdb::FunctionData> bind_rows(duckdb::ClientContext& /*context*/,
                                                   duckdb::TableFunctionBindInput& input,
                                                   duckdb::vector<duckdb::LogicalType>& types,
                                                   duckdb::vector<duckdb::string>& names) {
  auto call = duckdb::make_uniq<RowFunctionCall>();
  call->info =
      duckdb::shared_ptr_cast<duckdb::TableFunctionInfo, RowFunctionInfo>(input.table_function.function_info);
  call->arguments = input.inputs;
  call->named = input.named_parameters;
  for (const auto& [name, type] : call->info->function.columns) {
    names.push_back(name);
    types.push_back(type);
  }
  return call;
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> start_rows(duckdb::ClientContext& context,
                                                                duckdb::TableFunctionInitInput& input) {
  const auto& call = input.bind_data->Cast<RowFunctionCall>();
  auto state = duckdb::make_uniq<RowFunctionRows>();
  state->rows = call.info->function.rows({context, call.arguments, call.named});
  return state;
}

void give_rows(duckdb::ClientContext& /*context*/, duckdb::TableFunctionInput& input,
               duckdb::DataChunk& output) {
  auto& state = input.global_state->Cast<RowFunctionRows>();
  const std::size_t count = std::min<std::size_t>(STANDARD_VECTOR_SIZE, state.rows.size() - state.next);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& row = state.rows[state.next + i];
    for (std::size_t column = 0; column < row.size(); ++column) output.SetValue(column, i, row[column]);
  }
  state.next += count;
  output.SetCardinality(count);
}

}  // namespace

void register_row_function(duckdb::DuckDB& database, RowFunction function) {
  duckdb::TableFunctionSet overloads(function.name);
  auto info = duckdb::make_shared_ptr<RowFunctionInfo>(function);
  for (std::size_t left_out = 0; left_out <= function.optional_arguments; ++left_out) {
    auto arguments = function.argument_types;
    arguments.resize(arguments.size() - left_out);
    duckdb::TableFunction overload(function.name, arguments, give_rows, bind_rows, start_rows);
    overload.named_parameters = function.named_types;
    overload.function_info = info;
    overloads.AddFunction(std::move(overload));
  }
  duckdb::ExtensionLoader loader(*database.instance, "lake");
  loader.RegisterFunction(std::move(overloads));
}

}  // namespace lake::tables
