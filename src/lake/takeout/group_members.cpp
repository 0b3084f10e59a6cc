// Groups: members.csv of each group. Its columns are from memory; a file without the two that make it is no
// such file.
#include "lake/takeout/csv_product.hpp"
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/voice_tables.hpp"

namespace lake::takeout {
namespace {

bool are_names(const CsvNames& names) {
  return names.has({"email address"}) && (names.has({"group status"}) || names.has({"email preference"}));
}

std::string_view group_of(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : file_name(name.substr(0, slash));
}

ElementOutcome read_record(std::string_view group, const std::vector<std::string>& values,
                           const CsvNames& names, EntrySink& sink) {
  constexpr auto& kTable = kGroupMember;
  CsvFields fields(values, names, sink);
  const auto email = fields.take({"email address"});
  if (!email) return "no address";
  const auto nickname = fields.take({"nickname"});
  const auto status = fields.take({"group status"});
  const auto email_status = fields.take({"email status"});
  const auto preference = fields.take({"email preference"});
  const auto permissions = fields.take({"posting permissions"});
  const auto year = fields.take_integer({"join year"});
  const auto extra = fields.extra(kTable, sink);
  auto row = sink.row(kTable);
  row.text(kTable.at("group"), group);
  row.text(kTable.at("email"), email);
  row.text(kTable.at("nickname"), nickname);
  row.text(kTable.at("status"), status);
  row.text(kTable.at("email_status"), email_status);
  row.text(kTable.at("preference"), preference);
  row.text(kTable.at("permissions"), permissions);
  if (year && *year >= 0 && *year < 10000) row.integer(kTable.at("join_year"), *year);
  row.extra(extra);
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  const auto records = csv_head(head, 1);
  return !records.empty() && are_names(CsvNames(records.front())) ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  const auto group = group_of(head.name);
  return parse_named_csv_records(
      content, sink, [&](const std::vector<std::string>& fields, const CsvNames& names, EntrySink& into) {
        return read_record(group, fields, names, into);
      });
}

constexpr const TableSpec* kTables[] = {&kGroupMember};

}  // namespace

const Product kGroupMembers{.name = "group_members",
                            .product = "groups",
                            .version = 1,
                            .tables = kTables,
                            .is_from_memory = true,
                            .recognise = recognise,
                            .parse = parse};

}  // namespace lake::takeout
