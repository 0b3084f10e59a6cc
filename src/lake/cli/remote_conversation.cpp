#include "lake/cli/remote_conversation.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "lake/query/completion.hpp"
#include "lake/query/script.hpp"

namespace lake::cli {
namespace {

/// The name that the server's "format" member knows.
std::string format_name(query::Format format) {
  switch (format) {
    case query::Format::kTable:
      return "table";
    case query::Format::kCsv:
      return "csv";
    case query::Format::kTsv:
      return "tsv";
    case query::Format::kJson:
      return "json";
    case query::Format::kNdjson:
      return "ndjson";
    case query::Format::kMarkdown:
      return "markdown";
    case query::Format::kParquet:
      return "parquet";
  }
  return "json";
}

using nlohmann::json;

constexpr std::uint64_t kSmallResultBytesMax = 256ULL << 20U;

std::optional<std::string> text_of(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// What the answer's headers tell of the statement.
RunOutcome outcome_of(const HttpAnswer& answer) {
  const auto header = [&](const char* name) {
    const auto found = answer.headers.find(name);
    return found == answer.headers.end() ? std::string() : found->second;
  };
  RunOutcome outcome{query::StatementKind::kRows, 0, header("x-dplake-truncated") == "true"};
  const std::string kind = header("x-dplake-statement");
  if (kind == "change") outcome.kind = query::StatementKind::kChange;
  if (kind == "nothing") outcome.kind = query::StatementKind::kNothing;
  const std::string count = header("x-dplake-changed-rows");
  std::from_chars(count.data(), count.data() + count.size(), outcome.changed_rows);
  return outcome;
}

/// Whether the body of a statement without rows, its counts, is wanted too.
enum class Rows { kOnly, kAndCounts };

/// A request of the query route.
class QueryRoute {
 public:
  QueryRoute(ServerAddress address, std::string token) : client_(std::move(address), std::move(token)) {}

  /// The body of a success goes to `sink`, as far as `rows` wants it; that of a refusal becomes the error.
  Result<HttpAnswer> run(const std::string& sql, query::Format format, Rows rows,
                         const query::ByteSink& sink) {
    const json body = {{"sql", sql}, {"format", format_name(format)}};
    std::string refusal;
    std::map<std::string, std::string> headers = {{"X-Dplake-Late-Error", "trailer"}};
    if (!session_.empty()) headers["X-Dplake-Session"] = session_;
    LAKE_TRY(auto answer,
             client_.request("POST", "/api/v1/query", body.dump(), headers,
                             [&](const HttpAnswer& head, std::string_view bytes) -> Status {
                               if (head.status == 200) {
                                 const bool has_rows = outcome_of(head).kind == query::StatementKind::kRows;
                                 return has_rows || rows == Rows::kAndCounts ? sink(bytes) : ok();
                               }
                               if (refusal.size() < kSmallResultBytesMax) refusal += bytes;
                               return ok();
                             }));
    if (answer.status != 200) return error_of(answer.status, refusal);
    // What failed after the first rows had left.
    const auto late = answer.headers.find("x-dplake-error");
    if (late != answer.headers.end()) return error_of(answer.status, "{\"error\":" + late->second + "}");
    return answer;
  }

  void abort() { client_.abort(); }

  /// Makes the session of all later requests.
  Status begin() {
    std::string body;
    LAKE_TRY(const auto answer, client_.request("POST", "/api/v1/sessions", "{}", {}, collect(body)));
    if (answer.status != 201) return error_of(answer.status, body);
    const json document = json::parse(body, nullptr, false);
    if (document.is_object()) session_ = document.value("id", "");
    return ok();
  }

  Status end() {
    if (session_.empty()) return ok();
    std::string body;
    const auto answer = client_.request("DELETE", "/api/v1/sessions/" + session_, "", {}, collect(body));
    session_.clear();
    // A server that is gone has ended the session itself.
    if (!answer) return answer.error().code() == ErrorCode::kUnavailable ? ok() : Status(answer.error());
    return ok();
  }

 private:
  static HttpClient::BodySink collect(std::string& body) {
    return [&body](const HttpAnswer&, std::string_view bytes) {
      body += bytes;
      return ok();
    };
  }

  HttpClient client_;
  std::string session_;
};

class RemoteSession final : public query::Session {
 public:
  explicit RemoteSession(QueryRoute& route) : route_(route) {}

  Result<std::vector<StatementText>> split(const std::string& script) override {
    return query::split_script(script);
  }
  Result<std::unique_ptr<query::ResultStream>> run(const std::string&, const query::Parameters&,
                                                   const query::RequestOptions&) override {
    return Error(ErrorCode::kUnsupported, "a remote session gives text only");
  }

  Result<TextResult> run_text(const std::string& sql, const query::Parameters& /*parameters*/,
                              const query::RequestOptions& /*options*/) override {
    std::string body;
    LAKE_TRY(const auto answer,
             route_.run(sql, query::Format::kJson, Rows::kAndCounts, [&](std::string_view bytes) -> Status {
               if (body.size() + bytes.size() > kSmallResultBytesMax)
                 return Error(ErrorCode::kResourceExhausted, "the result is too large");
               body += bytes;
               return ok();
             }));
    const json document = json::parse(body, nullptr, false);
    if (document.is_discarded() && !body.empty())
      return Error(ErrorCode::kUnavailable, "the answer broke off");
    TextResult result;
    if (!document.is_object()) return result;
    if (document.contains("error")) return error_of(answer.status, body);
    if (document.value("truncated", false))
      return Error(ErrorCode::kResourceExhausted,
                   "the server gives fewer rows than this needs (query.rows_max)");
    for (const auto& column : document.value("columns", json::array())) {
      result.columns.push_back({column.value("name", ""), column.value("type", "")});
    }
    for (const auto& row : document.value("rows", json::array())) {
      auto& values = result.rows.emplace_back();
      for (const auto& value : row) values.push_back(text_of(value));
    }
    if (document.contains("changed_rows")) {
      result.changed_rows = document["changed_rows"].get<std::uint64_t>();
      result.kind = query::StatementKind::kChange;
    } else if (!result.columns.empty()) {
      result.kind = query::StatementKind::kRows;
    }
    return result;
  }

  void cancel() override { route_.abort(); }
  [[nodiscard]] query::Progress progress() const override { return {}; }
  [[nodiscard]] bool in_transaction() const override { return false; }

  std::vector<std::string> complete(const std::string& sql, std::size_t position) override {
    const auto found = run_text(query::completion_query(sql.substr(0, position)), {}, {});
    std::vector<std::string> words;
    if (!found) return words;
    for (const auto& row : found->rows) words.push_back(row[0].value_or(""));
    return words;
  }

 private:
  QueryRoute& route_;
};

class RemoteConversation final : public Conversation {
 public:
  RemoteConversation(ServerAddress address, std::string token)
      : route_(std::move(address), std::move(token)), session_(route_) {}

  Result<RunOutcome> run(const std::string& sql, query::Format format, const query::ByteSink& sink) override {
    LAKE_TRY(const auto answer, route_.run(sql, format, Rows::kOnly, sink));
    return outcome_of(answer);
  }
  query::Session& session() override { return session_; }
  Result<std::vector<query::Session::StatementText>> split(const std::string& script) override {
    return query::split_script(script);
  }
  void cancel() override { route_.abort(); }
  [[nodiscard]] bool is_remote() const override { return true; }
  [[nodiscard]] query::Progress progress() const override { return {}; }
  Status begin() { return route_.begin(); }
  Status close() override { return route_.end(); }

 private:
  QueryRoute route_;
  RemoteSession session_;
};

}  // namespace

Result<std::unique_ptr<Conversation>> open_remote(const ServerAddress& address, const std::string& token) {
  auto conversation = std::make_unique<RemoteConversation>(address, token);
  LAKE_CHECK_OK(conversation->begin());
  return conversation;
}

}  // namespace lake::cli
