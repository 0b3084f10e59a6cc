#include "lake/ingest/record_source.hpp"

#include "lake/ingest/sql_text.hpp"
#include "lake/ingest/stored_type.hpp"

namespace lake::ingest {
namespace {

constexpr const char* kObjectSize = ", maximum_object_size=268435456";

bool is_delimited(FileFormat format) { return format == FileFormat::kCsv || format == FileFormat::kTsv; }

std::string delimiter_option(FileFormat format) { return format == FileFormat::kTsv ? ", delim='\t'" : ""; }

/// Texts that should be objects, as `position` and `raw`.
std::string objects_among(const std::string& texts) {
  return "CREATE TEMP TABLE ingest_record AS SELECT position, CASE WHEN is_object THEN j END AS doc, "
         "CASE WHEN NOT is_object THEN raw END AS raw, CASE WHEN NOT is_object THEN CASE WHEN j IS NULL THEN "
         "'not JSON' ELSE 'not a JSON object' END END AS reason FROM (SELECT position, raw, j, "
         "coalesce(json_type(j) = 'OBJECT', false) AS is_object FROM (SELECT position, raw, TRY_CAST(raw AS "
         "JSON) AS j "
         "FROM (" +
         texts + ")))";
}

/// Rows of a reader, each as an object.
std::string rows_of(const std::string& reader) {
  return "CREATE TEMP TABLE ingest_record AS SELECT row_number() OVER () AS position, to_json(r)::JSON AS "
         "doc, "
         "NULL::VARCHAR AS raw, NULL::VARCHAR AS reason FROM " +
         reader + " r";
}

Status drop_rejects(query::Session& session) {
  LAKE_CHECK_OK(session.run_text("DROP TABLE IF EXISTS temp.main.ingest_errors"));
  LAKE_CHECK_OK(session.run_text("DROP TABLE IF EXISTS temp.main.ingest_scans"));
  return ok();
}

Status load_delimited(query::Session& session, const SourceFile& file) {
  LAKE_CHECK_OK(drop_rejects(session));
  LAKE_CHECK_OK(session.run_text(rows_of(
      "read_csv(" + quoted_path(file.path) + delimiter_option(file.format) + compression_option(file) +
      ", all_varchar=true, sample_size=-1, store_rejects=true, rejects_table='ingest_errors', "
      "rejects_scan='ingest_scans')")));
  // Lines that are no row: their number is that of the line, which rows do not know of themselves.
  LAKE_CHECK_OK(session.run_text(
      "INSERT INTO temp.main.ingest_record SELECT line, NULL, min(csv_line), 'line ' || line || ': ' || "
      "min(error_type || ': ' || error_message) FROM temp.main.ingest_errors GROUP BY line"));
  return drop_rejects(session);
}

}  // namespace

Status drop_records(query::Session& session) {
  LAKE_CHECK_OK(session.run_text("DROP TABLE IF EXISTS temp.main.ingest_record"));
  return ok();
}

Result<Records> load_records(query::Session& session, const std::string& query) {
  LAKE_CHECK_OK(drop_records(session));
  LAKE_CHECK_OK(session.run_text(objects_among(query)));
  return Records{};
}

Result<Records> load_records(query::Session& session, const SourceFile& file) {
  LAKE_CHECK_OK(drop_records(session));
  if (is_delimited(file.format)) {
    LAKE_CHECK_OK(load_delimited(session, file));
    return Records{true};
  }
  std::string load;
  if (file.format == FileFormat::kParquet) {
    load = rows_of("read_parquet(" + quoted_path(file.path) + ")");
  } else if (file.format == FileFormat::kNdjson) {
    load = objects_among(
        "SELECT position, text AS raw FROM (SELECT row_number() OVER () AS position, text FROM " +
        text_lines(file) + ") WHERE trim(text) <> ''");
  } else {
    load = objects_among(
        "SELECT row_number() OVER () AS position, json::VARCHAR AS raw FROM read_json_objects(" +
        quoted_path(file.path) + compression_option(file) + kObjectSize + ", format='auto')");
  }
  LAKE_CHECK_OK(session.run_text(load));
  return Records{};
}

Result<Columns> inferred_columns(query::Session& session, const SourceFile& file) {
  const std::string common = quoted_path(file.path) + compression_option(file) + ", sample_size=-1";
  std::string reader = "read_parquet(" + quoted_path(file.path) + ")";
  if (is_delimited(file.format))
    reader = "read_csv(" + common + delimiter_option(file.format) + ", ignore_errors=true)";
  if (file.format == FileFormat::kNdjson) return columns_of_object_lines(session, file, 0);
  if (file.format == FileFormat::kJson) reader = "read_json(" + common + kObjectSize + ", records=true)";
  LAKE_TRY(const auto described, session.run_text("DESCRIBE SELECT * FROM " + reader));
  Columns columns;
  for (const auto& row : described.rows)
    columns.push_back({row[0].value_or(""), named_type(row[1].value_or(""))});
  return columns;
}

}  // namespace lake::ingest
