// Calendars as iCalendar. Rules of recurrence are kept as they stand; times are resolved by the zones that
// the file brings along. The format is that of the standard; what Google writes of it was seen in
// descriptions of others.
#include <charconv>

#include "lake/codec/hash.hpp"
#include "lake/takeout/calendar_tables.hpp"
#include "lake/takeout/calendar_zones.hpp"
#include "lake/takeout/html_tokens.hpp"
#include "lake/takeout/json_members.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

struct Event {
  std::optional<Timestamp> start;
  std::optional<Timestamp> end;
  std::string_view start_zone;
  std::string_view duration;
  std::optional<Timestamp> recurrence;
  std::vector<std::pair<std::size_t, std::string>> texts;  // column and value
  std::string uid;
  std::string rrule;
  std::vector<std::string> exdates;
  std::vector<std::string> rdates;
  std::vector<std::string> categories;
  std::string attendees;
  std::optional<std::int64_t> sequence;
  std::optional<Timestamp> created;
  std::optional<Timestamp> modified;
  LeftOverLines left_over;
};

constexpr std::size_t kNoColumn = SIZE_MAX;
std::size_t text_column(std::string_view name) {
  constexpr auto& kTable = kCalendarEvent;
  if (name == "SUMMARY") return kTable.at("summary");
  if (name == "DESCRIPTION") return kTable.at("description");
  if (name == "LOCATION") return kTable.at("location");
  if (name == "STATUS") return kTable.at("status");
  if (name == "TRANSP") return kTable.at("transparency");
  if (name == "CLASS") return kTable.at("visibility");
  if (name == "URL") return kTable.at("url");
  if (name == "ORGANIZER") return kTable.at("organizer");
  return kNoColumn;
}

std::string_view without_mailto(std::string_view address) {
  const auto scheme = address.substr(0, 7);
  if (scheme == "mailto:" || scheme == "MAILTO:" || scheme == "Mailto:") address.remove_prefix(7);
  return address;
}

void append_attendee(const ContentLine& line, std::string& json) {
  json += json.empty() ? "[" : ",";
  json += "{\"address\":" + json_quoted(without_mailto(line.value));
  constexpr std::pair<std::string_view, std::string_view> kMembers[] = {
      {"CN", "name"}, {"PARTSTAT", "status"}, {"ROLE", "role"}};
  for (const auto& [parameter, member] : kMembers) {
    const auto value = line.parameter(parameter);
    if (!value.empty()) json += ",\"" + std::string(member) + "\":" + json_quoted(value);
  }
  json += '}';
}

/// Takes a line that is a time; what is none is left over.
void read_time(const ContentLine& line, const CalendarZones& zones, Event& event,
               std::optional<Timestamp>& time) {
  const auto found = zones.time_of(line);
  if (found && !time) {
    time = found;
  } else {
    event.left_over.add(line);
  }
}

bool read_time_line(const ContentLine& line, const CalendarZones& zones, Event& event) {
  if (line.name == "DTSTART") {
    read_time(line, zones, event, event.start);
    event.start_zone = line.parameter("TZID");
  } else if (line.name == "DTEND" || line.name == "DUE") {
    read_time(line, zones, event, event.end);
  } else if (line.name == "RECURRENCE-ID") {
    read_time(line, zones, event, event.recurrence);
  } else if (line.name == "CREATED") {
    read_time(line, zones, event, event.created);
  } else if (line.name == "LAST-MODIFIED") {
    read_time(line, zones, event, event.modified);
  } else if (line.name == "EXDATE") {
    for (const auto each : split_value(line.value, ',')) {
      const auto time = zones.time_of(each, line.parameter("TZID"));
      if (time) {
        event.exdates.push_back(std::to_string(time->micros));
      } else {
        event.left_over.add(line);
      }
    }
  } else {
    return false;
  }
  return true;
}

void read_line(const ContentLine& line, const CalendarZones& zones, Event& event) {
  const auto& name = line.name;
  if (!line.inside.empty()) return event.left_over.add(line);
  if (read_time_line(line, zones, event)) return;
  if (name == "UID" && event.uid.empty()) {
    event.uid = line.value;
  } else if (name == "RRULE" && event.rrule.empty()) {
    event.rrule = line.value;
  } else if (name == "RDATE") {
    event.rdates.push_back(line.value);
  } else if (name == "DURATION" && event.duration.empty()) {
    event.duration = line.value;
  } else if (name == "CATEGORIES") {
    for (const auto each : split_value(line.value, ',')) event.categories.push_back(unescaped(each));
  } else if (name == "ATTENDEE") {
    append_attendee(line, event.attendees);
  } else if (name == "SEQUENCE") {
    std::int64_t value = 0;
    const std::string_view digits = line.value;
    const auto [stop, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failed == std::errc() && stop == digits.data() + digits.size()) {
      event.sequence = value;
    } else {
      event.left_over.add(line);
    }
  } else if (const auto column = text_column(name); column != kNoColumn) {
    for (const auto& [taken, text] : event.texts) {
      if (taken == column) return event.left_over.add(line);
    }
    const bool is_address = name == "ORGANIZER";
    event.texts.emplace_back(column,
                             is_address ? std::string(without_mailto(line.value)) : unescaped(line.value));
  } else if (name != "DTSTAMP") {  // when the export was made
    event.left_over.add(line);
  }
}

std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

void write_times(const Event& event, Row& row) {
  constexpr auto& kTable = kCalendarEvent;
  if (event.recurrence) row.integer(kTable.at("recurrence_us"), event.recurrence->micros);
  const auto length = parse_duration(event.duration);
  if (!event.duration.empty()) row.text(kTable.at("duration"), event.duration);
  const auto& start = event.start ? event.start : event.end;
  if (event.start) row.integer(kTable.at("start_us"), event.start->micros);
  if (event.end) {
    row.integer(kTable.at("end_us"), event.end->micros);
  } else if (event.start && length) {
    row.integer(kTable.at("end_us"), event.start->micros + *length);
  }
  if (start) {
    row.flag(kTable.at("is_all_day"), start->quality == TimeQuality::kDate);
    if (start->offset_minutes) row.integer(kTable.at("start_offset_min"), *start->offset_minutes);
    row.text(kTable.at("ts_quality"), name_of(start->quality));
  }
  if (!event.start_zone.empty()) row.text(kTable.at("start_zone"), event.start_zone);
  if (event.created) row.integer(kTable.at("created_us"), event.created->micros);
  if (event.modified) row.integer(kTable.at("modified_us"), event.modified->micros);
  if (!event.exdates.empty()) row.texts(kTable.at("exdates_us"), views_of(event.exdates));
}

std::string_view write_event(const Component& component, std::string_view calendar,
                             const CalendarZones& zones, EntrySink& sink) {
  constexpr auto& kTable = kCalendarEvent;
  Event event;
  for (const auto& line : component.lines) read_line(line, zones, event);
  // A task or note may have no time.
  if (!event.start && component.kind == "VEVENT") return "no time";
  if (event.uid.empty()) event.uid = "xxh3 " + std::to_string(codec::xxh3_64(component.bytes));
  auto row = sink.row(kTable);
  row.text(kTable.at("uid"), event.uid);
  row.text(kTable.at("calendar"), calendar);
  row.text(kTable.at("component"), component.kind);
  write_times(event, row);
  for (const auto& [column, text] : event.texts) {
    if (!text.empty()) row.text(column, text);
  }
  if (!event.rrule.empty()) row.text(kTable.at("rrule"), event.rrule);
  if (!event.rdates.empty()) row.texts(kTable.at("rdates"), views_of(event.rdates));
  if (!event.attendees.empty()) row.text(kTable.at("attendees"), event.attendees + "]");
  row.integer(kTable.at("sequence"), event.sequence);
  if (!event.categories.empty()) row.texts(kTable.at("categories"), views_of(event.categories));
  row.extra(event.left_over.json(kTable, sink));
  return {};
}

Certainty recognise(const EntryHead& head) {
  auto text = head.bytes;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text = trimmed(text);
  return text.starts_with("BEGIN:VCALENDAR") || text.starts_with("begin:vcalendar") ? Certainty::kContent
                                                                                    : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& options, Content& content,
                       EntrySink& sink) {
  Components components(content, "VCALENDAR");
  CalendarZones zones;
  zones.set_own(options.time_zone);
  std::string calendar(stem(head.name));
  while (const auto component = components.next()) {
    if (component->kind.empty()) {
      const auto* name = component->line("X-WR-CALNAME");
      const auto* zone = component->line("X-WR-TIMEZONE");
      if (name != nullptr && !name->value.empty()) calendar = unescaped(name->value);
      if (zone != nullptr) zones.set_own(trimmed(zone->value));
      continue;
    }
    if (component->kind == "VTIMEZONE") {
      zones.add(*component);
      continue;
    }
    if (!sink.begin_element(component->place)) continue;
    if (component->was_repaired) sink.repaired();
    std::string_view reason = "shape";  // VFREEBUSY and what is to come
    if (component->is_too_large) {
      reason = "too large";
    } else if (component->kind == "VEVENT" || component->kind == "VTODO" || component->kind == "VJOURNAL") {
      reason = write_event(*component, calendar, zones, sink);
    }
    if (reason.empty()) {
      LAKE_CHECK_OK(sink.end_element());
    } else {
      LAKE_CHECK_OK(sink.reject(component->bytes, reason));
    }
  }
  if (!components.is_cut()) return ParseEnd{};
  return ParseEnd{false, components.offset(),
                  components.failure() ? components.failure()->message() : "the calendar does not end"};
}

constexpr const TableSpec* kTables[] = {&kCalendarEvent};

}  // namespace

const Product kCalendarIcs{.name = "calendar_ics",
                           .product = "calendar",
                           .version = 1,
                           .tables = kTables,
                           .recognise = recognise,
                           .parse = parse};

}  // namespace lake::takeout
