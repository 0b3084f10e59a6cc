#pragma once

#include <optional>

#include "lake/base/result.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// The refusal of INSERT ... ON CONFLICT (and INSERT OR REPLACE / IGNORE) into a lake table, with the MERGE
/// to write instead; empty for every other statement. DuckDB's binder looks for an index before the lake is
/// asked, so this comes before it. Temporary tables have indexes and keep their ON CONFLICT. Threads: as the
/// connection.
std::optional<Error> conflict_clause_refusal(duckdb::Connection& connection,
                                             const duckdb::SQLStatement& statement);

}  // namespace lake::tables
