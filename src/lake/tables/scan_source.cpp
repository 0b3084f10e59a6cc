#include "lake/tables/scan_source.hpp"

#include <utility>

#include "lake/tables/column_bounds.hpp"
#include "lake/tables/scan.hpp"

namespace lake::tables {
namespace {

duckdb::vector<duckdb::MultiFileColumnDefinition> scan_columns(const catalog::Schema& schema) {
  duckdb::vector<duckdb::MultiFileColumnDefinition> result;
  for (auto& column : columns_of(schema)) result.push_back(std::move(column));
  return result;
}

duckdb::MultiFileColumnDefinition hidden_column(const char* name, catalog::FieldId id) {
  duckdb::MultiFileColumnDefinition column(name, duckdb::LogicalType::BIGINT);
  column.identifier = duckdb::Value::INTEGER(id);
  column.default_expression =
      duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(duckdb::LogicalType::BIGINT));
  return column;
}

}  // namespace

ScanSource::ScanSource(ScanSettings the_settings, TableViewPtr the_view,
                       duckdb::optional_ptr<duckdb::TableCatalogEntry> entry)
    : settings(std::move(the_settings)),
      view(std::move(the_view)),
      table(entry.get()),
      columns(scan_columns(*view->table->schema)),
      row_id_column(hidden_column("_row_id", catalog::kRowIdField)),
      sequence_column(hidden_column("_last_updated_sequence_number", catalog::kLastUpdatedSequenceField)),
      bounds_(settings.bounds ? settings.bounds->of(view->files, view->table->schema)
                              : std::make_shared<TableBounds>()) {}

catalog::BitmapPtr ScanSource::deletes(std::size_t input) const {
  const auto found = view->deletes->find(file_id(input));
  return found == view->deletes->end() ? nullptr : found->second;
}

std::uint64_t ScanSource::deleted_rows(std::size_t input) const {
  const auto bitmap = deletes(input);
  if (!bitmap) return 0;
  if (is_file(input)) return bitmap->cardinality();
  const RowRun& rows = run(input);
  return bitmap->rank(static_cast<std::uint32_t>(rows.start + rows.visible_rows)) - bitmap->rank(rows.start);
}

const catalog::Schema& ScanSource::schema_of(std::size_t input) const {
  const catalog::Table& definition = *view->table;
  if (!is_file(input)) {
    const auto& own = run(input).schema;
    return own ? *own : *definition.schema;
  }
  const auto id = file(input).schema_id;
  if (id == definition.schema->schema_id || !definition.schemas) return *definition.schema;
  const auto found = definition.schemas->find(id);
  return found == definition.schemas->end() ? *definition.schema : *found->second;
}

std::string ScanSource::path(std::size_t input) const {
  if (!is_file(input)) return "segment:" + std::to_string(run(input).file_id);
  return os::join_path(settings.data_directory, file(input).path);
}

std::string ScanSource::table_name() const { return view->table->schema_name + "." + view->table->name; }

}  // namespace lake::tables
