#include "lake/cli/conversation.hpp"

namespace lake::cli {
namespace {

class LocalConversation final : public Conversation {
 public:
  LocalConversation(std::unique_ptr<OpenedLake> lake, std::unique_ptr<query::Session> session)
      : lake_(std::move(lake)), session_(std::move(session)) {}

  Result<RunOutcome> run(const std::string& sql, query::Format format, const query::ByteSink& sink) override {
    LAKE_TRY(const auto stream, session_->run(sql, {}, {}));
    RunOutcome outcome{stream->kind(), 0, false};
    if (outcome.kind == query::StatementKind::kRows) {
      LAKE_CHECK_OK(query::encode(*stream, format, sink));
      return outcome;
    }
    while (true) {
      LAKE_TRY(const auto batch, stream->next());
      if (!batch) break;
    }
    outcome.changed_rows = stream->changed_rows();
    return outcome;
  }

  query::Session& session() override { return *session_; }
  Result<std::vector<query::Session::StatementText>> split(const std::string& script) override {
    return session_->split(script);
  }
  void cancel() override { session_->cancel(); }
  [[nodiscard]] query::Progress progress() const override { return session_->progress(); }
  Result<blobs::BlobExport> export_blobs(const std::string& directory,
                                         const std::function<Status(std::uint64_t)>& go_on) override {
    return lake_->export_blobs(*session_, directory, go_on);
  }
  blobs::BlobStore* blobs() override { return &lake_->blobs(); }
  Status close() override {
    session_.reset();
    return lake_->close();
  }

 private:
  std::unique_ptr<OpenedLake> lake_;
  std::unique_ptr<query::Session> session_;
};

}  // namespace

Result<std::unique_ptr<Conversation>> open_local(const Roof& roof, const config::Settings& settings) {
  LAKE_TRY(auto lake, roof.open(settings));
  auto session = lake->sessions().open();
  if (!session) {
    ignore(lake->close(), "the session's error is the one to tell");
    return session.error();
  }
  return std::make_unique<LocalConversation>(std::move(lake), std::move(*session));
}

}  // namespace lake::cli
