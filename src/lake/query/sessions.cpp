#include "lake/query/sessions.hpp"

#include "lake/query/duckdb_session.hpp"

namespace lake::query {

SessionShare::SessionShare(EngineAccess engine_access, os::Clock& session_clock, telemetry::Metrics& metrics,
                           SessionOptions session_options)
    : engine(std::move(engine_access)),
      clock(session_clock),
      options(std::move(session_options)),
      paths(std::make_shared<PathRules>(options.data_directory, options.allowed_paths)),
      gate(options.statements_max, options.statements_queued_max, metrics),
      deadlines(clock),
      seconds(metrics.histogram("dplake_statement_seconds", "Time from a statement's start to its last row")),
      failed(metrics.counter("dplake_statements_failed_total", "Statements that ended with an error")) {}

namespace {

class LakeSessions final : public Sessions {
 public:
  LakeSessions(EngineAccess engine, os::Clock& clock, telemetry::Metrics& metrics, SessionOptions options)
      : share_(std::move(engine), clock, metrics, std::move(options)) {}

  Result<std::unique_ptr<Session>> open() override { return open_session(share_); }

  void give_way() override { pace_.step(); }

  void drain(std::chrono::milliseconds grace) override {
    share_.gate.close();
    if (share_.gate.wait_idle(share_.clock, share_.clock.monotonic_now() + grace)) return;
    {
      const MutexLock lock(share_.sessions_mutex);
      for (const auto& [session, living] : share_.sessions) session->cancel();
    }
    // What was cancelled ends when its consumer asks for the next rows; a consumer that never asks must not
    // hold us.
    share_.gate.wait_idle(share_.clock, share_.clock.monotonic_now() + kCancelPatience);
  }

 private:
  static constexpr std::chrono::seconds kCancelPatience{5};
  SessionShare share_;
  BackgroundPace pace_{share_.gate, share_.clock};
};

}  // namespace

std::unique_ptr<Sessions> make_sessions(EngineAccess engine, os::Clock& clock, telemetry::Metrics& metrics,
                                        SessionOptions options) {
  return std::make_unique<LakeSessions>(std::move(engine), clock, metrics, std::move(options));
}

}  // namespace lake::query
