#pragma once

#include <span>

#include "lake/http/routes.hpp"

namespace lake::http {

/// Files and records into tables, as jobs: POST /api/v1/ingestion/ingest|bulk|file, GET .../status/{job_id}
/// and
/// .../metrics, and the records that were refused: GET .../dead-letters, POST .../dead-letters/replay.
std::span<const Route> ingestion_routes();

}  // namespace lake::http
