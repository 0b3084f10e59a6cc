#pragma once

#include "lake/base/result.hpp"
#include "lake/query/session.hpp"

namespace lake::server {

/// Fills an empty lake with generated data to try things on: places, sensors, their readings, prices, orders,
/// and views over them; the same data each time. One transaction: all of it or nothing. Errors: those of
/// running SQL.
Status make_sample(query::Sessions& sessions);

}  // namespace lake::server
