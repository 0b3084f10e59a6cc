// Fitbit's sleep-*.json: a night is an element, its stages are rows of their own. Times are the account's
// without a zone. The names of logId, dateOfSleep, startTime, endTime and levels were seen in real files.
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/json_product.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/sleep_tables.hpp"
#include "lake/takeout/zones.hpp"

namespace lake::takeout {
namespace {

constexpr std::int64_t kMinute = 60'000'000;

struct Stage {
  std::optional<std::string_view> time;
  std::optional<std::string_view> level;
  std::optional<std::int64_t> seconds;
  bool is_short = false;
};

struct Night {
  std::optional<std::int64_t> log_id;
  std::optional<std::string_view> date;
  std::optional<std::string_view> start;
  std::optional<std::string_view> end;
  std::optional<std::string_view> type;
  std::optional<std::int64_t> duration_ms;
  std::optional<std::int64_t> asleep_min;
  std::optional<std::int64_t> awake_min;
  std::optional<std::int64_t> in_bed_min;
  std::optional<std::int64_t> to_sleep_min;
  std::optional<std::int64_t> after_wakeup_min;
  std::optional<std::int64_t> efficiency;
  std::optional<std::int64_t> info_code;
  std::optional<bool> is_main;
  std::optional<std::string> summary;
  std::vector<Stage> stages;
};

/// The wall clock's time, in the account's zone when it is known.
std::optional<Timestamp> time_of(const std::optional<std::string_view>& text, std::string_view zone) {
  auto time = text ? parse_iso(*text) : std::nullopt;
  if (!time || time->offset_minutes) return time;
  time->quality = TimeQuality::kZoneUnknown;
  if (const auto offset = offset_of_local(zone, time->micros)) {
    time->micros -= *offset * kMinute;
    time->offset_minutes = offset;
    time->quality = TimeQuality::kZoneInferred;
  }
  return time;
}

bool read_stages(Members& levels, std::string_view key, bool is_short, Night& night) {
  return objects_member(
      levels, key,
      [&] { night.stages.push_back({.time = {}, .level = {}, .seconds = {}, .is_short = is_short}); },
      [&night](Members& inner) {
        auto& stage = night.stages.back();
        return text_member(inner, "dateTime", stage.time) || text_member(inner, "level", stage.level) ||
               integer_member(inner, "seconds", stage.seconds);
      });
}

void read_night(Members& members, Night& night) {
  while (members.next()) {
    if (integer_member(members, "logId", night.log_id) || text_member(members, "dateOfSleep", night.date) ||
        text_member(members, "startTime", night.start) || text_member(members, "endTime", night.end) ||
        text_member(members, "type", night.type) || integer_member(members, "duration", night.duration_ms) ||
        integer_member(members, "minutesAsleep", night.asleep_min) ||
        integer_member(members, "minutesAwake", night.awake_min) ||
        integer_member(members, "timeInBed", night.in_bed_min) ||
        integer_member(members, "minutesToFallAsleep", night.to_sleep_min) ||
        integer_member(members, "minutesAfterWakeup", night.after_wakeup_min) ||
        integer_member(members, "efficiency", night.efficiency) ||
        integer_member(members, "infoCode", night.info_code) ||
        flag_member(members, "mainSleep", night.is_main) ||
        object_member(members, "levels", [&night](Members& levels) {
          return raw_member(levels, "summary", night.summary) || read_stages(levels, "data", false, night) ||
                 read_stages(levels, "shortData", true, night);
        }))
      continue;
    members.keep();
  }
}

void write_stages(const Night& night, std::string_view zone, Extra& extra, EntrySink& sink) {
  constexpr auto& kTable = kSleepStage;
  for (const auto& stage : night.stages) {
    const auto time = time_of(stage.time, zone);
    if (!time) {
      if (stage.time) extra.add("levels.dateTime", json_quoted(*stage.time));
      continue;
    }
    auto row = sink.row(kTable);
    row.integer(kTable.at("start_us"), time->micros);
    row.integer(kTable.at("log_id"), night.log_id);
    row.text(kTable.at("level"), stage.level);
    row.integer(kTable.at("seconds"), stage.seconds);
    row.flag(kTable.at("is_short"), stage.is_short);
    row.text(kTable.at("ts_quality"), name_of(time->quality));
  }
}

ElementOutcome read_element(std::string_view text, JsonReader& reader, EntrySink& sink,
                            std::string_view zone) {
  constexpr auto& kTable = kSleepSession;
  Extra extra(sink, kTable);
  Night night;
  const auto outcome = reader.read(text, extra, [&night](Members& members) { read_night(members, night); });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  const auto start = time_of(night.start, zone);
  if (!start) return "no time";
  if (reader.was_repaired()) sink.repaired();
  write_stages(night, zone, extra, sink);
  auto row = sink.row(kTable);
  row.integer(kTable.at("start_us"), start->micros);
  row.integer(kTable.at("end_us"), micros_of(time_of(night.end, zone)));
  row.integer(kTable.at("log_id"), night.log_id);
  row.text(kTable.at("date"), night.date);
  row.text(kTable.at("type"), night.type);
  row.integer(kTable.at("duration_ms"), night.duration_ms);
  row.integer(kTable.at("asleep_min"), night.asleep_min);
  row.integer(kTable.at("awake_min"), night.awake_min);
  row.integer(kTable.at("in_bed_min"), night.in_bed_min);
  row.integer(kTable.at("to_sleep_min"), night.to_sleep_min);
  row.integer(kTable.at("after_wakeup_min"), night.after_wakeup_min);
  row.integer(kTable.at("efficiency"), night.efficiency);
  row.integer(kTable.at("info_code"), night.info_code);
  row.flag(kTable.at("is_main"), night.is_main);
  row.text(kTable.at("summary"), night.summary);
  row.text(kTable.at("ts_quality"), name_of(start->quality));
  row.extra(extra.json());
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  const bool own = head.json.has("[].logId") && head.json.has("[].dateOfSleep");
  return head.json.is_array() && own ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& /*head*/, const ParseOptions& options, Content& content,
                       EntrySink& sink) {
  const std::string_view zone = options.time_zone;
  return parse_json_elements(content, sink,
                             [&](const JsonElements::Element& element, JsonReader& reader, EntrySink& into) {
                               return read_element(element.text, reader, into, zone);
                             });
}

constexpr const TableSpec* kTables[] = {&kSleepSession, &kSleepStage};

}  // namespace

const Product kFitbitSleep{.name = "fitbit_sleep",
                           .product = "fitbit",
                           .version = 1,
                           .tables = kTables,
                           .recognise = recognise,
                           .parse = parse};

}  // namespace lake::takeout
