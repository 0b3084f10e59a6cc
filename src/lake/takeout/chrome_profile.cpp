// What else Chrome syncs as JSON: SearchEngines.json and Device Information.json, shapes seen in real files,
// and Autofill.json (now Addresses and more.json), of which only the names of its sections are known: its
// elements stay whole, in a table marked as sensitive.
#include "lake/takeout/chrome_tables.hpp"
#include "lake/takeout/generic_rows.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

/// A number, also as text: milliseconds or microseconds since 1970 or microseconds since 1601, told apart by
/// size. 0 stands for no time.
bool sync_time_member(Members& members, std::string_view key, std::optional<std::int64_t>& value,
                      std::optional<Timestamp>& time) {
  if (!integer_member(members, key, value)) return false;
  constexpr std::int64_t kLeastMicros = 100'000'000'000'000;  // 1973; as milliseconds the year 5138
  if (value && *value != 0)
    time = *value < kLeastMicros ? from_epoch(*value, 1000) : from_webkit_or_unix_micros(*value);
  return true;
}

struct Engine {
  std::optional<std::string_view> guid;
  std::optional<std::string_view> keyword;
  std::optional<std::string_view> short_name;
  std::optional<std::string_view> url;
  std::optional<std::string_view> suggestions_url;
  std::optional<std::string_view> favicon_url;
  std::optional<std::string_view> is_active;
  std::optional<bool> safe_for_autoreplace;
  std::optional<std::int64_t> created_value;
  std::optional<std::int64_t> modified_value;
  std::optional<Timestamp> created;
  std::optional<Timestamp> modified;
};

ElementOutcome read_engine(std::string_view text, JsonReader& reader, EntrySink& sink) {
  constexpr auto& kTable = kSearchEngine;
  Extra extra(sink, kTable);
  Engine engine;
  const auto outcome = reader.read(text, extra, [&engine](Members& members) {
    while (members.next()) {
      if (text_member(members, "sync_guid", engine.guid) || text_member(members, "keyword", engine.keyword) ||
          text_member(members, "short_name", engine.short_name) || text_member(members, "url", engine.url) ||
          text_member(members, "suggestions_url", engine.suggestions_url) ||
          text_member(members, "favicon_url", engine.favicon_url) ||
          text_member(members, "is_active", engine.is_active) ||
          flag_member(members, "safe_for_autoreplace", engine.safe_for_autoreplace) ||
          sync_time_member(members, "date_created", engine.created_value, engine.created) ||
          sync_time_member(members, "last_modified", engine.modified_value, engine.modified))
        continue;
      members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!engine.guid && !engine.keyword) return "no name";
  if (reader.was_repaired()) sink.repaired();
  auto row = sink.row(kTable);
  row.text(kTable.at("sync_guid"), engine.guid);
  row.text(kTable.at("keyword"), engine.keyword);
  row.text(kTable.at("short_name"), engine.short_name);
  row.text(kTable.at("url"), engine.url);
  row.text(kTable.at("suggestions_url"), engine.suggestions_url);
  row.text(kTable.at("favicon_url"), engine.favicon_url);
  row.integer(kTable.at("created_us"), micros_of(engine.created));
  row.integer(kTable.at("modified_us"), micros_of(engine.modified));
  row.text(kTable.at("is_active"), engine.is_active);
  row.flag(kTable.at("safe_for_autoreplace"), engine.safe_for_autoreplace);
  row.extra(extra.json());
  return kStored;
}

struct Device {
  std::optional<std::string_view> name;
  std::optional<std::string_view> model;
  std::optional<std::string_view> manufacturer;
  std::optional<std::string_view> os_type;
  std::optional<std::string_view> device_type;
  std::optional<std::string_view> version;
  std::optional<std::int64_t> updated_value;
  std::optional<Timestamp> updated;
};

ElementOutcome read_device(std::string_view text, JsonReader& reader, EntrySink& sink) {
  constexpr auto& kTable = kChromeDevice;
  Extra extra(sink, kTable);
  Device device;
  const auto outcome = reader.read(text, extra, [&device](Members& members) {
    while (members.next()) {
      if (text_member(members, "client_name", device.name) || text_member(members, "model", device.model) ||
          text_member(members, "manufacturer", device.manufacturer) ||
          text_member(members, "os_type", device.os_type) ||
          text_member(members, "device_type", device.device_type) ||
          text_member(members, "chrome_version", device.version) ||
          sync_time_member(members, "last_updated_timestamp", device.updated_value, device.updated))
        continue;
      members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!device.name && !device.model) return "no name";
  if (reader.was_repaired()) sink.repaired();
  auto row = sink.row(kTable);
  row.text(kTable.at("client_name"), device.name);
  row.text(kTable.at("model"), device.model);
  row.text(kTable.at("manufacturer"), device.manufacturer);
  row.text(kTable.at("os_type"), device.os_type);
  row.text(kTable.at("device_type"), device.device_type);
  row.text(kTable.at("chrome_version"), device.version);
  row.integer(kTable.at("last_updated_us"), micros_of(device.updated));
  row.extra(extra.json());
  return kStored;
}

ElementOutcome write_autofill(const JsonElements::Element& element, std::int64_t idx, EntrySink& sink) {
  std::string repaired;
  std::string_view text = element.text;
  if (!is_utf8(text)) {
    repaired = repaired_utf8(text);
    text = repaired;
    sink.repaired();
  }
  if (!is_json(text)) return "syntax";
  auto row = sink.row(kAutofill);
  row.integer(kAutofill.at("idx"), idx);
  row.text(kAutofill.at("section"),
           is_utf8(element.member) ? std::string(element.member) : repaired_utf8(element.member));
  row.text(kAutofill.at("doc"), text);
  return kStored;
}

Certainty recognise_engines(const EntryHead& head) {
  return head.json.is_object() && head.json.has("Search Engines") ? Certainty::kContent : Certainty::kNone;
}
Certainty recognise_devices(const EntryHead& head) {
  return head.json.is_object() && head.json.has("Device Info") ? Certainty::kContent : Certainty::kNone;
}
Certainty recognise_autofill(const EntryHead& head) {
  const bool own = head.json.has("Autofill") || head.json.has("Autofill Profile");
  return head.json.is_object() && own ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse_engines(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                               EntrySink& sink) {
  return parse_numbered_elements(content, sink,
                                 [&head](const JsonElements::Element& element, std::int64_t idx,
                                         JsonReader& reader, EntrySink& into) -> ElementOutcome {
                                   if (element.member == "Search Engines" && element.is_item)
                                     return read_engine(element.text, reader, into);
                                   return write_raw_json(head, element.member, idx, element.text, into);
                                 });
}

Result<ParseEnd> parse_devices(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                               EntrySink& sink) {
  return parse_numbered_elements(content, sink,
                                 [&head](const JsonElements::Element& element, std::int64_t idx,
                                         JsonReader& reader, EntrySink& into) -> ElementOutcome {
                                   if (element.member == "Device Info" && element.is_item)
                                     return read_device(element.text, reader, into);
                                   return write_raw_json(head, element.member, idx, element.text, into);
                                 });
}

Result<ParseEnd> parse_autofill(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                                EntrySink& sink) {
  return parse_numbered_elements(
      content, sink,
      [](const JsonElements::Element& element, std::int64_t idx, JsonReader& /*reader*/, EntrySink& into) {
        return write_autofill(element, idx, into);
      });
}

constexpr const TableSpec* kEngineTables[] = {&kSearchEngine, &kRawJson};
constexpr const TableSpec* kDeviceTables[] = {&kChromeDevice, &kRawJson};
constexpr const TableSpec* kAutofillTables[] = {&kAutofill};

}  // namespace

const Product kSearchEngines{.name = "search_engines",
                             .product = "chrome",
                             .version = 1,
                             .tables = kEngineTables,
                             .recognise = recognise_engines,
                             .parse = parse_engines};
const Product kChromeDevices{.name = "chrome_devices",
                             .product = "chrome",
                             .version = 1,
                             .tables = kDeviceTables,
                             .recognise = recognise_devices,
                             .parse = parse_devices};
const Product kChromeAutofill{.name = "autofill",
                              .product = "chrome",
                              .version = 1,
                              .tables = kAutofillTables,
                              .is_from_memory = true,
                              .recognise = recognise_autofill,
                              .parse = parse_autofill};

}  // namespace lake::takeout
