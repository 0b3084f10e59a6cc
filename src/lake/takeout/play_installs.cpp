// Google Play Store/Installs.json: which app came to which device when. Shape seen in real files.
#include "lake/takeout/json_product.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/play_tables.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

struct Install {
  std::optional<Timestamp> first;
  std::optional<Timestamp> updated;
  std::optional<std::string_view> title;
  std::optional<std::string_view> document_type;
  std::optional<std::string_view> device;
  std::optional<std::string_view> model;
  std::optional<std::string_view> manufacturer;
  std::optional<std::string_view> carrier;
};

bool read_install(Members& members, Install& install) {
  return time_member(members, "firstInstallationTime", install.first) ||
         time_member(members, "lastUpdateTime", install.updated) ||
         object_member(members, "doc",
                       [&install](Members& inner) {
                         return text_member(inner, "title", install.title) ||
                                text_member(inner, "documentType", install.document_type);
                       }) ||
         object_member(members, "deviceAttribute", [&install](Members& inner) {
           return text_member(inner, "deviceDisplayName", install.device) ||
                  text_member(inner, "model", install.model) ||
                  text_member(inner, "manufacturer", install.manufacturer) ||
                  text_member(inner, "carrier", install.carrier);
         });
}

ElementOutcome read_element(const JsonElements::Element& element, JsonReader& reader, EntrySink& sink) {
  constexpr auto& kTable = kPlayInstall;
  Extra extra(sink, kTable);
  Install install;
  const auto outcome = reader.read(element.text, extra, [&install](Members& members) {
    while (members.next()) {
      if (!object_member(members, "install",
                         [&install](Members& inner) { return read_install(inner, install); }))
        members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!install.first && !install.title) return "shape";
  if (reader.was_repaired()) sink.repaired();
  auto row = sink.row(kTable);
  row.integer(kTable.at("first_installation_us"), micros_of(install.first));
  row.text(kTable.at("title"), install.title);
  row.text(kTable.at("device"), install.device);
  row.integer(kTable.at("last_update_us"), micros_of(install.updated));
  row.text(kTable.at("document_type"), install.document_type);
  row.text(kTable.at("model"), install.model);
  row.text(kTable.at("manufacturer"), install.manufacturer);
  row.text(kTable.at("carrier"), install.carrier);
  row.extra(extra.json());
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  const bool own = head.json.has("[].install.doc") || head.json.has("[].install.firstInstallationTime");
  return head.json.is_array() && own ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  return parse_json_elements(content, sink, read_element);
}

constexpr const TableSpec* kTables[] = {&kPlayInstall};

}  // namespace

const Product kPlayInstalls{.name = "play_installs",
                            .product = "play",
                            .version = 1,
                            .tables = kTables,
                            .recognise = recognise,
                            .parse = parse};

}  // namespace lake::takeout
