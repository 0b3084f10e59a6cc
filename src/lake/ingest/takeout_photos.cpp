#include "lake/ingest/takeout_photos.hpp"

#include <charconv>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lake/ingest/sql_text.hpp"
#include "lake/ingest/takeout_tables.hpp"
#include "lake/takeout/entry_sink.hpp"
#include "lake/takeout/photo_names.hpp"
#include "lake/takeout/photo_tables.hpp"
#include "lake/takeout/product.hpp"

namespace lake::ingest {
namespace {

using takeout::kAlbumItem;
using takeout::kMediaSidecar;
using takeout::kPhoto;

constexpr int kAttemptsMax = 10;
constexpr std::size_t kNamesAtOnce = 20'000;

/// Of an entry, below the export's root; as takeout::path_in_export() has it.
constexpr const char* kEntryPath =
    "CASE WHEN starts_with(e.name, 'Takeout/') THEN substr(e.name, 9) ELSE e.name END";

/// Everything about a photo's time in one place. The embedded time counts first: a sidecar's may be hours
/// off. A camera's clock without a zone is settled by the sidecar when both differ by a whole number of
/// quarter hours.
constexpr const char* kPhotos = R"sql(
WITH files AS (
  SELECT m.*, e.content_hash, e.bytes, j.sidecar, j.joined_by,
         coalesce(e.content_hash::VARCHAR || ':' || e.bytes::VARCHAR, m.directory || m.name) AS identity
  FROM takeout.media_file m JOIN (SELECT DISTINCT product FROM takeout.photo_sidecar) p ON p.product IS NOT DISTINCT FROM m.product
       LEFT JOIN takeout.import_entry e ON e.entry_id = m.entry_id
       LEFT JOIN takeout.media_sidecar j ON j.directory = m.directory AND j.name = m.name),
best AS (
  SELECT *, count(*) OVER (PARTITION BY identity) AS locations FROM files
  QUALIFY row_number() OVER (PARTITION BY identity ORDER BY
    coalesce(list_position(['name', 'title', 'edited', 'live'], joined_by), 9), directory, name) = 1),
told AS (
  SELECT f.*, s.taken_us AS sidecar_us, s.title, s.description, s.url, s.favorited, s.archived, s.trashed, s.origin,
         s.device_type, s.lat_e7 AS shown_lat_e7, s.lon_e7 AS shown_lon_e7, s.altitude_m AS shown_altitude_m, s.exif_lat_e7,
         s.exif_lon_e7, s.exif_altitude_m, f.exif_local_us - s.taken_us AS difference_us,
         CASE WHEN f.film_us BETWEEN 631152000000000 AND f.export_us + 86400000000 THEN f.film_us END AS good_film_us,
         CASE WHEN f.exif_local_us BETWEEN -4544208000000000 AND f.export_us + 86400000000 THEN f.exif_local_us END AS good_exif_us
  FROM best f LEFT JOIN takeout.photo_sidecar s ON s.directory = f.directory AND s.name = f.sidecar),
timed AS (
  SELECT *, coalesce(exif_offset_min, CASE WHEN abs(difference_us) <= 50400000000 AND difference_us % 900000000 = 0
                                           THEN difference_us // 60000000 END)::SMALLINT AS tz_offset_min FROM told),
sourced AS (
  SELECT *, good_exif_us - coalesce(tz_offset_min, 0)::BIGINT * 60000000 AS exif_us,
         CASE WHEN good_exif_us IS NOT NULL AND tz_offset_min IS NOT NULL THEN 'exif'
              WHEN good_film_us IS NOT NULL THEN 'film' WHEN sidecar_us IS NOT NULL THEN 'sidecar'
              WHEN good_exif_us IS NOT NULL THEN 'exif' WHEN name_local_us IS NOT NULL THEN 'name' END AS taken_source
  FROM timed)
SELECT CASE taken_source WHEN 'exif' THEN exif_us WHEN 'film' THEN good_film_us WHEN 'sidecar' THEN sidecar_us
                         WHEN 'name' THEN name_local_us END AS taken_us,
       content_hash, bytes, name, taken_source,
       CASE WHEN taken_source = 'name' OR (taken_source = 'exif' AND tz_offset_min IS NULL) THEN 'zone_unknown'
            WHEN taken_source = 'exif' AND exif_offset_min IS NULL THEN 'zone_inferred'
            WHEN taken_source IS NOT NULL THEN 'second' END AS ts_quality,
       tz_offset_min, exif_us, sidecar_us, name_local_us AS name_us,
       coalesce(lat_e7, exif_lat_e7, shown_lat_e7) AS lat_e7, coalesce(lon_e7, exif_lon_e7, shown_lon_e7) AS lon_e7,
       CASE WHEN lat_e7 IS NOT NULL THEN altitude_m WHEN exif_lat_e7 IS NOT NULL THEN exif_altitude_m ELSE shown_altitude_m
       END AS altitude_m,
       CASE WHEN coalesce(lat_e7, exif_lat_e7) IS NOT NULL THEN 'exif' WHEN shown_lat_e7 IS NOT NULL THEN 'sidecar'
       END AS geo_source,
       width, height, duration_ms, mime, nullif(concat_ws(' ', camera_make, camera_model), '') AS camera, title, description,
       url, favorited, archived, trashed, origin, device_type, joined_by, locations::INTEGER AS locations, directory, entry_id,
       0::BIGINT AS byte_offset, bytes AS byte_count
FROM sourced ORDER BY taken_us, name, directory)sql";

Status run(query::Session& session, const std::string& sql) {
  LAKE_TRY(const auto done, session.run_text(sql));
  static_cast<void>(done);
  return ok();
}

codec::ColumnBatch batch_for(const takeout::TableSpec& spec) {
  std::vector<codec::ColumnType> types;
  for (const auto& column : spec.columns) types.push_back(column.type);
  return codec::ColumnBatch(types);
}

struct Folder {
  std::vector<std::string> media;
  std::vector<takeout::SidecarTitle> sidecars;
};
using Folders = std::map<std::string, Folder>;

class PhotoJoin {
 public:
  explicit PhotoJoin(query::Session& session) : session_(session), tables_(session) {}

  Status join() {
    LAKE_CHECK_OK(tables_.ensure(takeout::kMediaFile));
    for (const auto* spec : {&kMediaSidecar, &kPhoto, &kAlbumItem}) {
      LAKE_CHECK_OK(tables_.ensure_plain(*spec));
      LAKE_CHECK_OK(run(session_, "DELETE FROM takeout." + std::string(spec->name)));
    }
    LAKE_CHECK_OK(read_albums());
    LAKE_CHECK_OK(join_folders());
    LAKE_CHECK_OK(run(session_, "INSERT INTO takeout.photo BY NAME " + std::string(kPhotos)));
    return write_states();
  }

 private:
  Status read_albums() {
    LAKE_TRY(
        const auto found,
        session_.run_text("SELECT DISTINCT regexp_replace(" + std::string(kEntryPath) +
                          ", '[^/]*$', '') FROM takeout.import_entry e WHERE classified_as = 'photo_album'"));
    for (const auto& row : found.rows) {
      const auto& directory = row[0].value_or("");
      if (!takeout::is_year_folder(last_folder(directory))) albums_.insert(directory);
    }
    return ok();
  }

  static std::string last_folder(std::string_view directory) {
    if (directory.ends_with('/')) directory.remove_suffix(1);
    return std::string(takeout::file_name(directory));
  }

  /// Folders in the order of their names, as many at once as have kNamesAtOnce media.
  Status join_folders() {
    LAKE_TRY(const auto folders,
             session_.run_text(
                 "SELECT directory, count(*) FROM takeout.media_file m JOIN (SELECT DISTINCT product FROM "
                 "takeout.photo_sidecar) p ON p.product IS NOT DISTINCT FROM m.product GROUP BY directory "
                 "ORDER BY directory"));
    std::size_t first = 0;
    std::size_t names = 0;
    for (std::size_t i = 0; i < folders.rows.size(); ++i) {
      const auto text = folders.rows[i][1].value_or("0");
      std::size_t count = 0;
      std::from_chars(text.data(), text.data() + text.size(), count);
      names += count;
      if (names < kNamesAtOnce && i + 1 < folders.rows.size()) continue;
      LAKE_CHECK_OK(join_between(folders.rows[first][0].value_or(""), folders.rows[i][0].value_or("")));
      first = i + 1;
      names = 0;
    }
    return ok();
  }

  Status join_between(const std::string& first, const std::string& last) {
    const auto between = " WHERE directory BETWEEN " + quoted_text(first) + " AND " + quoted_text(last);
    Folders folders;
    LAKE_TRY(const auto media, session_.run_text("SELECT directory, name FROM takeout.media_file" + between +
                                                 " ORDER BY directory, name"));
    for (const auto& row : media.rows) folders[row[0].value_or("")].media.push_back(row[1].value_or(""));
    LAKE_TRY(const auto sidecars,
             session_.run_text("SELECT directory, name, title FROM takeout.photo_sidecar" + between +
                               " ORDER BY directory, name"));
    for (const auto& row : sidecars.rows)
      folders[row[0].value_or("")].sidecars.push_back({row[1].value_or(""), row[2].value_or("")});
    auto joins = batch_for(kMediaSidecar);
    auto items = batch_for(kAlbumItem);
    for (const auto& [directory, folder] : folders) {
      for (const auto& join : takeout::join_sidecars(folder.media, folder.sidecars)) {
        takeout::Row row(joins, kMediaSidecar);
        row.text(kMediaSidecar.at("directory"), directory);
        row.text(kMediaSidecar.at("name"), folder.media[join.medium]);
        row.text(kMediaSidecar.at("sidecar"), folder.sidecars[join.sidecar].name);
        row.text(kMediaSidecar.at("joined_by"), join.by);
        joins.end_row();
      }
      if (albums_.contains(directory)) add_items(directory, folder, items);
    }
    LAKE_CHECK_OK(tables_.append(kMediaSidecar, joins));
    return tables_.append(kAlbumItem, items);
  }

  static void add_items(const std::string& directory, const Folder& folder, codec::ColumnBatch& items) {
    for (const auto& name : folder.media) {
      takeout::Row row(items, kAlbumItem);
      row.text(kAlbumItem.at("directory"), last_folder(directory));
      row.text(kAlbumItem.at("name"), name);
      row.text(kAlbumItem.at("path"), directory + name);
      items.end_row();
    }
  }

  /// Only entries whose state changes are written.
  Status write_states() {
    const std::string sidecar_ids =
        "SELECT e.entry_id, j.sidecar IS NOT NULL AS joined FROM takeout.import_entry e LEFT JOIN (SELECT "
        "DISTINCT "
        "directory || sidecar AS path, sidecar FROM takeout.media_sidecar) j ON j.path = " +
        std::string(kEntryPath) +
        " WHERE e.classified_as = 'photo_sidecar' AND e.state IN ('typed', 'sidecar_joined', "
        "'sidecar_pending')";
    LAKE_CHECK_OK(
        run(session_, "UPDATE takeout.import_entry t SET state = 'sidecar_joined', reason = '' FROM (" +
                          sidecar_ids +
                          ") s WHERE t.entry_id = s.entry_id AND s.joined AND t.state <> 'sidecar_joined'"));
    LAKE_CHECK_OK(
        run(session_,
            "UPDATE takeout.import_entry t SET state = 'sidecar_pending', reason = 'its photo or film is not "
            "there: it may be in a part that was not imported' FROM (" +
                sidecar_ids +
                ") s WHERE t.entry_id = s.entry_id AND NOT s.joined AND t.state <> 'sidecar_pending'"));
    const std::string media =
        "SELECT e.entry_id, CASE WHEN j.name IS NULL THEN 'no sidecar of it is there' ELSE '' END AS told "
        "FROM "
        "takeout.import_entry e JOIN (SELECT m.directory || m.name AS path, j.name FROM takeout.media_file m "
        "JOIN (SELECT "
        "DISTINCT product FROM takeout.photo_sidecar) p ON p.product IS NOT DISTINCT FROM m.product LEFT "
        "JOIN "
        "takeout.media_sidecar j ON j.directory = m.directory AND j.name = m.name) j ON j.path = " +
        std::string(kEntryPath) + " WHERE e.classified_as = 'media' AND e.state = 'blob_only'";
    return run(session_, "UPDATE takeout.import_entry t SET reason = s.told FROM (" + media +
                             ") s WHERE t.entry_id = s.entry_id AND t.reason IS DISTINCT FROM s.told");
  }

  query::Session& session_;
  TakeoutTables tables_;
  std::set<std::string, std::less<>> albums_;
};

/// Photos came since the last run that ended, and there are sidecars.
Result<bool> must_join(query::Session& session) {
  LAKE_TRY(const auto tables,
           session.run_text(
               "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'takeout' AND database_name = "
               "current_database() AND table_name = 'photo_sidecar'"));
  if (tables.rows.front()[0] != "1") return false;
  LAKE_TRY(
      const auto news,
      session.run_text(
          "SELECT count(*) FROM takeout.import_entry WHERE classified_as IN ('media', 'photo_sidecar', "
          "'photo_album') AND import_id > (SELECT coalesce(max(import_id), 0) FROM takeout.import_run WHERE "
          "state = 'complete')"));
  return news.rows.front()[0] != "0";
}

}  // namespace

Status join_photos(query::Session& session) {
  LAKE_TRY(const auto must, must_join(session));
  if (!must) return ok();
  Status status = ok();
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    LAKE_CHECK_OK(run(session, "BEGIN"));
    status = PhotoJoin(session).join();
    if (status) status = run(session, "COMMIT");
    if (status) return status;
    ignore(run(session, "ROLLBACK"), "a failed commit has ended the transaction already");
    if (status.error().code() != ErrorCode::kConflict) return status;
  }
  return status;
}

}  // namespace lake::ingest
