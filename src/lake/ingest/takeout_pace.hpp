#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

/// What is scarce at one moment; nothing where the machine does not tell.
struct Scarcity {
  std::optional<double> engine_memory{};  // share of the engine's memory limit in use, without what it may drop
  std::optional<double> memory_stall{};   // percent of the last 10 s in which something waited for memory
  std::optional<double> io_stall{};       // percent of the last 10 s in which everything waited for a disk
};

/// Asks the engine (one statement, outside of a transaction) and /proc/pressure.
Scarcity look_for_scarcity(query::Session& session, os::FileSystem& files);
/// The engine's memory limit in bytes; 0 when it does not tell.
std::uint64_t engine_memory_limit(query::Session& session);
/// The value of `field` ("avg10") in the line of /proc/pressure/* that begins with `line` ("some", "full").
std::optional<double> pressure_of(std::string_view text, std::string_view line, std::string_view field);

/// How many workers an import has: halved where memory or disk are scarce, one more each time both have been
/// plenty for a while. Threads: one.
class WorkerPace {
 public:
  explicit WorkerPace(unsigned workers_max) : workers_max_(workers_max), workers_(workers_max) {}

  [[nodiscard]] unsigned workers() const { return workers_; }
  struct Change {
    unsigned before = 0;
    unsigned workers = 0;
    std::string reason;  // "memory of the engine 93 %"
  };
  /// What is to change now; nothing for most calls.
  std::optional<Change> judge(const Scarcity& scarcity, os::MonotonicTime now);

  static constexpr std::chrono::seconds kBetweenFalls{1};
  static constexpr std::chrono::seconds kCalmBeforeRise{3};

 private:
  unsigned workers_max_;
  unsigned workers_;
  std::optional<os::MonotonicTime> last_fall_;
  std::optional<os::MonotonicTime> calm_since_;
};

}  // namespace lake::ingest
