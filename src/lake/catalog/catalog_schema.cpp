#include "lake/catalog/catalog_schema.hpp"

#include <algorithm>

namespace lake::catalog {
namespace {

constexpr std::string_view kTables = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE commits(
  commit_id INTEGER PRIMARY KEY, micros INTEGER NOT NULL, ddl_version INTEGER NOT NULL,
  author TEXT, message TEXT, changes TEXT NOT NULL);
CREATE TABLE schemas(
  schema_no INTEGER PRIMARY KEY, name TEXT NOT NULL, comment TEXT,
  begin_commit INTEGER NOT NULL, end_commit INTEGER);
CREATE TABLE objects(
  object_no INTEGER PRIMARY KEY, object_id INTEGER NOT NULL, kind INTEGER NOT NULL,
  schema_name TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL,
  begin_commit INTEGER NOT NULL, end_commit INTEGER);
CREATE TABLE tables(
  table_id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, location TEXT NOT NULL,
  next_file_id INTEGER NOT NULL, next_row_id INTEGER NOT NULL, version_floor INTEGER NOT NULL,
  begin_commit INTEGER NOT NULL, end_commit INTEGER);
CREATE TABLE table_definitions(
  definition_no INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, schema_name TEXT NOT NULL, name TEXT NOT NULL,
  definition TEXT NOT NULL, begin_commit INTEGER NOT NULL, end_commit INTEGER);
CREATE INDEX table_definitions_by_table ON table_definitions(table_id);
CREATE TABLE table_columns(
  columns_key INTEGER PRIMARY KEY, fields TEXT NOT NULL, begin_commit INTEGER NOT NULL);
CREATE TABLE data_files(
  file_key INTEGER PRIMARY KEY, path TEXT NOT NULL, row_count INTEGER NOT NULL, bytes INTEGER NOT NULL,
  footer_bytes INTEGER NOT NULL, checksum INTEGER NOT NULL, schema_id INTEGER NOT NULL, spec_id INTEGER NOT NULL,
  order_id INTEGER NOT NULL, partition BLOB NOT NULL, first_row_id INTEGER NOT NULL, row_id_end INTEGER NOT NULL,
  carries_row_ids INTEGER NOT NULL, begin_commit INTEGER NOT NULL, end_commit INTEGER);
CREATE TABLE file_stats(file_key INTEGER PRIMARY KEY, stats BLOB NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE delete_bitmaps(
  table_id INTEGER NOT NULL, file_id INTEGER NOT NULL, begin_commit INTEGER NOT NULL, end_commit INTEGER,
  row_count INTEGER NOT NULL, bitmap BLOB NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY(table_id, file_id, begin_commit)) WITHOUT ROWID;
CREATE INDEX delete_bitmaps_live ON delete_bitmaps(table_id, file_id, begin_commit) WHERE end_commit IS NULL;
CREATE TABLE segments(
  segment_no INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, file_id INTEGER NOT NULL,
  begin_micros INTEGER NOT NULL, begin_commit INTEGER NOT NULL, end_commit INTEGER);
CREATE TABLE chunks(
  chunk_key INTEGER PRIMARY KEY, begin_commit INTEGER NOT NULL, row_count INTEGER NOT NULL,
  schema_id INTEGER NOT NULL, first_row_id INTEGER NOT NULL, row_id_end INTEGER NOT NULL,
  bytes BLOB NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE tags(name TEXT PRIMARY KEY, commit_id INTEGER NOT NULL, created_micros INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE pending_deletes(path TEXT PRIMARY KEY, not_before_micros INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE idempotency(key TEXT PRIMARY KEY, commit_id INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO schemas(name, begin_commit) VALUES ('main', 0);
)sql";

Status make_tables(SqliteConnection& connection, std::string_view lake_id, std::int64_t micros,
                   std::int64_t version) {
  LAKE_CHECK_OK(connection.execute("BEGIN IMMEDIATE"));
  LAKE_CHECK_OK(connection.execute(std::string(kTables)));
  LAKE_CHECK_OK(
      connection.run("INSERT INTO meta(key, value) VALUES ('schema_version', ?1)", std::to_string(version)));
  LAKE_CHECK_OK(connection.run("INSERT INTO meta(key, value) VALUES ('lake_id', ?1)", lake_id));
  LAKE_CHECK_OK(connection.run("INSERT INTO meta(key, value) VALUES ('oldest_kept', '0')"));
  LAKE_CHECK_OK(connection.run(
      "INSERT INTO commits(commit_id, micros, ddl_version, changes) VALUES (0, ?1, 0, 'new lake')", micros));
  LAKE_CHECK_OK(connection.execute("PRAGMA application_id=" + std::to_string(kApplicationId)));
  return connection.execute("COMMIT");
}

Result<std::int64_t> stored_version(SqliteConnection& connection) {
  const Error foreign(ErrorCode::kCorruption, "not a lake catalog: " + connection.path());
  LAKE_TRY(const auto application, connection.number("PRAGMA application_id"));
  if (application != kApplicationId) return foreign;
  LAKE_TRY(const auto version,
           connection.number("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'schema_version'"));
  if (!version) return foreign;
  return *version;
}

Status migrate(SqliteConnection& connection, std::int64_t version, std::span<const Migration> migrations,
               std::int64_t target) {
  LAKE_CHECK_OK(connection.checkpoint());
  LAKE_CHECK_OK(connection.vfs().copy_database(connection.path() + ".v" + std::to_string(version)));
  LAKE_CHECK_OK(connection.execute("BEGIN IMMEDIATE"));
  for (std::int64_t at = version; at < target; ++at) {
    const auto step = std::find_if(migrations.begin(), migrations.end(),
                                   [&](const Migration& known) { return known.from == at; });
    if (step == migrations.end()) {
      return Error(ErrorCode::kUnsupported, "catalog " + connection.path() + " has format version " +
                                                std::to_string(version) + "; this program needs version " +
                                                std::to_string(target) + " and cannot migrate from version " +
                                                std::to_string(at));
    }
    LAKE_CHECK_OK(connection.execute(std::string(step->sql)));
  }
  LAKE_CHECK_OK(
      connection.run("UPDATE meta SET value = ?1 WHERE key = 'schema_version'", std::to_string(target)));
  return connection.execute("COMMIT");
}

}  // namespace

Status prepare_schema(SqliteConnection& connection, std::string_view lake_id, std::int64_t micros,
                      std::span<const Migration> migrations, std::int64_t target) {
  LAKE_TRY(const auto table_count, connection.number("SELECT count(*) FROM sqlite_schema"));
  if (table_count == 0) return make_tables(connection, lake_id, micros, target);
  LAKE_TRY(const std::int64_t version, stored_version(connection));
  if (version == target) return ok();
  if (version > target) {
    return Error(ErrorCode::kUnsupported, "catalog " + connection.path() + " has format version " +
                                              std::to_string(version) + ", newer than version " +
                                              std::to_string(target) + " of this program");
  }
  auto migrated = migrate(connection, version, migrations, target);
  if (!migrated) ignore(connection.rollback(), "the first error is the one to tell");
  return migrated;
}

std::span<const Migration> known_migrations() {
  // To 2: a file may have several live bitmaps, which together are what it has lost. Those of 1 stay as they
  // are, one for each file; a program that expects one must not read more.
  static constexpr Migration kSteps[] = {
      {1,
       "CREATE INDEX delete_bitmaps_live ON delete_bitmaps(table_id, file_id, begin_commit)"
       " WHERE end_commit IS NULL"}};
  return kSteps;
}

}  // namespace lake::catalog
