// TCX: the tracks of Fit, and of watches. Points go to the location points of the account, pulses to its
// health samples. By the schema; Google's file names were seen, not their content.
#include <array>
#include <cmath>

#include "lake/takeout/health_tables.hpp"
#include "lake/takeout/location_tables.hpp"
#include "lake/takeout/places_e7.hpp"
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/xml_records.hpp"

namespace lake::takeout {
namespace {

constexpr std::array<std::string_view, 4> kTaken = {"Time", "Position", "AltitudeMeters", "HeartRateBpm"};

class Tcx final : public XmlFormat {
 public:
  bool is_record(std::string_view name, std::string_view parent) const override {
    return name == "Trackpoint" && parent == "Track";
  }

  std::string_view read(const XmlNode& node, std::span<const XmlAround> /*around*/, std::uint64_t /*number*/,
                        EntrySink& sink) override {
    const auto text = node.child_text("Time");
    const auto time = text ? parse_iso(*text) : std::nullopt;
    if (!time) return "no time";
    const auto* position = node.child("Position");
    const auto* pulse = node.child("HeartRateBpm");
    const auto lat = position == nullptr ? std::nullopt : number_of(position->child_text("LatitudeDegrees"));
    const auto lon = position == nullptr ? std::nullopt : number_of(position->child_text("LongitudeDegrees"));
    const auto place = lat && lon && std::fabs(*lat) <= 90 ? place_of_degrees(*lat, *lon) : std::nullopt;
    const auto rate = pulse == nullptr ? std::nullopt : number_of(pulse->child_text("Value"));
    if (!place && !rate) return "no place";
    if (place) write_point(node, *time, *place, sink);
    if (rate) write_pulse(node, *time, *rate, !place, sink);
    return {};
  }

 private:
  static void write_point(const XmlNode& node, const Timestamp& time, PlaceE7 place, EntrySink& sink) {
    constexpr auto& kTable = kLocationPoint;
    Extra extra(sink, kTable);
    keep_rest(node, kTaken, extra);
    auto row = sink.row(kTable);
    row.integer(kTable.at("ts_us"), time.micros);
    row.integer(kTable.at("lat_e7"), place.lat);
    row.integer(kTable.at("lon_e7"), place.lon);
    row.real(kTable.at("alt_m"), number_of(node.child_text("AltitudeMeters")));
    row.text(kTable.at("origin"), "tcx");
    row.extra(extra.json());
  }
  static void write_pulse(const XmlNode& node, const Timestamp& time, double rate, bool keeps_rest,
                          EntrySink& sink) {
    constexpr auto& kTable = kHealthSample;
    Extra extra(sink, kTable);
    if (keeps_rest) keep_rest(node, kTaken, extra);
    auto row = sink.row(kTable);
    row.integer(kTable.at("start_us"), time.micros);
    row.integer(kTable.at("end_us"), time.micros);
    row.text(kTable.at("metric"), "heart_rate");
    row.text(kTable.at("source"), "tcx");
    row.real(kTable.at("value"), rate);
    row.integer(kTable.at("value_milli"), milli_of(rate));
    row.text(kTable.at("unit"), "bpm");
    row.text(kTable.at("ts_quality"), name_of(time.quality));
    row.extra(extra.json());
  }
};

Certainty recognise(const EntryHead& head) {
  return xml_root(head.bytes) == "TrainingCenterDatabase" ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  Tcx format;
  return parse_xml(format, content, sink);
}

constexpr const TableSpec* kTables[] = {&kLocationPoint, &kHealthSample};

}  // namespace

const Product kTcx{
    .name = "tcx", .product = "fit", .version = 1, .tables = kTables, .recognise = recognise, .parse = parse};

}  // namespace lake::takeout
