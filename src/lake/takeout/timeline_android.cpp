// Timeline.json, which Android phones export under a name in their own language. Shapes seen in real files,
// except those of activityRecord, which are from memory.
#include "lake/takeout/generic_rows.hpp"
#include "lake/takeout/location_tables.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/raw_signals.hpp"
#include "lake/takeout/timeline_rows.hpp"
#include "lake/takeout/timeline_tables.hpp"

namespace lake::takeout {
namespace {

ElementOutcome read_segment(std::string_view text, JsonReader& reader, EntrySink& sink) {
  Extra extra(sink, TimelineSegment::table_of(text));
  TimelineSegment segment;
  const auto outcome = reader.read(text, extra, [&](Members& members) { segment.read(members, extra); });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (const auto flaw = segment.flaw(); !flaw.empty()) return flaw;
  if (reader.was_repaired()) sink.repaired();
  segment.write("android", extra, sink);
  return kStored;
}

ElementOutcome read_signal(std::string_view text, JsonReader& reader, EntrySink& sink) {
  Extra extra(sink, kLocationPoint);
  RawSignal signal;
  const auto outcome = reader.read(text, extra, [&](Members& members) {
    while (members.next()) {
      if (!signal.read_member(members, extra)) members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (const auto flaw = signal.flaw(std::nullopt); !flaw.empty()) return flaw;
  if (reader.was_repaired()) sink.repaired();
  signal.write("raw_signal", std::nullopt, extra, sink);
  return kStored;
}

struct FrequentPlace {
  std::optional<std::string_view> place_id;
  std::optional<std::string_view> label;
  std::optional<PlaceE7> place;
};

/// {frequentPlaces[]: {placeId, placeLocation, label}, ...}: one element, as it is small. What else the
/// profile tells stands in the extra of its first place.
ElementOutcome read_profile(std::string_view text, JsonReader& reader, EntrySink& sink) {
  Extra extra(sink, kFrequentPlace);
  std::vector<FrequentPlace> places;
  const auto outcome = reader.read(text, extra, [&](Members& members) {
    while (members.next()) {
      if (objects_member(
              members, "frequentPlaces", [&] { places.emplace_back(); },
              [&](Members& inner) {
                auto& place = places.back();
                if (inner.key() == "placeLocation") {
                  read_place(inner, extra, "frequentPlaces[].placeLocation", place.place);
                  return true;
                }
                return text_member(inner, "placeId", place.place_id) ||
                       text_member(inner, "label", place.label);
              }))
        continue;
      members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (reader.was_repaired()) sink.repaired();
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto row = sink.row(kFrequentPlace);
    row.text(kFrequentPlace.at("place_id"), places[i].place_id);
    row.text(kFrequentPlace.at("label"), places[i].label);
    if (places[i].place) {
      row.integer(kFrequentPlace.at("lat_e7"), places[i].place->lat);
      row.integer(kFrequentPlace.at("lon_e7"), places[i].place->lon);
    }
    if (i == 0) row.extra(extra.json());
  }
  return kStored;
}

bool has_frequent_places(std::string_view profile) {
  return JsonHead(profile.substr(0, kHeadBytes)).has("frequentPlaces[].placeId");
}

Certainty recognise(const EntryHead& head) {
  const auto& json = head.json;
  const bool own = json.has("semanticSegments") || json.has("userLocationProfile") ||
                   json.has("rawSignals[].position") || json.has("rawSignals[].wifiScan") ||
                   json.has("rawSignals[].activityRecord");
  return json.is_object() && own ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  return parse_numbered_elements(
      content, sink,
      [&head](const JsonElements::Element& element, std::int64_t idx, JsonReader& reader,
              EntrySink& into) -> ElementOutcome {
        if (element.is_item && element.member == "semanticSegments")
          return read_segment(element.text, reader, into);
        if (element.is_item && element.member == "rawSignals") return read_signal(element.text, reader, into);
        if (element.member == "userLocationProfile" && has_frequent_places(element.text))
          return read_profile(element.text, reader, into);
        return write_raw_json(head, element.member, idx, element.text, into);
      });
}

constexpr const TableSpec* kTables[] = {&kPlaceVisit,    &kTravelSegment, &kTrip,
                                        &kFrequentPlace, &kLocationPoint, &kLocationActivitySample,
                                        &kWifiScan,      &kRawJson};

}  // namespace

const Product kTimelineAndroid{.name = "timeline_android",
                               .product = "location",
                               .version = 1,
                               .tables = kTables,
                               .recognise = recognise,
                               .parse = parse};

}  // namespace lake::takeout
