// Google Photos: the JSON beside each medium, and that of each album. Shapes seen in real files; in 2019 an
// album's members stood in one of their own.
#include "lake/takeout/generic_rows.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/photo_tables.hpp"
#include "lake/takeout/places_e7.hpp"
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/whole_content.hpp"

namespace lake::takeout {
namespace {

struct Spot {
  std::optional<double> lat;
  std::optional<double> lon;
  std::optional<double> altitude;
  [[nodiscard]] bool is_place() const { return lat && lon && (*lat != 0 || *lon != 0); }
  [[nodiscard]] std::optional<PlaceE7> place() const {
    return is_place() ? place_of_degrees(*lat, *lon) : std::nullopt;
  }
};

struct Sidecar {
  std::optional<std::string_view> title;
  std::optional<std::string_view> description;
  std::optional<std::string_view> url;
  std::optional<std::string_view> device_type;
  std::optional<std::string_view> device_folder;
  std::optional<std::string_view> app;
  std::optional<Timestamp> taken;
  std::optional<Timestamp> created;
  std::optional<Timestamp> modified;
  std::optional<std::int64_t> views;
  std::optional<bool> favorited;
  std::optional<bool> archived;
  std::optional<bool> trashed;
  std::optional<std::string> comments;
  std::string origin;
  Spot shown;
  Spot exif;
  std::vector<std::string_view> people;
};

/// {timestamp: seconds as text, formatted: the same in the account's language}. True also for times that have
/// no column.
bool stamp_member(Members& members, std::string_view key, std::optional<Timestamp>& value) {
  return object_member(members, key, [&value](Members& inner) {
    std::optional<std::string_view> formatted;
    return epoch_member(inner, "timestamp", value, 1) || text_member(inner, "formatted", formatted);
  });
}

/// Spans are of the map that was shown, 0 nearly always.
bool spot_member(Members& members, std::string_view key, Spot& spot) {
  return object_member(members, key, [&spot](Members& inner) {
    std::optional<double> span;
    return real_member(inner, "latitude", spot.lat) || real_member(inner, "longitude", spot.lon) ||
           real_member(inner, "altitude", spot.altitude) || real_member(inner, "latitudeSpan", span) ||
           real_member(inner, "longitudeSpan", span);
  });
}

/// Its only member is named by the way the photo came.
bool read_origin(Members& members, Sidecar& sidecar) {
  if (members.key() != "googlePhotosOrigin") return false;
  members.object([&sidecar](Members& inner) {
    while (inner.next()) {
      if (sidecar.origin.empty()) sidecar.origin = inner.key();
      inner.object([&sidecar](Members& way) {
        while (way.next()) {
          if (text_member(way, "deviceType", sidecar.device_type) ||
              object_member(way, "deviceFolder", [&sidecar](Members& folder) {
                return text_member(folder, "localFolderName", sidecar.device_folder);
              }))
            continue;
          way.keep();
        }
      });
    }
  });
  return true;
}

bool read_people(Members& members, Sidecar& sidecar) {
  return objects_member(
      members, "people", [] {},
      [&sidecar](Members& inner) {
        std::optional<std::string_view> name;
        if (!text_member(inner, "name", name)) return false;
        if (name) sidecar.people.push_back(*name);
        return true;
      });
}

void read_sidecar(Members& members, Sidecar& sidecar) {
  while (members.next()) {
    if (text_member(members, "title", sidecar.title) ||
        text_member(members, "description", sidecar.description) ||
        text_member(members, "url", sidecar.url) || stamp_member(members, "photoTakenTime", sidecar.taken) ||
        stamp_member(members, "creationTime", sidecar.created) ||
        stamp_member(members, "photoLastModifiedTime", sidecar.modified) ||
        stamp_member(members, "modificationTime", sidecar.modified) ||
        spot_member(members, "geoData", sidecar.shown) || spot_member(members, "geoDataExif", sidecar.exif) ||
        integer_member(members, "imageViews", sidecar.views) ||
        flag_member(members, "favorited", sidecar.favorited) ||
        flag_member(members, "archived", sidecar.archived) ||
        flag_member(members, "trashed", sidecar.trashed) ||
        object_member(
            members, "appSource",
            [&sidecar](Members& inner) { return text_member(inner, "androidPackageName", sidecar.app); }) ||
        raw_member(members, "sharedAlbumComments", sidecar.comments) || read_people(members, sidecar) ||
        read_origin(members, sidecar))
      continue;
    members.keep();
  }
}

void write_spot(Row& row, const Spot& spot, std::size_t lat, std::size_t lon, std::size_t altitude) {
  const auto place = spot.place();
  if (!place) return;
  row.integer(lat, place->lat);
  row.integer(lon, place->lon);
  row.real(altitude, spot.altitude);
}

void write_sidecar(const EntryHead& head, const Sidecar& sidecar, const Extra& extra, EntrySink& sink) {
  constexpr auto& kTable = kPhotoSidecar;
  const auto path = path_in_export(head.name);
  const auto name = file_name(path);
  auto row = sink.row(kTable);
  row.text(kTable.at("directory"), path.substr(0, path.size() - name.size()));
  row.text(kTable.at("name"), name);
  row.text(kTable.at("product"), product_folder(head.name));
  row.text(kTable.at("title"), sidecar.title);
  if (sidecar.description && !sidecar.description->empty())
    row.text(kTable.at("description"), sidecar.description);
  row.text(kTable.at("url"), sidecar.url);
  row.integer(kTable.at("taken_us"), micros_of(sidecar.taken));
  row.integer(kTable.at("created_us"), micros_of(sidecar.created));
  row.integer(kTable.at("modified_us"), micros_of(sidecar.modified));
  write_spot(row, sidecar.shown, kTable.at("lat_e7"), kTable.at("lon_e7"), kTable.at("altitude_m"));
  write_spot(row, sidecar.exif, kTable.at("exif_lat_e7"), kTable.at("exif_lon_e7"),
             kTable.at("exif_altitude_m"));
  if (!sidecar.people.empty()) row.texts(kTable.at("people"), sidecar.people);
  row.integer(kTable.at("views"), sidecar.views);
  row.flag(kTable.at("favorited"), sidecar.favorited);
  row.flag(kTable.at("archived"), sidecar.archived);
  row.flag(kTable.at("trashed"), sidecar.trashed);
  if (!sidecar.origin.empty()) row.text(kTable.at("origin"), sidecar.origin);
  row.text(kTable.at("device_type"), sidecar.device_type);
  row.text(kTable.at("device_folder"), sidecar.device_folder);
  row.text(kTable.at("app"), sidecar.app);
  row.text(kTable.at("comments"), sidecar.comments);
  row.extra(extra.json());
}

ElementOutcome read_sidecar_file(const EntryHead& head, std::string_view text, EntrySink& sink) {
  JsonReader reader;
  Extra extra(sink, kPhotoSidecar);
  Sidecar sidecar;
  const auto outcome =
      reader.read(text, extra, [&sidecar](Members& members) { read_sidecar(members, sidecar); });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (reader.was_repaired()) sink.repaired();
  write_sidecar(head, sidecar, extra, sink);
  for (const auto person : sidecar.people) {
    if (!sidecar.url) break;  // nothing tells of which photo; they are in the sidecar's row
    auto row = sink.row(kPhotoPerson);
    row.text(kPhotoPerson.at("url"), sidecar.url);
    row.text(kPhotoPerson.at("name"), person);
  }
  return kStored;
}

struct Album {
  std::optional<std::string_view> title;
  std::optional<std::string_view> description;
  std::optional<std::string_view> access;
  std::optional<Timestamp> date;
  std::optional<std::string> enrichments;
  std::optional<std::string> comments;
  Spot spot;
};

bool read_album_member(Members& members, Album& album) {
  return text_member(members, "title", album.title) ||
         text_member(members, "description", album.description) ||
         text_member(members, "access", album.access) || stamp_member(members, "date", album.date) ||
         raw_member(members, "enrichments", album.enrichments) ||
         raw_member(members, "sharedAlbumComments", album.comments) ||
         spot_member(members, "geoData", album.spot);
}

/// The folder that holds the file.
std::string_view folder_of(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : file_name(name.substr(0, slash));
}

ElementOutcome read_album_file(const EntryHead& head, std::string_view text, EntrySink& sink) {
  constexpr auto& kTable = kAlbum;
  JsonReader reader;
  Extra extra(sink, kTable);
  Album album;
  const auto take = [&album](Members& inner) { return read_album_member(inner, album); };
  const auto outcome = reader.read(text, extra, [&](Members& members) {
    while (members.next()) {
      if (!object_member(members, "albumData", take) && !take(members)) members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!album.title) return kStored;  // an album without a name of its own has an empty object
  if (reader.was_repaired()) sink.repaired();
  auto row = sink.row(kTable);
  row.text(kTable.at("directory"), folder_of(head.name));
  row.text(kTable.at("title"), album.title);
  if (album.description && !album.description->empty()) row.text(kTable.at("description"), album.description);
  row.text(kTable.at("access"), album.access);
  row.integer(kTable.at("date_us"), micros_of(album.date));
  if (const auto place = album.spot.place()) {
    row.integer(kTable.at("lat_e7"), place->lat);
    row.integer(kTable.at("lon_e7"), place->lon);
  }
  row.text(kTable.at("enrichments"), album.enrichments);
  row.text(kTable.at("comments"), album.comments);
  row.extra(extra.json());
  return kStored;
}

Certainty recognise_sidecar(const EntryHead& head) {
  const auto& json = head.json;
  const bool own = json.has("photoTakenTime.timestamp") ||
                   (json.has("title") && (json.has("googlePhotosOrigin") || json.has("geoDataExif")));
  return json.is_object() && own ? Certainty::kContent : Certainty::kNone;
}

bool is_album_stem(std::string_view name) {
  const auto without_number = name.substr(0, name.find('('));
  for (const std::string_view each :
       {"metadata", "Metadaten", "métadonnées", "metadatos", "metadati", "metaadatok", "метаданни",
        "метаданные", "メタデータ", "metadados", "metagegevens"}) {
    if (without_number == each) return true;
  }
  return false;
}

Certainty recognise_album(const EntryHead& head) {
  const auto& json = head.json;
  if (!json.is_object() || json.has("photoTakenTime")) return Certainty::kNone;
  if (json.has("albumData.title")) return Certainty::kContent;
  const bool is_told = json.has("title") && json.has("date.timestamp") && json.has("access");
  if (is_told) return Certainty::kContent;
  const bool is_named = extension(head.name) == "json" && is_album_stem(stem(head.name));
  if (!is_named) return Certainty::kNone;
  if (json.paths().empty()) return head.is_whole ? Certainty::kName : Certainty::kNone;  // {}
  return json.has("title") && (json.has("date.timestamp") || json.has("access")) ? Certainty::kContent
                                                                                 : Certainty::kNone;
}

Result<ParseEnd> parse_sidecar(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                               EntrySink& sink) {
  return parse_whole(content, sink, [&head](std::string_view text, EntrySink& into) {
    return read_sidecar_file(head, text, into);
  });
}

Result<ParseEnd> parse_album(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                             EntrySink& sink) {
  return parse_whole(content, sink, [&head](std::string_view text, EntrySink& into) {
    return read_album_file(head, text, into);
  });
}

constexpr const TableSpec* kSidecarTables[] = {&kPhotoSidecar, &kPhotoPerson};
constexpr const TableSpec* kAlbumTables[] = {&kAlbum};

}  // namespace

const Product kPhotoSidecars{.name = "photo_sidecar",
                             .product = "photos",
                             .version = 1,
                             .tables = kSidecarTables,
                             .recognise = recognise_sidecar,
                             .parse = parse_sidecar};

const Product kPhotoAlbums{.name = "photo_album",
                           .product = "photos",
                           .version = 1,
                           .tables = kAlbumTables,
                           .recognise = recognise_album,
                           .parse = parse_album};

}  // namespace lake::takeout
