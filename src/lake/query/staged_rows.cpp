#include "lake/query/staged_rows.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "duckdb/main/client_context_state.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "duckdb/parser/tableref/column_data_ref.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::query {
namespace {

using codec::BatchColumn;
using codec::ColumnType;

constexpr const char* kStateName = "lake_staged";

struct Staged {
  duckdb::shared_ptr<duckdb::ColumnDataCollection> rows;
  duckdb::vector<duckdb::string> names;
};

struct StagedState : public duckdb::ClientContextState {
  std::map<std::string, Staged> tables;
};

duckdb::LogicalType type_of(ColumnType type) {
  using duckdb::LogicalType;
  switch (type) {
    case ColumnType::kBool:
      return LogicalType::BOOLEAN;
    case ColumnType::kInt16:
      return LogicalType::SMALLINT;
    case ColumnType::kInt32:
      return LogicalType::INTEGER;
    case ColumnType::kInt64:
      return LogicalType::BIGINT;
    case ColumnType::kUint64:
      return LogicalType::UBIGINT;
    case ColumnType::kFloat:
      return LogicalType::FLOAT;
    case ColumnType::kDouble:
      return LogicalType::DOUBLE;
    case ColumnType::kText:
      return LogicalType::VARCHAR;
    case ColumnType::kJson:
      return LogicalType::JSON();
    case ColumnType::kBytes:
      return LogicalType::BLOB;
    case ColumnType::kTextList:
      return LogicalType::LIST(LogicalType::VARCHAR);
  }
  throw duckdb::InvalidInputException("a column type that cannot be staged");
}

duckdb::string_t view_of(std::string_view text) {
  return {text.data(), static_cast<std::uint32_t>(text.size())};
}

void fill_lists(const BatchColumn& column, std::span<const std::uint32_t> rows, duckdb::Vector& vector) {
  std::size_t items = 0;
  for (const auto row : rows) items += column.is_null(row) ? 0 : column.list_size(row);
  duckdb::ListVector::Reserve(vector, items);
  auto* lists = duckdb::FlatVector::GetData<duckdb::list_entry_t>(vector);
  auto* texts = duckdb::FlatVector::GetData<duckdb::string_t>(duckdb::ListVector::GetEntry(vector));
  std::size_t at = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto size = column.is_null(rows[i]) ? 0 : column.list_size(rows[i]);
    lists[i] = {at, size};
    for (std::size_t item = 0; item < size; ++item) texts[at++] = view_of(column.list_text(rows[i], item));
  }
  duckdb::ListVector::SetListSize(vector, items);
}

/// Texts are not copied here: appending the chunk does.
void fill(const BatchColumn& column, std::span<const std::uint32_t> rows, duckdb::Vector& vector) {
  auto& validity = duckdb::FlatVector::Validity(vector);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (column.is_null(rows[i])) validity.SetInvalid(i);
  }
  if (column.type() == ColumnType::kTextList) return fill_lists(column, rows, vector);
  if (const auto width = codec::width_of(column.type()); width > 0) {
    auto* data = duckdb::FlatVector::GetData(vector);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!column.is_null(rows[i])) std::memcpy(data + i * width, column.fixed(rows[i]), width);
    }
    return;
  }
  auto* texts = duckdb::FlatVector::GetData<duckdb::string_t>(vector);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!column.is_null(rows[i])) texts[i] = view_of(column.text(rows[i]));
  }
}

duckdb::unique_ptr<duckdb::TableRef> replace(duckdb::ClientContext& context,
                                             duckdb::TableFunctionBindInput& input) {
  const auto name = input.inputs[0].GetValue<std::string>();
  const auto state = context.registered_state->Get<StagedState>(kStateName);
  const auto place = state ? state->tables.find(name) : decltype(state->tables.find(name)){};
  if (!state || place == state->tables.end())
    throw duckdb::InvalidInputException("nothing is staged under the name %s", name);
  auto rows = duckdb::make_uniq_base<duckdb::TableRef, duckdb::ColumnDataRef>(
      duckdb::optionally_owned_ptr<duckdb::ColumnDataCollection>(place->second.rows), place->second.names);
  rows->alias = "lake_staged";  // a name is needed; that of the statement replaces it
  return rows;
}

}  // namespace

void register_staged_rows(duckdb::DatabaseInstance& database) {
  duckdb::TableFunction function("lake_staged", {duckdb::LogicalType::VARCHAR}, nullptr);
  function.bind_replace = replace;
  duckdb::ExtensionLoader loader(database, "lake");
  loader.RegisterFunction(std::move(function));
}

void stage_rows(duckdb::ClientContext& context, const std::string& name, const StagedRows& rows) {
  Staged staged;
  duckdb::vector<duckdb::LogicalType> types;
  for (const auto& column : rows.batch.columns()) types.push_back(type_of(column.type()));
  for (const auto& column : rows.names) staged.names.push_back(column);
  staged.rows = duckdb::make_shared_ptr<duckdb::ColumnDataCollection>(
      duckdb::BufferManager::GetBufferManager(context), types);
  duckdb::DataChunk chunk;
  chunk.Initialize(duckdb::Allocator::Get(context), types);
  for (std::size_t begin = 0; begin < rows.selected.size(); begin += STANDARD_VECTOR_SIZE) {
    const auto count = std::min<std::size_t>(STANDARD_VECTOR_SIZE, rows.selected.size() - begin);
    chunk.Reset();
    for (std::size_t i = 0; i < types.size(); ++i)
      fill(rows.batch.columns()[i], rows.selected.subspan(begin, count), chunk.data[i]);
    chunk.SetCardinality(count);
    staged.rows->Append(chunk);
  }
  context.registered_state->GetOrCreate<StagedState>(kStateName)->tables[name] = std::move(staged);
}

void unstage_rows(duckdb::ClientContext& context, const std::string& name) {
  if (const auto state = context.registered_state->Get<StagedState>(kStateName)) state->tables.erase(name);
}

}  // namespace lake::query
