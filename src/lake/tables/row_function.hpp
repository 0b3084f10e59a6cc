#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// A table function whose rows are few and made at once, when a statement runs (not when it is prepared).
/// Bounds: all rows are held in memory; meant for catalogs and reports, never for data.
struct RowFunction {
  using Row = duckdb::vector<duckdb::Value>;
  struct Call {
    duckdb::ClientContext& context;
    const duckdb::vector<duckdb::Value>& arguments;
    const duckdb::named_parameter_map_t& named;
  };

  std::string name;
  duckdb::vector<duckdb::LogicalType> argument_types;
  duckdb::named_parameter_type_map_t named_types;
  std::vector<std::pair<std::string, duckdb::LogicalType>> columns;
  std::function<std::vector<Row>(const Call&)> rows;  // errors: engine exceptions
  std::size_t optional_arguments = 0;                 // this many arguments at the end may be left out
};

/// Makes `function` callable as `FROM name(...)` and `CALL name(...)`.
void register_row_function(duckdb::DuckDB& database, RowFunction function);

}  // namespace lake::tables
