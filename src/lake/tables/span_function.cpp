#include "lake/tables/span_function.hpp"

#include "lake/tables/row_function.hpp"
#include "lake/telemetry/trace.hpp"

namespace lake::tables {
namespace {

using duckdb::LogicalType;
using duckdb::Value;

constexpr std::int64_t kNanosPerMicro = 1000;

Value moment(std::int64_t nanos) {
  return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(nanos / kNanosPerMicro));
}

Value text_or_null(std::string text) {
  return text.empty() ? Value(LogicalType::VARCHAR) : Value(std::move(text));
}

Value attributes_of(const telemetry::FinishedSpan& span) {
  duckdb::vector<Value> keys;
  duckdb::vector<Value> values;
  for (const auto& [key, value] : span.attributes) {
    const auto* number = std::get_if<std::int64_t>(&value);
    keys.emplace_back(std::string(key));
    values.emplace_back(number != nullptr ? std::to_string(*number) : std::get<std::string>(value));
  }
  return Value::MAP(LogicalType::VARCHAR, LogicalType::VARCHAR, std::move(keys), std::move(values));
}

}  // namespace

void register_spans(duckdb::DuckDB& database, telemetry::Tracer& tracer) {
  RowFunction list;
  list.name = "lake_spans";
  list.columns = {{"trace_id", LogicalType::VARCHAR},
                  {"span_id", LogicalType::VARCHAR},
                  {"parent_id", LogicalType::VARCHAR},
                  {"name", LogicalType::VARCHAR},
                  {"started_at", LogicalType::TIMESTAMP_TZ},
                  {"ended_at", LogicalType::TIMESTAMP_TZ},
                  {"duration_us", LogicalType::DOUBLE},
                  {"is_failed", LogicalType::BOOLEAN},
                  {"attributes", LogicalType::MAP(LogicalType::VARCHAR, LogicalType::VARCHAR)}};
  list.rows = [&tracer](const RowFunction::Call& /*call*/) {
    std::vector<RowFunction::Row> rows;
    for (const auto& span : tracer.finished()) {
      const auto nanos = static_cast<double>(span.end_nanos - span.start_nanos);
      rows.push_back({Value(telemetry::trace_id_text(span.context)),
                      Value(telemetry::span_id_text(span.context.span_id)),
                      text_or_null(telemetry::span_id_text(span.parent_id)), Value(std::string(span.name)),
                      moment(span.start_nanos), moment(span.end_nanos), Value::DOUBLE(nanos / kNanosPerMicro),
                      Value::BOOLEAN(span.has_failed), attributes_of(span)});
    }
    return rows;
  };
  register_row_function(database, std::move(list));
}

}  // namespace lake::tables
