// Timeline Edits.json: what was left on the server when timelines moved to the phones. Shapes seen in real
// files, except those of activityRecord and the scan's deliveryTime, which are from memory.
#include "lake/takeout/generic_rows.hpp"
#include "lake/takeout/location_tables.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/raw_signals.hpp"

namespace lake::takeout {
namespace {

struct Edit {
  RawSignal signal;
  std::optional<Timestamp> additional_time;
};

void read_edit(Members& members, Edit& edit, Extra& extra) {
  while (members.next()) {
    const bool known = object_member(members, "rawSignal", [&](Members& inner) {
      return time_member(inner, "additionalTimestamp", edit.additional_time) ||
             object_member(inner, "signal",
                           [&](Members& signal) { return edit.signal.read_member(signal, extra); });
    });
    if (!known) members.keep();
  }
}

/// An edit without a signal, such as placeAggregates, is kept as it is.
ElementOutcome read_element(const EntryHead& head, const JsonElements::Element& element, std::int64_t idx,
                            JsonReader& reader, EntrySink& sink) {
  if (element.member != "timelineEdits" || !element.is_item ||
      element.text.find("\"signal\"") == std::string_view::npos)
    return write_raw_json(head, element.member, idx, element.text, sink);
  Extra extra(sink, kLocationPoint);
  Edit edit;
  const auto outcome =
      reader.read(element.text, extra, [&](Members& members) { read_edit(members, edit, extra); });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (const auto flaw = edit.signal.flaw(edit.additional_time); !flaw.empty()) return flaw;
  if (reader.was_repaired()) sink.repaired();
  edit.signal.write("edit", edit.additional_time, extra, sink);
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  return head.json.is_object() && head.json.has("timelineEdits") ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  return parse_numbered_elements(
      content, sink,
      [&head](const JsonElements::Element& element, std::int64_t idx, JsonReader& reader, EntrySink& into) {
        return read_element(head, element, idx, reader, into);
      });
}

constexpr const TableSpec* kTables[] = {&kLocationPoint, &kLocationActivitySample, &kWifiScan, &kRawJson};

}  // namespace

const Product kLocationEdits{.name = "location_edits",
                             .product = "location",
                             .version = 1,
                             .tables = kTables,
                             .recognise = recognise,
                             .parse = parse};

}  // namespace lake::takeout
