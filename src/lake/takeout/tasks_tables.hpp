#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kTaskListColumns[] = {
    {"id", ColumnType::kText},
    {"title", ColumnType::kText},
    {"updated_us", ColumnType::kInt64},
};
inline constexpr std::string_view kTaskListKey[] = {"id"};
inline constexpr TableSpec kTaskList{.name = "task_list", .columns = kTaskListColumns, .key = kTaskListKey};

inline constexpr ColumnSpec kTaskColumns[] = {
    {"id", ColumnType::kText},
    {"parent", ColumnType::kText},
    {"title", ColumnType::kText},
    {"notes", ColumnType::kText},
    {"status", ColumnType::kText},
    {"due_us", ColumnType::kInt64},
    {"created_us", ColumnType::kInt64},
    {"updated_us", ColumnType::kInt64},
    {"completed_us", ColumnType::kInt64},
    {"task_type", ColumnType::kText},
    {"starred", ColumnType::kBool},
    {"links", ColumnType::kJson},
};
inline constexpr std::string_view kTaskKey[] = {"id"};
inline constexpr TableSpec kTask{.name = "task", .columns = kTaskColumns, .key = kTaskKey};

}  // namespace lake::takeout
