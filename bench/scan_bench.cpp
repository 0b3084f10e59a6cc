// How fast lake tables are read, against read_parquet of the same files in the same process. Rounds are
// interleaved, medians are printed with both sides. `scan_bench [directory] [rows]`: data goes below the
// directory, default the working directory.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lake/codec/bounds.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/engine/engine.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/tables/lake.hpp"

namespace {

constexpr int kRounds = 9;

template <class T>
T must(lake::Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message().c_str());
    std::exit(1);
  }
  return std::move(*result);
}

/// A lake of its own in a directory, gone when this is.
class OpenLake {
 public:
  explicit OpenLake(std::string directory) : directory_(std::move(directory)), jobs_(clock_, metrics_) {
    lake::ignore(files_.remove_tree(directory_), "may be absent");
    if (!files_.create_directories(directory_)) std::exit(1);
    catalog_ = must(lake::catalog::Catalog::open(files_, clock_, random_, metrics_, directory_, {}));
    lake_.reset(
        new lake::tables::Lake{*catalog_, files_, clock_, random_, metrics_, jobs_, directory_, {}, {}});
    lake::engine::EngineOptions options;
    options.data_directory = directory_;
    options.temp_directory = directory_ + "/tmp";
    lake::engine::Engine::Hooks hooks;
    hooks.before_open = [this](duckdb::DBConfig& config) { lake::tables::register_storage(config, *lake_); };
    hooks.after_open = [](duckdb::DuckDB&) {};
    engine_ = must(lake::engine::Engine::open(files_, clock_, metrics_, options, hooks));
    database_ = must(engine_->instance()).database;
    connection_ = std::make_unique<duckdb::Connection>(*database_);
  }
  ~OpenLake() {
    connection_.reset();
    database_.reset();
    engine_.reset();
    lake::ignore(catalog_->close(), "the measuring is done");
    lake::ignore(files_.remove_tree(directory_), "a later run removes it");
  }
  void run(const std::string& sql) {
    const auto result = connection_->Query(sql);
    if (!result->HasError()) return;
    std::fprintf(stderr, "%s\n%s\n", sql.c_str(), result->GetError().c_str());
    std::exit(1);
  }
  double seconds(const std::string& sql) {
    const auto begin = clock_.monotonic_now();
    run(sql);
    return std::chrono::duration<double>(clock_.monotonic_now() - begin).count();
  }
  lake::catalog::Catalog& catalog() { return *catalog_; }
  lake::os::FileSystem& files() { return files_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  const std::string directory_;
  lake::os::PosixFileSystem files_;
  lake::os::SystemClock clock_;
  lake::os::SystemRandom random_;
  lake::telemetry::Metrics metrics_;
  lake::jobs::Jobs jobs_;
  std::unique_ptr<lake::catalog::Catalog> catalog_;
  std::unique_ptr<lake::tables::Lake> lake_;
  std::unique_ptr<lake::engine::Engine> engine_;
  std::shared_ptr<duckdb::DuckDB> database_;
  std::unique_ptr<duckdb::Connection> connection_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(OpenLake& lake, const char* name, const std::string& ours, const std::string& peer,
             double limit) {
  std::vector<double> left;
  std::vector<double> right;
  lake.run(ours);
  lake.run(peer);
  for (int round = 0; round < kRounds; ++round) {
    left.push_back(lake.seconds(ours));
    right.push_back(lake.seconds(peer));
  }
  const double mine = median(left) * 1000;
  const double theirs = median(right) * 1000;
  std::printf("%-28s lake %9.2f ms   peer %9.2f ms   ratio %5.2f   (at most %.2f)\n", name, mine, theirs,
              mine / theirs, limit);
}

/// A table of `count` files of which only the last has the wanted row, without writing the others.
void make_wide_table(OpenLake& lake, const std::string& name, std::size_t count) {
  lake.run("create table " + name + " (i BIGINT, s VARCHAR)");
  const auto table = lake.catalog().current()->find("main", name);
  const std::string path = table->location + "/data/wanted.parquet";
  if (!lake.files().create_directories(lake.directory() + "/" + table->location + "/data")) std::exit(1);
  const std::string ids =
      std::to_string(table->schema->fields[0].id) + ", s: " + std::to_string(table->schema->fields[1].id);
  lake.run("copy (select " + std::to_string(count * 100) + "::BIGINT i, 'x' s) to '" + lake.directory() +
           "/" + path + "' (format parquet, field_ids {i: " + ids + "})");
  const auto bytes = must(lake.files().stat(lake.directory() + "/" + path)).bytes;
  const auto first = must(lake.catalog().reserve_files(table->table_id, count));
  lake::catalog::TableDelta delta;
  delta.table_id = table->table_id;
  delta.schema_id = table->schema->schema_id;
  for (std::size_t n = 1; n <= count; ++n) {
    lake::catalog::DataFile file;
    file.file_id = first + n - 1;
    file.path = n == count ? path : table->location + "/data/" + std::to_string(n) + ".parquet";
    file.row_count = 1;
    file.bytes = bytes;
    file.schema_id = delta.schema_id;
    lake::catalog::ColumnStats stats;
    stats.field_id = table->schema->fields[0].id;
    stats.value_count = 1;
    stats.null_count = 0;
    stats.lower = lake::codec::encode_int64(static_cast<std::int64_t>(n) * 100);
    stats.upper = stats.lower;
    file.stats = lake::catalog::FileStats({stats});
    delta.added_files.push_back(std::move(file));
  }
  lake::catalog::CommitRequest request;
  request.base = lake.catalog().current()->commit_id;
  request.deltas.push_back(std::move(delta));
  must(lake.catalog().commit(std::move(request)));
}

std::string rows_of(std::size_t count) {
  return "select i::BIGINT id, (i * 7919) % 1000 g, 'name' || ((i * 31) % 5000) s, (i % 1000003) / 7.0 v, "
         "TIMESTAMP '2024-01-01' + to_seconds(i) t from range(" +
         std::to_string(count) + ") r(i)";
}

void measure_reads(OpenLake& lake, std::size_t rows) {
  lake.run("create table facts as " + rows_of(rows));
  lake.run("create temp table keys as select (i * 1000)::BIGINT k from range(1000) r(i)");
  const auto table = lake.catalog().current()->find("main", "facts");
  const std::string peer = "read_parquet('" + lake.directory() + "/" + table->location + "/**/*.parquet')";
  const auto both = [&](const char* name, const std::string& head, const std::string& tail, double limit) {
    compare(lake, name, head + " facts " + tail, head + " " + peer + " facts " + tail, limit);
  };
  both("scan", "select sum(id), max(v), count(s) from", "", 1.05);
  both("scan of all columns", "select max(hash(id, g, s, v, t)) from", "", 1.05);
  both("filter", "select sum(v) from", "where g between 10 and 30", 1.05);
  both("group by number", "select g, sum(v) from", "group by g", 1.05);
  both("group by text", "select s, count(*), avg(v) from", "group by s", 1.05);
  both("join", "select sum(v) from", "join keys on id = k", 1.05);
  both("order by, limit", "select * from", "order by v desc limit 3", 1.05);
  both("count(*)", "select count(*) from", "", 1.05);
  lake.run("delete from facts where id % 10 = 3");
  both("10 % deleted: scan", "select sum(id), max(v), count(s) from", "", 1.15);
  both("10 % deleted: group by", "select g, sum(v) from", "group by g", 1.15);
  both("10 % deleted: join", "select sum(v) from", "join keys on id = k", 1.15);
}

void measure_small_commits(OpenLake& lake, std::size_t commits) {
  lake.run("create table small (i BIGINT, s VARCHAR, v DOUBLE)");
  for (std::size_t n = 0; n < commits; ++n) {
    lake.run("insert into small values (" + std::to_string(n) + ", 'name', 1.5)");
  }
  lake.run("create table flushed as select * from small");
  compare(lake, "rows of single-row commits", "select sum(i), count(s), max(v) from small",
          "select sum(i), count(s), max(v) from flushed", 1.5);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string directory = std::string(argc > 1 ? argv[1] : ".") + "/scan_bench_lake";
  const std::size_t rows = argc > 2 ? std::stoul(argv[2]) : 10'000'000;
  {
    OpenLake lake(directory);
    measure_reads(lake, rows);
  }
  {
    OpenLake lake(directory);
    make_wide_table(lake, "few", 20);
    make_wide_table(lake, "many", 20'000);
    compare(lake, "point query, 20,000 : 20", "select s from many where i = 2000000",
            "select s from few where i = 2000", 3);
  }
  {
    OpenLake lake(directory);
    measure_small_commits(lake, 20'000);
  }
  return 0;
}
