// Contacts as CSV, in the columns that Google wrote until 2024 and those since. Names of columns are from
// memory, so a file is only claimed with those that mean nothing else.
#include <algorithm>

#include "lake/takeout/contact_tables.hpp"
#include "lake/takeout/csv_product.hpp"
#include "lake/takeout/html_tokens.hpp"
#include "lake/takeout/file_products.hpp"

namespace lake::takeout {
namespace {

constexpr int kRepeatsMax = 20;

bool are_names(const CsvNames& names) {
  const bool has_name = names.has({"given name"}) || names.has({"first name"});
  return has_name && (names.has({"e-mail 1 - value"}) || names.has({"phone 1 - value"}));
}

/// Fields that repeat: "E-mail 1 - Value", "E-mail 2 - Value", with their labels; several values in one stand
/// between ":::".
struct Repeated {
  std::vector<std::string> values;
  std::string json;
};

class ContactRecord {
 public:
  ContactRecord(CsvFields& fields, const CsvNames& names) : fields_(fields), names_(names) {}

  std::optional<std::string_view> take(std::string_view name) {
    const auto at = names_.position(name);
    return at ? fields_.take(*at) : std::nullopt;
  }
  std::optional<std::string_view> take(std::string_view name, std::string_view or_name) {
    const auto found = take(name);
    return found ? found : take(or_name);
  }
  Repeated take_repeated(const std::string& what, const std::string& value_name) {
    Repeated repeated;
    for (int i = 1; i <= kRepeatsMax; ++i) {
      const auto prefix = what + " " + std::to_string(i) + " - ";
      const auto label = take(prefix + "label", prefix + "type");
      const auto value = take(prefix + value_name);
      if (!value) continue;
      std::string_view rest = *value;
      while (true) {
        const auto end = rest.find(":::");
        const auto one = trimmed(rest.substr(0, end));
        if (!one.empty()) {
          repeated.values.emplace_back(one);
          repeated.json +=
              (repeated.json.empty() ? "[" : ",") + std::string("{\"value\":") + json_quoted(one);
          if (label) repeated.json += ",\"label\":" + json_quoted(*label);
          repeated.json += '}';
        }
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 3);
      }
    }
    if (!repeated.json.empty()) repeated.json += ']';
    return repeated;
  }

 private:
  CsvFields& fields_;
  const CsvNames& names_;
};

std::string sorted_text(std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::string text;
  for (const auto& each : values) text += (text.empty() ? "" : " ") + each;
  return text;
}

std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

ElementOutcome read_record(const std::vector<std::string>& values, const CsvNames& names, EntrySink& sink) {
  constexpr auto& kTable = kContact;
  CsvFields fields(values, names, sink);
  ContactRecord record(fields, names);
  const auto given = record.take("given name", "first name");
  const auto middle = record.take("additional name", "middle name");
  const auto family = record.take("family name", "last name");
  auto name = std::string(record.take("name").value_or(""));
  if (name.empty()) {
    for (const auto& part : {given, middle, family}) {
      if (part) name += (name.empty() ? "" : " ") + std::string(*part);
    }
  }
  const auto mails = record.take_repeated("e-mail", "value");
  const auto phones = record.take_repeated("phone", "value");
  const auto addresses = record.take_repeated("address", "formatted");
  const auto sites = record.take_repeated("website", "value");
  const auto prefix = record.take("name prefix");
  const auto suffix = record.take("name suffix");
  const auto nickname = record.take("nickname");
  const auto organization = record.take("organization 1 - name", "organization name");
  const auto title = record.take("organization 1 - title", "organization title");
  const auto birthday = record.take("birthday");
  const auto note = record.take("notes");
  const auto photo = record.take("photo");
  const auto extra = fields.extra(kTable, sink);
  if (name.empty() && mails.values.empty() && phones.values.empty()) return "no name";
  auto row = sink.row(kTable);
  row.text(kTable.at("name"), name);
  row.text(kTable.at("mails"), sorted_text(mails.values));
  row.text(kTable.at("phones"), sorted_text(phones.values));
  row.text(kTable.at("given_name"), given);
  row.text(kTable.at("family_name"), family);
  row.text(kTable.at("middle_name"), middle);
  row.text(kTable.at("name_prefix"), prefix);
  row.text(kTable.at("name_suffix"), suffix);
  row.text(kTable.at("nickname"), nickname);
  row.text(kTable.at("organization"), organization);
  row.text(kTable.at("title"), title);
  row.text(kTable.at("birthday"), birthday);
  row.text(kTable.at("note"), note);
  row.text(kTable.at("photo_url"), photo);
  if (!mails.json.empty()) row.text(kTable.at("emails"), mails.json);
  if (!phones.json.empty()) row.text(kTable.at("numbers"), phones.json);
  if (!addresses.json.empty()) row.text(kTable.at("addresses"), addresses.json);
  if (!sites.values.empty()) row.texts(kTable.at("urls"), views_of(sites.values));
  row.extra(extra);
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  const auto records = csv_head(head, 1);
  return !records.empty() && are_names(CsvNames(records.front())) ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  return parse_named_csv_records(content, sink, read_record);
}

constexpr const TableSpec* kTables[] = {&kContact};

}  // namespace

const Product kContactsCsv{.name = "contacts_csv",
                           .product = "contacts",
                           .version = 1,
                           .tables = kTables,
                           .is_from_memory = true,
                           .recognise = recognise,
                           .parse = parse};

}  // namespace lake::takeout
