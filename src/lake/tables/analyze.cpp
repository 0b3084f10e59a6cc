#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "duckdb/parser/keyword_helper.hpp"
#include "lake/engine/engine.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/rewrite.hpp"
#include "lake/tables/upkeep_connection.hpp"
#include "lake/tables/written_stats.hpp"

namespace lake::tables {
namespace {

bool is_float(const std::string& type) { return type == "FLOAT" || type == "DOUBLE"; }

/// Whether reading the file could tell more about this column than the catalog knows.
bool lacks_stats(const catalog::DataFile& file, const catalog::Field& field) {
  if (!field.children.empty()) return false;
  const auto known = file.stats.find(field.id);
  if (!known || known->null_count < 0) return true;
  return is_float(field.type) && known->nan_count < 0;
}

/// One row of aggregates over a file: value count, NULLs, NaNs, min, max for each column.
std::string aggregate_sql(const std::string& source, const std::vector<const catalog::Field*>& fields) {
  std::string sql = "SELECT count(*)";
  for (const auto* field : fields) {
    const std::string name = duckdb::KeywordHelper::WriteQuoted(field->name, '"');
    const std::string not_nan = is_float(field->type) ? " FILTER (NOT isnan(" + name + "))" : "";
    sql += ", count(" + name + "), " +
           (is_float(field->type) ? "count(*) FILTER (isnan(" + name + "))" : "0") + ", min(" + name + ")" +
           not_nan + ", max(" + name + ")" + not_nan;
  }
  return sql + " FROM " + source;
}

std::vector<catalog::ColumnStats> completed(const catalog::DataFile& file,
                                            const std::vector<const catalog::Field*>& fields,
                                            duckdb::QueryResult& result) {
  auto stats = file.stats.columns();
  auto chunk = result.Fetch();
  if (result.HasError()) result.ThrowError();
  if (!chunk || chunk->size() != 1) return stats;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto value = [&](duckdb::idx_t part) { return chunk->GetValue(1 + i * 4 + part, 0); };
    catalog::ColumnStats one;
    one.field_id = fields[i]->id;
    one.value_count = static_cast<std::int64_t>(file.row_count);
    one.null_count = one.value_count - value(0).GetValue<std::int64_t>();
    if (is_float(fields[i]->type)) one.nan_count = value(1).GetValue<std::int64_t>();
    auto lower = lower_bound_of(value(2));
    auto upper = upper_bound_of(value(3));
    if (lower && upper) {
      one.lower = std::move(lower);
      one.upper = std::move(upper);
    }
    std::erase_if(stats, [&one](const auto& other) { return other.field_id == one.field_id; });
    stats.push_back(std::move(one));
  }
  return stats;
}

/// All rows of one file, deleted ones too: statistics are of the file, and hold whatever is deleted.
TableViewPtr whole_file(const catalog::TablePtr& table, const catalog::FilePtr& file) {
  auto view = std::make_shared<TableView>();
  view->table = table;
  view->files = std::make_shared<const catalog::FileList>(catalog::FileList{file});
  view->deletes = std::make_shared<const std::map<catalog::FileId, catalog::BitmapPtr>>();
  view->live_rows = file->row_count;
  return view;
}

}  // namespace

Result<std::uint64_t> analyze(engine::Engine& engine, Lake& lake, catalog::TableId table_id) {
  const auto snapshot = lake.catalog.current();
  const auto table = snapshot->find(table_id);
  if (!table) return Error(ErrorCode::kNotFound, "the table is gone");
  LAKE_TRY(const auto instance, engine.instance());
  LAKE_TRY(const auto pin, lake.catalog.pin(snapshot->commit_id));  // files stay while they are read
  std::uint64_t read = 0;
  // From the catalog itself: a snapshot may have had no room for the files' statistics.
  LAKE_TRY(auto records, lake.catalog.files_between(table_id, snapshot->commit_id, snapshot->commit_id));
  for (auto& record : records) {
    const auto file = std::make_shared<const catalog::DataFile>(std::move(record.file));
    std::vector<const catalog::Field*> lacking;
    for (const auto& field : table->schema->fields) {
      if (lacks_stats(*file, field)) lacking.push_back(&field);
    }
    if (lacking.empty()) continue;
    std::vector<catalog::ColumnStats> stats;
    LAKE_CHECK_OK(engine::guarded([&] {
      UpkeepConnection connection(*instance.database);
      const auto result = connection.run(aggregate_sql(connection.source(whole_file(table, file)), lacking));
      stats = completed(*file, lacking, *result);
    }));
    const auto put = lake.catalog.put_stats(table_id, file->file_id, std::move(stats));
    // Replaced by another while it was read: its statistics are nobody's any more.
    if (!put && put.error().code() != ErrorCode::kNotFound) return put.error();
    ++read;
  }
  return read;
}

}  // namespace lake::tables
