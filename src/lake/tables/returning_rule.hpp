#pragma once

#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// Widens the scan below DELETE ... RETURNING and MERGE ... RETURNING by the columns of the rows to be
/// deleted: the binder asks for nothing but row ids there. Runs before the engine's own optimizer.
void register_returning_rule(duckdb::DBConfig& config);

}  // namespace lake::tables
