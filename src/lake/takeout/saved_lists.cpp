// Saved/<list>.csv: title, note, address and comment of what was saved to a list. A free text may stand
// before the names of the columns, which follow the account's language, but for "URL". English and German
// names were seen in real files.
#include "lake/takeout/csv_product.hpp"
#include "lake/takeout/places_tables.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

using Fields = std::vector<std::string>;

constexpr std::size_t kPreambleMax = 8;  // records that may stand before the names
constexpr std::size_t kUrlColumn = 2;

bool are_names(const Fields& fields) {
  return fields.size() >= 4 && fields.size() <= 8 && fields[kUrlColumn] == "URL" && fields[0] != "URL" &&
         fields[0].find("://") == std::string::npos;
}

/// "0x47a84e373f035901:0x42120465b5e3b70" of ".../data=!4m2!3m1!1s0x47a8...:0x4212..."
std::optional<std::string_view> feature_id_in(std::string_view url) {
  constexpr std::string_view kBefore = "!1s0x";
  const auto at = url.find(kBefore);
  if (at == std::string_view::npos) return std::nullopt;
  const auto id = url.substr(at + 3);
  const auto end = id.find_first_not_of("0123456789abcdefABCDEFx:");
  const auto found = id.substr(0, end);
  return found.find(":0x") == std::string_view::npos ? std::nullopt : std::optional(found);
}

ElementOutcome read_item(const Fields& values, const CsvNames& names, std::string_view list,
                         EntrySink& sink) {
  constexpr auto& kTable = kSavedItem;
  CsvFields fields(values, names, sink);
  const auto title = fields.take(std::size_t{0});
  const auto note = fields.take(1);
  const auto url = fields.take(kUrlColumn);
  const auto tags = fields.take({"tags", "schlagwörter", "タグ"});
  // The comment is the last column; tags, since they exist, stand before it.
  const auto comment = names.has({"comment"}) ? fields.take({"comment"})
                                              : fields.take(names.count() > 3 ? names.count() - 1 : 3);
  if (!title && !url && !note) return "shape";
  const auto extra = fields.extra(kTable, sink);
  auto row = sink.row(kTable);
  row.text(kTable.at("list"), list);
  row.text(kTable.at("title"), title);
  row.text(kTable.at("url"), url);
  row.text(kTable.at("note"), note);
  row.text(kTable.at("comment"), comment);
  row.text(kTable.at("tags"), tags);
  if (url) row.text(kTable.at("feature_id"), feature_id_in(*url));
  row.extra(extra);
  return kStored;
}

/// A text before the names, which the commas in it split.
ElementOutcome write_description(const Fields& values, std::string_view list, EntrySink& sink) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) text += (i > 0 ? "," : "") + values[i];
  auto row = sink.row(kSavedList);
  row.text(kSavedList.at("list"), list);
  row.text(kSavedList.at("description"), is_utf8(text) ? text : repaired_utf8(text));
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  for (const auto& record : csv_head(head, kPreambleMax + 1)) {
    if (are_names(record)) return Certainty::kShape;
  }
  return Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  CsvNames names;
  const auto list = stem(head.name);
  return parse_csv_records(
      content, sink,
      [&](const Fields& fields) {
        if (names.count() > 0 || !are_names(fields)) return true;
        names = CsvNames(fields);
        return false;
      },
      [&](const Fields& fields, EntrySink& into) {
        return names.count() > 0 ? read_item(fields, names, list, into)
                                 : write_description(fields, list, into);
      });
}

constexpr const TableSpec* kTables[] = {&kSavedItem, &kSavedList};

}  // namespace

const Product kSavedLists{.name = "saved_list",
                          .product = "saved",
                          .version = 1,
                          .tables = kTables,
                          .recognise = recognise,
                          .parse = parse};

}  // namespace lake::takeout
