// Fit's All Sessions and All Data, from memory: typed where the content itself has the shape. Raw, derived
// and merged streams tell of the same things; the source keeps them apart, and sums over all of them are too
// large.
#include "lake/takeout/health_tables.hpp"
#include "lake/takeout/json_product.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/whole_content.hpp"

namespace lake::takeout {
namespace {

struct Value {
  std::optional<double> number;
  std::optional<std::string> other;  // text, map
};

struct Point {
  std::optional<Timestamp> start;
  std::optional<Timestamp> end;
  std::optional<std::string_view> type;
  std::vector<Value> values;
};

bool read_value(Members& members, std::vector<Value>& values) {
  return object_member(members, "value", [&values](Members& inner) {
    auto& value = values.back();
    return real_member(inner, "intVal", value.number) || real_member(inner, "fpVal", value.number) ||
           raw_member(inner, "stringVal", value.other) || raw_member(inner, "mapVal", value.other);
  });
}

void read_point(Members& members, Point& point) {
  constexpr std::int64_t kNanos = 1'000'000'000;
  while (members.next()) {
    if (epoch_member(members, "startTimeNanos", point.start, kNanos) ||
        epoch_member(members, "endTimeNanos", point.end, kNanos) ||
        text_member(members, "dataTypeName", point.type) ||
        objects_member(
            members, "fitValue", [&point] { point.values.emplace_back(); },
            [&point](Members& inner) { return read_value(inner, point.values); }))
      continue;
    members.keep();
  }
}

/// Of several values of one point the first has the type's name, the others their number behind it.
ElementOutcome read_data_point(std::string_view text, const std::string& source, JsonReader& reader,
                               EntrySink& sink) {
  constexpr auto& kTable = kHealthSample;
  Extra extra(sink, kTable);
  Point point;
  const auto outcome = reader.read(text, extra, [&point](Members& members) { read_point(members, point); });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!point.start || !point.end) return "no time";
  if (!point.type || point.values.empty()) return "shape";
  if (reader.was_repaired()) sink.repaired();
  for (std::size_t i = 0; i < point.values.size(); ++i) {
    if (point.values[i].other) extra.add("fitValue[" + std::to_string(i) + "]", *point.values[i].other);
  }
  for (std::size_t i = 0; i < point.values.size(); ++i) {
    auto row = sink.row(kTable);
    row.integer(kTable.at("start_us"), point.start->micros);
    row.integer(kTable.at("end_us"), point.end->micros);
    const std::string number = i == 0 ? "" : "[" + std::to_string(i) + "]";
    row.text(kTable.at("metric"), std::string(*point.type) + number);
    if (!source.empty()) row.text(kTable.at("source"), source);
    row.real(kTable.at("value"), point.values[i].number);
    if (point.values[i].number) row.integer(kTable.at("value_milli"), milli_of(*point.values[i].number));
    row.text(kTable.at("ts_quality"), name_of(point.start->quality));
    if (i == 0) row.extra(extra.json());
  }
  return kStored;
}

Certainty recognise_data(const EntryHead& head) {
  const bool own = head.json.has("Data Source") && head.json.has("Data Points");
  return head.json.is_object() && own ? Certainty::kContent : Certainty::kNone;
}

/// The text of a JSON string without escapes, as sources are; empty for anything else.
std::string plain_text(std::string_view json) {
  if (json.size() < 2 || json.front() != '"' || json.back() != '"') return {};
  json = json.substr(1, json.size() - 2);
  return json.find_first_of("\\\"") == std::string_view::npos && is_utf8(json) ? std::string(json)
                                                                               : std::string();
}

/// "Data Source" stands before the points in files of this form; a file with the points first has no source.
Result<ParseEnd> parse_data(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                            EntrySink& sink) {
  JsonElements elements(content);
  JsonReader reader;
  std::string source;
  while (const auto element = elements.next()) {
    if (element->member == "Data Source" && !element->is_item) source = plain_text(element->text);
    if (!sink.begin_element(element->place)) continue;
    ElementOutcome outcome = kStored;
    if (element->is_too_large || element->is_too_deep) {
      outcome = element->is_too_large ? "too large" : "too deep";
    } else if (element->member == "Data Points" && element->is_item) {
      outcome = read_data_point(element->text, source, reader, sink);
    } else if (element->member != "Data Source") {
      outcome = "shape";
    }
    if (outcome == kStored) {
      LAKE_CHECK_OK(sink.end_element());
    } else {
      LAKE_CHECK_OK(sink.reject(element->text, outcome));
    }
  }
  if (elements.end() == JsonElements::End::kComplete) return ParseEnd{};
  return ParseEnd{false, elements.end_offset(), elements.end_reason()};
}

ElementOutcome read_session(std::string_view text, EntrySink& sink) {
  constexpr auto& kTable = kWorkout;
  JsonReader reader;
  Extra extra(sink, kTable);
  std::optional<Timestamp> start;
  std::optional<Timestamp> end;
  std::optional<std::string_view> type;
  std::optional<std::string_view> duration;
  std::optional<std::string> segments;
  std::optional<std::string> aggregates;
  const auto outcome = reader.read(text, extra, [&](Members& members) {
    while (members.next()) {
      if (time_member(members, "startTime", start) || time_member(members, "endTime", end) ||
          text_member(members, "fitnessActivity", type) || text_member(members, "duration", duration) ||
          raw_member(members, "segment", segments) || raw_member(members, "aggregate", aggregates))
        continue;
      members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!start) return "no time";
  if (reader.was_repaired()) sink.repaired();
  auto row = sink.row(kTable);
  row.integer(kTable.at("start_us"), start->micros);
  row.integer(kTable.at("end_us"), micros_of(end));
  row.text(kTable.at("type"), type);
  row.text(kTable.at("duration"), duration);
  row.text(kTable.at("segments"), segments);
  row.text(kTable.at("aggregates"), aggregates);
  row.extra(extra.json());
  return kStored;
}

Certainty recognise_sessions(const EntryHead& head) {
  const bool own = head.json.has("fitnessActivity") && head.json.has("startTime") && head.json.has("endTime");
  return head.json.is_object() && own ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse_session(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                               EntrySink& sink) {
  return parse_whole(content, sink, read_session);
}

constexpr const TableSpec* kDataTables[] = {&kHealthSample};
constexpr const TableSpec* kSessionTables[] = {&kWorkout};

}  // namespace

const Product kFitData{.name = "fit_data",
                       .product = "fit",
                       .version = 1,
                       .tables = kDataTables,
                       .is_from_memory = true,
                       .recognise = recognise_data,
                       .parse = parse_data};
const Product kFitSessions{.name = "fit_session",
                           .product = "fit",
                           .version = 1,
                           .tables = kSessionTables,
                           .is_from_memory = true,
                           .recognise = recognise_sessions,
                           .parse = parse_session};

}  // namespace lake::takeout
