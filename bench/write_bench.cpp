// How fast rows get into the lake, against the nearest thing that does the same work in the same run.
#include <sqlite3.h>

#include <thread>

#include "lake/sim/faulty_file_system.hpp"
#include "measure.hpp"

namespace lake::bench {
namespace {

void sync_file(OpenLake& lake, const std::string& path) {
  auto file = must(lake.files().open(path, os::OpenMode::kReadWrite));
  must(file->sync());
  must(file->close());
}

void bulk(OpenLake& lake, const std::string& directory) {
  lake.run(
      "create temp table source as select i as id, i * 0.37 as price, 'customer ' || (i % 10007) as name, "
      "date '2020-01-01' + (i % 2000)::int as day, hash(i) % 1000 as code from range(3000000) r(i)");
  const std::string file = directory + "/copy.parquet";
  const std::string options = "' (format parquet, compression zstd, row_group_size 122880)";
  const auto copy = [&](const std::string& source) {
    lake.run("copy " + source + " to '" + file + options);
    sync_file(lake, file);
  };
  const auto drop = [&] { lake.run("drop table if exists bulk"); };
  compare(
      "CTAS, 3 M rows", "COPY TO parquet + fsync", at_most(1.1), 11,
      [&] { lake.run("create table bulk as from source"); }, [&] { copy("source"); }, drop);
  compare(
      "INSERT SELECT, 3 M rows", "COPY TO parquet + fsync", at_most(1.1), 11,
      [&] { lake.run("insert into bulk from source"); }, [&] { copy("source"); },
      [&] { lake.run("create or replace table bulk as from source limit 0"); });
  const std::string csv = directory + "/source.csv";
  lake.run("copy (from source limit 1500000) to '" + csv + "' (format csv, header)");
  compare(
      "CSV import, 1.5 M rows", "COPY (FROM read_csv) + fsync", at_most(1.1), 7,
      [&] { lake.run("create table bulk as from read_csv('" + csv + "')"); },
      [&] { copy("(from read_csv('" + csv + "'))"); }, drop);
}

class Sqlite {
 public:
  explicit Sqlite(const std::string& path) {
    check(sqlite3_open(path.c_str(), &database_));
    execute("pragma journal_mode=wal");
    execute("pragma synchronous=full");
    execute("create table if not exists t(id integer, name text, price real)");
    check(sqlite3_prepare_v2(database_, "insert into t values (?, ?, ?)", -1, &insert_, nullptr));
  }
  ~Sqlite() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }
  void insert(int id) {
    sqlite3_bind_int(insert_, 1, id);
    sqlite3_bind_text(insert_, 2, "a name", -1, SQLITE_STATIC);
    sqlite3_bind_double(insert_, 3, id * 0.5);
    if (sqlite3_step(insert_) != SQLITE_DONE) std::exit(1);
    sqlite3_reset(insert_);
  }

 private:
  void execute(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
  static void check(int code) {
    if (code != SQLITE_OK) std::exit(1);
  }
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

void insert_rows(duckdb::Connection& connection, int count) {
  const auto prepared = connection.Prepare("insert into single values (?, ?, ?)");
  for (int i = 0; i < count; ++i) {
    const auto result = prepared->Execute(i, duckdb::Value("a name"), i * 0.5);
    if (result->HasError()) stop(result->GetError());
  }
}

void single_rows(OpenLake& lake, const std::string& directory) {
  constexpr int kRows = 1000;
  lake.run("create table single(id int, name varchar, price double)");
  Sqlite sqlite(directory + "/peer.sqlite");
  compare(
      "1,000 single-row commits", "SQLite, WAL, FULL", at_most(2), 9,
      [&] { insert_rows(lake.connection(), kRows); },
      [&] {
        for (int i = 0; i < kRows; ++i) sqlite.insert(i);
      });
}

void group_commit(const std::string& directory) {
  constexpr int kRows = 40;
  os::PosixFileSystem disk;
  sim::FaultyFileSystem files(disk);
  os::SystemClock clock;
  OpenLake lake(directory + "/slow_sync_lake", {}, &files);
  lake.run("create table single(id int, name varchar, price double)");
  files.set_sync_delay(std::chrono::milliseconds(5), clock);
  const auto rate = [&](int clients) {
    const Time time = time_of([&] {
      std::vector<std::thread> threads;
      for (int c = 0; c < clients; ++c) {
        threads.emplace_back([&] {
          duckdb::Connection connection(lake.database());
          insert_rows(connection, kRows);
        });
      }
      for (auto& thread : threads) thread.join();
    });
    return clients * kRows / time.wall;
  };
  std::vector<double> one;
  std::vector<double> many;
  for (int round = 0; round < 7; ++round) {
    one.push_back(rate(1));
    many.push_back(rate(16));
  }
  files.set_sync_delay(std::chrono::milliseconds(0), clock);
  print_figures("group commit, 5 ms a sync, 16 clients", median(many), "1 client", median(one), "commits/s",
                median(many) / median(one), at_least(8));
}

/// Whether a case is wanted: any without a name.
bool wanted(std::span<char*> cases, std::string_view name) {
  return cases.empty() || std::ranges::find(cases, name, [](const char* given) {
                            return std::string_view(given);
                          }) != cases.end();
}

void measure(std::span<char*> cases) {
  const Workplace place("write_bench");
  if (wanted(cases, "bulk") || wanted(cases, "single")) {
    OpenLake lake(place.path() + "/lake");
    if (wanted(cases, "bulk")) bulk(lake, place.path());
    if (wanted(cases, "single")) single_rows(lake, place.path());
  }
  if (wanted(cases, "group")) group_commit(place.path());
}

}  // namespace
}  // namespace lake::bench

/// write_bench [CASE]...: bulk, single, group; all without one.
int main(int count, char** given) {
  lake::bench::measure(std::span(given, static_cast<std::size_t>(count)).subspan(1));
  return 0;
}
