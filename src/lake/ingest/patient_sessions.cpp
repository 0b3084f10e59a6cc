#include "lake/ingest/patient_sessions.hpp"

#include <utility>

namespace lake::ingest {

namespace {

class PatientSession final : public query::Session {
 public:
  explicit PatientSession(std::unique_ptr<query::Session> inner) : inner_(std::move(inner)) {}

  Result<std::vector<StatementText>> split(const std::string& script) override {
    return inner_->split(script);
  }
  Result<std::unique_ptr<query::ResultStream>> run(const std::string& sql,
                                                   const query::Parameters& parameters,
                                                   const query::RequestOptions& options) override {
    return inner_->run(sql, parameters, patient(options));
  }
  Result<TextResult> run_text(const std::string& sql, const query::Parameters& parameters,
                              const query::RequestOptions& options) override {
    return inner_->run_text(sql, parameters, patient(options));
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
  static query::RequestOptions patient(query::RequestOptions options) {
    if (!options.timeout) options.timeout = std::chrono::milliseconds(0);
    return options;
  }
  const std::unique_ptr<query::Session> inner_;
};

}  // namespace

Result<std::unique_ptr<query::Session>> open_patient(query::Sessions& sessions) {
  LAKE_TRY(auto session, sessions.open());
  return std::unique_ptr<query::Session>(std::make_unique<PatientSession>(std::move(session)));
}

}  // namespace lake::ingest
