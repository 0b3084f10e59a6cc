#pragma once

#include <string>

#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// True when every value of `from` is a value of `to` and files written with `from` can be read as `to`:
/// larger integers, FLOAT to DOUBLE, DECIMAL with more digits before the point, ENUM with more labels
/// or VARCHAR; and DATE to TIMESTAMP, which does not reach as far: there the values have to be looked at.
/// Source: Iceberg table specification, "Schema Evolution", with the engine's small integers beside it.
bool widens(const duckdb::LogicalType& from, const duckdb::LogicalType& to);

/// True for CAST(column AS type), which is what ALTER COLUMN TYPE without USING says.
bool is_plain_cast(const duckdb::ParsedExpression& expression, const std::string& column);

}  // namespace lake::tables
