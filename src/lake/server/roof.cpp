#include "lake/server/roof.hpp"

#include <memory>
#include <utility>

#include "lake/blobs/blobs.hpp"
#include "lake/check/blob_check.hpp"
#include "lake/check/lake_check.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"
#include "lake/server/lake_instance.hpp"
#include "lake/server/serve.hpp"

namespace lake::server {
namespace {

/// The lake as the verbs see it.
class VerbLake final : public cli::OpenedLake {
 public:
  explicit VerbLake(std::unique_ptr<OpenLake> lake) : lake_(std::move(lake)) {}
  query::Sessions& sessions() override { return lake_->sessions(); }
  Result<check::Report> check() override {
    LAKE_TRY(auto session, lake_->sessions().open());
    os::PosixFileSystem files;
    LAKE_TRY(auto report, check::check_lake(lake_->catalog(), *session, files, lake_->data_directory()));
    LAKE_CHECK_OK(check::check_blobs(lake_->blobs().store(), report));
    return report;
  }
  Result<blobs::BlobExport> export_blobs(query::Session& session, const std::string& directory,
                                         const std::function<Status(std::uint64_t)>& go_on) override {
    os::PosixFileSystem files;
    os::SystemRandom random;
    return blobs::export_blobs(session, lake_->blobs().store(), files, random, directory, go_on);
  }
  blobs::BlobStore& blobs() override { return lake_->blobs().store(); }
  Status close() override { return lake_->close(); }

 private:
  std::unique_ptr<OpenLake> lake_;
};

}  // namespace

cli::Roof roof() {
  cli::Roof made;
  made.open = [](const config::Settings& settings) -> Result<std::unique_ptr<cli::OpenedLake>> {
    LAKE_TRY(auto lake, open(settings));
    return std::unique_ptr<cli::OpenedLake>(std::make_unique<VerbLake>(std::move(lake)));
  };
  made.serve = [](const config::Settings& settings, bool sample) {
    ServeOptions options;
    options.sample = sample;
    return serve(settings, options);
  };
  return made;
}

}  // namespace lake::server
