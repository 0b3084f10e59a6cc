#pragma once

#include <cstdint>
#include <string>

#include "lake/ingest/takeout_report.hpp"

namespace lake::ingest {

/// Why the vector store of an import is `unsupported`.
inline constexpr const char* kNoVectors =
    "this version keeps no vectors: texts are in the tables and are not embedded";

/// "complete"; "partial" when a part or the ledger is not as it should be; "failed" when no part could be
/// read.
std::string_view status_of(const TakeoutReport& report);
/// Every part was imported before.
bool is_known(const TakeoutReport& report);
/// What an import came to, as JSON: the members of TakeoutReport, and "status", "cached" (every part was
/// known before), "stores" ({"timeseries": {"status"}, ...}) and "processed_at" (ISO 8601, UTC).
std::string report_text(const TakeoutReport& report, std::int64_t now_micros);
/// "2026-11-21T19:40:27Z".
std::string iso_time(std::int64_t micros);

}  // namespace lake::ingest
