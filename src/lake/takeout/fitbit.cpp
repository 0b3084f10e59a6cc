// Fitbit: Global Export Data (JSON, the account's local time without a zone) and the newer *_GoogleData files
// (CSV, UTC). File names, dateTime and the members of `value` named here were seen in real files. Units are
// the account's.
#include "lake/takeout/csv_product.hpp"
#include "lake/takeout/health_tables.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/zones.hpp"

namespace lake::takeout {
namespace {

constexpr std::int64_t kMinute = 60'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A pattern has 0 for any digit; other characters stand for themselves.
bool matches(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (pattern[i] == '0' ? !is_digit(text[i]) : text[i] != pattern[i]) return false;
  }
  return true;
}

/// "heart_rate-2024-01-31", "heart_rate_2024-01-31", "exercise-100" -> the name before.
std::string_view metric_in(std::string_view stem) {
  if (stem.size() > 11 && matches(stem.substr(stem.size() - 10), "0000-00-00")) {
    const char before = stem[stem.size() - 11];
    if (before == '-' || before == '_') return stem.substr(0, stem.size() - 11);
  }
  auto name = stem;
  while (!name.empty() && is_digit(name.back())) name.remove_suffix(1);
  return name.size() > 1 && name.size() < stem.size() && name.back() == '-' ? name.substr(0, name.size() - 1)
                                                                            : stem;
}

/// "01/31/24 17:05:09": the wall clock's time as if it were UTC.
std::optional<std::int64_t> local_micros(std::string_view text) {
  if (!matches(text, "00/00/00 00:00:00")) return std::nullopt;
  const std::string iso = (text[6] < '7' ? "20" : "19") + std::string(text.substr(6, 2)) + "-" +
                          std::string(text.substr(0, 2)) + "-" + std::string(text.substr(3, 2)) + "T" +
                          std::string(text.substr(9)) + "Z";
  const auto time = parse_iso(iso);
  return time ? std::optional(time->micros) : std::nullopt;
}

/// Applies the account's zone, when it is known.
Timestamp in_zone(std::int64_t local_us, std::string_view zone) {
  Timestamp time;
  time.micros = local_us;
  time.quality = TimeQuality::kZoneUnknown;
  if (const auto offset = offset_of_local(zone, local_us)) {
    time.micros -= *offset * kMinute;
    time.offset_minutes = offset;
    time.quality = TimeQuality::kZoneInferred;
  }
  return time;
}

/// One element: {dateTime, value}; the value is a number, a number as text, or an object.
struct Sample {
  std::optional<std::string_view> date_time;
  std::optional<double> value;
  std::optional<std::int64_t> confidence;
};

bool has_object_value(std::string_view text) {
  constexpr std::string_view kName = "\"value\"";
  const auto name = text.find(kName);
  if (name == std::string_view::npos) return false;
  const auto at = text.find_first_not_of(" \t\r\n:", name + kName.size());
  return at != std::string_view::npos && text[at] == '{';
}

void read_sample(Members& members, Sample& sample, bool is_object) {
  while (members.next()) {
    if (text_member(members, "dateTime", sample.date_time)) continue;
    if (is_object && object_member(members, "value", [&sample](Members& inner) {
          return real_member(inner, "bpm", sample.value) || real_member(inner, "value", sample.value) ||
                 integer_member(inner, "confidence", sample.confidence, ColumnType::kInt16);
        }))
      continue;
    if (!is_object && real_member(members, "value", sample.value)) continue;
    members.keep();
  }
}

ElementOutcome read_element(std::string_view text, JsonReader& reader, EntrySink& sink,
                            std::string_view metric, std::string_view zone) {
  constexpr auto& kTable = kHealthSample;
  Extra extra(sink, kTable);
  Sample sample;
  const bool is_object = has_object_value(text);
  const auto outcome =
      reader.read(text, extra, [&](Members& members) { read_sample(members, sample, is_object); });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  const auto local = sample.date_time ? local_micros(*sample.date_time) : std::nullopt;
  if (!local) return "no time";
  if (reader.was_repaired()) sink.repaired();
  const auto time = in_zone(*local, zone);
  auto row = sink.row(kTable);
  row.integer(kTable.at("start_us"), time.micros);
  row.integer(kTable.at("end_us"), time.micros);
  row.text(kTable.at("metric"), metric);
  row.text(kTable.at("source"), "fitbit");
  row.real(kTable.at("value"), sample.value);
  if (sample.value) row.integer(kTable.at("value_milli"), milli_of(*sample.value));
  row.integer(kTable.at("confidence"), sample.confidence);
  row.text(kTable.at("ts_quality"), name_of(time.quality));
  row.extra(extra.json());
  return kStored;
}

Certainty recognise_json(const EntryHead& head) {
  const bool own = head.json.has("[].dateTime") && head.json.has("[].value");
  return head.json.is_array() && own ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse_json(const EntryHead& head, const ParseOptions& options, Content& content,
                            EntrySink& sink) {
  const auto metric = metric_in(stem(head.name));
  const std::string_view zone = options.time_zone;
  return parse_json_elements(content, sink,
                             [&](const JsonElements::Element& element, JsonReader& reader, EntrySink& into) {
                               return read_element(element.text, reader, into, metric, zone);
                             });
}

using Fields = std::vector<std::string>;

bool are_names(const Fields& fields) {
  const CsvNames names(fields);
  return names.count() >= 3 && names.lower(0) == "timestamp" && names.has({"data source"});
}

/// The file's name tells the metric where there is one number, the column's name where there are more.
ElementOutcome read_record(const Fields& values, const CsvNames& names, std::string_view metric,
                           EntrySink& sink) {
  constexpr auto& kTable = kHealthSample;
  CsvFields fields(values, names, sink);
  const auto time = fields.take_time({"timestamp"});
  if (!time) return "no time";
  const auto source = fields.take({"data source"});
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < fields.count() && i < names.count(); ++i) {
    if (i == names.position("timestamp") || i == names.position("data source")) continue;
    if (!parse_real(fields.peek(i))) continue;
    numbers.push_back(i);
    fields.take(i);
  }
  auto extra = fields.extra(kTable, sink);
  if (numbers.empty()) return "no number";
  for (const auto column : numbers) {
    const double value = *parse_real(fields.peek(column));
    auto row = sink.row(kTable);
    row.integer(kTable.at("start_us"), time->micros);
    row.integer(kTable.at("end_us"), time->micros);
    row.text(kTable.at("metric"), names.count() == 3 ? std::string(metric) : names.shown(column));
    row.text(kTable.at("source"), source);
    row.real(kTable.at("value"), value);
    row.integer(kTable.at("value_milli"), milli_of(value));
    row.text(kTable.at("ts_quality"), name_of(time->quality));
    row.extra(std::exchange(extra, {}));
  }
  return kStored;
}

Certainty recognise_csv(const EntryHead& head) {
  const auto records = csv_head(head, 1);
  return !records.empty() && are_names(records[0]) ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse_csv(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                           EntrySink& sink) {
  const auto metric = metric_in(stem(head.name));
  return parse_named_csv_records(content, sink,
                                 [&](const Fields& fields, const CsvNames& names, EntrySink& into) {
                                   return read_record(fields, names, metric, into);
                                 });
}

constexpr const TableSpec* kTables[] = {&kHealthSample};

}  // namespace

const Product kFitbitJson{.name = "fitbit_json",
                          .product = "fitbit",
                          .version = 1,
                          .tables = kTables,
                          .recognise = recognise_json,
                          .parse = parse_json};
const Product kFitbitCsv{.name = "fitbit_csv",
                         .product = "fitbit",
                         .version = 1,
                         .tables = kTables,
                         .recognise = recognise_csv,
                         .parse = parse_csv};

}  // namespace lake::takeout
