#include "lake/tables/scan_fixture.hpp"

#include <stdexcept>
#include <utility>

#include "duckdb/parser/parsed_data/create_table_function_info.hpp"
#include "lake/codec/bounds.hpp"
#include "lake/tables/field_types.hpp"
#include "lake/tables/storage_types.hpp"
#include "lake/tables/written_stats.hpp"

namespace lake::tables {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return std::move(*result);
}

std::string ids_of(const catalog::Field& field) {
  std::string own = std::to_string(field.id);
  if (field.children.empty()) return own;
  std::string text = "{__duckdb_field_id: " + own;
  for (const auto& child : field.children) text += ", \"" + child.name + "\": " + ids_of(child);
  return text + "}";
}

}  // namespace

ScanFixture::ScanFixture(std::string directory) : directory_(std::move(directory)) {
  duckdb::DBConfig config;
  database_ = std::make_unique<duckdb::DuckDB>(nullptr, &config);
  connection_ = std::make_unique<duckdb::Connection>(*database_);
  table_ = std::make_shared<catalog::Table>();
  table_->table_id = 1;
  table_->schema_name = "main";
  table_->name = "t";
}

ScanFixture::~ScanFixture() = default;

std::unique_ptr<duckdb::MaterializedQueryResult> ScanFixture::run(const std::string& sql) {
  auto result = connection_->Query(sql);
  if (result->HasError()) throw std::runtime_error(result->GetError());
  return std::unique_ptr<duckdb::MaterializedQueryResult>(result.release());
}

std::string ScanFixture::text(const std::string& sql) {
  const auto result = run(sql);
  std::string all;
  for (duckdb::idx_t r = 0; r < result->RowCount(); ++r) {
    if (r > 0) all += '\n';
    for (duckdb::idx_t c = 0; c < result->ColumnCount(); ++c) {
      if (c > 0) all += '|';
      all += result->GetValue(c, r).ToString();
    }
  }
  return all;
}

void ScanFixture::define(const std::string& columns) {
  run("create or replace temp table shape(" + columns + ")");
  const auto shape = run("select * from shape");
  auto schema = std::make_shared<catalog::Schema>();
  for (std::size_t i = 0; i < shape->types.size(); ++i) {
    schema->fields.push_back(must(field_of(shape->names[i], shape->types[i], next_field_)));
  }
  table_->schema = schema;
  table_->schemas = std::make_shared<std::map<std::int32_t, std::shared_ptr<const catalog::Schema>>>(
      std::map<std::int32_t, std::shared_ptr<const catalog::Schema>>{{0, schema}});
}

void ScanFixture::alter(const std::function<void(catalog::Schema&, catalog::FieldId&)>& edit) {
  auto schema = std::make_shared<catalog::Schema>(*table_->schema);
  ++schema->schema_id;
  edit(*schema, next_field_);
  auto schemas =
      std::make_shared<std::map<std::int32_t, std::shared_ptr<const catalog::Schema>>>(*table_->schemas);
  (*schemas)[schema->schema_id] = schema;
  table_->schemas = schemas;
  table_->schema = schema;
}

std::string ScanFixture::field_ids() const {
  std::string text = "{";
  for (const auto& field : table_->schema->fields) {
    if (text.size() > 1) text += ", ";
    text += "\"" + field.name + "\": " + ids_of(storage_field(field));
  }
  return text + "}";
}

std::string ScanFixture::stored(const std::string& query) {
  const auto rows = run(query);
  std::string columns;
  duckdb::vector<duckdb::LogicalType> types;
  for (std::size_t i = 0; i < rows->types.size(); ++i) {
    types.push_back(storage_type(rows->types[i]));
    if (i > 0) columns += ", ";
    columns += "\"" + rows->names[i] + "\" " + types.back().ToString();
  }
  run("create or replace temp table stored_rows(" + columns + ")");
  duckdb::Appender appender(*connection_, "temp", "main", "stored_rows");
  for (auto& chunk : rows->Collection().Chunks()) {
    duckdb::DataChunk converted;
    converted.Initialize(duckdb::Allocator::DefaultAllocator(), types);
    for (std::size_t i = 0; i < types.size(); ++i) to_storage(chunk.data[i], converted.data[i], chunk.size());
    converted.SetCardinality(chunk.size());
    appender.AppendDataChunk(converted);
  }
  appender.Close();
  return "stored_rows";
}

catalog::FileId ScanFixture::add_file(const std::string& query, const std::string& options) {
  auto file = std::make_shared<catalog::DataFile>();
  file->file_id = next_file_++;
  file->path = "file_" + std::to_string(file->file_id) + ".parquet";
  file->schema_id = table_->schema->schema_id;
  file->first_row_id = next_row_id_;
  file->begin = file->file_id;
  const std::string path = os::join_path(directory_, file->path);
  const auto done = run("copy (select * from " + stored(query) + ") to '" + path +
                        "' (format parquet, field_ids " + field_ids() + options + ")");
  file->row_count = done->GetValue(0, 0).GetValue<std::uint64_t>();
  file->bytes = must(files_.stat(path)).bytes;
  next_row_id_ += file->row_count;
  data_files_.push_back(file);
  return file->file_id;
}

catalog::FileId ScanFixture::add_run(const std::string& query, std::uint64_t hidden_tail) {
  const std::string first = std::to_string(next_row_id_);
  auto result = run("select *, (row_number() over ()) - 1 + " + first + ", 7::bigint from (" + query + ")");
  auto run = std::make_shared<RowRun>();
  run->file_id = next_file_++;
  for (const auto& field : table_->schema->fields) run->field_ids.push_back(field.id);
  run->field_ids.push_back(catalog::kRowIdField);
  run->field_ids.push_back(catalog::kLastUpdatedSequenceField);
  run->rows =
      std::make_shared<duckdb::ColumnDataCollection>(duckdb::Allocator::DefaultAllocator(), result->types);
  for (auto& chunk : result->Collection().Chunks()) run->rows->Append(chunk);
  run->schema = table_->schema;
  run->visible_rows = run->rows->Count() - hidden_tail;
  next_row_id_ += run->visible_rows;
  runs_.push_back(run);
  return run->file_id;
}

void ScanFixture::measure_field(const catalog::Field& field, const std::string& path, const std::string& file,
                                std::vector<catalog::ColumnStats>& stats) {
  if (field.type == "STRUCT") {
    for (const auto& child : field.children)
      measure_field(child, path + ".\"" + child.name + "\"", file, stats);
    return;
  }
  if (!field.children.empty() || field.type.starts_with("ENUM")) return;
  const bool is_float = field.type == "FLOAT" || field.type == "DOUBLE";
  const std::string numbers = is_float ? " filter (not isnan(" + path + "))" : "";
  const auto found = run("select count(*), count(" + path + "), min(" + path + ")" + numbers + ", max(" +
                         path + ")" + numbers + " from '" + file + "'");
  catalog::ColumnStats column;
  column.field_id = field.id;
  column.value_count = found->GetValue(0, 0).GetValue<std::int64_t>();
  column.null_count = column.value_count - found->GetValue(1, 0).GetValue<std::int64_t>();
  column.nan_count = is_float ? -1 : 0;
  const auto low = found->GetValue(2, 0);
  const auto high = found->GetValue(3, 0);
  if (!low.IsNull()) {
    column.lower = single_value(low);
    column.upper = single_value(high);
    if (field.type == "VARCHAR") {
      column.lower = codec::lower_bound_text(*column.lower);
      column.upper = codec::upper_bound_text(*column.upper);
    }
  }
  stats.push_back(std::move(column));
}

void ScanFixture::measure(catalog::FileId id) {
  std::vector<catalog::ColumnStats> stats;
  for (const auto& field : table_->schema->fields) {
    measure_field(field, "\"" + field.name + "\"", absolute(id), stats);
  }
  file(id).stats = catalog::FileStats(std::move(stats));
}

void ScanFixture::erase(catalog::FileId file, const std::vector<std::uint32_t>& positions) {
  auto bitmap = std::make_shared<codec::RoaringBitmap>();
  if (const auto found = deletes_.find(file); found != deletes_.end()) *bitmap = *found->second;
  bitmap->add_many(positions);
  deletes_[file] = bitmap;
}

catalog::DataFile& ScanFixture::file(catalog::FileId id) {
  for (const auto& file : data_files_) {
    if (file->file_id == id) return *file;
  }
  throw std::runtime_error("no such file");
}

std::string ScanFixture::absolute(catalog::FileId id) const {
  return os::join_path(directory_, "file_" + std::to_string(id) + ".parquet");
}

TableViewPtr ScanFixture::view() const {
  auto view = std::make_shared<TableView>();
  auto definition = std::make_shared<catalog::Table>(*table_);
  view->files = std::make_shared<catalog::FileList>(data_files_.begin(), data_files_.end());
  definition->files = view->files;
  view->table = definition;
  view->runs = runs_;
  view->deletes = std::make_shared<std::map<catalog::FileId, catalog::BitmapPtr>>(deletes_);
  for (const auto& file : data_files_) view->live_rows += file->row_count;
  for (const auto& run : runs_) view->live_rows += run->visible_rows;
  for (const auto& [id, bitmap] : deletes_) view->live_rows -= bitmap->cardinality();
  return view;
}

void ScanFixture::publish(const std::string& name, bool pruning) {
  connection_->BeginTransaction();
  auto& context = *connection_->context;
  auto function =
      unbound_scan_function(context, ScanSettings{files_, directory_, pruning, bounds_}, nullptr, view());
  function.name = name;
  duckdb::CreateTableFunctionInfo info(function);
  info.on_conflict = duckdb::OnCreateConflict::REPLACE_ON_CONFLICT;
  duckdb::Catalog::GetSystemCatalog(context).CreateTableFunction(context, info);
  connection_->Commit();
}

}  // namespace lake::tables
