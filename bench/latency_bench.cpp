// How long queries take while compaction runs beside them, against the same queries alone.
#include <atomic>
#include <thread>

#include "lake/query/sessions.hpp"
#include "lake/upkeep/upkeep.hpp"
#include "measure.hpp"

namespace lake::bench {
namespace {

constexpr int kRounds = 7;
constexpr int kQueries = 120;  // in a round, on each side

/// Rewrites one large file again and again, from begin to end of its life.
class Compaction {
 public:
  explicit Compaction(OpenLake& lake) : lake_(lake), thread_([this] { loop(); }) {}
  ~Compaction() {
    stopping_ = true;
    thread_.join();
  }
  Compaction(const Compaction&) = delete;
  Compaction& operator=(const Compaction&) = delete;
  static int runs() { return runs_; }

 private:
  void loop() {
    duckdb::Connection connection(lake_.database());
    const auto table = lake_.table("churn")->table_id;
    while (!stopping_) {
      // compaction by hand rewrites a file with any deleted row
      run(connection, "delete from churn where id = (select min(id) from churn)");
      must(lake_->upkeep().run({tables::UpkeepTask::kCompact, table}));
      ++runs_;
    }
  }
  OpenLake& lake_;
  std::atomic<bool> stopping_{false};
  static inline std::atomic<int> runs_{0};
  std::thread thread_;
};

class Foreground {
 public:
  explicit Foreground(OpenLake& lake) : session_(must(lake->sessions().open())) {}

  /// Seconds of each query.
  std::vector<double> times() {
    std::vector<double> result;
    for (int i = 0; i < kQueries; ++i) {
      const auto low = std::to_string((i * 7919) % 900 * 1000);
      const std::string sql = "select g, count(*), max(v) from facts where id between " + low + " and " +
                              low + " + 100000 group by g order by g";
      result.push_back(time_of([&] { must(session_->run_text(sql)); }).wall);
    }
    return result;
  }

 private:
  std::unique_ptr<query::Session> session_;
};

void measure() {
  const Workplace place("latency_bench");
  OpenLake lake(place.path());
  const auto rows = [](const char* count) {
    return std::string(
               "select i::BIGINT id, (i * 7919) % 100 g, 'name' || ((i * 31) % 5000) s, i / 7.0 v from "
               "range(") +
           count + ") r(i)";
  };
  lake.run("create table facts as " + rows("1000000"));
  lake.run("create table churn as " + rows("3000000"));
  Foreground foreground(lake);
  foreground.times();
  std::vector<double> medians;
  std::vector<double> alone;
  std::vector<double> beside;
  std::vector<double> ratios;
  for (int round = 0; round < kRounds; ++round) {
    const auto quiet = foreground.times();
    std::vector<double> busy;
    {
      const Compaction compaction(lake);
      busy = foreground.times();
    }
    medians.push_back(median(busy) / median(quiet));
    alone.push_back(quantile(quiet, 0.95) * 1e3);
    beside.push_back(quantile(busy, 0.95) * 1e3);
    ratios.push_back(beside.back() / alone.back());
  }
  std::printf("%d compactions of 3 M rows; medians with compaction are %.2f of those without\n",
              Compaction::runs(), median(medians));
  print_figures("p95 of queries beside compaction", median(beside), "alone", median(alone), "ms",
                median(ratios), at_most(1.5));
}

}  // namespace
}  // namespace lake::bench

int main() {
  lake::bench::measure();
  return 0;
}
