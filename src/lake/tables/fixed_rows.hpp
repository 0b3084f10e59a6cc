#pragma once

#include <functional>

#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// True for a plan of at most one vector of rows that come from no table and no other statement's work: a
/// VALUES list, parameters, constants, and projections of these.
bool are_fixed_rows(const duckdb::PhysicalOperator& plan);

/// Evaluates such a plan on the calling thread, without the engine's scheduler; `take` may be called several
/// times. Errors: engine exceptions.
void evaluate_fixed_rows(const duckdb::PhysicalOperator& plan, duckdb::ClientContext& context,
                         const std::function<void(duckdb::DataChunk&)>& take);

}  // namespace lake::tables
