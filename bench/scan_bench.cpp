// How fast lake tables are read, against read_parquet of the same files in the same process.
#include <thread>

#include "measure.hpp"

namespace lake::bench {
namespace {

constexpr int kRounds = 15;

/// Both sides give the same rows before they are timed.
void check_equal(OpenLake& lake, const std::string& ours, const std::string& theirs) {
  auto& connection = lake.connection();
  const auto mine = connection.Query("with a as (" + ours + "), b as (" + theirs +
                                     ") (from a except all from b) union all (from b except all from a)");
  if (mine->HasError()) stop(ours + "\n" + mine->GetError());
  if (mine->RowCount() != 0) stop("not the same rows: " + ours);
}

/// A query over a lake table and the same over its files; `{}` stands for the table.
class Reads {
 public:
  Reads(OpenLake& lake, const std::string& table)
      : lake_(lake), table_(table), files_(lake.files_of(table)) {}

  void compare(const std::string& name, const std::string& query, Goal goal, bool same_rows = true) {
    const std::string ours = filled(query, table_);
    const std::string theirs = filled(query, files_);
    if (same_rows) check_equal(lake_, ours, theirs);
    bench::compare(name, "read_parquet", goal, kRounds, [&] { lake_.run(ours); }, [&] { lake_.run(theirs); });
  }

 private:
  static std::string filled(std::string query, const std::string& source) {
    const auto place = query.find("{}");
    return query.replace(place, 2, source);
  }
  OpenLake& lake_;
  const std::string table_;
  const std::string files_;
};

void measure_reads(OpenLake& lake, std::size_t rows) {
  lake.run(
      "create table facts as select i::BIGINT id, (i * 7919) % 1000 g, 'name' || ((i * 31) % 5000) s, "
      "round((i % 1000003) * 0.37, 2) v, TIMESTAMP '2024-01-01' + to_seconds(i) t from range(" +
      std::to_string(rows) + ") r(i)");
  lake.run("create temp table keys as select (i * 1000)::BIGINT k from range(1000) r(i)");
  lake.run("create temp table names as select 'name' || i n, i % 20 kind from range(5000) r(i)");
  Reads reads(lake, "facts");
  const std::vector<std::pair<const char*, std::string>> queries{
      {"scan", "select sum(id), max(v), count(s) from {}"},
      {"scan of all columns", "select max(hash(id, g, s, v, t)) from {}"},
      {"filter", "select max(v), count(*) from {} where g between 10 and 30"},
      {"group by number", "select g, max(v), count(*) from {} group by g"},
      {"group by text", "select s, count(*), max(v) from {} group by s"},
      {"join, few keys", "select max(v), count(*) from {} join keys on id = k"},
      {"join, every row", "select kind, count(*), max(v) from {} join names on s = n group by kind"},
      {"order by, limit", "select id, v from {} order by v desc, id limit 3"},
  };
  for (const auto& [name, query] : queries) reads.compare(name, query, at_most(1.05));
  reads.compare("count(*), from the catalog", "select count(*) from {}", at_most(1.05));
  lake.run("delete from facts where hash(id) % 10 = 3");
  for (const auto& [name, query] : queries) {
    reads.compare(std::string("10 % deleted: ") + name, query, at_most(1.15), false);
  }
}

void measure_small_commits(OpenLake& lake, int commits) {
  lake.run("create table small (i BIGINT, s VARCHAR, v DOUBLE)");
  constexpr int kClients = 16;  // they share syncs; each commit is still one row
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&lake, c, commits] {
      duckdb::Connection connection(lake.database());
      const auto insert = connection.Prepare("insert into small values (?, 'name', 1.5)");
      for (int n = c; n < commits; n += kClients) {
        const auto result = insert->Execute(n);
        if (result->HasError()) stop(result->GetError());
      }
    });
  }
  for (auto& client : clients) client.join();
  const auto runs = lake.table("small")->segments.size();
  lake.run("create table flushed as from small");
  lake.run("call lake_flush('flushed')");
  const std::string what = std::to_string(commits) + " commits, " + std::to_string(runs) + " segments: ";
  const auto both = [&](const std::string& name, const std::string& head, const std::string& tail) {
    compare(
        what + name, "flushed", at_most(1.5), 25, [&] { lake.run(head + "small" + tail); },
        [&] { lake.run(head + "flushed" + tail); });
  };
  both("scan", "select sum(i), count(s), max(v) from ", "");
  both("group by", "select i % 100 k, count(s), max(v) from ", " group by k");
  both("filter", "select count(s) from ", " where i between 5000 and 6000");
}

void measure(std::size_t rows, int commits) {
  {
    const Workplace place("scan_bench");
    OpenLake lake(place.path());
    measure_reads(lake, rows);
  }
  const Workplace place("scan_bench");
  OpenLake lake(place.path());
  measure_small_commits(lake, commits);
}

}  // namespace
}  // namespace lake::bench

/// `scan_bench [rows] [commits]`
int main(int argc, char** argv) {
  lake::bench::measure(argc > 1 ? std::stoul(argv[1]) : 10'000'000, argc > 2 ? std::stoi(argv[2]) : 100'000);
  return 0;
}
