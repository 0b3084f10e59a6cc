// GeoJSON (RFC 7946) that is none of Google's own: its features, one row each.
#include <charconv>

#include "lake/takeout/generic_rows.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/places_e7.hpp"
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/track_tables.hpp"

namespace lake::takeout {
namespace {

struct Feature {
  std::optional<std::string_view> type;
  std::optional<std::string_view> geometry_type;
  std::optional<std::string> geometry;
  std::optional<std::string> properties;
  std::optional<std::string> id;
};

/// "[13.37, 52.51, 30]": longitude first.
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
  if (degrees[1] < -90 || degrees[1] > 90) return std::nullopt;
  return place_of_degrees(degrees[1], degrees[0]);
}

std::string padded(std::string_view json) {
  std::string text(json);
  text.append(JsonElements::kPaddingBytes, ' ');
  return text;
}

/// What programs agree on; everything stands in `properties` too.
struct Properties {
  std::optional<std::string> name;
  std::optional<Timestamp> time;
};

Properties read_properties(std::string_view json, EntrySink& sink) {
  Properties read;
  const auto text = padded(json);
  JsonReader reader;
  Extra unused(sink, kGeoJsonFeature);
  const auto outcome =
      reader.read(std::string_view(text).substr(0, json.size()), unused, [&](Members& members) {
        while (members.next()) {
          std::optional<std::string> value;
          const auto key = std::string(members.key());
          const bool is_name = key == "name" || key == "title" || key == "Name";
          const bool is_time = key == "time" || key == "timestamp" || key == "date";
          if (!is_name && !is_time) continue;
          members.raw(value);
          if (!value || value->size() < 2 || !value->starts_with('"')) continue;
          const auto inner = std::string_view(*value).substr(1, value->size() - 2);
          if (inner.find('\\') != std::string_view::npos) continue;
          if (is_name && !read.name) read.name = std::string(inner);
          if (is_time && !read.time) read.time = parse_iso(inner);
        }
      });
  return outcome == JsonReader::Outcome::kRead ? read : Properties{};
}

/// The type and, of a point, the place.
void write_geometry(std::string_view json, EntrySink& sink, Row& row, std::optional<std::string>& type) {
  constexpr auto& kTable = kGeoJsonFeature;
  const auto text = padded(json);
  JsonReader reader;
  Extra unused(sink, kTable);
  std::optional<std::string_view> kind;
  std::optional<std::string> coordinates;
  const auto outcome =
      reader.read(std::string_view(text).substr(0, json.size()), unused, [&](Members& members) {
        while (members.next()) {
          if (!text_member(members, "type", kind)) raw_member(members, "coordinates", coordinates);
        }
      });
  if (outcome != JsonReader::Outcome::kRead || !kind) return;
  type = std::string(*kind);
  const auto place = *kind == "Point" && coordinates ? place_in(*coordinates) : std::nullopt;
  if (!place) return;
  row.integer(kTable.at("lat_e7"), place->lat);
  row.integer(kTable.at("lon_e7"), place->lon);
}

ElementOutcome read_feature(const EntryHead& head, std::string_view text, std::int64_t idx,
                            JsonReader& reader, EntrySink& sink) {
  constexpr auto& kTable = kGeoJsonFeature;
  Extra extra(sink, kTable);
  Feature feature;
  const auto outcome = reader.read(text, extra, [&feature](Members& members) {
    while (members.next()) {
      if (text_member(members, "type", feature.type) || raw_member(members, "geometry", feature.geometry) ||
          raw_member(members, "properties", feature.properties) || raw_member(members, "id", feature.id))
        continue;
      members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!feature.geometry && !feature.properties) return "shape";
  if (reader.was_repaired()) sink.repaired();
  const auto properties = feature.properties ? read_properties(*feature.properties, sink) : Properties{};
  std::optional<std::string> geometry_type;
  auto row = sink.row(kTable);
  row.integer(kTable.at("position"), idx);
  row.text(kTable.at("path"), path_in_export(head.name));
  row.text(kTable.at("id"), feature.id);
  row.text(kTable.at("name"), properties.name);
  row.integer(kTable.at("ts_us"), micros_of(properties.time));
  if (feature.geometry) write_geometry(*feature.geometry, sink, row, geometry_type);
  row.text(kTable.at("geometry_type"), geometry_type);
  row.text(kTable.at("geometry"), feature.geometry);
  row.text(kTable.at("properties"), feature.properties);
  row.extra(extra.json());
  return kStored;
}

/// Below Google's own files of this form, which say more.
Certainty recognise(const EntryHead& head) {
  const auto& json = head.json;
  const bool own = json.is_object() && json.has("features[].geometry") && json.has("features[].type") &&
                   head.bytes.find("FeatureCollection") != std::string_view::npos;
  return own ? Certainty::kShape : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  return parse_numbered_elements(content, sink,
                                 [&](const JsonElements::Element& element, std::int64_t idx,
                                     JsonReader& reader, EntrySink& into) -> ElementOutcome {
                                   if (element.member == "features" && element.is_item)
                                     return read_feature(head, element.text, idx, reader, into);
                                   if (element.member == "type" && !element.is_item) return kStored;
                                   return write_raw_json(head, element.member, idx, element.text, into);
                                 });
}

constexpr const TableSpec* kTables[] = {&kGeoJsonFeature, &kRawJson};

}  // namespace

const Product kGeoJson{.name = "geojson",
                       .product = "tracks",
                       .version = 1,
                       .tables = kTables,
                       .recognise = recognise,
                       .parse = parse};

}  // namespace lake::takeout
