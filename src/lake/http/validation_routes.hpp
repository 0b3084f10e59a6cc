#pragma once

#include <span>

#include "lake/http/routes.hpp"

namespace lake::http {

/// Rules for records (docs/validation.md): GET /api/v1/validation/rules, GET .../sets, GET, PUT and DELETE
/// .../sets/{name}; records are looked at by POST /api/v1/processing/validate, with the sets of GET
/// /api/v1/processing/schemas.
std::span<const Route> validation_routes();

}  // namespace lake::http
