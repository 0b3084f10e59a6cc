#include "lake/ingest/schema_script.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "lake/ingest/definition_order.hpp"

namespace lake::ingest {
namespace {

using Rows = std::vector<std::vector<std::optional<std::string>>>;

std::string lower(const std::string& text) {
  std::string result = text;
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

bool same_name(const TableName& left, const TableName& right) {
  return lower(left.schema) == lower(right.schema) && lower(left.table) == lower(right.table);
}

/// The collations of a table's columns, in their order, by its CREATE TABLE as the engine writes it; no list
/// of columns tells them. Empty texts where there is none.
std::vector<std::string> collations_of(const std::string& create) {
  std::vector<std::string> parts;
  int depth = 0;
  char quote = 0;
  for (const char c : create) {
    const bool outside = quote == 0;
    if (outside && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
    if (outside && c == '(') ++depth;
    if (outside && c == ')' && --depth == 0) break;
    const bool begins = outside && depth == 1 && (c == ',' || (c == '(' && parts.empty()));
    if (begins) {
      parts.emplace_back();
    } else if (depth > 0 && !parts.empty()) {
      parts.back() += c;
    }
  }
  std::vector<std::string> collations;
  constexpr std::string_view kMark = " VARCHAR COLLATE ";
  for (std::string_view part : parts) {
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    std::size_t end = part.starts_with('"') ? part.find('"', 1) : part.find(' ');
    // A quote in a name is doubled.
    while (part.starts_with('"') && end != std::string_view::npos && part.substr(end).starts_with("\"\""))
      end = part.find('"', end + 2);
    if (part.starts_with('"') && end != std::string_view::npos) ++end;
    const auto rest = part.substr(std::min(end, part.size()));
    const auto collation = rest.starts_with(kMark) ? rest.substr(kMark.size()) : std::string_view();
    collations.emplace_back(collation.substr(0, collation.find(' ')));
  }
  return collations;
}

class Reader {
 public:
  Reader(query::Session& session, const std::vector<TableName>& only) : session_(session), only_(only) {}

  Result<SchemaScript> read() {
    LAKE_CHECK_OK(tables());
    if (only_.empty()) {
      LAKE_CHECK_OK(types());
      LAKE_CHECK_OK(macros());
      LAKE_CHECK_OK(views());
    }
    script_.sql = "-- Definitions for plain DuckDB; load.sql fills the tables.\n";
    for (const auto& schema : schemas_)
      script_.sql += "CREATE SCHEMA IF NOT EXISTS " + quoted_name(schema) + ";\n";
    script_.sql += types_;
    // Without anything between them that is used: macros, tables, views.
    std::stable_sort(definitions_.begin(), definitions_.end(),
                     [](const Definition& left, const Definition& right) { return left.kind < right.kind; });
    for (const auto& definition : in_order_of_use(std::move(definitions_)))
      script_.sql += definition.sql + "\n";
    script_.sql += comments_;
    return std::move(script_);
  }

 private:
  Result<Rows> rows(const std::string& query) {
    LAKE_TRY(auto result, session_.run_text(query));
    return std::move(result.rows);
  }

  void comment(const std::string& what, const std::string& name, const std::optional<std::string>& text) {
    if (text) comments_ += "COMMENT ON " + what + " " + name + " IS " + quoted_text(*text) + ";\n";
  }

  [[nodiscard]] bool wanted(const TableName& name) const {
    return only_.empty() || std::any_of(only_.begin(), only_.end(),
                                        [&](const TableName& one) { return same_name(one, name); });
  }

  Status tables() {
    LAKE_TRY(const Rows found,
             rows("SELECT schema_name, table_name, comment, sql FROM duckdb_tables() WHERE database_name ="
                  " current_database() AND NOT internal AND NOT temporary ORDER BY ALL"));
    for (const auto& row : found) {
      const TableName name{row[0].value_or(""), row[1].value_or("")};
      if (wanted(name)) LAKE_CHECK_OK(table(name, row[2], collations_of(row[3].value_or(""))));
    }
    for (const auto& name : only_) {
      const bool there = std::any_of(script_.tables.begin(), script_.tables.end(),
                                     [&](const ScriptTable& table) { return same_name(table.name, name); });
      if (!there) return Error(ErrorCode::kNotFound, "there is no table " + name.text());
    }
    return ok();
  }

  Status table(const TableName& name, const std::optional<std::string>& table_comment,
               const std::vector<std::string>& collations) {
    const std::string where =
        " WHERE database_name = current_database() AND schema_name = " + quoted_text(name.schema) +
        " AND table_name = " + quoted_text(name.table);
    LAKE_TRY(
        const Rows columns,
        rows("SELECT column_name, data_type, is_nullable, column_default, comment FROM duckdb_columns()" +
             where + " ORDER BY column_index"));
    LAKE_TRY(const Rows checks, rows("SELECT constraint_text FROM duckdb_constraints()" + where +
                                     " AND constraint_type = 'CHECK'"));
    ScriptTable& made = script_.tables.emplace_back(ScriptTable{name, {}});
    std::string list;
    for (const auto& row : columns) {
      made.columns.push_back({row[0].value_or(""), row[1].value_or("")});
      const std::string column = quoted_name(made.columns.back().name);
      list += (list.empty() ? "\n  " : ",\n  ") + column + " " + made.columns.back().type;
      const std::size_t place = made.columns.size() - 1;
      if (place < collations.size() && !collations[place].empty()) list += " COLLATE " + collations[place];
      if (row[2] == "false") list += " NOT NULL";
      if (row[3] && *row[3] != "NULL") list += " DEFAULT (" + *row[3] + ")";
      comment("COLUMN", name.sql() + "." + column, row[4]);
    }
    for (const auto& row : checks) list += ",\n  " + row[0].value_or("");
    schemas_.insert(name.schema);
    definitions_.push_back(
        {DefinitionKind::kTable, name, "CREATE TABLE " + name.sql() + " (" + list + "\n);"});
    comment("TABLE", name.sql(), table_comment);
    return ok();
  }

  Status types() {
    LAKE_TRY(
        const Rows found,
        rows("SELECT schema_name, type_name, list_transform(labels, lambda x: '''' || replace(x, '''', "
             "'''''') || '''')"
             ".array_to_string(', '), comment FROM duckdb_types() WHERE database_name = current_database()"
             " AND NOT internal AND labels IS NOT NULL ORDER BY ALL"));
    for (const auto& row : found) {
      const TableName name{row[0].value_or(""), row[1].value_or("")};
      schemas_.insert(name.schema);
      types_ += "CREATE TYPE " + name.sql() + " AS ENUM (" + row[2].value_or("") + ");\n";
      comment("TYPE", name.sql(), row[3]);
      ++script_.object_count;
    }
    return ok();
  }

  /// The CREATE statements of the lake's macros. The engine's own list of functions leaves out the default
  /// values of parameters; it is the second best, where the session is on something else than a lake.
  Result<std::map<TableName, std::string>> macro_definitions() {
    std::map<TableName, std::string> definitions;
    LAKE_TRY(const Rows is_lake,
             rows("SELECT count(*) FROM duckdb_functions() WHERE function_name = 'lake_macros'"));
    if (is_lake.at(0).at(0) == "0") return definitions;
    LAKE_TRY(const Rows found, rows("SELECT schema_name, macro_name, sql FROM lake_macros()"));
    for (const auto& row : found) {
      std::string sql = row[2].value_or("");
      if (!sql.ends_with(';')) sql += ';';
      definitions[{row[0].value_or(""), row[1].value_or("")}] = std::move(sql);
    }
    return definitions;
  }

  Status macros() {
    LAKE_TRY(const Rows found,
             rows("SELECT schema_name, function_name, function_type, parameters.array_to_string(', '), "
                  "macro_definition,"
                  " comment FROM duckdb_functions() WHERE database_name = current_database() AND NOT internal"
                  " AND function_type IN ('macro', 'table_macro') ORDER BY schema_name, function_name, "
                  "len(parameters)"));
    LAKE_TRY(const auto definitions, macro_definitions());
    // Overloads of one name are one statement.
    for (std::size_t i = 0; i < found.size();) {
      const TableName name{found[i][0].value_or(""), found[i][1].value_or("")};
      const bool is_table = found[i][2] == "table_macro";
      std::string bodies;
      std::size_t next = i;
      for (; next < found.size() && found[next][0] == found[i][0] && found[next][1] == found[i][1]; ++next) {
        bodies += (bodies.empty() ? "" : ", ") + ("(" + found[next][3].value_or("") + ") AS ") +
                  (is_table ? "TABLE " : "") + found[next][4].value_or("");
      }
      schemas_.insert(name.schema);
      const auto known = definitions.find(name);
      definitions_.push_back(
          {DefinitionKind::kMacro, name,
           known != definitions.end() ? known->second : "CREATE MACRO " + name.sql() + bodies + ";"});
      comment(is_table ? "MACRO TABLE" : "MACRO", name.sql(), found[i][5]);
      ++script_.object_count;
      i = next;
    }
    return ok();
  }

  Status views() {
    LAKE_TRY(const Rows found,
             rows("SELECT schema_name, view_name, sql, comment FROM duckdb_views() WHERE database_name ="
                  " current_database() AND NOT internal AND NOT temporary ORDER BY ALL"));
    for (const auto& row : found) {
      const TableName name{row[0].value_or(""), row[1].value_or("")};
      schemas_.insert(name.schema);
      std::string sql = row[2].value_or("");
      if (!sql.ends_with(';')) sql += ';';
      definitions_.push_back({DefinitionKind::kView, name, std::move(sql)});
      comment("VIEW", name.sql(), row[3]);
      ++script_.object_count;
    }
    return ok();
  }

  query::Session& session_;
  const std::vector<TableName>& only_;
  SchemaScript script_;
  std::set<std::string> schemas_;
  std::string types_;
  std::vector<Definition> definitions_;
  std::string comments_;
};

}  // namespace

Result<SchemaScript> read_schema(query::Session& session, const std::vector<TableName>& only) {
  return Reader(session, only).read();
}

}  // namespace lake::ingest
