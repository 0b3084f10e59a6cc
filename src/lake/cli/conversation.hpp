#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lake/base/result.hpp"
#include "lake/cli/roof.hpp"
#include "lake/query/encode.hpp"
#include "lake/query/session.hpp"

namespace lake::cli {

/// What a statement was and did.
struct RunOutcome {
  query::StatementKind kind = query::StatementKind::kNothing;
  std::uint64_t changed_rows = 0;
  bool truncated = false;  // there are more rows than the server gives
};

/// A conversation with a lake, in this process or over HTTP. Threads: one at a time, except cancel() and
/// progress().
class Conversation {
 public:
  virtual ~Conversation() = default;
  /// Runs one statement. Rows go to `sink` in `format`; a statement that returns none writes nothing.
  virtual Result<RunOutcome> run(const std::string& sql, query::Format format,
                                 const query::ByteSink& sink) = 0;
  /// For small results, import and completion.
  virtual query::Session& session() = 0;
  /// Splits a script; texts with their byte offsets. Errors: kInvalidArgument with position.
  virtual Result<std::vector<query::Session::StatementText>> split(const std::string& script) = 0;
  virtual void cancel() = 0;
  /// True when the lake, and whatever opens files for it, is another process.
  [[nodiscard]] virtual bool is_remote() const { return false; }
  [[nodiscard]] virtual query::Progress progress() const = 0;
  /// OpenedLake::export_blobs() with the session of this conversation. Errors: kUnsupported where the lake is
  /// another process.
  virtual Result<blobs::BlobExport> export_blobs(const std::string& directory,
                                                 const std::function<Status(std::uint64_t)>& go_on) {
    static_cast<void>(directory);
    static_cast<void>(go_on);
    return Error(ErrorCode::kUnsupported, "blobs are exported by the process that has the lake open");
  }
  /// The lake's; null where the lake is another process.
  virtual blobs::BlobStore* blobs() { return nullptr; }
  /// Ends the conversation, and closes the lake when it was opened for it.
  virtual Status close() = 0;
};

Result<std::unique_ptr<Conversation>> open_local(const Roof& roof, const config::Settings& settings);

}  // namespace lake::cli
