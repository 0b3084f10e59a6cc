// Any JSON that no other parser claims: each element as it is.
#include "lake/takeout/generic_tables.hpp"
#include "lake/takeout/json_product.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

Certainty recognise(const EntryHead& head) {
  return head.json.is_json() && extension(head.name) == "json" ? Certainty::kGeneric : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  const auto read = [&](const JsonElements::Element& element, JsonReader& /*reader*/,
                        EntrySink& into) -> ElementOutcome {
    std::string repaired;
    std::string_view text = element.text;
    if (!is_utf8(text)) {
      repaired = repaired_utf8(text);
      text = repaired;
      into.repaired();
    }
    if (!is_json(text)) return "syntax";
    auto row = into.row(kRawJson);
    row.integer(kRawJson.at("idx"), static_cast<std::int64_t>(element.index));
    row.text(kRawJson.at("path"), path_in_export(head.name));
    row.text(kRawJson.at("product"), product_folder(head.name));
    if (!element.member.empty()) row.text(kRawJson.at("member"), element.member);
    row.text(kRawJson.at("doc"), text);
    return kStored;
  };
  return parse_json_elements(content, sink, read);
}

constexpr const TableSpec* kTables[] = {&kRawJson};

}  // namespace

const Product kGenericJson{.name = "generic_json",
                           .product = "",
                           .version = 1,
                           .tables = kTables,
                           .is_generic = true,
                           .recognise = recognise,
                           .parse = parse};

}  // namespace lake::takeout
