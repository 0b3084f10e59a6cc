// Any CSV that no other parser claims: each record as an object of texts by the names of the first record.
#include <set>

#include "lake/takeout/csv_records.hpp"
#include "lake/takeout/generic_tables.hpp"
#include "lake/takeout/json_members.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

Certainty recognise(const EntryHead& head) {
  if (extension(head.name) != "csv" || head.bytes.find('\0') != std::string_view::npos)
    return Certainty::kNone;
  return head.bytes.empty() ? Certainty::kNone : Certainty::kGeneric;
}

std::string well_formed(const std::string& text, EntrySink& sink) {
  if (is_utf8(text)) return text;
  sink.repaired();
  return repaired_utf8(text);
}

/// The names of the first record; empty and repeated ones get their position.
std::vector<std::string> names_of(const std::vector<std::string>& header) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < header.size(); ++i) {
    auto name = is_utf8(header[i]) ? header[i] : repaired_utf8(header[i]);
    if (name.empty() || !seen.insert(name).second) name += "#" + std::to_string(i + 1);
    names.push_back(std::move(name));
  }
  return names;
}

std::string object_of(const std::vector<std::string>& names, const std::vector<std::string>& fields,
                      EntrySink& sink) {
  std::string json = "{";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) json += ',';
    json += json_quoted(i < names.size() ? names[i] : "#" + std::to_string(i + 1)) + ":" +
            json_quoted(well_formed(fields[i], sink));
  }
  return json + "}";
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  CsvRecords records(content);
  std::vector<std::string> names;
  if (const auto* header = records.next()) names = names_of(header->fields);
  std::int64_t position = -1;
  while (const auto* record = records.next()) {
    ++position;
    if (!sink.begin_element(record->place)) continue;
    if (record->is_too_large) {
      LAKE_CHECK_OK(sink.reject(record->text, "too large"));
      continue;
    }
    auto row = sink.row(kRawCsv);
    row.integer(kRawCsv.at("position"), position);
    row.text(kRawCsv.at("path"), path_in_export(head.name));
    row.text(kRawCsv.at("product"), product_folder(head.name));
    row.text(kRawCsv.at("stem"), stem(head.name));
    row.text(kRawCsv.at("fields"), object_of(names, record->fields, sink));
    LAKE_CHECK_OK(sink.end_element());
  }
  if (records.end() == CsvRecords::End::kComplete) return ParseEnd{};
  return ParseEnd{false, records.end_offset(),
                  records.failure() ? records.failure()->message() : "the file ends inside quotes"};
}

constexpr const TableSpec* kTables[] = {&kRawCsv};

}  // namespace

const Product kGenericCsv{.name = "generic_csv",
                          .product = "",
                          .version = 1,
                          .tables = kTables,
                          .is_generic = true,
                          .recognise = recognise,
                          .parse = parse};

}  // namespace lake::takeout
