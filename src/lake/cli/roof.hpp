#pragma once

#include <functional>
#include <memory>

#include "lake/base/result.hpp"
#include "lake/blobs/blob_export.hpp"
#include "lake/check/lake_check.hpp"
#include "lake/config/settings.hpp"
#include "lake/query/session.hpp"

namespace lake::cli {

/// A lake opened in this process. close() before destruction, after its sessions are gone.
class OpenedLake {
 public:
  virtual ~OpenedLake() = default;
  virtual query::Sessions& sessions() = 0;
  /// Verifies catalog, files and statistics. Errors: what kept it from looking; findings are in the report.
  virtual Result<check::Report> check() = 0;
  /// Writes the bytes of the blobs that `session`, one of this lake, sees; as blobs::export_blobs().
  virtual Result<blobs::BlobExport> export_blobs(query::Session& session, const std::string& directory,
                                                 const std::function<Status(std::uint64_t)>& go_on) = 0;
  virtual blobs::BlobStore& blobs() = 0;
  virtual Status close() = 0;
};

/// What the verbs need from the floor above.
struct Roof {
  /// Errors: kUnavailable when another process has the directory (the message names it), and all others of
  /// opening.
  std::function<Result<std::unique_ptr<OpenedLake>>(const config::Settings&)> open;
  /// Serves until told to stop; the exit code.
  std::function<int(const config::Settings&, bool sample)> serve;
};

}  // namespace lake::cli
