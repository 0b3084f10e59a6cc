#pragma once

#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// Lets connections opened from now on run an INSERT of fixed rows (see fixed_rows.hpp), without
/// RETURNING or with RETURNING *, on the thread that asks for its result. The engine would make four tasks of
/// it, one after the other, and wake its other threads for each: more than the statement itself. A profiled
/// statement goes the engine's way, which measures operators.
void register_caller_collector(duckdb::DBConfig& config);

}  // namespace lake::tables
