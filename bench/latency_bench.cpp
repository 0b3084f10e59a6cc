// How long queries take while compaction runs beside them, against the same queries alone.
#include "lake/query/sessions.hpp"
#include "lake/upkeep/upkeep.hpp"
#include "measure.hpp"

namespace lake::bench {
namespace {

constexpr int kRounds = 7;
constexpr int kQueries = 150;  // in a round, on each side
constexpr int kFiles = 8;      // that compaction merges into one

/// Merges of a table's small files by the background thread, one after the other for as long as it lives.
class Compaction {
 public:
  explicit Compaction(OpenLake& lake) : lake_(lake) {}

  /// Begins one, unless one runs; making the files again is not part of it.
  void keep_going() {
    if (table()->files->size() > 1) return;
    ++runs_;
    begin();
  }
  void begin() {
    lake_.run("create or replace table churn as from facts limit 0");
    for (int i = 0; i < kFiles; ++i) lake_.run("insert into churn from facts limit 400000");
    lake_->upkeep().wake();
  }
  void finish() {
    os::SystemClock clock;
    while (table()->files->size() > 1) clock.sleep(std::chrono::milliseconds(5));
    ++runs_;
  }
  [[nodiscard]] int runs() const { return runs_; }

 private:
  [[nodiscard]] catalog::TablePtr table() { return lake_.table("churn"); }
  OpenLake& lake_;
  int runs_ = 0;
};

class Foreground {
 public:
  explicit Foreground(OpenLake& lake) : session_(must(lake->sessions().open())) {}

  /// Seconds of each query; `before` precedes each, unmeasured.
  std::vector<double> times(const Work& before) {
    std::vector<double> result;
    for (int i = 0; i < kQueries; ++i) {
      before();
      const auto low = std::to_string((i * 7919) % 900 * 1000);
      const std::string sql = "select g, count(*), max(v) from facts where id between " + low + " and " +
                              low + " + 100000 group by g order by g";
      result.push_back(time_of([&] { must(session_->run_text(sql)); }).wall);
    }
    return result;
  }
  std::vector<double> times() {
    return times([] {});
  }

 private:
  std::unique_ptr<query::Session> session_;
};

void measure() {
  const Workplace place("latency_bench");
  // nothing but what it is woken for
  OpenLake lake(place.path(), {{"upkeep", "true"}, {"upkeep-interval", "1d"}});
  lake.run(
      "create table facts as select i::BIGINT id, (i * 7919) % 100 g, 'name' || ((i * 31) % 5000) s, i / 7.0 "
      "v "
      "from range(1000000) r(i)");
  Compaction compaction(lake);
  Foreground foreground(lake);
  foreground.times();
  std::vector<double> medians;
  std::vector<double> alone;
  std::vector<double> beside;
  std::vector<double> ratios;
  for (int round = 0; round < kRounds; ++round) {
    const auto quiet = foreground.times();
    compaction.begin();
    const auto busy = foreground.times([&] { compaction.keep_going(); });
    compaction.finish();
    medians.push_back(median(busy) / median(quiet));
    alone.push_back(quantile(quiet, 0.95) * 1e3);
    beside.push_back(quantile(busy, 0.95) * 1e3);
    ratios.push_back(beside.back() / alone.back());
  }
  std::printf("%d merges of %d files; medians beside compaction are %.2f of those alone\n", compaction.runs(),
              kFiles, median(medians));
  print_figures("p95 of queries beside compaction", median(beside), "alone", median(alone), "ms",
                median(ratios), at_most(1.5));
}

}  // namespace
}  // namespace lake::bench

int main() {
  lake::bench::measure();
  return 0;
}
