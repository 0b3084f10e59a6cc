#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lake/base/result.hpp"
#include "lake/config/settings.hpp"
#include "lake/os/random.hpp"
#include "lake/query/session.hpp"
#include "lake/server/lake_instance.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::sim {

/// A whole lake, one thread, on a simulated disk. Upkeep runs only by hand, unless `adjust` says so.
class SimLake {
 public:
  explicit SimLake(std::uint64_t seed, const std::function<void(config::Settings&)>& adjust = {});
  ~SimLake();

  Status try_open();
  void open();  // try_open(), expected to succeed
  /// Runs a script in its own session; a failing one leaves no transaction behind.
  Status run(const std::string& script);
  /// Orderly end; expected to succeed.
  void close();
  /// End after a crash: whatever fails fails.
  void abandon();

  /// All schemas, tables with definitions and rows, views and tags, as one text in a fixed order.
  std::string dump();
  /// Each file that the newest version names is durable, content and name.
  void expect_durable();
  /// The catalog's own rules hold and each live file is there, whole.
  void expect_sound();

  [[nodiscard]] SimFileSystem& disk() { return disk_; }
  [[nodiscard]] SimClock& clock() { return clock_; }
  [[nodiscard]] server::OpenLake& lake() { return *lake_; }

 private:
  config::Settings settings_;
  SimClock clock_;
  SimFileSystem disk_;
  os::SeededRandom random_;
  std::unique_ptr<server::OpenLake> lake_;
};

}  // namespace lake::sim
