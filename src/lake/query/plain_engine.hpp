#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "lake/query/encode.hpp"
#include "lake/query/sessions.hpp"

namespace lake::query {

/// A plain in-memory DuckDB behind sessions, for tests of the floors above the engine. It can be declared
/// broken.
class PlainEngine {
 public:
  explicit PlainEngine(SessionOptions options = {});
  Sessions& sessions() { return *sessions_; }
  std::unique_ptr<Session> session() { return std::move(*sessions_->open()); }
  /// The next instance is a new one.
  void break_down() { broken_ = true; }
  os::Clock& clock() { return clock_; }
  telemetry::Metrics& metrics() { return metrics_; }

 private:
  Result<engine::Instance> living();
  os::SystemClock clock_;
  telemetry::Metrics metrics_;
  Mutex mutex_;
  engine::Instance instance_ LAKE_GUARDED_BY(mutex_);
  std::atomic<bool> broken_{false};
  std::unique_ptr<Sessions> sessions_;
};

/// The answer to `sql` in `format`, or the error's message.
std::string encoded(Session& session, const std::string& sql, Format format,
                    const RequestOptions& options = {});

}  // namespace lake::query
