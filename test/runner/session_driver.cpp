#include "driver.hpp"
#include "lake/check/lake_check.hpp"
#include "lake/config/load.hpp"
#include "lake/os/machine.hpp"
#include "lake/server/lake_instance.hpp"

namespace lake::sqltest {
namespace {

class SessionConnection final : public Connection {
 public:
  explicit SessionConnection(std::unique_ptr<query::Session> session) : session_(std::move(session)) {}

  Result<Answer> run(const std::string& sql) override {
    LAKE_TRY(auto result, session_->run_text(sql));
    Answer answer{result.columns.size(), std::move(result.rows)};
    if (result.kind == query::StatementKind::kChange && answer.rows.empty()) {
      answer.column_count = 1;
      answer.rows.push_back({std::to_string(result.changed_rows)});
    }
    return answer;
  }

 private:
  std::unique_ptr<query::Session> session_;
};

class SessionDriver final : public Driver {
 public:
  explicit SessionDriver(const SuiteConfig& config) : config_(config) {}
  ~SessionDriver() override { ignore(close(), "the test has its verdict"); }
  SessionDriver(const SessionDriver&) = delete;
  SessionDriver& operator=(const SessionDriver&) = delete;

  Status open(const std::string& data_directory) override {
    data_directory_ = data_directory;
    config::Sources sources;
    sources.flags = {config_.settings.begin(), config_.settings.end()};
    sources.flags["data"] = data_directory;
    sources.current_directory = data_directory;
    LAKE_TRY(const auto settings, config::settings_of(config::load(sources, os::this_machine())));
    LAKE_TRY(lake_, server::open(settings));
    return ok();
  }

  Result<std::unique_ptr<Connection>> connect() override {
    LAKE_TRY(auto session, lake_->sessions().open());
    return std::make_unique<SessionConnection>(std::move(session));
  }

  Status restart() override {
    LAKE_CHECK_OK(close());
    return open(data_directory_);
  }

  Status close() override {
    if (!lake_) return ok();
    const Status status = lake_->close();
    lake_.reset();
    return status;
  }

  Status check() override {
    LAKE_TRY(const auto session, lake_->sessions().open());
    LAKE_TRY(const auto report, check::check_lake(lake_->catalog(), *session, files_, data_directory_));
    std::string problems;
    for (const auto& finding : report.findings) {
      if (finding.weight == check::Finding::Weight::kProblem)
        problems += "\n  " + finding.where + ": " + finding.what;
    }
    if (problems.empty()) return ok();
    return Error(ErrorCode::kCorruption, "the lake is not sound:" + problems);
  }

  [[nodiscard]] std::set<std::string> traits() const override {
    return {"session", "sessions", "restart", "error_codes"};
  }

 private:
  const SuiteConfig& config_;
  os::PosixFileSystem files_;
  std::string data_directory_;
  std::unique_ptr<server::OpenLake> lake_;
};

}  // namespace

std::unique_ptr<Driver> make_session_driver(const SuiteConfig& config) {
  return std::make_unique<SessionDriver>(config);
}

}  // namespace lake::sqltest
