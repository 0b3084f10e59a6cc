#include "lake/query/staged_rows.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "duckdb/main/client_context_state.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/staged_source.hpp"

namespace lake::query {
namespace {

using codec::BatchColumn;
using codec::ColumnType;
using Selection = std::span<const std::uint32_t>;

constexpr const char* kStateName = "lake_staged";

struct Staged {
  const codec::ColumnBatch* batch = nullptr;  // of who staged it, until unstage()
  std::vector<std::uint32_t> selected;
  duckdb::vector<duckdb::string> names;
  duckdb::vector<duckdb::LogicalType> types;
};
using StagedPtr = duckdb::shared_ptr<const Staged>;

struct StagedState : public duckdb::ClientContextState {
  std::map<std::string, StagedPtr> tables;
};

struct StagedScan : public duckdb::TableFunctionData {
  explicit StagedScan(StagedPtr staged) : rows(std::move(staged)) {}
  [[nodiscard]] duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    return duckdb::make_uniq<StagedScan>(rows);
  }
  [[nodiscard]] bool Equals(const duckdb::FunctionData& other) const override {
    return rows == other.Cast<StagedScan>().rows;
  }
  const StagedPtr rows;
};

/// One thread scans, so that rows come in their order.
struct StagedPlace : public duckdb::GlobalTableFunctionState {
  duckdb::vector<duckdb::column_t> columns;
  std::size_t next = 0;
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

void fill_lists(const BatchColumn& column, Selection rows, duckdb::Vector& vector) {
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

/// Each follows the one before.
bool are_neighbours(Selection rows) {
  bool all = true;
  for (std::size_t i = 1; i < rows.size(); ++i) all &= rows[i] == rows[0] + i;
  return all;
}

/// Values of fixed width: those of the batch themselves where they lie beside each other.
void fill_fixed(const BatchColumn& column, std::size_t width, Selection rows, bool beside,
                duckdb::Vector& vector) {
  if (beside && rows.front() + rows.size() <= column.row_count()) {
    // The engine does not write to vectors that a scan gave.
    auto* values = const_cast<std::byte*>(column.fixed(rows.front()));
    duckdb::FlatVector::SetData(vector, reinterpret_cast<duckdb::data_ptr_t>(values));
    return;
  }
  auto* data = duckdb::FlatVector::GetData(vector);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!column.is_null(rows[i])) std::memcpy(data + i * width, column.fixed(rows[i]), width);
  }
}

/// Eight rows, each a byte of 0 or 1, as eight bits, the first row's lowest.
std::uint64_t bits_of(const std::uint8_t* rows) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, rows, sizeof bytes);
  constexpr std::uint64_t kGather = 0x0102040810204080;
  return (bytes * kGather) >> 56U;
}

/// Of rows that lie beside each other.
void mark_nulls(const BatchColumn& column, std::size_t first, std::size_t count,
                duckdb::ValidityMask& validity) {
  first = std::min(first, column.row_count());
  const auto there = std::min(count, column.row_count() - first);
  const auto* present = column.present() + first;
  if (there == count && std::memchr(present, 0, count) == nullptr) return;
  validity.EnsureWritable();
  auto* words = validity.GetData();
  constexpr std::size_t kWordRows = 64;
  for (std::size_t row = 0; row < count; row += kWordRows) {
    std::uint64_t word = 0;
    const auto end = std::min(there, row + kWordRows);
    std::size_t at = row;
    for (; at + 8 <= end; at += 8) word |= bits_of(present + at) << (at - row);
    for (; at < end; ++at) word |= std::uint64_t{present[at]} << (at - row);
    words[row / kWordRows] = word;
  }
}

void mark_nulls(const BatchColumn& column, Selection rows, duckdb::ValidityMask& validity) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (column.is_null(rows[i])) validity.SetInvalid(i);
  }
}

/// Texts stay in the batch.
void fill(const BatchColumn& column, Selection rows, bool beside, duckdb::Vector& vector) {
  if (column.row_count() == 0) {
    vector.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
    duckdb::ConstantVector::SetNull(vector, true);
    return;
  }
  if (const auto width = codec::width_of(column.type()); width > 0) {
    fill_fixed(column, width, rows, beside, vector);
  } else if (column.type() == ColumnType::kTextList) {
    fill_lists(column, rows, vector);
  } else {
    auto* texts = duckdb::FlatVector::GetData<duckdb::string_t>(vector);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!column.is_null(rows[i])) texts[i] = view_of(column.text(rows[i]));
    }
  }
  auto& validity = duckdb::FlatVector::Validity(vector);
  if (beside) {
    mark_nulls(column, rows.front(), rows.size(), validity);
  } else {
    mark_nulls(column, rows, validity);
  }
}

duckdb::unique_ptr<duckdb::FunctionData> bind(duckdb::ClientContext& context,
                                              duckdb::TableFunctionBindInput& input,
                                              duckdb::vector<duckdb::LogicalType>& types,
                                              duckdb::vector<duckdb::string>& names) {
  const auto name = input.inputs[0].GetValue<std::string>();
  const auto state = context.registered_state->Get<StagedState>(kStateName);
  const auto place = state ? state->tables.find(name) : decltype(state->tables.find(name)){};
  if (!state || place == state->tables.end())
    throw duckdb::InvalidInputException("nothing is staged under the name %s", name);
  types = place->second->types;
  names = place->second->names;
  return duckdb::make_uniq<StagedScan>(place->second);
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> begin(duckdb::ClientContext& /*context*/,
                                                           duckdb::TableFunctionInitInput& input) {
  auto place = duckdb::make_uniq<StagedPlace>();
  place->columns = input.column_ids;
  return place;
}

void scan(duckdb::ClientContext& /*context*/, duckdb::TableFunctionInput& input, duckdb::DataChunk& chunk) {
  const auto& rows = *input.bind_data->Cast<StagedScan>().rows;
  auto& place = input.global_state->Cast<StagedPlace>();
  const auto count = std::min<std::size_t>(STANDARD_VECTOR_SIZE, rows.selected.size() - place.next);
  const auto selected = Selection(rows.selected).subspan(place.next, count);
  place.next += count;
  chunk.SetCardinality(count);
  if (count == 0) return;
  const bool beside = are_neighbours(selected);
  for (std::size_t i = 0; i < place.columns.size(); ++i) {
    if (place.columns[i] < rows.types.size())
      fill(rows.batch->columns()[place.columns[i]], selected, beside, chunk.data[i]);
  }
}

duckdb::unique_ptr<duckdb::NodeStatistics> cardinality(duckdb::ClientContext& /*context*/,
                                                       const duckdb::FunctionData* data) {
  const auto count = data->Cast<StagedScan>().rows->selected.size();
  return duckdb::make_uniq<duckdb::NodeStatistics>(count, count);
}

}  // namespace

void register_staged_rows(duckdb::DatabaseInstance& database) {
  duckdb::TableFunction function(tables::kStagedRowsFunction, {duckdb::LogicalType::VARCHAR}, scan, bind,
                                 begin);
  function.cardinality = cardinality;
  function.projection_pushdown = true;
  duckdb::ExtensionLoader loader(database, "lake");
  loader.RegisterFunction(std::move(function));
}

void stage_rows(duckdb::ClientContext& context, const std::string& name, const StagedRows& rows) {
  auto staged = duckdb::make_shared_ptr<Staged>();
  staged->batch = &rows.batch;
  staged->selected.assign(rows.selected.begin(), rows.selected.end());
  for (const auto& column : rows.batch.columns()) staged->types.push_back(type_of(column.type()));
  for (const auto& column : rows.names) staged->names.push_back(column);
  context.registered_state->GetOrCreate<StagedState>(kStateName)->tables[name] = std::move(staged);
}

void unstage_rows(duckdb::ClientContext& context, const std::string& name) {
  if (const auto state = context.registered_state->Get<StagedState>(kStateName)) state->tables.erase(name);
}

}  // namespace lake::query
