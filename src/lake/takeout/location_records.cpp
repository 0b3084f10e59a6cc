// Location History.json (to about 2021, timestampMs) and Records.json (timestamp): the points that phones
// reported, with the activities and wifi scans that came with them. Shapes seen in real files.
#include "lake/takeout/json_product.hpp"
#include "lake/takeout/location_tables.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

struct ActivitySample {
  std::optional<Timestamp> time;
  std::optional<std::string_view> type;
  std::optional<std::int64_t> confidence;
};

struct AccessPoint {
  std::optional<Timestamp> time;
  std::optional<std::int64_t> mac;
  std::optional<std::int64_t> rssi;
  std::optional<std::int64_t> frequency_mhz;
  std::optional<bool> is_connected;
};

/// One element of `locations`.
struct Record {
  std::optional<Timestamp> time;
  std::optional<Timestamp> server_time;
  std::optional<Timestamp> device_time;
  std::optional<std::int64_t> lat_e7;
  std::optional<std::int64_t> lon_e7;
  std::optional<std::int64_t> device_tag;
  std::optional<std::int64_t> heading;
  std::optional<std::int64_t> os_level;
  std::optional<double> accuracy;
  std::optional<double> altitude;
  std::optional<double> vertical_accuracy;
  std::optional<double> velocity;
  std::optional<std::string_view> source;
  std::optional<std::string_view> platform;
  std::optional<std::string_view> form_factor;
  std::optional<std::string_view> designation;
  std::optional<std::string_view> place_id;
  std::optional<bool> battery_charging;
  std::optional<std::string> inferred_location;
  std::vector<ActivitySample> samples;
  std::vector<AccessPoint> access_points;
};

bool read_time(Members& members, std::string_view key, std::optional<Timestamp>& time) {
  if (members.key() == key) {
    members.iso_time(time);
  } else if (members.key().size() == key.size() + 2 && members.key().starts_with(key) &&
             members.key().ends_with("Ms")) {
    members.epoch_time(time, 1000);
  } else {
    return false;
  }
  return true;
}

/// activity[]: {timestamp, activity[]: {type, confidence}}
void read_activity(Members& outer, Record& record) {
  outer.objects([&record](Members& members) {
    std::optional<Timestamp> time;
    const std::size_t first = record.samples.size();
    while (members.next()) {
      if (read_time(members, "timestamp", time)) continue;
      if (members.key() != "activity" && members.key() != "activitys") {
        members.keep();
        continue;
      }
      members.objects([&record](Members& inner) {
        auto& sample = record.samples.emplace_back();
        while (inner.next()) {
          if (inner.key() == "type") {
            inner.text(sample.type);
          } else if (inner.key() == "confidence") {
            inner.integer(sample.confidence, ColumnType::kInt16);
          } else {
            inner.keep();
          }
        }
      });
    }
    for (std::size_t i = first; i < record.samples.size(); ++i) record.samples[i].time = time;
  });
}

/// {accessPoints[]: {mac, strength, frequencyMhz, isConnected}}
void read_scan(Members& outer, Record& record) {
  outer.object([&record](Members& members) {
    while (members.next()) {
      if (members.key() != "accessPoints") {
        members.keep();
        continue;
      }
      members.objects([&record](Members& inner) {
        auto& point = record.access_points.emplace_back();
        while (inner.next()) {
          if (inner.key() == "mac") {
            inner.integer(point.mac);
          } else if (inner.key() == "strength") {
            inner.integer(point.rssi, ColumnType::kInt16);
          } else if (inner.key() == "frequencyMhz") {
            inner.integer(point.frequency_mhz, ColumnType::kInt32);
          } else if (inner.key() == "isConnected") {
            inner.flag(point.is_connected);
          } else {
            inner.keep();
          }
        }
      });
    }
  });
}

/// locationMetadata[]: {wifiScan, timestamp}
void read_metadata(Members& outer, Record& record) {
  outer.objects([&record](Members& members) {
    std::optional<Timestamp> time;
    const std::size_t first = record.access_points.size();
    while (members.next()) {
      if (read_time(members, "timestamp", time)) continue;
      if (members.key() == "wifiScan") {
        read_scan(members, record);
      } else {
        members.keep();
      }
    }
    for (std::size_t i = first; i < record.access_points.size(); ++i) record.access_points[i].time = time;
  });
}

bool read_place(Members& members, Record& record) {
  const auto key = members.key();
  if (key == "latitudeE7") {
    members.integer(record.lat_e7, ColumnType::kInt32);
  } else if (key == "longitudeE7") {
    members.integer(record.lon_e7, ColumnType::kInt32);
  } else if (key == "accuracy") {
    members.real(record.accuracy);
  } else if (key == "altitude") {
    members.real(record.altitude);
  } else if (key == "verticalAccuracy") {
    members.real(record.vertical_accuracy);
  } else if (key == "velocity") {
    members.real(record.velocity);
  } else if (key == "heading") {
    members.integer(record.heading, ColumnType::kInt16);
  } else if (key == "placeId") {
    members.text(record.place_id);
  } else if (key == "inferredLocation") {
    members.raw(record.inferred_location);
  } else {
    return false;
  }
  return true;
}

bool read_device(Members& members, Record& record) {
  const auto key = members.key();
  if (key == "source") {
    members.text(record.source);
  } else if (key == "deviceTag") {
    members.integer(record.device_tag);
  } else if (key == "deviceDesignation") {
    members.text(record.designation);
  } else if (key == "platformType" || key == "platform") {
    members.text(record.platform);
  } else if (key == "osLevel") {
    members.integer(record.os_level, ColumnType::kInt32);
  } else if (key == "formFactor") {
    members.text(record.form_factor);
  } else if (key == "batteryCharging") {
    members.flag(record.battery_charging);
  } else {
    return false;
  }
  return true;
}

void read_record(Members& members, Record& record) {
  while (members.next()) {
    if (read_place(members, record) || read_time(members, "timestamp", record.time) ||
        read_device(members, record) || read_time(members, "serverTimestamp", record.server_time) ||
        read_time(members, "deviceTimestamp", record.device_time))
      continue;
    if (members.key() == "activity" || members.key() == "activitys") {
      read_activity(members, record);
    } else if (members.key() == "activeWifiScan") {
      read_scan(members, record);
    } else if (members.key() == "locationMetadata") {
      read_metadata(members, record);
    } else {
      members.keep();
    }
  }
}

void write_point(const Record& record, const Extra& extra, EntrySink& sink) {
  constexpr auto& kTable = kLocationPoint;
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), record.time->micros);
  row.integer(kTable.at("lat_e7"), record.lat_e7);
  row.integer(kTable.at("lon_e7"), record.lon_e7);
  row.real(kTable.at("accuracy_m"), record.accuracy);
  row.real(kTable.at("alt_m"), record.altitude);
  row.real(kTable.at("valt_m"), record.vertical_accuracy);
  row.real(kTable.at("speed_mps"), record.velocity);
  row.integer(kTable.at("heading_deg"), record.heading);
  row.text(kTable.at("source"), record.source);
  row.integer(kTable.at("device_tag"), record.device_tag);
  row.text(kTable.at("origin"), "record");
  row.text(kTable.at("platform"), record.platform);
  row.integer(kTable.at("os_level"), record.os_level);
  row.text(kTable.at("form_factor"), record.form_factor);
  row.text(kTable.at("device_designation"), record.designation);
  row.flag(kTable.at("battery_charging"), record.battery_charging);
  if (record.server_time) row.integer(kTable.at("server_us"), record.server_time->micros);
  if (record.device_time) row.integer(kTable.at("device_us"), record.device_time->micros);
  row.text(kTable.at("place_id"), record.place_id);
  row.text(kTable.at("inferred_location"), record.inferred_location);
  // Z tells nothing of the place, so only a true offset is kept.
  if (record.time->offset_minutes && *record.time->offset_minutes != 0)
    row.integer(kTable.at("ts_offset_min"), *record.time->offset_minutes);
  row.extra(extra.json());
}

void write_samples(const Record& record, EntrySink& sink) {
  for (const auto& sample : record.samples) {
    auto row = sink.row(kLocationActivitySample);
    row.integer(kLocationActivitySample.at("ts_us"), sample.time.value_or(*record.time).micros);
    row.text(kLocationActivitySample.at("type"), sample.type);
    row.integer(kLocationActivitySample.at("confidence"), sample.confidence);
  }
  for (const auto& point : record.access_points) {
    auto row = sink.row(kWifiScan);
    row.integer(kWifiScan.at("ts_us"), point.time.value_or(*record.time).micros);
    row.integer(kWifiScan.at("mac"), point.mac);
    row.integer(kWifiScan.at("rssi"), point.rssi);
    row.integer(kWifiScan.at("frequency_mhz"), point.frequency_mhz);
    row.flag(kWifiScan.at("is_connected"), point.is_connected);
  }
}

ElementOutcome read_element(const JsonElements::Element& element, JsonReader& reader, EntrySink& sink) {
  if (element.member != "locations" || !element.is_item) return "shape";
  Extra extra(sink, kLocationPoint);
  Record record;
  const auto outcome =
      reader.read(element.text, extra, [&record](Members& members) { read_record(members, record); });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!record.time) return "no time";
  if (reader.was_repaired()) sink.repaired();
  write_point(record, extra, sink);
  write_samples(record, sink);
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  const bool has_place = head.json.has("locations[].latitudeE7") || head.json.has("locations[].timestampMs");
  return head.json.is_object() && has_place ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  return parse_json_elements(content, sink, read_element);
}

constexpr const TableSpec* kTables[] = {&kLocationPoint, &kLocationActivitySample, &kWifiScan};

}  // namespace

const Product kLocationRecords{.name = "location_records",
                               .product = "location",
                               .version = 1,
                               .tables = kTables,
                               .recognise = recognise,
                               .parse = parse};

}  // namespace lake::takeout
