#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "lake/access/token.hpp"
#include "lake/base/mutex.hpp"
#include "lake/http/gatekeeper.hpp"
#include "lake/http/kept_sessions.hpp"
#include "lake/http/running_queries.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/random.hpp"
#include "lake/query/session.hpp"
#include "lake/telemetry/log.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::blobs {
class Blobs;
}
namespace lake::ingest {
class IngestionJobs;
class TakeoutJobs;
class UploadStore;
}  // namespace lake::ingest

namespace lake::http {

/// What this binary is, for /api/v1/version.
struct BuildInfo {
  std::string version;
  std::string engine_version;
};

/// What the HTTP door speaks to. Everything outlives the server.
struct Services {
  query::Sessions& sessions;
  jobs::Jobs& jobs;
  telemetry::Metrics& metrics;
  telemetry::Log& log;
  os::Clock& clock;
  os::Random& random;
  const access::AdminToken& token;
  BuildInfo build;
  blobs::Blobs* blobs = nullptr;               // null: this server keeps none
  ingest::UploadStore* uploads = nullptr;      // null: this server takes none
  ingest::TakeoutJobs* takeout = nullptr;      // null: it imports nothing
  ingest::IngestionJobs* ingestion = nullptr;  // null: nor records
};

/// What the routes of one server share.
struct Door {
  Services services;
  Gatekeeper gatekeeper;
  RunningQueries queries;
  KeptSessions sessions;
  std::chrono::milliseconds query_timeout{0};  // of a query that says none; 0 = none
  std::atomic<bool> draining{false};
};

}  // namespace lake::http
