#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kSleepSessionColumns[] = {
    {"start_us", ColumnType::kInt64},
    {"end_us", ColumnType::kInt64},
    {"log_id", ColumnType::kInt64},
    {"date", ColumnType::kText},  // as the file has it: the day it ended
    {"type", ColumnType::kText},
    {"duration_ms", ColumnType::kInt64},
    {"asleep_min", ColumnType::kInt64},
    {"awake_min", ColumnType::kInt64},
    {"in_bed_min", ColumnType::kInt64},
    {"to_sleep_min", ColumnType::kInt64},
    {"after_wakeup_min", ColumnType::kInt64},
    {"efficiency", ColumnType::kInt64},
    {"info_code", ColumnType::kInt64},
    {"is_main", ColumnType::kBool},
    {"summary", ColumnType::kJson},
    {"ts_quality", ColumnType::kText},
};
inline constexpr std::string_view kSleepSessionKey[] = {"start_us", "log_id"};
inline constexpr TableSpec kSleepSession{
    .name = "sleep_session", .columns = kSleepSessionColumns, .key = kSleepSessionKey};

inline constexpr ColumnSpec kSleepStageColumns[] = {
    {"start_us", ColumnType::kInt64},
    {"log_id", ColumnType::kInt64},
    {"level", ColumnType::kText},
    {"seconds", ColumnType::kInt64},
    {"is_short", ColumnType::kBool},  // a wake within a stage
    {"ts_quality", ColumnType::kText},
};
inline constexpr std::string_view kSleepStageKey[] = {"start_us", "log_id", "level", "is_short"};
inline constexpr TableSpec kSleepStage{
    .name = "sleep_stage", .columns = kSleepStageColumns, .key = kSleepStageKey};

}  // namespace lake::takeout
