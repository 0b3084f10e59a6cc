// What many files, statistics and tables cost: planning, memory, opening.
#include "lake/codec/bounds.hpp"
#include "measure.hpp"

namespace lake::bench {
namespace {

constexpr std::int64_t kRowsOfFile = 100;

std::string column_name(int column) { return "c" + std::to_string(column); }

/// Columns c0, c1, ... of a table; every second one is a text.
std::string column_list(int columns) {
  std::string list;
  for (int c = 0; c < columns; ++c)
    list += (c == 0 ? "" : ", ") + column_name(c) + (c % 2 == 0 ? " BIGINT" : " VARCHAR");
  return list;
}

catalog::ColumnStats stats_of(const catalog::Field& field, std::int64_t low) {
  catalog::ColumnStats stats;
  stats.field_id = field.id;
  stats.value_count = kRowsOfFile;
  stats.null_count = 0;
  const std::int64_t high = low + kRowsOfFile - 1;
  const bool text = field.type == "VARCHAR";
  const auto padded = [](std::int64_t number) {
    const std::string digits = std::to_string(number);
    return "text " + std::string(12 - digits.size(), '0') + digits;
  };
  stats.lower = text ? padded(low) : codec::encode_int64(low);
  stats.upper = text ? padded(high) : codec::encode_int64(high);
  return stats;
}

/// One file on disk; the others differ in name and bounds only.
std::string write_wanted(OpenLake& lake, const catalog::Table& table, std::int64_t low) {
  std::string columns;
  std::string ids;
  for (std::size_t c = 0; c < table.schema->fields.size(); ++c) {
    const auto& field = table.schema->fields[c];
    const std::string value = field.type == "VARCHAR" ? "'text'" : "i";
    columns += (c == 0 ? "" : ", ") + value + " as " + field.name;
    ids += (c == 0 ? "" : ", ") + field.name + ": " + std::to_string(field.id);
  }
  const std::string path = table.location + "/data/wanted.parquet";
  must(lake.files().create_directories(lake.directory() + "/" + table.location + "/data"));
  lake.run("copy (select " + columns + " from range(" + std::to_string(low) + ", " +
           std::to_string(low + kRowsOfFile) + ") r(i)) to '" + lake.directory() + "/" + path +
           "' (format parquet, field_ids {" + ids + "})");
  return path;
}

/// A table of `count` files with statistics of every column, of which only the last is on disk.
void make_table(OpenLake& lake, const std::string& name, int columns, std::size_t count) {
  lake.run("create table " + name + " (" + column_list(columns) + ")");
  const auto table = lake.table(name);
  const auto low_of = [](std::size_t n) { return static_cast<std::int64_t>(n) * kRowsOfFile; };
  const std::string wanted = write_wanted(lake, *table, low_of(count - 1));
  const auto bytes = must(lake.files().stat(lake.directory() + "/" + wanted)).bytes;
  const auto first = must(lake->catalog().reserve_files(table->table_id, count));
  catalog::TableDelta delta;
  delta.table_id = table->table_id;
  delta.schema_id = table->schema->schema_id;
  for (std::size_t n = 0; n < count; ++n) {
    catalog::DataFile file;
    file.file_id = first + n;
    file.path = n + 1 == count ? wanted : table->location + "/data/" + std::to_string(n) + ".parquet";
    file.row_count = kRowsOfFile;
    file.bytes = bytes;
    file.schema_id = delta.schema_id;
    std::vector<catalog::ColumnStats> stats;
    for (const auto& field : table->schema->fields) stats.push_back(stats_of(field, low_of(n)));
    file.stats = catalog::FileStats(std::move(stats));
    delta.added_files.push_back(std::move(file));
  }
  catalog::CommitRequest request;
  request.base = lake->catalog().current()->commit_id;
  request.deltas.push_back(std::move(delta));
  must(lake->catalog().commit(std::move(request)));
}

std::string point(const std::string& table, std::size_t files) {
  return "select c1 from " + table +
         " where c0 = " + std::to_string(static_cast<std::int64_t>(files) * kRowsOfFile - 7);
}

void measure_planning() {
  const Workplace place("plan_bench");
  OpenLake lake(place.path());
  make_table(lake, "few", 50, 20);
  make_table(lake, "many", 50, 20'000);
  const auto both = [&](const std::string& name, const std::string& head, Goal goal, const Work& prepare) {
    compare(
        name, "20 files", goal, 41, [&] { lake.run(head + point("many", 20'000)); },
        [&] { lake.run(head + point("few", 20)); }, prepare);
  };
  both("point query, 20,000 files", "", at_most(3), [] {});
  both("planning it alone", "explain ", at_most(3), [] {});
  int row = 0;
  both("point query after a one-row commit", "", {}, [&] {
    lake.run("insert into many (c0) values (" + std::to_string(++row) + ")");
    lake.run("insert into few (c0) values (" + std::to_string(row) + ")");
  });
}

/// Bytes that an open lake holds, with every column's statistics used by a query.
double bytes_of_lake(const std::string& directory, bool with_queries) {
  return apart([&] {
           OpenLake lake(directory);
           for (int c = 0; with_queries && c < 50; ++c) {
             const std::string value = c % 2 == 0 ? "1999950" : "'text'";
             lake.run("explain select c1 from many where " + column_name(c) + " = " + value);
           }
           return std::vector<double>{status_bytes("VmRSS")};
         })
      .at(0);
}

void measure_memory() {
  const Workplace place("plan_bench");
  constexpr double kMega = 1e6;
  apart([&] {
    {
      OpenLake lake(place.path() + "/many");
      make_table(lake, "many", 50, 20'000);
    }
    const OpenLake none(place.path() + "/none");
    return std::vector<double>{};
  });
  const double none = bytes_of_lake(place.path() + "/none", false);
  for (const bool used : {false, true}) {
    const double all = bytes_of_lake(place.path() + "/many", used);
    const std::string name = used ? "memory, every column asked for" : "memory of 20,000 files, 50 columns";
    print_figures(name, (all - none) / kMega, "allowed", 200, "MB", (all - none) / kMega / 200, at_most(1));
  }
}

/// Reads every row of every table of the catalog, each value as what it is.
std::uint64_t read_with_sqlite(const std::string& path) {
  sqlite3* database = nullptr;
  const auto check = [](bool good) {
    if (!good) stop("SQLite cannot read the catalog");
  };
  check(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  std::vector<std::string> tables;
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database, "select name from sqlite_master where type = 'table'", -1, &statement,
                           nullptr) == SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    tables.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
  }
  sqlite3_finalize(statement);
  std::uint64_t values = 0;
  for (const auto& table : tables) {
    check(sqlite3_prepare_v2(database, ("select * from " + table).c_str(), -1, &statement, nullptr) ==
          SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
      for (int c = 0; c < sqlite3_column_count(statement); ++c) {
        if (sqlite3_column_type(statement, c) == SQLITE_INTEGER) {
          values += static_cast<std::uint64_t>(sqlite3_column_int64(statement, c) >= 0);
        } else {
          values += static_cast<std::uint64_t>(sqlite3_column_bytes(statement, c) >= 0);
        }
      }
    }
    sqlite3_finalize(statement);
  }
  sqlite3_close(database);
  return values;
}

void measure_opening() {
  const Workplace place("plan_bench");
  {
    OpenLake lake(place.path());
    for (int t = 0; t < 1000; ++t) make_table(lake, "t" + std::to_string(t), 20, 5);
  }
  os::PosixFileSystem files;
  os::SystemClock clock;
  os::SystemRandom random;
  telemetry::Metrics metrics;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<OpenLake> lake;
  const auto close = [&] {
    if (catalog) must(catalog->close());
    catalog.reset();
    lake.reset();
  };
  const auto read = [&] {
    if (read_with_sqlite(place.path() + "/catalog.sqlite") == 0) stop("an empty catalog");
  };
  compare(
      "opening the catalog, 1,000 tables", "SQLite reads its rows", at_most(2), 15,
      [&] { catalog = must(catalog::Catalog::open(files, clock, random, metrics, place.path(), {})); }, read,
      close);
  close();
  compare(
      "opening the lake, engine and all", "SQLite reads its rows", at_most(2), 15,
      [&] { lake = std::make_unique<OpenLake>(place.path()); }, read, close);
  close();
  // What of it is the engine's own start, whatever the lake holds.
  const Workplace nothing("plan_bench_empty");
  std::unique_ptr<duckdb::DuckDB> engine;
  const auto null_run = [&](const std::string& name, const Work& ours) {
    compare(name, "SQLite reads 1,000 tables", {}, 15, ours, read, [&] {
      close();
      engine.reset();
    });
  };
  null_run("opening an empty lake", [&] { lake = std::make_unique<OpenLake>(nothing.path()); });
  null_run("opening DuckDB in memory, no lake", [&] {
    engine = std::make_unique<duckdb::DuckDB>(nullptr);
    const duckdb::Connection connection(*engine);
  });
  close();
}

}  // namespace
}  // namespace lake::bench

/// `plan_bench [memory|planning|opening]`: one part or, without a word, all of them.
int main(int argc, char** argv) {
  const std::string part = argc > 1 ? argv[1] : "";
  if (part.empty() || part == "memory") lake::bench::measure_memory();
  if (part.empty() || part == "planning") lake::bench::measure_planning();
  if (part.empty() || part == "opening") lake::bench::measure_opening();
  return 0;
}
