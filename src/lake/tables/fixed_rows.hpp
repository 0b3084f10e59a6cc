#pragma once

#include <functional>

#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// True for a plan of at most one vector of rows that come from no table and no other statement's work: a
/// VALUES list, parameters, constants, and projections of these.
bool are_fixed_rows(const duckdb::PhysicalOperator& plan);

/// The engine's own exception when the statement of this context was to stop; its scheduler would look.
void check_interrupted(const duckdb::ClientContext& context);

/// Evaluates such a plan on the calling thread, without the engine's scheduler; `take` may be called several
/// times. Errors: engine exceptions; that of a statement that was to stop after each row at the latest.
void evaluate_fixed_rows(const duckdb::PhysicalOperator& plan, duckdb::ClientContext& context,
                         const std::function<void(duckdb::DataChunk&)>& take);

}  // namespace lake::tables
