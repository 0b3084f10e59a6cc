#pragma once

#include <span>

#include "lake/http/routes.hpp"

namespace lake::http {

/// The rows of the route table that speak to the blobs (docs/operations/blobs.md).
std::span<const Route> blob_routes();

}  // namespace lake::http
