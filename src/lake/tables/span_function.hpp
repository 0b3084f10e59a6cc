#pragma once

namespace duckdb {
class DuckDB;
}
namespace lake::telemetry {
class Tracer;
}

namespace lake::tables {

/// Registers lake_spans(): the spans that `tracer` recorded, which outlives the instance.
void register_spans(duckdb::DuckDB& database, telemetry::Tracer& tracer);

}  // namespace lake::tables
