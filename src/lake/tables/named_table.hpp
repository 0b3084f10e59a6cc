#pragma once

#include <string>

#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake_table.hpp"

namespace lake::tables {

/// The parts of a table's name as SQL text: "t", "schema.t", "lake.schema.t"; what is between double quotes
/// stands for itself, a quote in it is doubled. Errors: an engine exception with kInvalidArgument.
duckdb::QualifiedName qualified_name(const std::string& text);

/// The table that a SQL argument names ("t", "schema.t", quoted where needed), as the running statement sees
/// it. Errors: an engine exception with kNotFound, or kInvalidArgument when it is not a table of the lake.
LakeTable& named_table(duckdb::ClientContext& context, const std::string& text);

}  // namespace lake::tables
