#include "lake/ingest/patient_sessions.hpp"

#include <functional>
#include <utility>

namespace lake::ingest {

namespace {

/// A session that has its say about the options of each statement.
class AdjustedSession final : public query::Session {
 public:
  using Adjust = std::function<void(query::RequestOptions&)>;
  AdjustedSession(std::unique_ptr<query::Session> inner, Adjust adjust)
      : inner_(std::move(inner)), adjust_(std::move(adjust)) {}

  Result<std::vector<StatementText>> split(const std::string& script) override {
    return inner_->split(script);
  }
  Result<std::unique_ptr<query::ResultStream>> run(const std::string& sql,
                                                   const query::Parameters& parameters,
                                                   const query::RequestOptions& options) override {
    return inner_->run(sql, parameters, adjusted(options));
  }
  Result<TextResult> run_text(const std::string& sql, const query::Parameters& parameters,
                              const query::RequestOptions& options) override {
    return inner_->run_text(sql, parameters, adjusted(options));
  }
  Status stage(const std::string& name, const query::StagedRows& rows) override {
    return inner_->stage(name, rows);
  }
  void unstage(const std::string& name) override { inner_->unstage(name); }
  void cancel() override { inner_->cancel(); }
  [[nodiscard]] query::Progress progress() const override { return inner_->progress(); }
  [[nodiscard]] bool in_transaction() const override { return inner_->in_transaction(); }
  std::vector<std::string> complete(const std::string& sql, std::size_t position) override {
    return inner_->complete(sql, position);
  }

 private:
  [[nodiscard]] query::RequestOptions adjusted(query::RequestOptions options) const {
    adjust_(options);
    return options;
  }
  const std::unique_ptr<query::Session> inner_;
  const Adjust adjust_;
};

Result<std::unique_ptr<query::Session>> open_adjusted(query::Sessions& sessions,
                                                      AdjustedSession::Adjust adjust) {
  LAKE_TRY(auto session, sessions.open());
  return std::unique_ptr<query::Session>(
      std::make_unique<AdjustedSession>(std::move(session), std::move(adjust)));
}

}  // namespace

Result<std::unique_ptr<query::Session>> open_patient(query::Sessions& sessions) {
  return open_adjusted(sessions, [](query::RequestOptions& options) {
    if (!options.timeout) options.timeout = std::chrono::milliseconds(0);
  });
}

Result<std::unique_ptr<query::Session>> open_cancellable(query::Sessions& sessions,
                                                         std::shared_ptr<const std::atomic<bool>> cancelled) {
  return open_adjusted(sessions, [cancelled = std::move(cancelled)](query::RequestOptions& options) {
    options.cancelled = cancelled;
  });
}

}  // namespace lake::ingest
