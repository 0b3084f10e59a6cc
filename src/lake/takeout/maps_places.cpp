// Maps places as GeoJSON: Saved Places.json, Reviews.json, Labeled places.json. The names of the properties
// are from memory, so an element is typed only when it has the ones that make it.
#include <charconv>

#include "lake/takeout/generic_rows.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/places_e7.hpp"
#include "lake/takeout/places_tables.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

struct Feature {
  std::optional<std::string> coordinates;
  std::optional<Timestamp> time;
  std::optional<std::string_view> type;
  std::optional<std::string_view> geometry_type;
  std::optional<std::string_view> url;
  std::optional<std::string_view> name;
  std::optional<std::string_view> address;
  std::optional<std::string_view> country_code;
  std::optional<std::string_view> comment;
  std::optional<std::string_view> review;
  std::optional<std::string> questions;
  std::optional<std::int64_t> rating;
  std::optional<double> lat;
  std::optional<double> lon;
};

/// "[13.37, 52.51]": longitude first.
std::optional<PlaceE7> place_in(std::string_view json) {
  double degrees[2] = {0, 0};
  std::size_t at = 0;
  for (auto& each : degrees) {
    at = json.find_first_not_of("[, \n\r\t", at);
    if (at == std::string_view::npos) return std::nullopt;
    const auto [end, failed] = std::from_chars(json.data() + at, json.data() + json.size(), each);
    if (failed != std::errc()) return std::nullopt;
    at = static_cast<std::size_t>(end - json.data());
  }
  at = json.find_first_not_of(" \n\r\t", at);
  if (at == std::string_view::npos || json[at] != ']') return std::nullopt;  // an altitude too is kept
  return place_of_degrees(degrees[1], degrees[0]);
}

/// Both spellings: {name, address, country_code} and {"Business Name", Address, "Country Code", "Geo
/// Coordinates"}.
bool read_location(Members& members, Feature& feature) {
  const auto take = [&feature](Members& inner) {
    return text_member(inner, "name", feature.name) || text_member(inner, "Business Name", feature.name) ||
           text_member(inner, "address", feature.address) || text_member(inner, "Address", feature.address) ||
           text_member(inner, "country_code", feature.country_code) ||
           text_member(inner, "Country Code", feature.country_code) ||
           object_member(inner, "Geo Coordinates", [&feature](Members& place) {
             return real_member(place, "Latitude", feature.lat) ||
                    real_member(place, "Longitude", feature.lon);
           });
  };
  return object_member(members, "location", take) || object_member(members, "Location", take);
}

bool read_property(Members& members, Feature& feature) {
  return time_member(members, "date", feature.time) || time_member(members, "Published", feature.time) ||
         text_member(members, "google_maps_url", feature.url) ||
         text_member(members, "Google Maps URL", feature.url) ||
         text_member(members, "Title", feature.name) || text_member(members, "name", feature.name) ||
         text_member(members, "address", feature.address) ||
         text_member(members, "Comment", feature.comment) ||
         text_member(members, "comment", feature.comment) ||
         integer_member(members, "five_star_rating_published", feature.rating, ColumnType::kInt16) ||
         text_member(members, "review_text_published", feature.review) ||
         raw_member(members, "questions", feature.questions) || read_location(members, feature);
}

JsonReader::Outcome read_feature(std::string_view text, JsonReader& reader, Extra& extra, Feature& feature) {
  return reader.read(text, extra, [&feature](Members& members) {
    while (members.next()) {
      if (text_member(members, "type", feature.type) ||
          object_member(members, "properties",
                        [&feature](Members& inner) { return read_property(inner, feature); }) ||
          object_member(members, "geometry", [&feature](Members& inner) {
            return text_member(inner, "type", feature.geometry_type) ||
                   raw_member(inner, "coordinates", feature.coordinates);
          }))
        continue;
      members.keep();
    }
  });
}

/// 0, 0 stands for a place of which only a customer id is known.
std::optional<PlaceE7> place_of(const Feature& feature, Extra& extra) {
  std::optional<PlaceE7> place;
  if (feature.coordinates) {
    place = place_in(*feature.coordinates);
    if (!place) extra.add("geometry.coordinates", *feature.coordinates);
  }
  const bool is_none = place && *place == PlaceE7{};
  if ((!place || is_none) && feature.lat && feature.lon) place = place_of_degrees(*feature.lat, *feature.lon);
  if (place && *place == PlaceE7{}) place.reset();
  if (feature.geometry_type && *feature.geometry_type != "Point")
    extra.add("geometry.type", json_quoted(*feature.geometry_type));
  if (feature.type && *feature.type != "Feature") extra.add("type", json_quoted(*feature.type));
  return place;
}

template <const TableSpec& kTable>
void write_place(Row& row, const Feature& feature, const std::optional<PlaceE7>& place, const Extra& extra) {
  row.text(kTable.at("name"), feature.name);
  row.text(kTable.at("address"), feature.address);
  if (place) {
    row.integer(kTable.at("lat_e7"), place->lat);
    row.integer(kTable.at("lon_e7"), place->lon);
  }
  row.extra(extra.json());
}

/// Members that a table has no column for, though others have.
void keep_strangers(const Feature& feature, const TableSpec& table, Extra& extra) {
  const auto keep = [&](std::string_view column, std::string_view path, const auto& value) {
    if (value && table.position(column) == table.columns.size()) extra.add(path, json_quoted(*value));
  };
  keep("comment", "properties.comment", feature.comment);
  keep("text", "properties.review_text_published", feature.review);
  keep("country_code", "properties.country_code", feature.country_code);
  keep("url", "properties.google_maps_url", feature.url);
  if (feature.questions && table.position("questions") == table.columns.size())
    extra.add("properties.questions", *feature.questions);
  if (feature.rating && table.position("rating") == table.columns.size())
    extra.add("properties.five_star_rating_published", std::to_string(*feature.rating));
}

using Write = void (*)(const Feature& feature, const std::optional<PlaceE7>& place, const Extra& extra,
                       EntrySink& sink);

void write_saved(const Feature& feature, const std::optional<PlaceE7>& place, const Extra& extra,
                 EntrySink& sink) {
  constexpr auto& kTable = kSavedPlace;
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), micros_of(feature.time));
  row.text(kTable.at("url"), feature.url);
  row.text(kTable.at("country_code"), feature.country_code);
  row.text(kTable.at("comment"), feature.comment);
  write_place<kSavedPlace>(row, feature, place, extra);
}

void write_review(const Feature& feature, const std::optional<PlaceE7>& place, const Extra& extra,
                  EntrySink& sink) {
  constexpr auto& kTable = kPlaceReview;
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), micros_of(feature.time));
  row.text(kTable.at("url"), feature.url);
  row.integer(kTable.at("rating"), feature.rating);
  row.text(kTable.at("text"), feature.review);
  row.text(kTable.at("questions"), feature.questions);
  row.text(kTable.at("country_code"), feature.country_code);
  write_place<kPlaceReview>(row, feature, place, extra);
}

void write_labeled(const Feature& feature, const std::optional<PlaceE7>& place, const Extra& extra,
                   EntrySink& sink) {
  auto row = sink.row(kLabeledPlace);
  write_place<kLabeledPlace>(row, feature, place, extra);
}

/// What one kind of file holds.
struct Kind {
  const TableSpec& table;
  Write write;
  bool needs_url;
};

Result<ParseEnd> parse_features(const EntryHead& head, Content& content, EntrySink& sink, const Kind& kind) {
  return parse_numbered_elements(content, sink,
                                 [&](const JsonElements::Element& element, std::int64_t idx,
                                     JsonReader& reader, EntrySink& into) -> ElementOutcome {
                                   if (element.member == "type" && element.text == R"("FeatureCollection")")
                                     return kStored;
                                   if (element.member != "features" || !element.is_item)
                                     return write_raw_json(head, element.member, idx, element.text, into);
                                   Extra extra(into, kind.table);
                                   Feature feature;
                                   const auto outcome = read_feature(element.text, reader, extra, feature);
                                   if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
                                   if (kind.needs_url ? !feature.url && !feature.time : !feature.name)
                                     return "no name";
                                   if (reader.was_repaired()) into.repaired();
                                   keep_strangers(feature, kind.table, extra);
                                   const auto place = place_of(feature, extra);
                                   kind.write(feature, place, extra, into);
                                   return kStored;
                                 });
}

bool is_collection(const EntryHead& head) {
  return head.json.is_object() && head.json.has("features[].properties") &&
         head.json.has("features[].geometry");
}

Certainty recognise_reviews(const EntryHead& head) {
  const bool own = head.json.has("features[].properties.five_star_rating_published") ||
                   head.json.has("features[].properties.review_text_published");
  return is_collection(head) && own ? Certainty::kContent : Certainty::kNone;
}
Certainty recognise_saved(const EntryHead& head) {
  const bool own = head.json.has("features[].properties.google_maps_url") ||
                   head.json.has("features[].properties.Google Maps URL");
  return is_collection(head) && own && recognise_reviews(head) == Certainty::kNone ? Certainty::kContent
                                                                                   : Certainty::kNone;
}
/// Any GeoJSON may have a name and an address, so that is no more than a form.
Certainty recognise_labeled(const EntryHead& head) {
  const bool own =
      head.json.has("features[].properties.name") && head.json.has("features[].properties.address");
  return is_collection(head) && own ? Certainty::kShape : Certainty::kNone;
}

Result<ParseEnd> parse_saved(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                             EntrySink& sink) {
  return parse_features(head, content, sink, {kSavedPlace, write_saved, true});
}
Result<ParseEnd> parse_reviews(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                               EntrySink& sink) {
  return parse_features(head, content, sink, {kPlaceReview, write_review, true});
}
Result<ParseEnd> parse_labeled(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                               EntrySink& sink) {
  return parse_features(head, content, sink, {kLabeledPlace, write_labeled, false});
}

constexpr const TableSpec* kSavedTables[] = {&kSavedPlace, &kRawJson};
constexpr const TableSpec* kReviewTables[] = {&kPlaceReview, &kRawJson};
constexpr const TableSpec* kLabeledTables[] = {&kLabeledPlace, &kRawJson};

}  // namespace

const Product kSavedPlaces{.name = "saved_places",
                           .product = "maps",
                           .version = 1,
                           .tables = kSavedTables,
                           .is_from_memory = true,
                           .recognise = recognise_saved,
                           .parse = parse_saved};
const Product kPlaceReviews{.name = "place_reviews",
                            .product = "maps",
                            .version = 1,
                            .tables = kReviewTables,
                            .is_from_memory = true,
                            .recognise = recognise_reviews,
                            .parse = parse_reviews};
const Product kLabeledPlaces{.name = "labeled_places",
                             .product = "maps",
                             .version = 1,
                             .tables = kLabeledTables,
                             .is_from_memory = true,
                             .recognise = recognise_labeled,
                             .parse = parse_labeled};

}  // namespace lake::takeout
