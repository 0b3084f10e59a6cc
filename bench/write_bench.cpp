// How fast rows get into the lake, against the nearest thing that does the same work in the same run. Rounds
// are interleaved, medians are printed. `write_bench [directory]`: data goes below it, default the working
// directory.
#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <thread>

#include "lake/engine/duckdb.hpp"
#include "lake/engine/engine.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/sim/faulty_file_system.hpp"
#include "lake/tables/lake.hpp"

namespace {

using lake::Result;

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message().c_str());
    std::exit(1);
  }
  return std::move(*result);
}

/// A lake of its own in a directory.
class OpenLake {
 public:
  explicit OpenLake(std::string directory) : directory_(std::move(directory)) {
    lake::ignore(files.remove_tree(directory_), "may be absent");
    if (!files.create_directories(directory_)) std::exit(1);
    catalog_ = must(lake::catalog::Catalog::open(files, clock, random_, metrics_, directory_, {}));
    lake_.reset(
        new lake::tables::Lake{*catalog_, files, clock, random_, metrics_, jobs_, directory_, {}, {}, {}});
    lake::engine::EngineOptions options;
    options.data_directory = directory_;
    options.temp_directory = directory_ + "/tmp";
    lake::engine::Engine::Hooks hooks;
    hooks.before_open = [this](duckdb::DBConfig& config) { lake::tables::register_storage(config, *lake_); };
    hooks.after_open = [](duckdb::DuckDB&) {};
    engine_ = must(lake::engine::Engine::open(files, clock, metrics_, options, hooks));
    database = must(engine_->instance()).database;
  }
  ~OpenLake() {
    database.reset();
    engine_.reset();
    lake::ignore(catalog_->close(), "the measuring is done");
    lake::ignore(files.remove_tree(directory_), "a later run removes it");
  }

  lake::os::PosixFileSystem disk;
  lake::sim::FaultyFileSystem files{disk};
  lake::os::SystemClock clock;
  std::shared_ptr<duckdb::DuckDB> database;

 private:
  const std::string directory_;
  lake::os::SystemRandom random_;
  lake::telemetry::Metrics metrics_;
  lake::jobs::Jobs jobs_{clock, metrics_};
  std::unique_ptr<lake::catalog::Catalog> catalog_;
  std::unique_ptr<lake::tables::Lake> lake_;
  std::unique_ptr<lake::engine::Engine> engine_;
};

void run(duckdb::Connection& connection, const std::string& sql) {
  const auto result = connection.Query(sql);
  if (!result->HasError()) return;
  std::fprintf(stderr, "%s\n%s\n", sql.c_str(), result->GetError().c_str());
  std::exit(1);
}

double seconds(lake::os::Clock& clock, const std::function<void()>& work) {
  const auto start = clock.monotonic_now();
  work();
  return std::chrono::duration<double>(clock.monotonic_now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print(const char* what, double ours, double theirs, const char* peer, double ratio, const char* target) {
  std::printf("%-34s lake %9.2f ms   %-28s %9.2f ms   ratio %5.2f   (target %s)\n", what, ours * 1e3, peer,
              theirs * 1e3, ratio, target);
}

void sync_file(OpenLake& lake, const std::string& path) {
  auto file = must(lake.files.open(path, lake::os::OpenMode::kReadWrite));
  if (!file->sync() || !file->close()) std::exit(1);
}

/// Takes turns; `prepare` is not measured.
void compare(OpenLake& lake, const char* what, const char* peer, const char* target, int rounds,
             const std::function<void()>& prepare, const std::function<void()>& ours,
             const std::function<void()>& theirs) {
  std::vector<double> our_times;
  std::vector<double> their_times;
  for (int round = 0; round < rounds; ++round) {
    prepare();
    our_times.push_back(seconds(lake.clock, ours));
    their_times.push_back(seconds(lake.clock, theirs));
  }
  print(what, median(our_times), median(their_times), peer, median(our_times) / median(their_times), target);
}

void bulk(OpenLake& lake, const std::string& directory) {
  duckdb::Connection connection(*lake.database);
  run(connection,
      "create temp table source as select i as id, i * 0.37 as price, 'customer ' || (i % 10007) as name, "
      "date '2020-01-01' + (i % 2000)::int as day, hash(i) % 1000 as code from range(3000000) r(i)");
  const std::string file = directory + "/copy.parquet";
  const std::string options = "' (format parquet, compression zstd, row_group_size 122880)";
  const auto drop = [&] { run(connection, "drop table if exists bulk"); };
  compare(
      lake, "CTAS, 3 M rows", "COPY TO parquet + fsync", "<= 1.10", 7, drop,
      [&] { run(connection, "create table bulk as from source"); },
      [&] {
        run(connection, "copy source to '" + file + options);
        sync_file(lake, file);
      });
  const auto recreate = [&] { run(connection, "create or replace table bulk as from source limit 0"); };
  compare(
      lake, "INSERT SELECT, 3 M rows", "COPY TO parquet + fsync", "<= 1.10", 7, recreate,
      [&] { run(connection, "insert into bulk from source"); },
      [&] {
        run(connection, "copy source to '" + file + options);
        sync_file(lake, file);
      });
  const std::string csv = directory + "/source.csv";
  run(connection, "copy (from source limit 1500000) to '" + csv + "' (format csv, header)");
  compare(
      lake, "CSV import, 1.5 M rows", "COPY (FROM read_csv) + fsync", "<= 1.10", 5, drop,
      [&] { run(connection, "create table bulk as from read_csv('" + csv + "')"); },
      [&] {
        run(connection, "copy (from read_csv('" + csv + "')) to '" + file + options);
        sync_file(lake, file);
      });
  lake::ignore(lake.files.remove_file(csv), "in the bench's own directory");
  lake::ignore(lake.files.remove_file(file), "in the bench's own directory");
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
    if (result->HasError()) {
      std::fprintf(stderr, "%s\n", result->GetError().c_str());
      std::exit(1);
    }
  }
}

void single_rows(OpenLake& lake, const std::string& directory) {
  constexpr int kRows = 1000;
  duckdb::Connection connection(*lake.database);
  run(connection, "create table single(id int, name varchar, price double)");
  const std::string path = directory + "/peer.sqlite";
  Sqlite sqlite(path);
  std::vector<double> ours;
  std::vector<double> theirs;
  for (int round = 0; round < 7; ++round) {
    ours.push_back(seconds(lake.clock, [&] { insert_rows(connection, kRows); }) / kRows);
    theirs.push_back(seconds(lake.clock,
                             [&] {
                               for (int i = 0; i < kRows; ++i) sqlite.insert(i);
                             }) /
                     kRows);
  }
  print("single-row commit", median(ours), median(theirs), "SQLite, WAL, FULL", median(theirs) / median(ours),
        ">= 0.50 of its rate");
}

void group_commit(OpenLake& lake) {
  constexpr int kRows = 40;
  lake.files.set_sync_delay(std::chrono::milliseconds(5), lake.clock);
  const auto rate = [&](int clients) {
    const double time = seconds(lake.clock, [&] {
      std::vector<std::thread> threads;
      for (int c = 0; c < clients; ++c) {
        threads.emplace_back([&] {
          duckdb::Connection connection(*lake.database);
          insert_rows(connection, kRows);
        });
      }
      for (auto& thread : threads) thread.join();
    });
    return clients * kRows / time;
  };
  std::vector<double> one;
  std::vector<double> many;
  for (int round = 0; round < 5; ++round) {
    one.push_back(rate(1));
    many.push_back(rate(16));
  }
  lake.files.set_sync_delay(std::chrono::milliseconds(0), lake.clock);
  std::printf("%-34s 16 clients %7.0f commits/s   1 client %7.0f commits/s   ratio %5.2f   (target >= 8)\n",
              "group commit, 5 ms a sync", median(many), median(one), median(many) / median(one));
}

}  // namespace

int main(int argc, char** argv) {
  lake::os::PosixFileSystem files;
  const std::string directory = must(files.canonical(argc > 1 ? argv[1] : ".")) + "/write_bench";
  OpenLake lake(directory + "/lake");
  bulk(lake, directory);
  single_rows(lake, directory);
  group_commit(lake);
  lake::ignore(files.remove_tree(directory), "a later run removes it");
  return 0;
}
