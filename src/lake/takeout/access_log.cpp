// Access log activity: every use of a service (13 or 16 columns, millions of lines) and the devices. Columns
// seen in real files, the exact text of their names is from memory: they are found by words in them.
#include <map>

#include "lake/takeout/access_log_tables.hpp"
#include "lake/takeout/csv_product.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

using Fields = std::vector<std::string>;

/// Lines of one second that are compared with each other.
constexpr std::size_t kLinesMax = 4096;

struct Line {
  ElementPlace place;
  std::string text;
  Fields fields;
  bool is_too_large = false;
};

bool are_activity_names(const CsvNames& names) {
  return names.has({"gaia id", "activity timestamp", "ip address"});
}

bool are_device_names(const CsvNames& names) {
  return names.has({"gaia id", "device model"}) && !names.has({"activity timestamp"});
}

ElementOutcome write_line(const Fields& values, const CsvNames& names, std::int64_t count, EntrySink& sink) {
  constexpr auto& kTable = kAccessLog;
  CsvFields fields(values, names, sink);
  const auto time = fields.take_time({"activity timestamp"});
  if (!time) return "no time";
  struct Column {
    std::size_t at;
    std::optional<std::string_view> text;
  };
  const Column columns[] = {
      {kTable.at("ip"), fields.take({"ip address"})},
      {kTable.at("product"), fields.take({"product name", "product"})},
      {kTable.at("sub_product"), fields.take({"sub-product name", "sub-product"})},
      {kTable.at("activity_type"), fields.take({"activity type"})},
      {kTable.at("user_agent"), fields.take({"user agent string", "user agent"})},
      {kTable.at("proxied_ip"), fields.take({"proxied host ip address", "proxied host ip"})},
      {kTable.at("is_non_routable"), fields.take({"is non-routable ip address", "is non-routable"})},
      {kTable.at("country"), fields.take({"activity country", "country"})},
      {kTable.at("region"), fields.take({"activity region", "region"})},
      {kTable.at("city"), fields.take({"activity city", "city"})},
      {kTable.at("referer_product"), fields.take({"referer product name", "referer product"})},
      {kTable.at("referer_sub_product"), fields.take({"referer sub-product name", "referer sub-product"})},
      {kTable.at("gmail_channel"), fields.take({"gmail access channel"})},
      {kTable.at("webview_package"),
       fields.take({"android webview package name", "android webview package"})},
      {kTable.at("gaia_id"), fields.take({"gaia id"})},
  };
  const auto extra = fields.extra(kTable, sink);
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), time->micros);
  for (const auto& column : columns) row.text(column.at, column.text);
  row.text(kTable.at("ts_quality"), name_of(time->quality));
  row.integer(kTable.at("count"), count);
  row.extra(extra);
  return kStored;
}

/// The lines of one second in their order: the first of equal ones gives the row.
Status write_lines(const std::vector<Line>& lines, const CsvNames& names, EntrySink& sink) {
  std::map<std::string_view, std::int64_t> counts;
  for (const auto& line : lines) ++counts[line.text];
  for (const auto& line : lines) {
    const auto count = std::exchange(counts[line.text], 0);
    if (!sink.begin_element(line.place)) continue;
    const ElementOutcome outcome = line.is_too_large ? "too large"
                                   : count == 0      ? kStored
                                                     : write_line(line.fields, names, count, sink);
    if (outcome == kStored) {
      LAKE_CHECK_OK(sink.end_element());
    } else {
      LAKE_CHECK_OK(sink.reject(line.text, outcome));
    }
  }
  return ok();
}

Certainty recognise_activities(const EntryHead& head) {
  const auto records = csv_head(head, 1);
  return !records.empty() && are_activity_names(CsvNames(records[0])) ? Certainty::kContent
                                                                      : Certainty::kNone;
}

Result<ParseEnd> parse_activities(const EntryHead& /*head*/, const ParseOptions& /*options*/,
                                  Content& content, EntrySink& sink) {
  CsvRecords records(content);
  CsvNames names;
  if (const auto* header = records.next()) names = CsvNames(header->fields);
  const auto time_column = names.position("activity timestamp").value_or(0);
  std::vector<Line> lines;
  std::string second;
  while (const auto* record = records.next()) {
    if (record->text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const std::string time = time_column < record->fields.size() ? record->fields[time_column] : "";
    if (time != second || lines.size() >= kLinesMax) {
      LAKE_CHECK_OK(write_lines(lines, names, sink));
      lines.clear();
    }
    second = time;
    lines.push_back({record->place, std::string(record->text), record->fields, record->is_too_large});
  }
  LAKE_CHECK_OK(write_lines(lines, names, sink));
  if (records.end() == CsvRecords::End::kComplete) return ParseEnd{};
  return ParseEnd{false, records.end_offset(),
                  records.failure() ? records.failure()->message() : "the file ends inside quotes"};
}

ElementOutcome read_device(const Fields& values, const CsvNames& names, EntrySink& sink) {
  constexpr auto& kTable = kAccessDevice;
  CsvFields fields(values, names, sink);
  const auto gaia = fields.take({"gaia id"});
  const auto model = fields.take({"device model"});
  if (!gaia && !model) return "no device";
  const auto name = fields.take({"user given name"});
  const auto type = fields.take({"device type"});
  const auto brand = fields.take({"brand name"});
  const auto marketing = fields.take({"marketing name"});
  const auto os = fields.take({"os"});
  const auto version = fields.take({"os version"});
  const auto location = fields.take({"device last location"});
  const auto extra = fields.extra(kTable, sink);
  auto row = sink.row(kTable);
  row.text(kTable.at("gaia_id"), gaia);
  row.text(kTable.at("device"), model);
  row.text(kTable.at("user_given_name"), name);
  row.text(kTable.at("type"), type);
  row.text(kTable.at("brand"), brand);
  row.text(kTable.at("marketing_name"), marketing);
  row.text(kTable.at("os"), os);
  row.text(kTable.at("os_version"), version);
  row.text(kTable.at("last_location"), location);
  row.extra(extra);
  return kStored;
}

Certainty recognise_devices(const EntryHead& head) {
  const auto records = csv_head(head, 1);
  return !records.empty() && are_device_names(CsvNames(records[0])) ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse_devices(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                               EntrySink& sink) {
  return parse_named_csv_records(content, sink,
                                 [&](const Fields& fields, const CsvNames& names, EntrySink& into) {
                                   return read_device(fields, names, into);
                                 });
}

constexpr const TableSpec* kActivityTables[] = {&kAccessLog};
constexpr const TableSpec* kDeviceTables[] = {&kAccessDevice};

}  // namespace

const Product kAccessActivities{.name = "access_log",
                                .product = "access_log",
                                .version = 1,
                                .tables = kActivityTables,
                                .is_from_memory = true,
                                .recognise = recognise_activities,
                                .parse = parse_activities};
const Product kAccessDevices{.name = "access_devices",
                             .product = "access_log",
                             .version = 1,
                             .tables = kDeviceTables,
                             .is_from_memory = true,
                             .recognise = recognise_devices,
                             .parse = parse_devices};

}  // namespace lake::takeout
