#include "lake/tables/conflict_clause.hpp"

#include <string>
#include <vector>

#include "duckdb/main/table_description.hpp"
#include "duckdb/parser/keyword_helper.hpp"
#include "duckdb/parser/statement/insert_statement.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/statement/update_statement.hpp"
#include "lake/engine/errors.hpp"

namespace lake::tables {
namespace {

constexpr std::size_t kSourceBytesMax = 200;  // of the query shown in the message

std::string named(const std::string& name) { return duckdb::KeywordHelper::WriteOptionallyQuoted(name); }

/// "prefix1, prefix2" for names.
std::string listed(const std::vector<std::string>& names, const std::string& prefix = "") {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + prefix + named(name);
  return text;
}

std::string matched_part(const duckdb::OnConflictInfo& conflict, const std::vector<std::string>& columns) {
  if (conflict.action_type == duckdb::OnConflictAction::NOTHING) return "";
  std::string assignments;
  if (conflict.set_info) {
    for (std::size_t i = 0; i < conflict.set_info->columns.size(); ++i) {
      assignments += (i ? ", " : "") + named(conflict.set_info->columns[i]) + " = " +
                     conflict.set_info->expressions[i]->ToString();
    }
  } else {
    for (const std::string& column : columns) {
      assignments += (assignments.empty() ? "" : ", ") + named(column) + " = excluded." + named(column);
    }
  }
  return " WHEN MATCHED THEN UPDATE SET " + assignments;
}

std::string merge_of(const duckdb::InsertStatement& insert, const std::vector<std::string>& table_columns) {
  const duckdb::OnConflictInfo& conflict = *insert.on_conflict_info;
  const std::vector<std::string> columns =
      insert.columns.empty() ? table_columns
                             : std::vector<std::string>(insert.columns.begin(), insert.columns.end());
  std::string source = insert.select_statement ? insert.select_statement->ToString() : "...";
  if (source.size() > kSourceBytesMax) source = "...";
  std::string on;
  for (const std::string& key : conflict.indexed_columns) {
    on += (on.empty() ? "" : " AND ") + named(insert.table) + "." + named(key) + " = excluded." + named(key);
  }
  if (on.empty()) on = named(insert.table) + ".<key> = excluded.<key>";
  return "MERGE INTO " + named(insert.table) + " USING (" + source + ") AS excluded (" + listed(columns) +
         ") ON " + on + matched_part(conflict, columns) + " WHEN NOT MATCHED THEN INSERT (" +
         listed(columns) + ") VALUES (" + listed(columns, "excluded.") + ")";
}

}  // namespace

std::optional<Error> conflict_clause_refusal(duckdb::Connection& connection,
                                             const duckdb::SQLStatement& statement) {
  if (statement.type != duckdb::StatementType::INSERT_STATEMENT) return std::nullopt;
  const auto& insert = statement.Cast<duckdb::InsertStatement>();
  if (!insert.on_conflict_info || insert.on_conflict_info->action_type == duckdb::OnConflictAction::THROW) {
    return std::nullopt;
  }
  duckdb::unique_ptr<duckdb::TableDescription> temporary;
  duckdb::unique_ptr<duckdb::TableDescription> in_lake;
  const Status looked = engine::guarded([&] {
    if (insert.catalog.empty() || insert.catalog == TEMP_CATALOG) {
      temporary = connection.TableInfo(TEMP_CATALOG, DEFAULT_SCHEMA, insert.table);
    }
    in_lake = connection.TableInfo(insert.catalog, insert.schema, insert.table);
  });
  if (!looked || temporary || !in_lake) return std::nullopt;  // the binder says what is wrong
  std::vector<std::string> columns;
  for (const auto& column : in_lake->columns) columns.push_back(column.Name());
  return Error(ErrorCode::kUnsupported,
               "lake tables have no ON CONFLICT; write " + merge_of(insert, columns));
}

}  // namespace lake::tables
