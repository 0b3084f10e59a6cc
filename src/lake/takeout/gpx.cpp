// GPX 1.0 and 1.1: points of tracks and routes, waypoints. By the schema; extensions of watches were seen in
// many dialects, so heart rate and cadence are taken by their names whatever is around them.
#include <array>
#include <cmath>

#include "lake/takeout/places_e7.hpp"
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/track_tables.hpp"
#include "lake/takeout/xml_records.hpp"

namespace lake::takeout {
namespace {

std::optional<PlaceE7> place_of(const XmlNode& node) {
  const auto lat = number_of(node.attribute("lat"));
  const auto lon = number_of(node.attribute("lon"));
  if (!lat || !lon || std::fabs(*lat) > 90) return std::nullopt;
  return place_of_degrees(*lat, *lon);
}

/// The first element of that name anywhere below, taken as a small whole number.
std::optional<std::int64_t> small_below(const XmlNode* node, std::string_view name) {
  if (node == nullptr) return std::nullopt;
  for (const auto& child : node->children) {
    if (child.name == name) {
      const auto value = number_of(child.text);
      if (value && *value >= 0 && *value <= 1000) return std::llround(*value);
    }
    if (const auto found = small_below(&child, name)) return found;
  }
  return std::nullopt;
}

std::optional<Timestamp> time_of(const XmlNode& node) {
  const auto text = node.child_text("time");
  return text ? parse_iso(*text) : std::nullopt;
}

class Gpx final : public XmlFormat {
 public:
  explicit Gpx(std::string_view path) : path_(path) {}

  bool is_record(std::string_view name, std::string_view parent) const override {
    return (name == "wpt" && parent == "gpx") || (name == "rtept" && parent == "rte") ||
           (name == "trkpt" && parent == "trkseg");
  }

  std::string_view read(const XmlNode& node, std::span<const XmlAround> around, std::uint64_t number,
                        EntrySink& sink) override {
    const auto place = place_of(node);
    if (!place) return "no place";
    if (node.name == "wpt") {
      write_waypoint(node, *place, number, sink);
    } else {
      write_point(node, *place, around, number, sink);
    }
    return {};
  }

 private:
  void write_waypoint(const XmlNode& node, PlaceE7 place, std::uint64_t number, EntrySink& sink) {
    constexpr auto& kTable = kGpxWaypoint;
    constexpr std::array<std::string_view, 7> kTaken = {"ele", "name", "desc", "cmt", "sym", "type", "link"};
    Extra extra(sink, kTable);
    keep_unread_time(node, extra);
    keep_rest_but(node, kTaken, extra);
    auto row = sink.row(kTable);
    row.integer(kTable.at("position"), static_cast<std::int64_t>(number));
    row.text(kTable.at("path"), path_);
    if (const auto time = time_of(node)) row.integer(kTable.at("ts_us"), time->micros);
    row.integer(kTable.at("lat_e7"), place.lat);
    row.integer(kTable.at("lon_e7"), place.lon);
    row.real(kTable.at("ele_m"), number_of(node.child_text("ele")));
    row.text(kTable.at("name"), node.child_text("name"));
    row.text(kTable.at("description"), node.child_text("desc"));
    row.text(kTable.at("comment"), node.child_text("cmt"));
    row.text(kTable.at("symbol"), node.child_text("sym"));
    row.text(kTable.at("type"), node.child_text("type"));
    if (const auto* link = node.child("link")) row.text(kTable.at("url"), link->attribute("href"));
    row.extra(extra.json());
  }

  void write_point(const XmlNode& node, PlaceE7 place, std::span<const XmlAround> around,
                   std::uint64_t number, EntrySink& sink) {
    constexpr auto& kTable = kGpxPoint;
    constexpr std::array<std::string_view, 3> kTaken = {"ele", "speed", "course"};
    const bool is_track = node.name == "trkpt";
    const auto& track = is_track && around.size() > 1 ? around[around.size() - 2] : around.back();
    Extra extra(sink, kTable);
    keep_unread_time(node, extra);
    keep_rest_but(node, kTaken, extra);
    auto row = sink.row(kTable);
    if (const auto time = time_of(node)) row.integer(kTable.at("ts_us"), time->micros);
    row.text(kTable.at("path"), path_);
    row.text(kTable.at("kind"), is_track ? "track" : "route");
    row.integer(kTable.at("track"), static_cast<std::int64_t>(track.number));
    if (is_track) row.integer(kTable.at("segment"), static_cast<std::int64_t>(around.back().number));
    row.integer(kTable.at("position"), static_cast<std::int64_t>(number));
    row.text(kTable.at("name"), track.leaf("name"));
    row.integer(kTable.at("lat_e7"), place.lat);
    row.integer(kTable.at("lon_e7"), place.lon);
    row.real(kTable.at("ele_m"), number_of(node.child_text("ele")));
    row.real(kTable.at("speed_mps"), number_of(node.child_text("speed")));
    row.real(kTable.at("course_deg"), number_of(node.child_text("course")));
    row.integer(kTable.at("heart_rate"), small_below(node.child("extensions"), "hr"));
    row.integer(kTable.at("cadence"), small_below(node.child("extensions"), "cad"));
    row.extra(extra.json());
  }

  /// The extensions are kept whole: other members stand beside those with a column.
  static void keep_rest_but(const XmlNode& node, std::span<const std::string_view> taken, Extra& extra) {
    std::array<std::string_view, 8> names{"time"};
    std::copy(taken.begin(), taken.end(), names.begin() + 1);
    keep_rest(node, std::span(names).first(taken.size() + 1), extra);
  }
  static void keep_unread_time(const XmlNode& node, Extra& extra) {
    const auto text = node.child_text("time");
    if (text && !parse_iso(*text)) extra.add("time", json_quoted(*text));
  }

  std::string_view path_;
};

Certainty recognise(const EntryHead& head) {
  return xml_root(head.bytes) == "gpx" ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  Gpx format(path_in_export(head.name));
  return parse_xml(format, content, sink);
}

constexpr const TableSpec* kTables[] = {&kGpxPoint, &kGpxWaypoint};

}  // namespace

const Product kGpx{.name = "gpx",
                   .product = "tracks",
                   .version = 1,
                   .tables = kTables,
                   .recognise = recognise,
                   .parse = parse};

}  // namespace lake::takeout
