// A sort and a join of four times the memory limit: they end, by spilling, and the process stays near its
// limit. Each runs in a process of its own. The peer is the engine without the lake, over the same files with
// the same limit.
#include "measure.hpp"

namespace lake::bench {
namespace {

constexpr double kMega = 1024.0 * 1024.0;
constexpr int kLimit = 256;              // MB
constexpr std::uint64_t kRowBytes = 80;  // three numbers, a text of 40 letters and its pointer
constexpr std::uint64_t kRows = 4ULL * kLimit * 1024 * 1024 / kRowBytes;
constexpr double kAllowed = kLimit + 256;  // MB of the process at its peak

const OpenLake::Flags kFlags{{"memory-limit", std::to_string(kLimit) + "MiB"}};

/// Reads a result to its end without keeping it; the rows.
std::uint64_t drained(duckdb::Connection& connection, const std::string& sql) {
  const auto result = connection.SendQuery(sql);
  if (result->HasError()) stop(result->GetError());
  std::uint64_t rows = 0;
  while (const auto chunk = result->Fetch()) {
    if (chunk->size() == 0) break;
    rows += chunk->size();
  }
  if (result->HasError()) stop(result->GetError());
  return rows;
}

/// Megabytes at the peak, seconds of wall and processor, rows.
std::vector<double> figures_of(duckdb::Connection& connection, const std::string& sql) {
  std::uint64_t rows = 0;
  const Time time = time_of([&] { rows = drained(connection, sql); });
  return {status_bytes("VmHWM") / kMega, time.wall, time.cpu, static_cast<double>(rows)};
}

void measure_one(const std::string& name, const std::string& directory, const std::string& files,
                 const std::string& query) {
  const auto filled = [&query](const std::string& source) {
    std::string sql = query;
    for (auto place = sql.find("{}"); place != std::string::npos; place = sql.find("{}"))
      sql.replace(place, 2, source);
    return sql;
  };
  const auto ours = apart([&] {
    OpenLake lake(directory, kFlags);
    return figures_of(lake.connection(), filled("big"));
  });
  const auto theirs = apart([&] {
    duckdb::DBConfig config;
    config.options.maximum_memory = config::Settings::Memory{kLimit << 20U}.engine_bytes();
    config.SetOptionByName("temp_directory", duckdb::Value(directory + "-spill"));
    duckdb::DuckDB database(nullptr, &config);
    duckdb::Connection connection(database);
    return figures_of(connection, filled(files));
  });
  if (ours.at(3) != theirs.at(3)) stop("not the same rows: " + query);
  print_figures(name + ": peak memory", ours[0], "allowed", kAllowed, "MB", ours[0] / kAllowed, at_most(1));
  print_figures(name + ": peak memory", ours[0], "engine alone", theirs[0], "MB", ours[0] / theirs[0], {});
  print_figures(name + ": wall", ours[1], "engine alone", theirs[1], "s", ours[1] / theirs[1], {});
  print_figures(name + ": processor", ours[2], "engine alone", theirs[2], "s", ours[2] / theirs[2], {});
}

void measure() {
  const Workplace place("spill_bench");
  const std::string directory = place.path() + "/lake";
  const std::string files = "read_parquet('" + directory + "/tables/main/*/data/*.parquet')";
  apart([&] {
    OpenLake lake(directory);
    lake.run(
        "create table big as select hash(i)::UBIGINT k, i a, (i * 7919) % 1000003 b, "
        "lpad(hash(i + 1)::VARCHAR, 40, 'x') s from range(" +
        std::to_string(kRows) + ") r(i)");
    return std::vector<double>{};
  });
  measure_one("sort of 4 x the limit", directory, files, "select * from {} order by k");
  measure_one(
      "join of 4 x the limit", directory, files,
      "select max(l.s), max(r.s), count(*) from {} l join {} r on l.k = r.k and l.a = r.a and l.b = r.b");
}

}  // namespace
}  // namespace lake::bench

int main() {
  lake::bench::measure();
  return 0;
}
