#pragma once

// What the benches share: an open lake, the clocks, both sides of a comparison taken in turns, one printed
// line for each. A ratio is the median over rounds of (ours / theirs), so that what else the machine does
// falls on both sides alike; in brackets its quartiles. Processor time of the whole process stands beside
// wall time.

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lake/catalog/catalog.hpp"
#include "lake/config/load.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/engine/engine.hpp"
#include "lake/os/machine.hpp"
#include "lake/os/random.hpp"
#include "lake/server/lake_instance.hpp"

namespace lake::bench {

[[noreturn]] inline void stop(const std::string& reason) {
  std::fprintf(stderr, "%s\n", reason.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) stop(result.error().message());
  return std::move(*result);
}
inline void must(Status status) {
  if (!status) stop(status.error().message());
}

inline void run(duckdb::Connection& connection, const std::string& sql) {
  const auto result = connection.Query(sql);
  if (result->HasError()) stop(sql + "\n" + result->GetError());
}

/// A lake in a directory, built as the program builds it; `flags` are the program's own. Upkeep does nothing
/// by itself unless a flag says so.
class OpenLake {
 public:
  using Flags = std::map<std::string, std::string>;
  explicit OpenLake(std::string directory, Flags flags = {}, os::FileSystem* files = nullptr)
      : directory_(std::move(directory)), files_(files != nullptr ? files : &disk_) {
    flags["data"] = directory_;
    flags.emplace("upkeep", "false");
    const auto loaded = must(config::load_from(disk_, std::move(flags), {}, os::this_machine()));
    lake_ = must(server::open(must(config::settings_of(loaded)), server::Seams{*files_, clock_, random_}));
    database_ = must(lake_->engine().instance()).database;
    connection_ = std::make_unique<duckdb::Connection>(*database_);
  }
  ~OpenLake() {
    connection_.reset();
    database_.reset();
    must(lake_->close());
  }
  OpenLake(const OpenLake&) = delete;
  OpenLake& operator=(const OpenLake&) = delete;

  server::OpenLake* operator->() { return lake_.get(); }
  duckdb::DuckDB& database() { return *database_; }
  duckdb::Connection& connection() { return *connection_; }
  void run(const std::string& sql) { bench::run(*connection_, sql); }
  os::FileSystem& files() { return *files_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] catalog::TablePtr table(const std::string& name) {
    return lake_->catalog().current()->find("main", name);
  }
  /// read_parquet() of a table's files as they are now.
  [[nodiscard]] std::string files_of(const std::string& name) {
    std::string list;
    for (const auto& file : *table(name)->files)
      list += (list.empty() ? "'" : ", '") + directory_ + "/" + file->path + "'";
    return "read_parquet([" + list + "])";
  }

 private:
  const std::string directory_;
  os::PosixFileSystem disk_;
  os::SystemClock clock_;
  os::SystemRandom random_;
  os::FileSystem* const files_;
  std::unique_ptr<server::OpenLake> lake_;
  std::shared_ptr<duckdb::DuckDB> database_;
  std::unique_ptr<duckdb::Connection> connection_;
};

/// A directory below the working directory, empty at first, gone at the end: `name`.data, for beside it the
/// program of that name may lie.
class Workplace {
 public:
  explicit Workplace(const std::string& name) : path_(must(files_.canonical(".")) + "/" + name + ".data") {
    must(files_.remove_tree(path_));
    must(files_.create_directories(path_));
  }
  ~Workplace() { ignore(files_.remove_tree(path_), "a later run removes it"); }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  os::PosixFileSystem files_;
  const std::string path_;
};

/// Seconds.
struct Time {
  double wall = 0;
  double cpu = 0;  // of all threads of the process
};

inline double seconds_of(clockid_t which) {
  timespec now{};
  clock_gettime(which, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

inline Time time_of(const std::function<void()>& work) {
  const Time begin{seconds_of(CLOCK_MONOTONIC), seconds_of(CLOCK_PROCESS_CPUTIME_ID)};
  work();
  return {seconds_of(CLOCK_MONOTONIC) - begin.wall, seconds_of(CLOCK_PROCESS_CPUTIME_ID) - begin.cpu};
}

/// Of at least one value; `share` 0.5 is the median.
inline double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const auto place = static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)));
  return values[place];
}
inline double median(const std::vector<double>& values) { return quantile(values, 0.5); }

/// What a ratio should be.
struct Goal {
  enum class Kind { kAtMost, kAtLeast, kNone };
  Kind kind = Kind::kNone;
  double bound = 0;
};
inline Goal at_most(double bound) { return {Goal::Kind::kAtMost, bound}; }
inline Goal at_least(double bound) { return {Goal::Kind::kAtLeast, bound}; }

inline std::string verdict(double ratio, Goal goal) {
  if (goal.kind == Goal::Kind::kNone) return "no goal";
  const bool met = goal.kind == Goal::Kind::kAtMost ? ratio <= goal.bound : ratio >= goal.bound;
  char text[64];
  std::snprintf(text, sizeof text, "goal %s %.2f %s",
                goal.kind == Goal::Kind::kAtMost ? "<=" : ">=", goal.bound, met ? "met" : "MISSED");
  return text;
}

/// One line where the figures are no times. `scale` follows both figures.
inline void print_figures(const std::string& name, double ours, const std::string& peer, double theirs,
                          const char* unit, double ratio, Goal goal) {
  std::printf("%-36s lake %10.2f %s   %s %10.2f %s   ratio %5.2f   %s\n", name.c_str(), ours, unit,
              peer.c_str(), theirs, unit, ratio, verdict(ratio, goal).c_str());
  std::fflush(stdout);
}

/// Times of both sides, taken in turns.
class Comparison {
 public:
  void add(Time ours, Time theirs) {
    our_wall_.push_back(ours.wall);
    our_cpu_.push_back(ours.cpu);
    their_wall_.push_back(theirs.wall);
    their_cpu_.push_back(theirs.cpu);
    wall_.push_back(ours.wall / theirs.wall);
    cpu_.push_back(ours.cpu / theirs.cpu);
  }
  [[nodiscard]] double ratio() const { return median(wall_); }
  void print(const std::string& name, const std::string& peer, Goal goal) const {
    std::printf(
        "%-36s lake %9.3f ms (cpu %9.3f)   %s %9.3f ms (cpu %9.3f)   ratio %5.2f [%.2f %.2f] cpu %5.2f   "
        "%s\n",
        name.c_str(), median(our_wall_) * 1e3, median(our_cpu_) * 1e3, peer.c_str(),
        median(their_wall_) * 1e3, median(their_cpu_) * 1e3, ratio(), quantile(wall_, 0.25),
        quantile(wall_, 0.75), median(cpu_), verdict(ratio(), goal).c_str());
    std::fflush(stdout);
  }

 private:
  std::vector<double> our_wall_;
  std::vector<double> our_cpu_;
  std::vector<double> their_wall_;
  std::vector<double> their_cpu_;
  std::vector<double> wall_;
  std::vector<double> cpu_;
};

using Work = std::function<void()>;

/// Runs both sides `rounds` times after one round to warm up, the first of a round being now one side, now
/// the other. `prepare` is not measured; it precedes each side.
inline void compare(
    const std::string& name, const std::string& peer, Goal goal, int rounds, const Work& ours,
    const Work& theirs, const Work& prepare = [] {}) {
  Comparison result;
  for (int round = -1; round < rounds; ++round) {
    Time mine;
    Time other;
    for (int side = 0; side < 2; ++side) {
      prepare();
      ((side + round) % 2 == 0 ? mine : other) = time_of((side + round) % 2 == 0 ? ours : theirs);
    }
    if (round >= 0) result.add(mine, other);
  }
  result.print(name, peer, goal);
}

/// A field of /proc/self/status in bytes: "VmRSS", "VmHWM" (the most it ever was).
inline double status_bytes(const std::string& field) {
  os::PosixFileSystem files;
  auto file = must(files.open("/proc/self/status", os::OpenMode::kRead));
  std::string text(16384, ' ');  // it says of itself that it is empty
  text.resize(must(file->read_at(0, std::as_writable_bytes(std::span(text)))));
  const auto place = text.find("\n" + field + ":");
  if (place == std::string::npos) stop("no " + field);
  return std::stod(text.substr(place + field.size() + 2)) * 1024;
}

/// Runs `work` in a process of its own and gives the figures it returns. To be called while no lake is open.
inline std::vector<double> apart(const std::function<std::vector<double>()>& work) {
  int ends[2];
  if (pipe(ends) != 0) stop("no pipe");
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) stop("no process");
  if (child == 0) {
    close(ends[0]);
    const auto figures = work();
    const auto size = figures.size() * sizeof(double);
    if (write(ends[1], figures.data(), size) != static_cast<ssize_t>(size)) std::_Exit(1);
    std::fflush(stdout);
    std::_Exit(0);
  }
  close(ends[1]);
  std::vector<double> figures;
  for (double one = 0; read(ends[0], &one, sizeof one) == sizeof one;) figures.push_back(one);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) stop("a measuring process failed");
  return figures;
}

}  // namespace lake::bench
