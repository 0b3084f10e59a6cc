#include "lake/server/sample.hpp"

#include "lake/ingest/takeout_import.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::server {

namespace {

// Everything random is a hash of the row's number, so that the sample never differs.
constexpr const char* kScript = R"sql(
BEGIN;
CREATE TABLE places(id INTEGER NOT NULL, name VARCHAR NOT NULL, country VARCHAR NOT NULL, latitude DOUBLE, longitude DOUBLE,
                    population INTEGER);
INSERT INTO places VALUES
  (1, 'Berlin', 'Germany', 52.52, 13.40, 3677000), (2, 'Hamburg', 'Germany', 53.55, 9.99, 1892000),
  (3, 'München', 'Germany', 48.14, 11.58, 1512000), (4, 'Paris', 'France', 48.86, 2.35, 2103000),
  (5, 'Lyon', 'France', 45.76, 4.84, 522000), (6, 'Madrid', 'Spain', 40.42, -3.70, 3333000),
  (7, 'Barcelona', 'Spain', 41.39, 2.17, 1660000), (8, 'Roma', 'Italy', 41.90, 12.50, 2750000),
  (9, 'Milano', 'Italy', 45.46, 9.19, 1354000), (10, 'Wien', 'Austria', 48.21, 16.37, 2006000),
  (11, 'Zürich', 'Switzerland', 47.38, 8.54, 434000), (12, 'Amsterdam', 'Netherlands', 52.37, 4.90, 921000),
  (13, 'Kraków', 'Poland', 50.06, 19.94, 803000), (14, 'Praha', 'Czechia', 50.08, 14.44, 1358000),
  (15, 'København', 'Denmark', 55.68, 12.57, 660000), (16, 'Oslo', 'Norway', 59.91, 10.75, 709000),
  (17, 'Stockholm', 'Sweden', 59.33, 18.07, 985000), (18, 'Helsinki', 'Finland', 60.17, 24.94, 664000),
  (19, 'Lisboa', 'Portugal', 38.72, -9.14, 546000), (20, 'Dublin', 'Ireland', 53.35, -6.26, 592000);
CREATE TABLE sensors AS
  SELECT (1 + range)::INTEGER AS id, (1 + range % 20)::INTEGER AS place_id,
         ['temperature', 'humidity', 'pressure'][1 + range // 20] AS kind,
         ['°C', '%', 'hPa'][1 + range // 20] AS unit, DATE '2024-01-01' + (hash(range) % 400)::INTEGER AS installed
  FROM range(60);
CREATE TABLE readings AS
  SELECT s.id AS sensor_id, TIMESTAMP '2025-06-01' + to_hours(h.range) AS ts,
         round(CASE s.kind
           WHEN 'temperature' THEN 18 - (p.latitude - 48) * 0.6 + 6 * sin((h.range % 24 - 9) * pi() / 12)
           WHEN 'humidity' THEN 60 - 15 * sin((h.range % 24 - 9) * pi() / 12)
           ELSE 1013 + 8 * sin(h.range / 40.0) END + (hash(s.id, h.range) % 1000) / 500.0 - 1, 2) AS value
  FROM sensors s JOIN places p ON p.id = s.place_id, range(168) h ORDER BY ts, sensor_id;
CREATE TABLE prices AS
  SELECT symbol, day::DATE AS day, open, round(greatest(open, close) * 1.008, 2) AS high,
         round(least(open, close) * 0.992, 2) AS low, close, (10000 + hash(symbol, n) % 90000)::BIGINT AS volume
  FROM (SELECT symbol, day, n, round(base * (1 + 0.1 * sin(n / 17.0)) + hash(n, base) % 300 / 100.0, 2) AS open,
               round(base * (1 + 0.1 * sin((n + 1) / 17.0)) + hash(base, n) % 300 / 100.0, 2) AS close
        FROM (VALUES ('AKRN', 40.0), ('BIRK', 75.0), ('CEDR', 120.0), ('DUNE', 18.0), ('ELMS', 210.0)) c(symbol, base),
             (SELECT range AS n, DATE '2024-06-03' + range::INTEGER AS day FROM range(365)) d
        WHERE dayofweek(day) BETWEEN 1 AND 5)
  ORDER BY symbol, day;
CREATE TABLE orders AS
  SELECT (1 + range)::INTEGER AS id, (1 + hash(range) % 20)::INTEGER AS place_id,
         TIMESTAMP '2025-01-01' + to_minutes(range * 104 + (hash(range, 1) % 90)::BIGINT) AS ordered_at,
         ['lamp', 'chair', 'table', 'shelf', 'rug', 'vase'][1 + (hash(range, 2) % 6)::INTEGER] AS product,
         (1 + hash(range, 3) % 5)::INTEGER AS quantity,
         ([29.90, 89.00, 249.00, 119.50, 74.90, 19.90][1 + (hash(range, 2) % 6)::INTEGER])::DECIMAL(10, 2) AS price,
         ['paid', 'paid', 'paid', 'shipped', 'returned'][1 + (hash(range, 4) % 5)::INTEGER] AS status
  FROM range(5000);
CREATE VIEW latest_readings AS
  SELECT p.name AS place, s.kind, max_by(r.value, r.ts) AS value, s.unit, max(r.ts) AS ts
  FROM readings r JOIN sensors s ON s.id = r.sensor_id JOIN places p ON p.id = s.place_id GROUP BY ALL;
CREATE VIEW revenue_by_month AS
  SELECT date_trunc('month', o.ordered_at)::DATE AS month, p.country, count(*) AS orders, sum(o.quantity * o.price) AS revenue
  FROM orders o JOIN places p ON p.id = o.place_id WHERE o.status <> 'returned' GROUP BY ALL;
COMMENT ON TABLE readings IS 'Hourly values of the sensors, one week';
COMMENT ON TABLE orders IS 'Orders of a furniture shop, generated';
COMMIT;
)sql";

}  // namespace

Status make_sample(query::Sessions& sessions) {
  LAKE_TRY(const auto session, sessions.open());
  LAKE_TRY(const auto done, session->run_text(kScript));
  static_cast<void>(done);
  return ok();
}

Status import_sample_takeout(query::Sessions& sessions, blobs::BlobStore& blobs, os::FileSystem& files,
                             os::Clock& clock, telemetry::Metrics& metrics,
                             const std::string& data_directory) {
  const auto folder = os::join_path(data_directory, "sample");
  LAKE_CHECK_OK(files.create_directories(folder));
  LAKE_TRY(const auto session, sessions.open());
  for (const auto& archive : sample_takeouts()) {
    const auto path = os::join_path(folder, std::string(archive.name));
    LAKE_CHECK_OK(files.replace_file(path, archive.content, 0600));
    ingest::TakeoutRequest request;
    request.paths = {path};
    request.blobs = &blobs;
    request.time_zone = "Europe/Berlin";
    LAKE_TRY(const auto report, ingest::import_takeout(*session, files, clock, metrics, request,
                                                       [](const ingest::TakeoutProgress&) { return true; }));
    if (!report.all_hold())
      return Error(ErrorCode::kInternal, "the account of the sample Takeout does not balance");
  }
  return ok();
}

}  // namespace lake::server
