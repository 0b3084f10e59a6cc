// Settings.json of the location history: the devices that reported, and what the account chose. Shape seen in
// real files; the list of devices is known to be incomplete.
#include "lake/takeout/generic_rows.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/timeline_tables.hpp"

namespace lake::takeout {
namespace {

struct Device {
  std::optional<std::int64_t> tag;
  std::optional<std::int64_t> os_level;
  std::optional<std::string_view> name;
  std::optional<std::string_view> platform;
  std::optional<std::string_view> ios_version;
  std::optional<std::string_view> country;
  std::optional<std::string> spec;
  std::optional<Timestamp> created;
  std::optional<bool> reporting;
};

ElementOutcome read_device(std::string_view text, JsonReader& reader, EntrySink& sink) {
  constexpr auto& kTable = kLocationDevice;
  Extra extra(sink, kTable);
  Device device;
  const auto outcome = reader.read(text, extra, [&device](Members& members) {
    while (members.next()) {
      if (integer_member(members, "deviceTag", device.tag) ||
          text_member(members, "devicePrettyName", device.name) ||
          text_member(members, "platformType", device.platform) ||
          integer_member(members, "androidOsLevel", device.os_level, ColumnType::kInt32) ||
          text_member(members, "iosVersion", device.ios_version) ||
          raw_member(members, "deviceSpec", device.spec) ||
          text_member(members, "legalCountryCode", device.country) ||
          time_member(members, "deviceCreationTime", device.created) ||
          flag_member(members, "reportingEnabled", device.reporting))
        continue;
      members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!device.tag) return "no device";
  if (reader.was_repaired()) sink.repaired();
  auto row = sink.row(kTable);
  row.integer(kTable.at("device_tag"), device.tag);
  row.text(kTable.at("name"), device.name);
  row.text(kTable.at("platform"), device.platform);
  row.integer(kTable.at("android_os_level"), device.os_level);
  row.text(kTable.at("ios_version"), device.ios_version);
  row.text(kTable.at("spec"), device.spec);
  row.text(kTable.at("legal_country"), device.country);
  row.integer(kTable.at("created_us"), micros_of(device.created));
  row.flag(kTable.at("reporting_enabled"), device.reporting);
  row.extra(extra.json());
  return kStored;
}

ElementOutcome write_setting(std::string_view name, std::string_view text, EntrySink& sink) {
  std::string repaired;
  if (!is_utf8(text)) {
    repaired = repaired_utf8(text);
    text = repaired;
    sink.repaired();
  }
  if (!is_json(text)) return "syntax";
  auto row = sink.row(kLocationSetting);
  row.text(kLocationSetting.at("name"), is_utf8(name) ? std::string(name) : repaired_utf8(name));
  row.text(kLocationSetting.at("value"), text);
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  const auto& json = head.json;
  const bool own = json.has("deviceSettings[].deviceTag") || json.has("hasReportedLocations") ||
                   (json.has("retentionWindowDays") && json.has("historyEnabled"));
  return json.is_object() && own ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  return parse_numbered_elements(content, sink,
                                 [&head](const JsonElements::Element& element, std::int64_t idx,
                                         JsonReader& reader, EntrySink& into) -> ElementOutcome {
                                   if (!element.is_item)
                                     return write_setting(element.member, element.text, into);
                                   if (element.member == "deviceSettings")
                                     return read_device(element.text, reader, into);
                                   return write_raw_json(head, element.member, idx, element.text, into);
                                 });
}

constexpr const TableSpec* kTables[] = {&kLocationDevice, &kLocationSetting, &kRawJson};

}  // namespace

const Product kLocationSettings{.name = "location_settings",
                                .product = "location",
                                .version = 1,
                                .tables = kTables,
                                .recognise = recognise,
                                .parse = parse};

}  // namespace lake::takeout
