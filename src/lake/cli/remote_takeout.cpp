#include "lake/cli/remote_takeout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "lake/cli/takeout_report_lines.hpp"

namespace lake::cli {
namespace {

using nlohmann::json;

constexpr std::uint64_t kPieceBytes = 8ULL << 20U;
constexpr std::chrono::milliseconds kLookInterval{300};
constexpr int kTriesMax = 5;

ErrorCode code_named(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    if (name_of(static_cast<ErrorCode>(i)) == name) return static_cast<ErrorCode>(i);
  }
  return ErrorCode::kInternal;
}

Error error_of(unsigned status, const json& body) {
  const auto error = body.is_object() ? body.value("error", json()) : json();
  if (error.is_object()) return {code_named(error.value("code", "")), error.value("message", "")};
  return {ErrorCode::kUnavailable, "the server answered with status " + std::to_string(status)};
}

/// Routes of jobs and uploads.
class Routes {
 public:
  Routes(const ServerAddress& address, const std::string& token) : client_(address, token) {}

  struct Reply {
    HttpAnswer head;
    json body;
  };
  /// The reply to a request that was understood. Errors: those of the server too.
  Result<Reply> ask(const std::string& method, const std::string& target, const std::string& body,
                    const std::map<std::string, std::string>& headers = {}) {
    std::string text;
    LAKE_TRY(auto head, client_.request(method, target, body, headers,
                                        [&text](const HttpAnswer&, std::string_view bytes) -> Status {
                                          text += bytes;
                                          return ok();
                                        }));
    auto parsed = json::parse(text, nullptr, false);
    if (head.status >= 300) return error_of(head.status, parsed);
    return Reply{std::move(head), std::move(parsed)};
  }

 private:
  HttpClient client_;
};

std::uint64_t offset_of(const Routes::Reply& reply) {
  std::uint64_t offset = 0;
  if (const auto found = reply.head.headers.find("upload-offset"); found != reply.head.headers.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), offset);
  return offset;
}

class RemoteTakeout {
 public:
  RemoteTakeout(const Surroundings& around, const ServerAddress& address, const std::string& token,
                const TakeoutArguments& arguments)
      : around_(around), arguments_(arguments), routes_(address, token), line_(around.clock) {}

  Result<json> run() {
    json order = {{"time_zone", arguments_.time_zone},
                  {"products", {{"include", arguments_.include}, {"exclude", arguments_.exclude}}},
                  {"archives", arguments_.archives},
                  {"dry_run", arguments_.dry_run},
                  {"force", arguments_.force},
                  {"replay", arguments_.replay}};
    if (arguments_.server_paths) {
      order["paths"] = arguments_.paths;
    } else {
      order["uploads"] = json::array();
      for (const auto& path : arguments_.paths) {
        LAKE_TRY(auto id, upload(path));
        order["uploads"].push_back(std::move(id));
      }
    }
    LAKE_TRY(const auto accepted, routes_.ask("POST", "/api/v1/lake/takeout", order.dump()));
    return follow(accepted.body.value("url", ""));
  }

 private:
  Status check_interrupt() {
    return around_.interrupts.take() ? Status(Error(ErrorCode::kCancelled, "interrupted")) : ok();
  }

  void show(std::uint64_t done, std::uint64_t total) {
    query::Progress progress;
    if (total > 0) progress.percent = 100.0 * static_cast<double>(done) / static_cast<double>(total);
    line_.show(progress);
  }

  /// The upload's id.
  Result<std::string> upload(const std::string& path) {
    LAKE_TRY(const auto info, around_.files.stat(path));
    if (info.kind != os::FileKind::kFile) {
      return Error(ErrorCode::kInvalidArgument, "only files can be sent to a server, and this is none: " +
                                                    path + " (--server-paths names what lies on the server)");
    }
    LAKE_TRY(const auto file, around_.files.open(path, os::OpenMode::kRead));
    const json wanted = {{"name", os::file_name(path)}, {"bytes", info.bytes}};
    LAKE_TRY(const auto begun, routes_.ask("POST", "/api/v1/uploads", wanted.dump()));
    const auto url = begun.body.value("url", "");
    line_.begin("sending " + os::file_name(path));
    std::string piece;
    int failures = 0;
    for (std::uint64_t offset = 0; offset < info.bytes || info.bytes == 0;) {
      LAKE_CHECK_OK(check_interrupt());
      piece.resize(std::min(kPieceBytes, info.bytes - offset));
      LAKE_TRY(const auto count, file->read_at(offset, std::as_writable_bytes(std::span(piece))));
      if (count < piece.size()) return Error(ErrorCode::kIo, "the file became shorter: " + path);
      const auto sent = routes_.ask(
          "PATCH", url, piece,
          {{"Content-Type", "application/offset+octet-stream"}, {"Upload-Offset", std::to_string(offset)}});
      if (!sent && (!is_retryable(sent.error().code()) || ++failures == kTriesMax)) return sent.error();
      const auto stands = sent ? Result<Routes::Reply>(*sent) : routes_.ask("GET", url, "");
      if (stands) offset = offset_of(*stands);
      if (sent) failures = 0;
      if (sent && info.bytes == 0) break;
      show(offset, info.bytes);
    }
    line_.hide();
    return begun.body.value("id", "");
  }

  Result<json> follow(const std::string& url) {
    line_.begin("takeout");
    bool is_cancelled = false;
    int failures = 0;
    while (true) {
      const auto job = routes_.ask("GET", url, "");
      if (!job && (!is_retryable(job.error().code()) || ++failures == kTriesMax)) return job.error();
      if (job) {
        failures = 0;
        if (!job->body.value("ended_micros", json()).is_null()) {
          line_.hide();
          return job->body;
        }
        const auto total = job->body.value("bytes_total", json());
        show(job->body.value("bytes_done", 0ULL), total.is_number() ? total.get<std::uint64_t>() : 0);
      }
      if (!is_cancelled && around_.interrupts.take()) {
        is_cancelled = true;
        ignore(routes_.ask("DELETE", url, ""), "it may just have ended");
      }
      around_.clock.sleep(kLookInterval);
    }
  }

  const Surroundings& around_;
  const TakeoutArguments& arguments_;
  Routes routes_;
  ProgressLine line_;
};

}  // namespace

int remote_takeout_verb(const Surroundings& around, const ServerAddress& address, const std::string& token,
                        const TakeoutArguments& arguments) {
  const auto job = RemoteTakeout(around, address, token, arguments).run();
  if (!job) {
    say(error_text(job.error(), "", ""));
    return job.error().code() == ErrorCode::kInvalidArgument ? 2 : 1;
  }
  const auto result = job->value("result", json::object());
  print_report_text(result.dump());
  if (const auto error = job->value("error", json()); error.is_object()) {
    say(error_text(Error(code_named(error.value("code", "")), error.value("message", "")), "", ""));
    return 1;
  }
  const auto status = result.value("status", "");
  return status == "complete" || status == "preview" ? 0 : 1;
}

}  // namespace lake::cli
