// location-history.json, which iPhones export: an array, numbers as texts, places as geo: addresses, the
// paths grouped behind everything else. Shapes seen in real files.
#include "lake/takeout/json_product.hpp"
#include "lake/takeout/location_tables.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/timeline_rows.hpp"
#include "lake/takeout/timeline_tables.hpp"

namespace lake::takeout {
namespace {

ElementOutcome read_element(const JsonElements::Element& element, JsonReader& reader, EntrySink& sink) {
  Extra extra(sink, TimelineSegment::table_of(element.text));
  TimelineSegment segment;
  const auto outcome =
      reader.read(element.text, extra, [&](Members& members) { segment.read(members, extra); });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (const auto flaw = segment.flaw(); !flaw.empty()) return flaw;
  if (reader.was_repaired()) sink.repaired();
  segment.write("ios", extra, sink);
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  const auto& json = head.json;
  const bool kind = json.has("[].visit.topCandidate") || json.has("[].activity.topCandidate") ||
                    json.has("[].timelinePath") || json.has("[].timelineMemory");
  return json.is_array() && json.has("[].startTime") && kind ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  return parse_json_elements(content, sink, read_element);
}

constexpr const TableSpec* kTables[] = {&kPlaceVisit, &kTravelSegment, &kTrip, &kLocationPoint};

}  // namespace

const Product kTimelineIos{.name = "timeline_ios",
                           .product = "location",
                           .version = 1,
                           .tables = kTables,
                           .recognise = recognise,
                           .parse = parse};

}  // namespace lake::takeout
