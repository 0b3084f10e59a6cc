#include "lake/ingest/takeout_views.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "lake/codec/hash.hpp"
#include "lake/ingest/run_book.hpp"
#include "lake/ingest/sql_text.hpp"
#include "lake/ingest/takeout_timeline.hpp"
#include "lake/takeout/photo_tables.hpp"
#include "lake/takeout/product.hpp"

namespace lake::ingest {
namespace {

using takeout::ColumnType;
using takeout::TableSpec;
using Tables = std::set<std::string, std::less<>>;

constexpr int kAttemptsMax = 10;

std::string table_sql(std::string_view name) { return "takeout." + quoted_name(name); }

/// Those of parsers, and those made of them.
std::vector<const TableSpec*> known_tables() {
  const auto parsed = takeout::all_tables();
  std::vector<const TableSpec*> tables(parsed.begin(), parsed.end());
  tables.push_back(&takeout::kPhoto);
  return tables;
}

const TableSpec* spec_of(std::string_view name) {
  for (const auto* spec : known_tables()) {
    if (spec->name == name) return spec;
  }
  return nullptr;
}

bool is_there(const Tables& tables, std::string_view name) {
  return tables.contains(name) && spec_of(name) != nullptr;
}

/// Degrees of a column in degrees times 1e7; nothing when they are beyond the globe.
std::string degrees_of(std::string_view column, int most) {
  const auto name = quoted_name(column);
  const auto bound = std::to_string(most) + "0000000";
  return "CASE WHEN " + name + " BETWEEN -" + bound + " AND " + bound + " THEN " + name + " / 1e7 END";
}

/// The time of a column of microseconds; nothing outside the years 1 to 9999.
std::string time_of(const std::string& micros) {
  return "CASE WHEN " + micros + " BETWEEN -62135596800000000 AND 253402300799999999 THEN make_timestamp(" +
         micros + ") END";
}

/// One line of a text of any length.
std::string line_of(std::string_view expression) {
  if (expression.empty()) return "NULL::VARCHAR";
  return "translate(left((" + std::string(expression) +
         ")::VARCHAR, 300), chr(10) || chr(13) || chr(9), '   ')";
}

std::string or_null(std::string_view expression, std::string_view type) {
  return expression.empty() ? "NULL::" + std::string(type) : std::string(expression);
}

std::string branch_of(const TimelineSource& source) {
  const auto* spec = spec_of(source.table);
  const bool hides = spec->is_sensitive;
  const std::string time(source.time);
  const std::string place(source.place);
  std::string product(source.product);
  if (!product.starts_with('"')) product = quoted_text(product);
  return "SELECT " + time + " AS ts_us, " + time_of(time) + " AS \"time\", " + or_null(source.end, "BIGINT") +
         " AS end_us, " + product + " AS product, " + quoted_text(source.kind) + " AS kind, " +
         line_of(hides ? "" : source.title) + " AS title, " + line_of(hides ? "" : source.summary) +
         " AS summary, " + or_null(hides ? "" : source.url, "VARCHAR") + " AS url, " +
         (source.has_place ? degrees_of(place + "lon_e7", 180) : "NULL::DOUBLE") + " AS lon, " +
         (source.has_place ? degrees_of(place + "lat_e7", 90) : "NULL::DOUBLE") + " AS lat, " +
         (source.is_detail ? "true" : "false") + " AS is_detail, " + (hides ? "true" : "false") +
         " AS is_sensitive, " + quoted_text(source.table) +
         " AS source_table, entry_id, byte_offset, byte_count FROM " + table_sql(source.table) + " WHERE " +
         time + " IS NOT NULL";
}

std::string joined_branches(const std::vector<std::string>& branches) {
  std::string sql;
  for (const auto& branch : branches) sql += (sql.empty() ? "" : " UNION ALL ") + branch;
  return sql;
}

std::string timeline_sql(const Tables& tables) {
  std::vector<std::string> branches;
  for (const auto& source : timeline_sources()) {
    if (is_there(tables, source.table)) branches.push_back(branch_of(source));
  }
  return joined_branches(branches);
}

std::string places_sql(const Tables& tables) {
  std::vector<std::string> branches;
  for (const auto& source : place_sources()) {
    if (!is_there(tables, source.table)) continue;
    const std::string time(source.time);
    const bool has_time = !time.empty();
    const auto when = [&](const std::string& expression) {
      return has_time ? expression : std::string("NULL::BIGINT");
    };
    branches.push_back(
        "SELECT kind, name, address, place_id, url, spot.lon, spot.lat, times, first_us, last_us, "
        "source_table "
        "FROM (SELECT " +
        quoted_text(source.kind) + " AS kind, " + or_null(source.name, "VARCHAR") + " AS name, " +
        or_null(source.address, "VARCHAR") + " AS address, " + or_null(source.place_id, "VARCHAR") +
        " AS place_id, " + or_null(source.url, "VARCHAR") +
        " AS url, max(struct_pack(ts := " + (has_time ? time : "0") +
        ", lon := " + degrees_of("lon_e7", 180) + ", lat := " + degrees_of("lat_e7", 90) +
        ")) FILTER (lat_e7 IS NOT NULL AND lon_e7 IS NOT NULL) AS spot, " + when("count(*)") + " AS times, " +
        when("min(" + time + ")") + " AS first_us, " + when("max(" + time + ")") + " AS last_us, " +
        quoted_text(source.table) + " AS source_table FROM " + table_sql(source.table) + " GROUP BY ALL)");
  }
  return joined_branches(branches);
}

std::string lonlat_sql(const TableSpec& spec) {
  std::string sql = "SELECT *";
  bool has_place = false;
  for (const auto& column : spec.columns) {
    const bool is_lat = column.name.ends_with("lat_e7");
    if (!is_lat && !column.name.ends_with("lon_e7")) continue;
    has_place = true;
    const auto name = column.name.substr(0, column.name.size() - std::string_view("_e7").size());
    sql += ", " + degrees_of(column.name, is_lat ? 90 : 180) + " AS " + quoted_name(name);
  }
  return has_place ? sql + " FROM " + table_sql(spec.name) : "";
}

/// Where the location history says that somebody was.
struct LocationSource {
  std::string_view table;
  std::string_view kind;
  std::string_view start;
  std::string_view end;    // of what has no length its start
  std::string_view place;  // begins the names of its columns lat_e7 and lon_e7
  std::string_view accuracy;
  std::string_view name;
};
constexpr LocationSource kLocationSources[] = {
    {"location_point", "point", "ts_us", "ts_us", "", "accuracy_m", ""},
    {"place_visit", "visit", "start_us", "end_us", "", "", "name"},
    {"travel_segment", "departure", "start_us", "start_us", "start_", "", ""},
    {"travel_segment", "arrival", "end_us", "end_us", "end_", "", ""},
};

/// Columns of the table under other names, so that conditions reach its files.
std::string location_branch(const LocationSource& source) {
  const auto lat = std::string(source.place) + "lat_e7";
  const auto lon = std::string(source.place) + "lon_e7";
  return "SELECT " + std::string(source.start) + " AS ts_us, " + std::string(source.end) + " AS end_us, " +
         time_of(std::string(source.start)) + " AS \"time\", " + degrees_of(lon, 180) + " AS lon, " +
         degrees_of(lat, 90) + " AS lat, " + lon + " AS lon_e7, " + lat + " AS lat_e7, " +
         quoted_text(source.kind) + " AS kind, origin, " + or_null(source.accuracy, "FLOAT") +
         " AS accuracy_m, " + or_null(source.name, "VARCHAR") + " AS name, " + quoted_text(source.table) +
         " AS source_table, entry_id, byte_offset, byte_count FROM " + table_sql(source.table) + " WHERE " +
         lat + " IS NOT NULL AND " + lon + " IS NOT NULL";
}

std::string location_sql(const Tables& tables) {
  std::vector<std::string> branches;
  for (const auto& source : kLocationSources) {
    if (is_there(tables, source.table)) branches.push_back(location_branch(source));
  }
  return joined_branches(branches);
}

/// With constants for its parameters all that is left of it are comparisons of columns. Degrees are rounded
/// to what the tables hold, since 13.3906 * 1e7 is not exactly 133906000.
constexpr const char* kLocationWithin =
    "SELECT * FROM takeout.location WHERE lat_e7 BETWEEN round(south * 1e7)::BIGINT AND round(north * "
    "1e7)::BIGINT AND ((west <= east AND lon_e7 BETWEEN round(west * 1e7)::BIGINT AND round(east * "
    "1e7)::BIGINT) OR (west > east AND (lon_e7 >= round(west * 1e7)::BIGINT OR lon_e7 <= round(east * "
    "1e7)::BIGINT))) AND (since IS NULL OR end_us >= epoch_us(coalesce(since, TIMESTAMP 'epoch'))) AND "
    "(until IS NULL OR ts_us < epoch_us(coalesce(until, TIMESTAMP 'epoch')))";

/// Of each content one blob that has it: repeated entries have none of their own.
constexpr const char* kBlobKeys =
    " LEFT JOIN (SELECT hash, min(key) AS blob_key FROM blob_store.object WHERE bucket = 'takeout' GROUP BY "
    "hash) o ON o.hash = ";

/// The places of each content: "the same photo in the year's folder and in an album".
std::string photo_locations() {
  return "SELECT e.content_hash, m.directory, m.name, j.sidecar, j.joined_by, m.entry_id, e.part_id, "
         "e.stored_offset, e.stored_bytes, e.method, e.blob, o.blob_key FROM takeout.media_file m JOIN "
         "takeout.import_entry e USING (entry_id) LEFT JOIN takeout.media_sidecar j ON j.directory = "
         "m.directory AND j.name = m.name" +
         std::string(kBlobKeys) + "e.blob";
}

/// Drive's files are the entries of its folder, as the languages seen name it; of a path the newest.
std::string drive_files() {
  return "SELECT f.*, o.blob_key FROM (SELECT * EXCLUDE (entry_index) FROM (SELECT "
         "regexp_replace(regexp_replace(e.name, "
         "'^Takeout/', ''), '^[^/]+/', '') AS path, parse_filename(e.name) AS name, e.bytes AS size, "
         "e.content_hash, e.state, e.classified_as AS kind, p.export_us, e.entry_id, e.part_id, "
         "e.entry_index, e.stored_offset, e.stored_bytes, e.method, e.blob FROM takeout.import_entry e JOIN "
         "takeout.import_part p USING (part_id) WHERE e.entry_kind = 'file' AND regexp_matches(e.name, "
         "'^(Takeout/)?(Drive|Google Drive|ドライブ|Google ドライブ)/')) d QUALIFY row_number() OVER "
         "(PARTITION BY d.path ORDER BY d.export_us DESC, d.part_id DESC, d.entry_index DESC) = 1) f" +
         std::string(kBlobKeys) + "f.blob";
}

/// Attachments lie under the natural keys of their rows.
constexpr const char* kMailAttachmentBlobs =
    "SELECT a.*, o.hash AS blob, o.key AS blob_key FROM takeout.mail_attachment a LEFT JOIN "
    "blob_store.object o ON o.bucket = 'takeout' AND o.key = 'mail/' || coalesce(a.gm_msgid::VARCHAR, "
    "sha256(a.fallback_key)) || '/' || a.part";

/// Folders of products that have parsers, where these are called otherwise: by their English names, as others
/// are not known for sure.
constexpr std::pair<std::string_view, std::string_view> kProductFolders[] = {
    {"access log activity", "access_log"},
    {"google chat", "chat"},
    {"google fit", "fit"},
    {"google groups", "groups"},
    {"google keep", "keep"},
    {"google pay", "pay"},
    {"google photos", "photos"},
    {"google play store", "play"},
    {"location history", "location"},
    {"location history (timeline)", "location"},
    {"maps (your places)", "maps"},
    {"my activity", "activity"},
    {"youtube and youtube music", "youtube"},
};

/// One name for what a parser calls "keep" and an entry without one has from its folder "Keep".
std::string product_sql() {
  std::map<std::string_view, std::string_view> names(std::begin(kProductFolders), std::end(kProductFolders));
  for (const auto* product : takeout::products()) {
    if (!product->product.empty()) names.emplace(product->product, product->product);
  }
  std::string keys;
  std::string values;
  for (const auto& [folder, product] : names) {
    keys += (keys.empty() ? "" : ", ") + quoted_text(folder);
    values += (values.empty() ? "" : ", ") + quoted_text(product);
  }
  const std::string own =
      "coalesce(nullif(e.product, ''), regexp_extract(e.name, '^(?:Takeout/)?([^/]+)/', 1))";
  return "coalesce(map([" + keys + "], [" + values + "])[lower(" + own + ")], " + own + ")";
}

constexpr const char* kItems =
    " AS product, e.classified_as AS kind, e.state, e.entry_id, e.name, p.name AS archive, p.export_id, "
    "p.export_us, e.bytes, e.elements, e.elements_rejected AS rejected, e.rows_parsed AS rows, e.rows_new, "
    "e.rows_dup, e.rows_updated, e.rows_older, e.reason, e.blob, e.part_id, e.import_id FROM "
    "takeout.import_entry e "
    "JOIN "
    "takeout.import_part p USING (part_id)";

/// Tables that are made of what several parsers read, by the kinds of entries they are made of.
constexpr std::pair<std::string_view, std::string_view> kDerivedTables[] = {
    {"media", "photo"},         {"photo_sidecar", "photo"},
    {"media", "media_sidecar"}, {"photo_sidecar", "media_sidecar"},
    {"media", "album_item"},    {"photo_album", "album_item"},
};

/// Which archives a table's rows came from, by the parsers that write it.
std::string lineage_sql(const Tables& tables) {
  std::string writes;
  for (const auto* product : takeout::products()) {
    for (const auto* spec : product->tables) {
      if (!tables.contains(spec->name)) continue;
      writes += (writes.empty() ? "(" : ", (") + quoted_text(product->name) + ", " +
                quoted_text("takeout." + std::string(spec->name)) + ")";
    }
  }
  for (const auto& [kind, table] : kDerivedTables) {
    if (writes.empty() || !tables.contains(table)) continue;
    writes += ", (" + quoted_text(kind) + ", " + quoted_text("takeout." + std::string(table)) + ")";
  }
  if (writes.empty()) return "";
  // Pictures of other products are no photos.
  const std::string photos_only =
      tables.contains("photo_sidecar")
          ? " AND (e.classified_as <> 'media' OR w.target = 'takeout.media_file' OR e.product IN (SELECT "
            "product FROM takeout.photo_sidecar))"
          : "";
  return "SELECT p.path AS source, w.target, " + product_sql() +
         " AS product, e.classified_as AS kind, count(*) AS entries, "
         "p.part_id, "
         "p.export_us, make_timestamp(min(r.started_us)) AS imported_at FROM takeout.import_entry e JOIN "
         "takeout.import_part p USING "
         "(part_id) JOIN takeout.import_run r ON r.import_id = e.import_id JOIN (VALUES " +
         writes + ") w(kind, target) ON w.kind = e.classified_as WHERE e.rows_parsed > 0" + photos_only +
         " GROUP BY ALL";
}

/// Of a view's definition and comment; stands in the comment, so that an unchanged view is not written again.
std::string mark_of(const TakeoutView& view) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx",
                static_cast<unsigned long long>(codec::xxh3_64(view.about + view.parameters + view.select)));
  return text.data();
}

std::string comment_of(const TakeoutView& view) { return view.about + " [" + mark_of(view) + "]"; }

Status run(query::Session& session, const std::string& sql) {
  LAKE_TRY(const auto done, session.run_text(sql));
  static_cast<void>(done);
  return ok();
}

/// Names of the tables, and comments of the views and macros, of the schema.
struct Made {
  Tables tables;
  std::map<std::string, std::string> comments;
};

Result<Made> find_made(query::Session& session) {
  LAKE_TRY(const auto found,
           session.run_text("SELECT table_name, NULL, false FROM duckdb_tables() WHERE schema_name = "
                            "'takeout' AND database_name = current_database() UNION ALL SELECT view_name, "
                            "comment, true FROM duckdb_views() WHERE schema_name = 'takeout' AND "
                            "database_name = current_database()"));
  Made made;
  for (const auto& row : found.rows) {
    if (row[2] == "true") {
      made.comments.emplace(row[0].value_or(""), row[1].value_or(""));
    } else {
      made.tables.insert(row[0].value_or(""));
    }
  }
  // The engine has thousands of functions to look through; ours was made with this view.
  if (!made.comments.contains("location") && !made.tables.contains("location")) return made;
  LAKE_TRY(const auto macros,
           session.run_text("SELECT function_name, comment FROM duckdb_functions() WHERE schema_name = "
                            "'takeout' AND database_name = current_database() AND function_type = "
                            "'table_macro'"));
  for (const auto& row : macros.rows) made.comments.emplace(row[0].value_or(""), row[1].value_or(""));
  return made;
}

Status make_changed(query::Session& session) {
  LAKE_TRY(const auto made, find_made(session));
  const auto& [tables, comments] = made;
  for (const auto& view : takeout_views(tables)) {
    const auto known = comments.find(view.name);
    if (known != comments.end() && known->second == comment_of(view)) continue;
    if (tables.contains(view.name)) continue;  // somebody's own table has the name
    const auto name = table_sql(view.name);
    const bool is_macro = !view.parameters.empty();
    LAKE_CHECK_OK(run(session, is_macro ? "CREATE OR REPLACE MACRO " + name + "(" + view.parameters +
                                              ") AS TABLE " + view.select
                                        : "CREATE OR REPLACE VIEW " + name + " AS " + view.select));
    LAKE_CHECK_OK(run(session, std::string("COMMENT ON ") + (is_macro ? "MACRO TABLE " : "VIEW ") + name +
                                   " IS " + quoted_text(comment_of(view))));
  }
  return ensure_lineage(session);
}

}  // namespace

std::vector<TakeoutView> takeout_views(const Tables& tables) {
  std::vector<TakeoutView> views;
  const auto add = [&views](std::string name, std::string select, std::string about) {
    if (!select.empty()) views.push_back({std::move(name), std::move(select), std::move(about)});
  };
  const auto timeline = timeline_sql(tables);
  add("timeline", timeline, "Everything with a time, one line each; filter by ts_us");
  if (!timeline.empty())
    add("daily_activity",
        "SELECT \"time\"::DATE AS day, product, kind, count(*) AS events, min(ts_us) AS first_us, max(ts_us) "
        "AS "
        "last_us FROM takeout.timeline GROUP BY ALL",
        "How much of what on each day (UTC)");
  add("places", places_sql(tables), "Places with a name, an address or an id");
  const auto location = location_sql(tables);
  add("location", location, "Where the location history says that somebody was, and when");
  if (!location.empty())
    views.push_back({"location_within", kLocationWithin,
                     "What of location lies within a box of degrees and a span of time",
                     "west, south, east, north, since := NULL, until := NULL"});
  if (tables.contains("import_entry") && tables.contains("import_part"))
    add("items", "SELECT " + product_sql() + kItems, "Each entry of each archive and what became of it");
  if (tables.contains("import_entry") && tables.contains("import_part"))
    add("drive_file", drive_files(), "The files of Drive, the newest of each path");
  if (tables.contains("import_entry") && tables.contains("import_part") && tables.contains("import_run"))
    add("lineage", lineage_sql(tables), "Which archives each table came from");
  if (tables.contains("media_sidecar") && tables.contains("media_file"))
    add("photo_location", photo_locations(), "Where in which archive the bytes of each photo are");
  if (tables.contains("mail_attachment"))
    add("mail_attachment_blob", kMailAttachmentBlobs, "What is attached to mail, with the blob of its bytes");
  for (const auto* spec : known_tables()) {
    if (tables.contains(spec->name))
      add(std::string(spec->name) + "_lonlat", lonlat_sql(*spec), "The table with its places in degrees too");
  }
  return views;
}

Status make_takeout_views(query::Session& session) {
  Status status = ok();
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    LAKE_CHECK_OK(run(session, "BEGIN"));
    status = make_changed(session);
    if (status) status = run(session, "COMMIT");
    if (status) return status;
    ignore(run(session, "ROLLBACK"), "a failed commit has ended the transaction already");
    if (status.error().code() != ErrorCode::kConflict) return status;
  }
  return status;
}

}  // namespace lake::ingest
