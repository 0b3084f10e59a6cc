#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "driver.hpp"
#include "lake/cli/http_client.hpp"

namespace lake::sqltest {
namespace {

using nlohmann::json;

/// The cells of one line of a Markdown table, which prints values as SQL does.
std::vector<std::optional<std::string>> cells_of(const std::string& line) {
  std::vector<std::optional<std::string>> cells;
  std::string cell;
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cell += line[++i];
    } else if (line[i] == '|') {
      cells.emplace_back(cell.size() >= 2 ? cell.substr(1, cell.size() - 2) : "");
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  return cells;
}

class HttpConnection final : public Connection {
 public:
  HttpConnection(const cli::ServerAddress& address, const std::string& token) : client_(address, token) {}
  ~HttpConnection() override {
    if (session_.empty()) return;
    ignore(client_.request("DELETE", "/api/v1/sessions/" + session_, "", {},
                           [](const auto&, std::string_view) { return ok(); }),
           "the server drops it after a while");
  }
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  Status begin() {
    std::string body;
    LAKE_TRY(const auto answer, client_.request("POST", "/api/v1/sessions", "{}", {}, collect(body)));
    const json document = json::parse(body, nullptr, false);
    if (answer.status / 100 != 2 || !document.is_object()) return cli::error_of(answer.status, body);
    session_ = document.value("id", "");
    return ok();
  }

  Result<Answer> run(const std::string& sql) override {
    const json request = {{"sql", sql}, {"format", "markdown"}};
    std::string body;
    LAKE_TRY(const auto answer, client_.request("POST", "/api/v1/query", request.dump(),
                                                {{"X-Dplake-Session", session_}}, collect(body)));
    if (answer.status != 200) return cli::error_of(answer.status, body);
    return read_table(body);
  }

 private:
  static cli::HttpClient::BodySink collect(std::string& body) {
    return [&body](const cli::HttpAnswer&, std::string_view bytes) {
      body += bytes;
      return ok();
    };
  }

  static Answer read_table(const std::string& body) {
    Answer answer;
    std::size_t begin = 0;
    for (std::size_t number = 0; begin < body.size(); ++number) {
      const std::size_t end = std::min(body.find('\n', begin), body.size());
      auto cells = cells_of(body.substr(begin, end - begin));
      begin = end + 1;
      if (number == 0) answer.column_count = cells.size();
      if (number >= 2) answer.rows.push_back(std::move(cells));
    }
    return answer;
  }

  cli::HttpClient client_;
  std::string session_;
};

/// `dplake serve` as a child process on a port of its own.
class HttpDriver final : public Driver {
 public:
  HttpDriver(const SuiteConfig& config, std::string program)
      : config_(config), program_(std::move(program)) {}
  ~HttpDriver() override { ignore(stop(), "the test has its verdict"); }
  HttpDriver(const HttpDriver&) = delete;
  HttpDriver& operator=(const HttpDriver&) = delete;

  Status open(const std::string& data_directory) override {
    data_directory_ = data_directory;
    return start();
  }

  Result<std::unique_ptr<Connection>> connect() override {
    auto connection = std::make_unique<HttpConnection>(address_, token_);
    LAKE_CHECK_OK(connection->begin());
    return connection;
  }

  Status restart() override {
    LAKE_CHECK_OK(stop());
    return start();
  }
  Status close() override { return stop(); }

  Status check() override {
    LAKE_CHECK_OK(stop());
    LAKE_TRY(const pid_t child, spawn({"check", "--data", data_directory_}, -1));
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
      return Error(ErrorCode::kCorruption, "dplake check failed; it says why above");
    return start();
  }

  [[nodiscard]] std::set<std::string> traits() const override {
    return {"http", "sessions", "restart", "error_codes"};
  }

 private:
  Result<pid_t> spawn(std::vector<std::string> arguments, int output) {
    arguments.insert(arguments.begin(), program_);
    for (const auto& [name, value] : config_.settings) arguments.push_back("--" + name + "=" + value);
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (output >= 0) posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    pid_t child = 0;
    const int failed = posix_spawn(&child, program_.c_str(), &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) return Error(ErrorCode::kNotFound, "cannot run " + program_);
    return child;
  }

  Status start() {
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0) return Error(ErrorCode::kResourceExhausted, "no pipe");
    // COPY over a door needs an allowed directory: the one that scripts know as ${TEST_DIR}.
    const std::string files = os::join_path(os::parent_path(data_directory_), "out");
    auto child = spawn(
        {"serve", "--data", data_directory_, "--port", "0", "--log-level", "error", "--allowed-paths", files},
        ends[1]);
    ::close(ends[1]);
    if (!child) {
      ::close(ends[0]);
      return child.error();
    }
    child_ = *child;
    std::string text;
    char byte = 0;
    // The link is printed once the door is open; the pipe ends when the server could not start.
    while (text.find("token=") == std::string::npos || text.back() != '\n') {
      if (::read(ends[0], &byte, 1) != 1) break;
      text += byte;
    }
    output_ = ends[0];
    const std::size_t begin = text.find("http://");
    if (begin == std::string::npos)
      return Error(ErrorCode::kUnavailable, "the server did not start: " + text);
    LAKE_TRY(address_,
             cli::parse_server_address(text.substr(begin, text.find_first_of(" \n", begin) - begin)));
    token_ = address_.token;
    return ok();
  }

  Status stop() {
    if (child_ == 0) return ok();
    kill(child_, SIGTERM);
    int status = 0;
    waitpid(child_, &status, 0);
    ::close(output_);
    child_ = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return ok();
    return Error(ErrorCode::kInternal, "the server did not end with 0 after SIGTERM");
  }

  const SuiteConfig& config_;
  const std::string program_;
  std::string data_directory_;
  cli::ServerAddress address_;
  std::string token_;
  pid_t child_ = 0;
  int output_ = -1;
};

}  // namespace

std::unique_ptr<Driver> make_http_driver(const SuiteConfig& config, const std::string& program) {
  return std::make_unique<HttpDriver>(config, program);
}

}  // namespace lake::sqltest
