#include "lake/query/plain_engine.hpp"

#include "lake/engine/duckdb.hpp"

namespace lake::query {

PlainEngine::PlainEngine(SessionOptions options) {
  EngineAccess access;
  access.instance = [this] { return living(); };
  access.report_invalid = [this](std::uint64_t generation) {
    const MutexLock lock(mutex_);
    if (generation == instance_.generation) broken_ = true;
  };
  sessions_ = make_sessions(std::move(access), clock_, metrics_, std::move(options));
}

Result<engine::Instance> PlainEngine::living() {
  const MutexLock lock(mutex_);
  if (!instance_.database || broken_) {
    duckdb::DBConfig config;
    config.SetOptionByName("threads", duckdb::Value::INTEGER(2));
    instance_ = {instance_.generation + 1, std::make_shared<duckdb::DuckDB>(nullptr, &config)};
    broken_ = false;
  }
  return instance_;
}

std::string encoded(Session& session, const std::string& sql, Format format, const RequestOptions& options) {
  auto stream = session.run(sql, {}, options);
  if (!stream) return "error: " + stream.error().message();
  std::string bytes;
  const auto status = encode(**stream, format, [&](std::string_view part) -> Status {
    bytes += part;
    return ok();
  });
  return status ? bytes : "error: " + status.error().message();
}

}  // namespace lake::query
