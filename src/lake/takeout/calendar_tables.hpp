#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kCalendarEventColumns[] = {
    {"uid", ColumnType::kText},
    {"calendar", ColumnType::kText},  // its name, else the file's
    {"recurrence_us",
     ColumnType::kInt64},  // of an instance that differs from its rule: the start it would have had
    {"component", ColumnType::kText},  // VEVENT, VTODO, VJOURNAL
    {"start_us", ColumnType::kInt64},  // midnight UTC for a date without a time
    {"end_us", ColumnType::kInt64},    // of a VTODO: when it is due
    {"is_all_day", ColumnType::kBool},
    {"start_offset_min", ColumnType::kInt16},
    {"start_zone", ColumnType::kText},  // as the file names it
    {"duration", ColumnType::kText},    // as in the file; end_us is there all the same
    {"summary", ColumnType::kText},
    {"description", ColumnType::kText},
    {"location", ColumnType::kText},
    {"status", ColumnType::kText},
    {"transparency", ColumnType::kText},
    {"visibility", ColumnType::kText},
    {"rrule", ColumnType::kText},           // the rule as it stands
    {"exdates_us", ColumnType::kTextList},  // left out of the rule: microseconds UTC
    {"rdates", ColumnType::kTextList},      // added to it: as they stand
    {"organizer", ColumnType::kText},
    {"attendees", ColumnType::kJson},  // [{"address","name","status","role"}]
    {"sequence", ColumnType::kInt64},
    {"created_us", ColumnType::kInt64},
    {"modified_us", ColumnType::kInt64},
    {"url", ColumnType::kText},
    {"categories", ColumnType::kTextList},
    {"ts_quality", ColumnType::kText},
};
inline constexpr std::string_view kCalendarEventKey[] = {"uid", "calendar", "recurrence_us"};
inline constexpr TableSpec kCalendarEvent{
    .name = "calendar_event", .columns = kCalendarEventColumns, .key = kCalendarEventKey};

}  // namespace lake::takeout
