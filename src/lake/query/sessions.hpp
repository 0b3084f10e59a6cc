#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lake/access/paths.hpp"
#include "lake/engine/engine.hpp"
#include "lake/os/clock.hpp"
#include "lake/query/session.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::query {

struct SessionOptions {
  std::uint32_t statements_max = 16;          // running at once
  std::uint32_t statements_queued_max = 256;  // waiting for a turn; beyond it kResourceExhausted
  std::chrono::milliseconds timeout{0};       // of a statement, when the request says none; 0 = unbounded
  std::uint64_t door_rows_max =
      0;                         // rows of an answer over a door, when the request says none; 0 = unbounded
  std::string data_directory{};  // absolute; never read or written by path from SQL over a door
  std::shared_ptr<const access::AllowedPaths>
      allowed_paths{};  // what SQL over a door may name; null: nothing
};

/// Where sessions get their DuckDB from, and whom they tell when it is broken: an engine::Engine, or a test's
/// own.
struct EngineAccess {
  std::function<Result<engine::Instance>()> instance;
  std::function<void(std::uint64_t generation)> report_invalid;
};
inline EngineAccess access_to(engine::Engine& engine) {
  return {[&engine] { return engine.instance(); },
          [&engine](std::uint64_t generation) { engine.report_invalid(generation); }};
}

/// Makes the sessions of one lake. Everything passed by reference outlives the result; sessions and streams
/// end before it.
std::unique_ptr<Sessions> make_sessions(EngineAccess engine, os::Clock& clock, telemetry::Metrics& metrics,
                                        SessionOptions options);

}  // namespace lake::query
