// KML 2.2: placemarks with their geometry, and the points of gx:Track, as Google wrote location history. By
// the schema. A KMZ is a zip with a doc.kml in it: given by itself it is read as any other archive, within
// one by kmz.cpp.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>

#include "lake/takeout/file_products.hpp"
#include "lake/takeout/html_tokens.hpp"
#include "lake/takeout/places_e7.hpp"
#include "lake/takeout/track_tables.hpp"
#include "lake/takeout/xml_records.hpp"

namespace lake::takeout {
namespace {

constexpr std::size_t kWaitingMax = 4'000'000;

struct Coordinate {
  PlaceE7 place;
  std::optional<double> altitude;
};

/// The numbers of a text, at most three.
std::optional<Coordinate> coordinate_of(std::string_view text, char separator) {
  std::array<std::optional<double>, 3> numbers;
  for (auto& number : numbers) {
    const auto end = text.find(separator);
    number = number_of(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  if (!numbers[0] || !numbers[1] || *numbers[1] < -90 || *numbers[1] > 90) return std::nullopt;
  const auto place = place_of_degrees(*numbers[1], *numbers[0]);
  return place ? std::optional(Coordinate{*place, numbers[2]}) : std::nullopt;
}

/// "lon,lat,alt lon,lat,alt"; nothing when one of them is no place.
std::optional<std::vector<Coordinate>> coordinates_of(std::string_view text) {
  std::vector<Coordinate> all;
  constexpr std::string_view kSpace = " \t\r\n";
  while (true) {
    const auto begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(kSpace), text.size());
    const auto one = coordinate_of(text.substr(0, end), ',');
    if (!one) return std::nullopt;
    all.push_back(*one);
    text.remove_prefix(end);
  }
  return all;
}

std::string degrees_text(std::int32_t e7) {
  const std::int64_t whole = std::llabs(e7);
  std::string fraction = std::to_string(whole % 10'000'000);
  fraction.insert(0, 7 - fraction.size(), '0');
  return (e7 < 0 ? "-" : "") + std::to_string(whole / 10'000'000) + "." + fraction;
}

std::optional<std::string> list_text(const XmlNode& node) {
  const auto text = node.child_text("coordinates");
  const auto all = text ? coordinates_of(*text) : std::nullopt;
  if (!all || all->empty()) return std::nullopt;
  std::string list;
  for (const auto& each : *all)
    list += (list.empty() ? "(" : ", ") + degrees_text(each.place.lon) + " " + degrees_text(each.place.lat);
  return list + ")";
}

std::optional<std::string> polygon_text(const XmlNode& node) {
  std::string rings;
  for (const std::string_view which : {"outerBoundaryIs", "innerBoundaryIs"}) {
    for (const auto& boundary : node.children) {
      if (boundary.name != which) continue;
      const auto* ring = boundary.child("LinearRing");
      const auto list = ring == nullptr ? std::nullopt : list_text(*ring);
      if (!list) return std::nullopt;
      rings += (rings.empty() ? "" : ", ") + *list;
    }
  }
  return rings.empty() ? std::nullopt : std::optional("POLYGON (" + rings + ")");
}

/// Well-known text; nothing for what is no geometry or not a good one. Depth is bounded by the reader.
std::optional<std::string> geometry_text(const XmlNode& node) {
  if (node.name == "Polygon") return polygon_text(node);
  if (node.name == "MultiGeometry") {
    std::string parts;
    for (const auto& child : node.children) {
      const auto part = geometry_text(child);
      if (part) parts += (parts.empty() ? "" : ", ") + *part;
    }
    return parts.empty() ? std::nullopt : std::optional("GEOMETRYCOLLECTION (" + parts + ")");
  }
  const bool is_point = node.name == "Point";
  const bool is_line = node.name == "LineString" || node.name == "LinearRing";
  if (!is_point && !is_line) return std::nullopt;
  const auto list = list_text(node);
  if (!list || (is_point && list->find(',') != std::string::npos)) return std::nullopt;
  return (is_point ? "POINT " : "LINESTRING ") + *list;
}

std::optional<Timestamp> time_in(const XmlNode* node, std::string_view name) {
  const auto text = node == nullptr ? std::nullopt : node->child_text(name);
  return text ? parse_iso(*text) : std::nullopt;
}

/// {"name": "value"} of Data and SimpleData; empty when there is none.
std::string data_of(const XmlNode& extended) {
  std::string json;
  const auto add = [&json](std::optional<std::string_view> name, std::string_view value) {
    if (name) json += (json.empty() ? "{" : ",") + json_quoted(*name) + ":" + json_quoted(value);
  };
  for (const auto& child : extended.children) {
    if (child.name == "Data") add(child.attribute("name"), child.child_text("value").value_or(""));
    if (child.name != "SchemaData") continue;
    for (const auto& simple : child.children) add(simple.attribute("name"), simple.text);
  }
  return json.empty() ? json : json + "}";
}

class Kml final : public XmlFormat {
 public:
  explicit Kml(std::string_view path) : path_(path) {}

  /// Times and places of a track are records of their own: a placemark may hold years of them.
  bool is_record(std::string_view name, std::string_view parent) const override {
    return name == "Placemark" || name == "Track" ||
           (parent == "Track" && (name == "when" || name == "coord"));
  }

  std::string_view read(const XmlNode& node, std::span<const XmlAround> around, std::uint64_t number,
                        EntrySink& sink) override {
    if (node.name == "when") return read_when(node);
    if (node.name == "coord") return read_coord(node, sink);
    if (node.name == "Track") return end_track();
    write_placemark(node, around, number, sink);
    return {};
  }

  void pass_over(const XmlNode& node) override {
    if (node.name == "when") {
      read_when(node);
    } else if (node.name == "coord") {
      take_time();
    } else if (node.name == "Track") {
      end_track();
    }
  }

 private:
  /// All times of a track may stand before its places.
  std::string_view read_when(const XmlNode& node) {
    if (times_.size() >= kWaitingMax) return "too many times before their places";
    const auto time = parse_iso(node.text);
    times_.push_back(time ? std::optional(time->micros) : std::nullopt);
    return time ? std::string_view() : "no time";
  }
  std::optional<std::int64_t> take_time() {
    ++position_;
    if (times_.empty()) return std::nullopt;
    const auto time = times_.front();
    times_.pop_front();
    return time;
  }
  std::string_view end_track() {
    const bool has_times = !times_.empty();
    times_.clear();
    ++track_;
    position_ = 0;
    return has_times ? "times without places" : std::string_view();
  }
  std::string_view read_coord(const XmlNode& node, EntrySink& sink) {
    constexpr auto& kTable = kKmlPoint;
    const auto position = position_;
    const auto time = take_time();
    const auto coordinate = coordinate_of(node.text, ' ');
    if (!time) return "no time";
    if (!coordinate) return "no place";
    auto row = sink.row(kTable);
    row.integer(kTable.at("ts_us"), *time);
    row.text(kTable.at("path"), path_);
    row.integer(kTable.at("track"), track_);
    row.integer(kTable.at("position"), position);
    row.integer(kTable.at("lat_e7"), coordinate->place.lat);
    row.integer(kTable.at("lon_e7"), coordinate->place.lon);
    row.real(kTable.at("alt_m"), coordinate->altitude);
    return {};
  }

  static std::string folder_of(std::span<const XmlAround> around) {
    std::string folder;
    for (const auto& each : around) {
      const auto name = each.name == "Folder" ? each.leaf("name") : std::nullopt;
      if (name) folder += (folder.empty() ? "" : "/") + std::string(*name);
    }
    return folder;
  }

  static void write_times(const XmlNode& node, Row& row, Extra& extra) {
    constexpr auto& kTable = kKmlPlacemark;
    const auto keep_unread = [&](const XmlNode* from, std::string_view path, std::string_view name) {
      const auto text = from == nullptr ? std::nullopt : from->child_text(name);
      if (text && !parse_iso(*text))
        extra.add(std::string(path) + "." + std::string(name), json_quoted(*text));
    };
    const auto* stamp = node.child("TimeStamp");
    const auto* span = node.child("TimeSpan");
    const auto begin = span == nullptr ? time_in(stamp, "when") : time_in(span, "begin");
    if (begin) row.integer(kTable.at("begin_us"), begin->micros);
    if (const auto end = time_in(span, "end")) row.integer(kTable.at("end_us"), end->micros);
    keep_unread(stamp, "TimeStamp", "when");
    keep_unread(span, "TimeSpan", "begin");
    keep_unread(span, "TimeSpan", "end");
  }

  /// Of several geometries the first; the others, and one that is not good, are kept.
  static void write_geometry(const XmlNode& node, Row& row, Extra& extra) {
    constexpr auto& kTable = kKmlPlacemark;
    constexpr std::array<std::string_view, 5> kGeometries = {"Point", "LineString", "LinearRing", "Polygon",
                                                             "MultiGeometry"};
    bool is_written = false;
    for (const auto& child : node.children) {
      if (std::find(kGeometries.begin(), kGeometries.end(), child.name) == kGeometries.end()) continue;
      const auto text = is_written ? std::nullopt : geometry_text(child);
      if (!text) {
        const XmlNode whole{"", {}, "", {child}};
        keep_rest(whole, {}, extra);
        continue;
      }
      is_written = true;
      row.text(kTable.at("geometry_type"), child.name);
      row.text(kTable.at("geometry"), *text);
      const auto point = child.name == "Point" ? coordinate_of(trimmed(*child.child_text("coordinates")), ',')
                                               : std::nullopt;
      if (!point) continue;
      row.integer(kTable.at("lat_e7"), point->place.lat);
      row.integer(kTable.at("lon_e7"), point->place.lon);
      row.real(kTable.at("alt_m"), point->altitude);
    }
  }

  void write_placemark(const XmlNode& node, std::span<const XmlAround> around, std::uint64_t number,
                       EntrySink& sink) {
    constexpr auto& kTable = kKmlPlacemark;
    constexpr std::array<std::string_view, 12> kTaken = {
        "name",     "description", "address",    "styleUrl",   "ExtendedData", "TimeStamp",
        "TimeSpan", "Point",       "LineString", "LinearRing", "Polygon",      "MultiGeometry"};
    Extra extra(sink, kTable);
    keep_rest(node, kTaken, extra);
    auto row = sink.row(kTable);
    row.integer(kTable.at("position"), static_cast<std::int64_t>(number));
    row.text(kTable.at("path"), path_);
    const auto folder = folder_of(around);
    if (!folder.empty()) row.text(kTable.at("folder"), folder);
    row.text(kTable.at("name"), node.child_text("name"));
    row.text(kTable.at("description"), node.child_text("description"));
    row.text(kTable.at("address"), node.child_text("address"));
    write_times(node, row, extra);
    write_geometry(node, row, extra);
    if (const auto* extended = node.child("ExtendedData")) {
      const auto data = data_of(*extended);
      if (!data.empty()) row.text(kTable.at("data"), data);
    }
    row.text(kTable.at("style"), node.child_text("styleUrl"));
    row.extra(extra.json());
  }

  std::string_view path_;
  std::deque<std::optional<std::int64_t>> times_;
  std::int64_t track_ = 0;
  std::int64_t position_ = 0;
};

Certainty recognise(const EntryHead& head) {
  return xml_root(head.bytes) == "kml" ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  Kml format(path_in_export(head.name));
  return parse_xml(format, content, sink);
}

constexpr const TableSpec* kTables[] = {&kKmlPlacemark, &kKmlPoint};

}  // namespace

const Product kKml{.name = "kml",
                   .product = "tracks",
                   .version = 1,
                   .tables = kTables,
                   .recognise = recognise,
                   .parse = parse};

}  // namespace lake::takeout
