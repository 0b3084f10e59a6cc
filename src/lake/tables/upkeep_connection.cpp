#include "lake/tables/upkeep_connection.hpp"

#include <utility>

#include "duckdb/main/client_context_state.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/view_scan.hpp"

namespace lake::tables {
namespace {

constexpr const char* kStateName = "lake_view_sources";

}  // namespace

struct UpkeepConnection::Sources : public duckdb::ClientContextState {
  std::map<std::uint64_t, TableViewPtr> views;
};

UpkeepConnection::UpkeepConnection(duckdb::DuckDB& database)
    : connection_(database),
      sources_(connection_.context->registered_state->GetOrCreate<Sources>(kStateName)) {
  connection_.BeginTransaction();
}

UpkeepConnection::~UpkeepConnection() {
  if (!connection_.HasActiveTransaction()) return;
  try {
    connection_.Rollback();
  } catch (const std::exception&) {
    return;  // the connection ends here anyway
  }
}

std::string UpkeepConnection::source(TableViewPtr view) {
  const auto number = next_++;
  sources_->views[number] = std::move(view);
  return "lake_view_rows(" + std::to_string(number) + "::UBIGINT)";
}

duckdb::unique_ptr<duckdb::QueryResult> UpkeepConnection::run(const std::string& sql) {
  auto result = connection_.SendQuery(sql);
  if (result->HasError()) result->ThrowError();
  return result;
}

duckdb::unique_ptr<duckdb::LogicalOperator> UpkeepConnection::plan(duckdb::ClientContext& context,
                                                                   duckdb::TableFunctionBindInput& input,
                                                                   duckdb::idx_t bind_index,
                                                                   duckdb::vector<duckdb::string>& names) {
  const auto sources = context.registered_state->Get<Sources>(kStateName);
  const auto number = input.inputs[0].GetValue<std::uint64_t>();
  if (!sources || !sources->views.contains(number)) {
    engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument, "lake_view_rows is for upkeep only"));
  }
  const auto& view = sources->views.at(number);
  auto& entry = duckdb::Catalog::GetEntry<duckdb::TableCatalogEntry>(
      context, "lake", view->table->schema_name, view->table->name);
  auto& table = entry.Cast<LakeTable>();
  if (table.table_id() != view->table->table_id) {
    engine::throw_as_duckdb(Error(ErrorCode::kConflict, "the table was replaced"));
  }
  return plan_view_scan(context, *input.binder, bind_index, table, view, names);
}

void register_view_rows(duckdb::DuckDB& database) {
  duckdb::TableFunction rows("lake_view_rows", {duckdb::LogicalType::UBIGINT}, nullptr);
  rows.bind_operator = UpkeepConnection::plan;
  duckdb::ExtensionLoader loader(*database.instance, "lake");
  loader.RegisterFunction(std::move(rows));
}

}  // namespace lake::tables
