#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

// value_milli is the value times 1000, rounded: sums of it are the same in any order.

inline constexpr ColumnSpec kHealthSampleColumns[] = {
    {"start_us", ColumnType::kInt64}, {"end_us", ColumnType::kInt64},     {"metric", ColumnType::kText},
    {"source", ColumnType::kText},    {"value", ColumnType::kDouble},     {"value_milli", ColumnType::kInt64},
    {"unit", ColumnType::kText},      {"confidence", ColumnType::kInt16}, {"ts_quality", ColumnType::kText},
};
inline constexpr std::string_view kHealthSampleKey[] = {"start_us", "end_us", "metric", "source"};
inline constexpr TableSpec kHealthSample{
    .name = "health_sample", .columns = kHealthSampleColumns, .key = kHealthSampleKey};

inline constexpr ColumnSpec kDailyMetricColumns[] = {
    {"day_us", ColumnType::kInt64},  // midnight UTC of the date, which is the account's
    {"date", ColumnType::kText},         {"metric", ColumnType::kText}, {"value", ColumnType::kDouble},
    {"value_milli", ColumnType::kInt64}, {"unit", ColumnType::kText},
};
inline constexpr std::string_view kDailyMetricKey[] = {"day_us", "metric"};
inline constexpr TableSpec kDailyMetric{
    .name = "daily_metric", .columns = kDailyMetricColumns, .key = kDailyMetricKey};

inline constexpr ColumnSpec kWorkoutColumns[] = {
    {"start_us", ColumnType::kInt64}, {"end_us", ColumnType::kInt64},    {"type", ColumnType::kText},
    {"duration", ColumnType::kText},  // as the file has it: pauses do not count
    {"segments", ColumnType::kJson},  {"aggregates", ColumnType::kJson},
};
inline constexpr std::string_view kWorkoutKey[] = {"start_us", "end_us", "type"};
inline constexpr TableSpec kWorkout{.name = "workout", .columns = kWorkoutColumns, .key = kWorkoutKey};

/// Of a value; nothing when it is beyond what the column holds.
inline std::optional<std::int64_t> milli_of(double value) {
  if (!(std::fabs(value) < 9e15)) return std::nullopt;
  return std::llround(value * 1000);
}

}  // namespace lake::takeout
