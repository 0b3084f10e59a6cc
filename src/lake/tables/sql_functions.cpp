#include <algorithm>
#include <map>
#include <string>

#include "lake/engine/errors.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/tables/change_feed.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/lake_transaction.hpp"
#include "lake/tables/named_table.hpp"
#include "lake/tables/rewrite.hpp"
#include "lake/tables/row_function.hpp"
#include "lake/tables/upkeep_connection.hpp"

namespace lake::tables {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using engine::check_or_throw;
using engine::value_or_throw;
using Rows = std::vector<RowFunction::Row>;

Value timestamp_value(std::int64_t micros) { return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(micros)); }

std::uint64_t natural(const Value& value) {
  const auto number = value.IsNull() ? -1 : value.GetValue<std::int64_t>();
  if (number < 0)
    engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument, "expected a number that is not negative"));
  return static_cast<std::uint64_t>(number);
}

void register_snapshots(duckdb::DuckDB& database, Lake& lake) {
  RowFunction function;
  function.name = "lake_snapshots";
  function.columns = {{"version", LogicalType::UBIGINT}, {"committed_at", LogicalType::TIMESTAMP_TZ},
                      {"author", LogicalType::VARCHAR},  {"message", LogicalType::VARCHAR},
                      {"changes", LogicalType::VARCHAR}, {"tags", LogicalType::LIST(LogicalType::VARCHAR)}};
  function.rows = [&lake](const RowFunction::Call& /*call*/) {
    std::map<catalog::CommitId, duckdb::vector<Value>> tags;
    for (const auto& tag : value_or_throw(lake.catalog.tags())) tags[tag.version].emplace_back(tag.name);
    const auto oldest = value_or_throw(lake.catalog.oldest_kept());
    const auto newest = lake.catalog.current()->commit_id;
    Rows rows;
    for (const auto& commit : value_or_throw(lake.catalog.commits(0, newest))) {
      if (commit.commit_id < oldest && !tags.contains(commit.commit_id)) continue;  // cannot be read any more
      rows.push_back({Value::UBIGINT(commit.commit_id), timestamp_value(commit.micros), Value(commit.author),
                      Value(commit.message), Value(commit.changes),
                      Value::LIST(LogicalType::VARCHAR, tags[commit.commit_id])});
    }
    return rows;
  };
  register_row_function(database, std::move(function));
}

RowFunction::Row file_row(const TableView& view, const char* kind, catalog::FileId id, const Value& path,
                          std::uint64_t rows, std::uint64_t bytes, catalog::CommitId begin, bool sorted) {
  const auto found = view.deletes->find(id);
  const std::uint64_t deleted = found == view.deletes->end() ? 0 : found->second->cardinality();
  return {Value::UBIGINT(id),
          Value(kind),
          path,
          Value::UBIGINT(rows),
          Value::UBIGINT(deleted),
          Value::UBIGINT(bytes),
          Value::UBIGINT(begin),
          Value::BOOLEAN(sorted)};
}

void register_files(duckdb::DuckDB& database) {
  RowFunction function;
  function.name = "lake_files";
  function.argument_types = {LogicalType::VARCHAR};
  function.columns = {{"file_id", LogicalType::UBIGINT},      {"kind", LogicalType::VARCHAR},
                      {"path", LogicalType::VARCHAR},         {"row_count", LogicalType::UBIGINT},
                      {"deleted_rows", LogicalType::UBIGINT}, {"bytes", LogicalType::UBIGINT},
                      {"version", LogicalType::UBIGINT},      {"sorted", LogicalType::BOOLEAN}};
  function.rows = [](const RowFunction::Call& call) {
    const auto view = named_table(call.context, call.arguments[0].ToString()).view(call.context);
    const catalog::Table& table = *view->table;
    Rows rows;
    for (const auto& file : *view->files) {
      rows.push_back(file_row(*view, "parquet", file->file_id, Value(file->path), file->row_count,
                              file->bytes, file->begin, file->order_id != 0));
    }
    for (const auto& file : view->own_files) {
      rows.push_back(file_row(*view, "parquet", file->file_id, Value(file->path), file->row_count,
                              file->bytes, 0, false));
    }
    for (const auto& segment : table.segments) {
      rows.push_back(file_row(*view, "inline", segment.segment->file_id, Value(LogicalType::VARCHAR),
                              segment.row_count, segment.bytes, segment.begin, false));
    }
    // rows that the running transaction has not committed yet
    std::map<catalog::FileId, std::pair<std::uint64_t, std::uint64_t>> own;
    for (const auto& run : view->runs) {
      const bool committed =
          std::any_of(table.segments.begin(), table.segments.end(),
                      [&run](const auto& segment) { return segment.segment->file_id == run->file_id; });
      if (committed) continue;
      own[run->file_id].first += run->visible_rows;
      own[run->file_id].second += run->rows->SizeInBytes();
    }
    for (const auto& [id, sums] : own) {
      rows.push_back(
          file_row(*view, "inline", id, Value(LogicalType::VARCHAR), sums.first, sums.second, 0, false));
    }
    return rows;
  };
  register_row_function(database, std::move(function));
}

/// What duckdb_functions() does not tell of a macro: the default values of its parameters.
void register_macros(duckdb::DuckDB& database) {
  RowFunction function;
  function.name = "lake_macros";
  function.columns = {{"schema_name", LogicalType::VARCHAR},
                      {"macro_name", LogicalType::VARCHAR},
                      {"sql", LogicalType::VARCHAR}};
  function.rows = [](const RowFunction::Call& call) {
    const auto name = duckdb::DatabaseManager::GetDefaultDatabase(call.context);
    auto& catalog = duckdb::Catalog::GetCatalog(call.context, name);
    Rows rows;
    if (catalog.GetCatalogType() != "lake") return rows;
    const auto seen = LakeTransaction::get(call.context, catalog).seen();
    for (const auto& [key, macro] : *seen->macros) {
      rows.push_back({Value(macro->schema_name), Value(macro->name), Value(macro->sql)});
    }
    return rows;
  };
  register_row_function(database, std::move(function));
}

/// For what is done at once and cannot be taken back.
void refuse_in_transaction(const RowFunction::Call& call, const char* what) {
  if (call.context.transaction.IsAutoCommit()) return;
  engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument, what));
}

std::string tag_name(const RowFunction::Call& call) {
  refuse_in_transaction(call, "a tag is set and removed at once: call it outside BEGIN ... COMMIT");
  if (call.arguments[0].IsNull())
    engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument, "the name of a tag cannot be NULL"));
  return call.arguments[0].ToString();
}

void register_tags(duckdb::DuckDB& database, Lake& lake) {
  RowFunction list;
  list.name = "lake_tags";
  list.columns = {{"name", LogicalType::VARCHAR},
                  {"version", LogicalType::UBIGINT},
                  {"created_at", LogicalType::TIMESTAMP_TZ}};
  list.rows = [&lake](const RowFunction::Call& /*call*/) {
    Rows rows;
    for (const auto& tag : value_or_throw(lake.catalog.tags())) {
      rows.push_back({Value(tag.name), Value::UBIGINT(tag.version), timestamp_value(tag.created_micros)});
    }
    return rows;
  };
  register_row_function(database, std::move(list));

  RowFunction put;
  put.name = "lake_tag";
  put.argument_types = {LogicalType::VARCHAR, LogicalType::BIGINT};
  put.optional_arguments = 1;
  put.columns = {{"name", LogicalType::VARCHAR}, {"version", LogicalType::UBIGINT}};
  put.rows = [&lake](const RowFunction::Call& call) -> Rows {
    const std::string name = tag_name(call);
    const auto version =
        call.arguments.size() > 1 ? natural(call.arguments[1]) : lake.catalog.current()->commit_id;
    check_or_throw(lake.catalog.put_tag(name, version));
    return {{Value(name), Value::UBIGINT(version)}};
  };
  register_row_function(database, std::move(put));

  RowFunction drop;
  drop.name = "lake_untag";
  drop.argument_types = {LogicalType::VARCHAR};
  drop.columns = {{"name", LogicalType::VARCHAR}};
  drop.rows = [&lake](const RowFunction::Call& call) -> Rows {
    check_or_throw(lake.catalog.drop_tag(tag_name(call)));
    return {{call.arguments[0]}};
  };
  register_row_function(database, std::move(drop));
}

std::optional<std::string> optional_text(const RowFunction::Call& call) {
  if (call.arguments.empty() || call.arguments[0].IsNull()) return std::nullopt;
  return call.arguments[0].ToString();
}

void register_upkeep(duckdb::DuckDB& database, Lake& lake, const char* name, UpkeepTask task,
                     bool takes_table) {
  RowFunction function;
  function.name = name;
  if (takes_table) {
    function.argument_types = {LogicalType::VARCHAR};
    function.optional_arguments = 1;
  }
  function.columns = {{"table_name", LogicalType::VARCHAR},   {"action", LogicalType::VARCHAR},
                      {"files_before", LogicalType::UBIGINT}, {"files_after", LogicalType::UBIGINT},
                      {"row_count", LogicalType::UBIGINT},    {"bytes", LogicalType::UBIGINT}};
  function.rows = [&lake, task](const RowFunction::Call& call) {
    refuse_in_transaction(call, "upkeep commits by itself: call it outside BEGIN ... COMMIT");
    UpkeepOrder order;
    order.task = task;
    if (const auto table = optional_text(call)) order.table = named_table(call.context, *table).table_id();
    if (!lake.upkeep)
      engine::throw_as_duckdb(Error(ErrorCode::kUnavailable, "upkeep is not running in this process"));
    Rows rows;
    for (const auto& report : value_or_throw(lake.upkeep(order))) {
      rows.push_back({Value(report.table), Value(report.action), Value::UBIGINT(report.files_before),
                      Value::UBIGINT(report.files_after), Value::UBIGINT(report.row_count),
                      Value::UBIGINT(report.bytes)});
    }
    return rows;
  };
  register_row_function(database, std::move(function));
}

void register_jobs(duckdb::DuckDB& database, Lake& lake) {
  RowFunction list;
  list.name = "lake_jobs";
  list.columns = {{"id", LogicalType::UBIGINT},
                  {"kind", LogicalType::VARCHAR},
                  {"subject", LogicalType::VARCHAR},
                  {"state", LogicalType::VARCHAR},
                  {"phase", LogicalType::VARCHAR},
                  {"bytes_done", LogicalType::UBIGINT},
                  {"bytes_total", LogicalType::UBIGINT},
                  {"rows_done", LogicalType::UBIGINT},
                  {"rows_total", LogicalType::UBIGINT},
                  {"created_at", LogicalType::TIMESTAMP_TZ},
                  {"started_at", LogicalType::TIMESTAMP_TZ},
                  {"ended_at", LogicalType::TIMESTAMP_TZ},
                  {"error", LogicalType::VARCHAR},
                  {"bytes_per_second", LogicalType::DOUBLE},
                  {"eta_seconds", LogicalType::DOUBLE},
                  {"cpu_seconds", LogicalType::DOUBLE},
                  {"memory_bytes", LogicalType::UBIGINT},
                  {"workers", LogicalType::UINTEGER},
                  {"result", LogicalType::VARCHAR}};
  const auto moment = [](const std::optional<std::int64_t>& micros) {
    return micros ? timestamp_value(*micros) : Value(LogicalType::TIMESTAMP_TZ);
  };
  const auto total = [](std::uint64_t value) {  // 0 = unknown
    return value == 0 ? Value(LogicalType::UBIGINT) : Value::UBIGINT(value);
  };
  list.rows = [&lake, moment, total](const RowFunction::Call& /*call*/) {
    Rows rows;
    for (const auto& job : lake.jobs.list()) {
      rows.push_back(
          {Value::UBIGINT(job.id), Value(job.kind), Value(job.subject),
           Value(std::string(jobs::name_of(job.state))), Value(job.phase), Value::UBIGINT(job.bytes_done),
           total(job.bytes_total), Value::UBIGINT(job.rows_done), total(job.rows_total),
           timestamp_value(job.created_micros), moment(job.started_micros), moment(job.ended_micros),
           job.error ? Value(job.error->message()) : Value(LogicalType::VARCHAR),
           Value::DOUBLE(job.bytes_per_second),
           job.eta_seconds ? Value::DOUBLE(*job.eta_seconds) : Value(LogicalType::DOUBLE),
           Value::DOUBLE(job.cpu_seconds), Value::UBIGINT(job.memory_bytes), Value::UINTEGER(job.workers),
           job.result.empty() ? Value(LogicalType::VARCHAR) : Value(job.result)});
    }
    return rows;
  };
  register_row_function(database, std::move(list));

  RowFunction cancel;
  cancel.name = "lake_cancel_job";
  cancel.argument_types = {LogicalType::BIGINT};
  cancel.columns = {{"id", LogicalType::UBIGINT}};
  cancel.rows = [&lake](const RowFunction::Call& call) -> Rows {
    check_or_throw(lake.jobs.cancel(natural(call.arguments[0])));
    return {{Value::UBIGINT(natural(call.arguments[0]))}};
  };
  register_row_function(database, std::move(cancel));
}

}  // namespace

void register_functions(duckdb::DuckDB& database, Lake& lake) {
  register_snapshots(database, lake);
  register_files(database);
  register_macros(database);
  register_tags(database, lake);
  register_jobs(database, lake);
  register_change_feed(database, lake);
  register_view_rows(database);
  register_upkeep(database, lake, "lake_flush", UpkeepTask::kFlush, true);
  register_upkeep(database, lake, "lake_compact", UpkeepTask::kCompact, true);
  register_upkeep(database, lake, "lake_analyze", UpkeepTask::kAnalyze, true);
  register_upkeep(database, lake, "lake_expire", UpkeepTask::kExpire, false);
  register_upkeep(database, lake, "lake_remove_orphans", UpkeepTask::kRemoveOrphans, false);
}

}  // namespace lake::tables
