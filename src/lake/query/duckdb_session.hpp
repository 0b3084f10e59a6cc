#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "lake/query/door_rules.hpp"
#include "lake/query/sessions.hpp"
#include "lake/query/statement_gate.hpp"

namespace lake::query {

/// What all sessions of one lake share. Outlives them.
struct SessionShare {
  SessionShare(EngineAccess engine_access, os::Clock& session_clock, telemetry::Metrics& metrics,
               SessionOptions session_options);

  EngineAccess engine;
  os::Clock& clock;
  SessionOptions options;
  std::shared_ptr<const PathRules> paths;
  StatementGate gate;
  Deadlines deadlines;
  telemetry::Histogram& seconds;
  telemetry::Counter& failed;
  Mutex hook_mutex;
  std::uint64_t hooked_generation LAKE_GUARDED_BY(hook_mutex) = 0;
  /// Sessions that live, so that drain() can cancel what they run.
  Mutex sessions_mutex;
  std::map<Session*, bool> sessions LAKE_GUARDED_BY(sessions_mutex);
};

/// A session over a DuckDB connection of its own. Errors: those of EngineAccess::instance.
Result<std::unique_ptr<Session>> open_session(SessionShare& share);

}  // namespace lake::query
