#pragma once

#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/ingest/sql_text.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

struct ScriptColumn {
  std::string name;
  std::string type;
};
struct ScriptTable {
  TableName name;
  std::vector<ScriptColumn> columns;
};

/// The definitions of a lake as SQL that plain DuckDB runs.
struct SchemaScript {
  std::string sql;                  // schemas, types, what uses them in the order of use, comments
  std::vector<ScriptTable> tables;  // by schema and name
  std::size_t object_count = 0;     // views, macros, types
};

/// Reads the definitions of the session's lake. `only`: these tables and nothing else; empty = everything.
/// Errors: kNotFound (a named table); those of the session.
Result<SchemaScript> read_schema(query::Session& session, const std::vector<TableName>& only);

}  // namespace lake::ingest
