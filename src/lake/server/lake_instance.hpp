#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "lake/base/result.hpp"
#include "lake/query/session.hpp"

namespace lake::config {
struct Settings;
}
namespace lake::engine {
class Engine;
}
namespace lake::os {
class FileSystem;
class Clock;
class Random;
}  // namespace lake::os
namespace lake::tables {
struct Lake;
}
namespace lake::upkeep {
class Upkeep;
}
namespace lake::blobs {
class Blobs;
}
namespace lake::catalog {
class Catalog;
}
namespace lake::jobs {
class Jobs;
}
namespace lake::telemetry {
class Log;
class Metrics;
class Tracer;
}  // namespace lake::telemetry

namespace lake::server {

/// The world a lake lives in; tests give a simulated one. Outlives the lake.
struct Seams {
  os::FileSystem& files;
  os::Clock& clock;
  os::Random& random;
};

/// One open lake: every component in its place, built in order by open() and taken down in reverse.
///
/// Exclusive: holds `<data>/LOCK`; a second process that opens the same directory gets kUnavailable.
/// Lifetime: sessions and streams end before close(); close() before destruction.
/// Threads: any.
class OpenLake {
 public:
  virtual ~OpenLake() = default;
  virtual query::Sessions& sessions() = 0;
  virtual catalog::Catalog& catalog() = 0;
  virtual engine::Engine& engine() = 0;
  virtual tables::Lake& lake() = 0;
  virtual upkeep::Upkeep& upkeep() = 0;
  virtual blobs::Blobs& blobs() = 0;
  virtual jobs::Jobs& jobs() = 0;
  virtual telemetry::Metrics& metrics() = 0;
  virtual telemetry::Tracer& tracer() = 0;
  /// Absolute.
  [[nodiscard]] virtual const std::string& data_directory() const = 0;
  /// True when open() found no table, view or other definition.
  [[nodiscard]] virtual bool was_empty() const = 0;
  /// Tells other processes, through the lock file, where this one serves.
  virtual Status publish_url(const std::string& url) = 0;
  /// Drains sessions up to `grace`, then closes every component in reverse order. Idempotent. The first
  /// failure is returned, all components are closed regardless.
  virtual Status close(std::chrono::milliseconds grace = std::chrono::seconds(10)) = 0;
};

/// Opens (or creates) the lake in `settings`' data directory.
/// Errors: kUnavailable (another process has it: the message names its process id and address),
/// kPermissionDenied, kCorruption, kUnsupported (newer format), kIo, kInvalidArgument (settings that do not
/// fit together).
Result<std::unique_ptr<OpenLake>> open(const config::Settings& settings, Seams seams);
/// On the real machine. `log`: told of each component as it starts; may be null, outlives the lake.
Result<std::unique_ptr<OpenLake>> open(const config::Settings& settings, telemetry::Log* log = nullptr);

}  // namespace lake::server
