#include "lake/tables/scan.hpp"

#include <string>
#include <utility>

#include "duckdb/parser/expression/cast_expression.hpp"
#include "duckdb/parser/expression/constant_expression.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/field_types.hpp"
#include "lake/tables/input_reader.hpp"
#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/pruning.hpp"

namespace lake::tables {
namespace {

using Column = duckdb::MultiFileColumnDefinition;

/// The value of a constant in SQL: a literal, or casts of one.
std::optional<duckdb::Value> literal_value(const duckdb::ParsedExpression& expression,
                                           const duckdb::LogicalType& type) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::CONSTANT) {
    duckdb::Value value = expression.Cast<duckdb::ConstantExpression>().value;
    if (!value.DefaultTryCastAs(type)) return std::nullopt;
    return value;
  }
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::CAST) {
    return literal_value(*expression.Cast<duckdb::CastExpression>().child, type);
  }
  return std::nullopt;
}

duckdb::Value initial_value(const catalog::Field& field, const duckdb::LogicalType& type) {
  if (!field.initial_sql) return duckdb::Value(type);
  const auto parsed = duckdb::Parser::ParseExpressionList(*field.initial_sql);
  const auto value = parsed.size() == 1 ? literal_value(*parsed[0], type) : std::nullopt;
  if (!value) {
    engine::throw_as_duckdb(Error(ErrorCode::kCorruption,
                                  "the catalog's value for rows older than a column is no constant "
                                  "of its type: column " +
                                      field.name + ", " + *field.initial_sql));
  }
  return *value;
}

Column column_of(const catalog::Field& field) {
  const auto type = engine::value_or_throw(type_of(field));
  Column column(field.name, type);
  column.identifier = duckdb::Value::INTEGER(field.id);
  column.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(initial_value(field, type));
  const auto id = type.id();
  if (id == duckdb::LogicalTypeId::STRUCT || id == duckdb::LogicalTypeId::LIST ||
      id == duckdb::LogicalTypeId::MAP) {
    for (const catalog::Field& child : field.children) column.children.push_back(column_of(child));
  }
  return column;
}

/// The number of the input a thread is reading, for its error message.
std::optional<std::size_t> input_read_by(duckdb::optional_ptr<duckdb::LocalTableFunctionState> local) {
  if (!local) return std::nullopt;
  const auto& state = local->Cast<duckdb::MultiFileLocalState>();
  if (!state.reader) return std::nullopt;
  return LakeFileList::input_of(state.reader->file);
}

const ScanSource& source_of(const duckdb::FunctionData& bind_data) {
  return bind_data.Cast<duckdb::MultiFileBindData>().file_list->Cast<LakeFileList>().source();
}

void read_chunk(duckdb::ClientContext& context, duckdb::TableFunctionInput& input,
                duckdb::DataChunk& output) {
  const ScanSource& source = source_of(*input.bind_data);
  try {
    source.read_chunk(context, input, output);
    if (input.local_state && input.async_result.GetResultType() == duckdb::AsyncResultType::FINISHED) {
      count_row_groups(context, source, input);
    }
  } catch (...) {
    const auto number = input_read_by(input.local_state);
    if (!number) throw;
    rethrow_read_error(source, *number);
  }
}

duckdb::unique_ptr<duckdb::BaseStatistics> statistics(duckdb::ClientContext& /*context*/,
                                                      const duckdb::FunctionData* bind_data,
                                                      duckdb::column_t column) {
  return column_statistics(source_of(*bind_data), column);
}

/// Answers MIN and MAX where the catalog's bounds are the values themselves: whole numbers and times, nothing
/// deleted.
class WholeTable : public duckdb::PartitionRowGroup {
 public:
  explicit WholeTable(const LakeFileList& files)
      : source_(files.source()), exact_(!files.kept() && !has_deletes()) {}
  duckdb::unique_ptr<duckdb::BaseStatistics> GetColumnStatistics(const duckdb::StorageIndex& index) override {
    if (index.HasChildren() || !exact_) return nullptr;
    return column_statistics(source_, index.GetPrimaryIndex());
  }
  bool MinMaxIsExact(const duckdb::BaseStatistics& /*statistics*/,
                     const duckdb::StorageIndex& /*index*/) override {
    return exact_;
  }

 private:
  [[nodiscard]] bool has_deletes() const { return !source_.view->deletes->empty(); }
  const ScanSource& source_;  // the plan holds it while it asks
  const bool exact_;
};

duckdb::vector<duckdb::PartitionStatistics> partition_statistics(duckdb::ClientContext& /*context*/,
                                                                 duckdb::GetPartitionStatsInput& input) {
  const auto& files = input.bind_data->Cast<duckdb::MultiFileBindData>().file_list->Cast<LakeFileList>();
  duckdb::PartitionStatistics all;
  all.row_start = 0;
  all.count_type = duckdb::CountType::COUNT_EXACT;
  all.count = files.live_rows();
  all.partition_row_group = duckdb::make_shared_ptr<WholeTable>(files);
  return {all};
}

std::string of_all(std::size_t part, std::size_t all) {
  return std::to_string(part) + " of " + std::to_string(all);
}

duckdb::InsertionOrderPreservingMap<duckdb::string> explain(duckdb::TableFunctionToStringInput& input) {
  duckdb::InsertionOrderPreservingMap<duckdb::string> result;
  const auto& files = input.bind_data->Cast<duckdb::MultiFileBindData>().file_list->Cast<LakeFileList>();
  result["Table"] = files.source().table_name();
  result["Files"] = of_all(files.size(), files.source().input_count());
  return result;
}

duckdb::InsertionOrderPreservingMap<duckdb::string> explain_run(
    duckdb::TableFunctionDynamicToStringInput& input) {
  duckdb::InsertionOrderPreservingMap<duckdb::string> result;
  const auto& planned = input.bind_data->Cast<duckdb::MultiFileBindData>().file_list->Cast<LakeFileList>();
  const auto& state = input.global_state->Cast<duckdb::MultiFileGlobalState>();
  const auto& scanned = state.file_list.Cast<LakeFileList>();
  result["Files dropped at run time"] = of_all(planned.size() - scanned.size(), planned.size());
  const RowGroupCount groups = row_groups_of(state);
  result["Row groups read"] = of_all(groups.read, groups.all);
  return result;
}

duckdb::virtual_column_map_t virtual_columns(duckdb::ClientContext& /*context*/,
                                             duckdb::optional_ptr<duckdb::FunctionData> bind_data) {
  auto result = lake_virtual_columns();
  bind_data->Cast<duckdb::MultiFileBindData>().virtual_columns = result;
  return result;
}

// Late materialisation joins on these. A computed rowid would keep the engine from pushing the join's filter
// into files.
duckdb::vector<duckdb::column_t> row_id_columns(duckdb::ClientContext& /*context*/,
                                                duckdb::optional_ptr<duckdb::FunctionData> /*bind_data*/) {
  return {duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILENAME,
          duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER};
}

duckdb::BindInfo bind_info(const duckdb::optional_ptr<duckdb::FunctionData> bind_data) {
  duckdb::TableCatalogEntry* const table = source_of(*bind_data).table;
  return table != nullptr ? duckdb::BindInfo(*table) : duckdb::BindInfo(duckdb::ScanType::EXTERNAL);
}

/// A scan belongs to its transaction; the engine takes this for "cannot be copied" and keeps a CTE in one
/// place.
void refuse_serialization(duckdb::Serializer& /*serializer*/,
                          const duckdb::optional_ptr<duckdb::FunctionData> /*bind_data*/,
                          const duckdb::TableFunction& /*function*/) {
  throw duckdb::NotImplementedException("a scan of a lake table is not serialized");
}
duckdb::unique_ptr<duckdb::FunctionData> refuse_deserialization(duckdb::Deserializer& /*deserializer*/,
                                                                duckdb::TableFunction& /*function*/) {
  throw duckdb::NotImplementedException("a scan of a lake table is not serialized");
}

duckdb::TableFunction parquet_scan(duckdb::ClientContext& context) {
  auto& system = duckdb::Catalog::GetSystemCatalog(context);
  auto& entry = system.GetEntry<duckdb::TableFunctionCatalogEntry>(context, DEFAULT_SCHEMA, "parquet_scan");
  return entry.functions.GetFunctionByOffset(0);
}

}  // namespace

std::vector<Column> columns_of(const catalog::Schema& schema) {
  std::vector<Column> columns;
  columns.reserve(schema.fields.size());
  for (const catalog::Field& field : schema.fields) columns.push_back(column_of(field));
  return columns;
}

duckdb::virtual_column_map_t lake_virtual_columns() {
  using duckdb::LogicalType;
  using duckdb::MultiFileReader;
  using duckdb::TableColumn;
  duckdb::virtual_column_map_t columns;
  columns.insert(
      {MultiFileReader::COLUMN_IDENTIFIER_FILENAME, TableColumn("filename", LogicalType::VARCHAR)});
  columns.insert({MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER,
                  TableColumn("file_row_number", LogicalType::BIGINT)});
  columns.insert(
      {MultiFileReader::COLUMN_IDENTIFIER_FILE_INDEX, TableColumn("file_index", LogicalType::UBIGINT)});
  columns.insert({duckdb::COLUMN_IDENTIFIER_ROW_ID, TableColumn("rowid", LogicalType::BIGINT)});
  columns.insert({duckdb::COLUMN_IDENTIFIER_EMPTY, TableColumn("", LogicalType::BOOLEAN)});
  columns.insert({kRowIdColumn, TableColumn("_row_id", LogicalType::BIGINT)});
  columns.insert(
      {kLastUpdatedSequenceColumn, TableColumn("_last_updated_sequence_number", LogicalType::BIGINT)});
  return columns;
}

duckdb::TableFunction unbound_scan_function(duckdb::ClientContext& context, ScanSettings settings,
                                            duckdb::optional_ptr<duckdb::TableCatalogEntry> table,
                                            TableViewPtr view) {
  auto function = parquet_scan(context);
  auto source = duckdb::make_shared_ptr<ScanSource>(std::move(settings), std::move(view), table);
  source->read_chunk = function.function;
  source->get_metrics = function.get_metrics;
  function.name = "lake_scan";
  function.function = read_chunk;
  function.get_multi_file_reader = LakeInputReader::create;
  function.statistics = statistics;
  function.to_string = explain;
  function.dynamic_to_string = explain_run;
  function.get_partition_stats = partition_statistics;
  function.get_virtual_columns = virtual_columns;
  function.get_row_id_columns = row_id_columns;
  function.get_bind_info = bind_info;
  // The engine compares plans by their serialized form, in which two tables with the same columns would be
  // one.
  function.verify_serialization = false;
  function.serialize = refuse_serialization;
  function.deserialize = refuse_deserialization;
  function.function_info = source;
  return function;
}

duckdb::TableFunction lake_scan_function(duckdb::ClientContext& context, duckdb::TableCatalogEntry& table,
                                         TableViewPtr view,
                                         duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  Lake& lake = static_cast<LakeCatalog&>(table.ParentCatalog()).lake();
  return lake_scan_function(context, lake, &table, std::move(view), bind_data);
}

duckdb::TableFunction lake_scan_function(duckdb::ClientContext& context, Lake& lake,
                                         duckdb::optional_ptr<duckdb::TableCatalogEntry> table,
                                         TableViewPtr view,
                                         duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  ScanSettings settings{lake.files, lake.data_directory, lake.options.pruning, lake.bounds, lake.verifier};
  auto function = unbound_scan_function(context, std::move(settings), table, std::move(view));
  duckdb::vector<duckdb::Value> inputs{duckdb::Value("")};
  duckdb::named_parameter_map_t parameters;
  // The writer's row group bounds leave NaN out, and a session's settings must not change what a BLOB is.
  parameters["can_have_nan"] = duckdb::Value::BOOLEAN(true);
  parameters["binary_as_string"] = duckdb::Value::BOOLEAN(false);
  duckdb::vector<duckdb::LogicalType> types;
  duckdb::vector<duckdb::string> names;
  const duckdb::TableFunctionRef reference;
  duckdb::TableFunctionBindInput input(inputs, parameters, types, names, nullptr, nullptr, function,
                                       reference);
  bind_data = function.bind(context, input, types, names);
  bind_data->Cast<duckdb::MultiFileBindData>().virtual_columns = lake_virtual_columns();
  return function;
}

}  // namespace lake::tables
