#include "lake/http/server.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "lake/http/incoming_body.hpp"
#include "lake/http/routes.hpp"
#include "lake/query/plain_engine.hpp"

namespace lake::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Wire = beast::http::response<beast::http::string_body>;

constexpr const char* kEndless =
    "SELECT count(*) FROM range(10000000000) a, range(10000000) b WHERE a.range * b.range = -1";

/// A client connection that blocks.
class Client {
 public:
  Client(std::uint16_t port, std::string token) : token_(std::move(token)), port_(port), stream_(io_) {
    stream_.connect(asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.1"), port));
  }
  void send(const std::string& method, const std::string& target, const std::string& body = "",
            const std::map<std::string, std::string>& headers = {}) {
    beast::http::request<beast::http::string_body> request(beast::http::string_to_verb(method), target, 11);
    request.set("Host", "127.0.0.1:" + std::to_string(port_));
    if (!token_.empty()) request.set("Authorization", "Bearer " + token_);
    if (!body.empty()) request.set("Content-Type", "application/json");
    for (const auto& [name, value] : headers) request.set(name, value);
    request.body() = body;
    request.prepare_payload();
    beast::http::write(stream_, request);
  }
  /// The answer; `code` tells when it was cut.
  Wire receive(boost::system::error_code* code = nullptr) {
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(boost::none);
    boost::system::error_code own;
    beast::http::read(stream_, buffer_, parser, code == nullptr ? own : *code);
    return parser.release();
  }
  /// The answer to a HEAD.
  Wire receive_head() {
    beast::http::response_parser<beast::http::string_body> parser;
    parser.skip(true);
    boost::system::error_code code;
    beast::http::read(stream_, buffer_, parser, code);
    return parser.release();
  }
  Wire ask(const std::string& method, const std::string& target, const std::string& body = "",
           const std::map<std::string, std::string>& headers = {}) {
    send(method, target, body, headers);
    return receive();
  }
  void send_raw(const std::string& bytes) { asio::write(stream_.socket(), asio::buffer(bytes)); }
  void go_away() { stream_.socket().close(); }
  std::string token_;

 private:
  std::uint16_t port_;
  asio::io_context io_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    os::PosixFileSystem files;
    const auto directory = ::testing::TempDir() + "server_test_" + std::to_string(::getpid());
    EXPECT_TRUE(files.create_directories(directory));
    token_.emplace(*access::AdminToken::load_or_make(files, random_, directory));
    EXPECT_TRUE(files.remove_tree(directory));
    options_.port = 0;
    options_.workers = 4;
    options_.workers_queued_max = 4;
  }
  void start(std::span<const Route> routes = all_routes()) {
    auto server = Server::open(
        {engine_.sessions(), jobs_, engine_.metrics(), log_, clock_, random_, *token_, {"1.2.3", "1.5.6"}},
        options_, routes);
    ASSERT_TRUE(server) << server.error().message();
    server_ = std::move(*server);
  }
  Client client() { return {server_->port(), token_->reveal()}; }
  static std::string query_body(const std::string& sql,
                                const nlohmann::json& more = nlohmann::json::object()) {
    nlohmann::json body = {{"sql", sql}};
    body.update(more);
    return body.dump();
  }
  void wait_until_running(std::size_t count) {
    auto& gauge = engine_.metrics().gauge("dplake_statements_running", "Statements running now");
    while (gauge.value() != static_cast<std::int64_t>(count)) std::this_thread::yield();
  }
  /// A statement with little time may be over before anybody has seen it run.
  void wait_until_ended(std::uint64_t count) {
    auto& metrics = engine_.metrics();
    auto& ended =
        metrics.histogram("dplake_statement_seconds", "Time from a statement's start to its last row");
    auto& failed = metrics.counter("dplake_statements_failed_total", "Statements that ended with an error");
    while (ended.state().count + failed.value() < count) std::this_thread::yield();
    wait_until_running(0);
  }
  os::SystemClock clock_;
  os::SystemRandom random_;
  query::PlainEngine engine_;
  jobs::Jobs jobs_{clock_, engine_.metrics()};
  telemetry::Log log_ = telemetry::Log::to_nowhere(clock_);
  std::optional<access::AdminToken> token_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersInTheFormatAskedFor) {
  start();
  auto client = this->client();
  const auto json = client.ask("POST", "/api/v1/query", query_body("SELECT 42 AS a"));
  EXPECT_EQ(json.result_int(), 200U);
  EXPECT_EQ(json["Content-Type"], "application/json");
  EXPECT_FALSE(json["X-Request-Id"].empty());
  EXPECT_EQ(nlohmann::json::parse(json.body())["rows"][0][0], 42);
  const auto csv =
      client.ask("POST", "/api/v1/query", query_body("SELECT 42 AS a"), {{"Accept", "text/csv"}});
  EXPECT_EQ(csv.body(), "a\n42\n");
  const auto parquet =
      client.ask("POST", "/api/v1/query", query_body("SELECT 42 AS a", {{"format", "parquet"}}));
  EXPECT_TRUE(parquet.body().starts_with("PAR1"));
}

TEST_F(ServerTest, WithoutTokenOnlyTheProbesAnswer) {
  start();
  auto client = this->client();
  client.token_.clear();
  for (const auto* target : {"/", "/metrics", "/api/v1/version", "/api/v1/jobs", "/nope"}) {
    const auto answer = client.ask("GET", target);
    EXPECT_EQ(answer.result_int(), 401U) << target;
    EXPECT_EQ(nlohmann::json::parse(answer.body())["error"]["code"], "permission_denied");
  }
  EXPECT_EQ(client.ask("GET", "/livez").result_int(), 200U);
  EXPECT_EQ(client.ask("GET", "/readyz").result_int(), 200U);
}

TEST_F(ServerTest, LinkLetsABrowserIn) {
  start();
  auto client = this->client();
  client.token_.clear();
  const auto first = client.ask("GET", "/?token=" + token_->reveal());
  EXPECT_EQ(first.result_int(), 303U);
  const std::string cookie(first["Set-Cookie"]);
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  EXPECT_EQ(cookie.find(token_->reveal()), std::string::npos);
  EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos);
  const auto page = client.ask("GET", "/", "", {{"Cookie", cookie.substr(0, cookie.find(';'))}});
  EXPECT_EQ(page.result_int(), 200U);
  EXPECT_EQ(client.ask("GET", "/api/v1/version?token=" + token_->reveal()).result_int(), 401U);
  EXPECT_EQ(client.ask("GET", "/?token=wrong").result_int(), 401U);
}

TEST_F(ServerTest, OtherHostsAndOriginsAreRefused) {
  start();
  auto client = this->client();
  EXPECT_EQ(client.ask("GET", "/livez", "", {{"Host", "evil.example"}}).result_int(), 403U);
  EXPECT_EQ(client.ask("GET", "/api/v1/version", "", {{"Origin", "http://evil.example"}}).result_int(), 403U);
}

TEST_F(ServerTest, ErrorsCarryPositionAndRequestId) {
  start();
  auto client = this->client();
  const auto answer = client.ask("POST", "/api/v1/query", query_body("SELECT 1;\nSELECT * FROM nope"),
                                 {{"X-Request-Id", "my-1"}});
  EXPECT_EQ(answer.result_int(), 404U);
  EXPECT_EQ(answer["X-Request-Id"], "my-1");
  const auto error = nlohmann::json::parse(answer.body())["error"];
  EXPECT_EQ(error["position"], 24);
  EXPECT_EQ(error["request_id"], "my-1");
}

TEST_F(ServerTest, MethodTypeAndBodyMistakesAreTold) {
  start();
  auto client = this->client();
  EXPECT_EQ(client.ask("GET", "/api/v1/query").result_int(), 405U);
  EXPECT_EQ(client.ask("GET", "/nope").result_int(), 404U);
  EXPECT_EQ(client.ask("POST", "/api/v1/query", "{}").result_int(), 400U);
  auto second = this->client();
  EXPECT_EQ(second
                .ask("POST", "/api/v1/query", "sql=SELECT+1",
                     {{"Content-Type", "application/x-www-form-urlencoded"}})
                .result_int(),
            415U);
  auto third = this->client();
  third.send_raw("nonsense\r\n\r\n");
  EXPECT_EQ(third.receive().result_int(), 400U);
}

TEST_F(ServerTest, TooLargeBodiesAndHeadersAreRefused) {
  options_.body_bytes_max = 1000;
  options_.header_bytes_max = 2000;
  start();
  auto body = client();
  body.send_raw("POST /api/v1/query HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_->port()) +
                "\r\nAuthorization: Bearer " + token_->reveal() +
                "\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n");
  EXPECT_EQ(body.receive().result_int(), 413U);
  auto header = client();
  header.send_raw("GET /livez HTTP/1.1\r\nX: " + std::string(3000, 'x') + "\r\n\r\n");
  EXPECT_EQ(header.receive().result_int(), 431U);
}

TEST_F(ServerTest, LargeResultStreamsWhole) {
  start();
  auto client = this->client();
  const auto answer = client.ask("POST", "/api/v1/query",
                                 query_body("SELECT range FROM range(1000000)", {{"format", "ndjson"}}));
  EXPECT_TRUE(answer.chunked());
  EXPECT_EQ(std::count(answer.body().begin(), answer.body().end(), '\n'), 1000000);
  EXPECT_EQ(client.ask("GET", "/livez").result_int(), 200U);
}

TEST_F(ServerTest, ErrorAfterTheFirstBytesEndsTheDocument) {
  start();
  const std::string sql =
      "SELECT CASE WHEN range = 500000 THEN error('late') ELSE range::VARCHAR END AS x FROM range(600000)";
  auto client = this->client();
  const auto json = client.ask("POST", "/api/v1/query", query_body(sql));
  EXPECT_EQ(json.result_int(), 200U);
  EXPECT_EQ(nlohmann::json::parse(json.body())["error"]["code"], "invalid_argument");
  const auto lines = client.ask("POST", "/api/v1/query", query_body(sql, {{"format", "ndjson"}}));
  const auto last = lines.body().substr(lines.body().rfind('\n', lines.body().size() - 2) + 1);
  EXPECT_TRUE(nlohmann::json::parse(last).contains("error"));
  client.send("POST", "/api/v1/query", query_body(sql, {{"format", "csv"}}));
  boost::system::error_code code;
  client.receive(&code);
  EXPECT_TRUE(code) << "a cut CSV must not look whole";
}

TEST_F(ServerTest, DeleteCancelsARunningQuery) {
  start();
  auto runner = client();
  runner.send("POST", "/api/v1/query", query_body(kEndless), {{"X-Request-Id", "long"}});
  wait_until_running(1);
  auto other = client();
  EXPECT_EQ(
      other.ask("POST", "/api/v1/query", query_body("SELECT 1"), {{"X-Request-Id", "long"}}).result_int(),
      409U);
  const auto deleted = other.ask("DELETE", "/api/v1/query/long");
  EXPECT_EQ(deleted.result_int(), 202U) << deleted.body();
  const auto answer = runner.receive();
  EXPECT_EQ(answer.result_int(), 499U);
  EXPECT_EQ(nlohmann::json::parse(answer.body())["error"]["code"], "cancelled");
  EXPECT_EQ(other.ask("DELETE", "/api/v1/query/long").result_int(), 404U);
}

TEST_F(ServerTest, ClientThatGoesAwayCancelsItsQuery) {
  start();
  auto runner = client();
  runner.send("POST", "/api/v1/query", query_body(kEndless));
  wait_until_running(1);
  runner.go_away();
  wait_until_running(0);
}

TEST_F(ServerTest, ClientThatGoesAwayAmidTheAnswerCancelsItsQuery) {
  start();
  auto runner = client();
  runner.send("POST", "/api/v1/query", query_body("SELECT * FROM range(1000000000000)", {{"format", "csv"}}));
  wait_until_running(1);
  runner.go_away();
  wait_until_running(0);
}

TEST_F(ServerTest, TimeoutIsAnswered) {
  start();
  const auto answer = client().ask("POST", "/api/v1/query", query_body(kEndless, {{"timeout_ms", 50}}));
  EXPECT_EQ(answer.result_int(), 504U);
}

TEST_F(ServerTest, TransactionLeftOpenIsRefused) {
  start();
  auto client = this->client();
  EXPECT_EQ(client.ask("POST", "/api/v1/query", query_body("BEGIN")).result_int(), 400U);
  EXPECT_EQ(client.ask("POST", "/api/v1/query", query_body("BEGIN; CREATE TABLE t(a INTEGER); COMMIT"))
                .result_int(),
            200U);
}

TEST_F(ServerTest, ReadingTheMachinesFilesIsForbidden) {
  start();
  EXPECT_EQ(client()
                .ask("POST", "/api/v1/query", query_body("SELECT * FROM read_text('/etc/passwd')"))
                .result_int(),
            403U);
}

TEST_F(ServerTest, MoreQueriesThanMayWaitAreRefused) {
  options_.workers = 1;
  options_.workers_queued_max = 0;
  start();
  auto runner = client();
  runner.send("POST", "/api/v1/query", query_body(kEndless));
  wait_until_running(1);
  EXPECT_EQ(client().ask("POST", "/api/v1/query", query_body("SELECT 1")).result_int(), 429U);
  runner.go_away();
  wait_until_running(0);
}

TEST_F(ServerTest, MoreConnectionsThanAllowedAreRefused) {
  options_.connections_max = 1;
  start();
  auto first = client();
  EXPECT_EQ(first.ask("GET", "/livez").result_int(), 200U);
  auto second = client();
  EXPECT_EQ(second.receive().result_int(), 503U);
}

TEST_F(ServerTest, SilentConnectionsDoNotKeepOthersOut) {
  options_.connections_max = 4;
  start();
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 12; ++i) {
    silent.push_back(std::make_unique<Client>(server_->port(), ""));
    silent.back()->send_raw(i % 2 == 0 ? "GET /livez HTTP/1.1\r\nHost:" : "");
  }
  auto known = client();
  EXPECT_EQ(known.ask("GET", "/api/v1/version").result_int(), 200U);
  for (int i = 0; i < 12; ++i) silent.push_back(std::make_unique<Client>(server_->port(), ""));
  EXPECT_EQ(known.ask("GET", "/api/v1/version").result_int(), 200U);
}

TEST_F(ServerTest, WaitingForAWorkerCountsAsTime) {
  options_.workers = 1;
  start();
  auto runner = client();
  runner.send("POST", "/api/v1/query", query_body(kEndless));
  wait_until_running(1);
  const auto answer = client().ask("POST", "/api/v1/query", query_body("SELECT 1", {{"timeout_ms", 50}}));
  EXPECT_EQ(answer.result_int(), 504U);
  EXPECT_EQ(nlohmann::json::parse(answer.body())["error"]["code"], "timeout");
  runner.go_away();
  wait_until_running(0);
}

TEST_F(ServerTest, TheDefaultTimeCountsFromTheRequestToo) {
  options_.workers = 1;
  options_.query_timeout = std::chrono::milliseconds(50);
  start();
  EXPECT_EQ(client().ask("POST", "/api/v1/query", query_body(kEndless)).result_int(), 504U);
  const std::string together = "SELECT 1; " + std::string(kEndless);
  EXPECT_EQ(client().ask("POST", "/api/v1/query", query_body(together)).result_int(), 504U);
}

TEST_F(ServerTest, AClientThatReadsNothingDoesNotKeepAStatementBeyondItsTime) {
  start();
  auto runner = client();
  runner.send("POST", "/api/v1/query",
              query_body("SELECT * FROM range(1000000000000)", {{"format", "csv"}, {"timeout_ms", 200}}));
  wait_until_ended(1);
}

TEST_F(ServerTest, HeadIsGetWithoutABody) {
  start();
  auto client = this->client();
  const auto ask = [&](const std::string& target) {
    client.send("HEAD", target);
    return client.receive_head();
  };
  const auto live = ask("/livez");
  EXPECT_EQ(live.result_int(), 200U);
  EXPECT_NE(live["Content-Length"], "0");
  EXPECT_EQ(ask("/").result_int(), 200U);
  EXPECT_EQ(ask("/api/v1/query").result_int(), 405U);
  EXPECT_EQ(client.ask("GET", "/livez").result_int(), 200U);
  client.token_.clear();
  EXPECT_EQ(ask("/livez").result_int(), 200U);
  EXPECT_EQ(ask("/").result_int(), 401U);
}

TEST_F(ServerTest, EveryRefusalCarriesARequestId) {
  options_.header_bytes_max = 4096;
  options_.body_bytes_max = 100;
  start();
  for (const std::string& bytes :
       {std::string("nonsense\r\n\r\n"), "GET / HTTP/1.1\r\nX: " + std::string(8192, 'x') + "\r\n\r\n",
        std::string("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")}) {
    auto client = this->client();
    client.send_raw(bytes);
    const auto answer = client.receive();
    const std::string id(answer["X-Request-Id"]);
    EXPECT_EQ(id.size(), 32U) << answer;
    EXPECT_EQ(nlohmann::json::parse(answer.body())["error"]["request_id"], id);
  }
}

TEST_F(ServerTest, StopLetsRunningQueriesEnd) {
  start();
  auto runner = client();
  runner.send("POST", "/api/v1/query",
              query_body("SELECT count(*) FROM range(300000000) WHERE range % 7 = 3"));
  wait_until_running(1);
  Stopped stopped = Stopped::kStuck;
  std::thread stopping([&] { stopped = server_->stop(std::chrono::seconds(60)); });
  EXPECT_EQ(runner.receive().result_int(), 200U);
  stopping.join();
  EXPECT_EQ(stopped, Stopped::kDrained);
}

TEST_F(ServerTest, StopCancelsWhatOutlastsTheGrace) {
  start();
  auto runner = client();
  runner.send("POST", "/api/v1/query", query_body(kEndless));
  wait_until_running(1);
  EXPECT_EQ(server_->stop(std::chrono::milliseconds(50)), Stopped::kCancelled);
  EXPECT_EQ(runner.receive().result_int(), 499U);
}

TEST_F(ServerTest, StopDoesNotWaitForAClientThatReadsNothing) {
  start();
  auto runner = client();
  runner.send("POST", "/api/v1/query", query_body("SELECT * FROM range(1000000000000)", {{"format", "csv"}}));
  wait_until_running(1);
  EXPECT_EQ(server_->stop(std::chrono::milliseconds(50)), Stopped::kCancelled);
}

std::atomic<int> broken_bodies{0};

/// Takes the whole body and tells what it was.
void swallow(Door& /*door*/, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  std::string buffer(10'000, '\0');
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  while (true) {
    const auto taken = request.incoming->read(buffer);
    if (!taken) {
      if (taken.error().code() == ErrorCode::kCancelled) ++broken_bodies;
      return pipe.answer(answer_of({taken.error(), 0, {}}, request.id));
    }
    if (*taken == 0) break;
    count += *taken;
    for (std::size_t i = 0; i < *taken; ++i) sum = sum * 31 + static_cast<unsigned char>(buffer[i]);
  }
  Answer answer;
  answer.body = nlohmann::json({{"count", count}, {"sum", sum}}).dump();
  pipe.answer(std::move(answer));
}

void refuse_unread(Door& /*door*/, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  pipe.answer(answer_of({Error(ErrorCode::kConflict, "not wanted"), 412, {}}, request.id));
}

void give_known_length(Door& /*door*/, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  Answer head;
  head.length = 2'000'000;
  if (request.method == "HEAD") return pipe.answer(std::move(head));
  pipe.begin(std::move(head));
  for (int i = 0; i < 2; ++i) {
    if (!pipe.write(std::string(1'000'000, 'x'))) return;
  }
  pipe.finish();
}

constexpr std::array<Route, 6> kTransferRoutes = {{
    {"PUT", "/swallow", Guard::kToken, nullptr, swallow, "for this test", nullptr, true},
    {"PUT", "/refuse", Guard::kToken, nullptr, refuse_unread, "for this test", nullptr, true},
    {"GET", "/known", Guard::kToken, nullptr, give_known_length, "for this test", nullptr, true},
    {"HEAD", "/known", Guard::kToken, nullptr, give_known_length, "for this test", nullptr, true},
    {"PUT", "/whole", Guard::kToken, nullptr, refuse_unread, "for this test"},
    {"GET", "/livez", Guard::kOpen, [](Door&, const Request&) { return Answer(); }, nullptr, "for this test"},
}};

std::string patterned(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 13U);
  return bytes;
}

std::uint64_t sum_of(const std::string& bytes) {
  std::uint64_t sum = 0;
  for (const char c : bytes) sum = sum * 31 + static_cast<unsigned char>(c);
  return sum;
}

class TransferTest : public ServerTest {
 protected:
  void SetUp() override {
    options_.body_bytes_max = 1000;
    start(kTransferRoutes);
  }
  std::string head_of(const std::string& target, const std::string& more) {
    return "PUT " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_->port()) +
           "\r\nAuthorization: Bearer " + token_->reveal() + "\r\n" + more + "\r\n\r\n";
  }
};

TEST_F(TransferTest, BodiesOfAnySizeStreamToTheRoute) {
  auto client = this->client();
  for (const std::size_t size : {0UL, 1UL, 100'000UL, 20'000'000UL}) {
    const auto body = patterned(size);
    const auto answer = client.ask("PUT", "/swallow", body, {{"Content-Type", "image/jpeg"}});
    ASSERT_EQ(answer.result_int(), 200U) << answer.body();
    EXPECT_EQ(nlohmann::json::parse(answer.body())["count"], size);
    EXPECT_EQ(nlohmann::json::parse(answer.body())["sum"], sum_of(body));
  }
  EXPECT_EQ(client.ask("PUT", "/whole", std::string(1001, 'x')).result_int(), 413U);
}

TEST_F(TransferTest, ChunkedBodiesStreamToo) {
  auto client = this->client();
  client.send_raw(head_of("/swallow", "Transfer-Encoding: chunked"));
  const auto body = patterned(3'000'000);
  for (std::size_t at = 0; at < body.size(); at += 300'000) {
    client.send_raw("493e0\r\n" + body.substr(at, 300'000) + "\r\n");
  }
  client.send_raw("0\r\n\r\n");
  EXPECT_EQ(nlohmann::json::parse(client.receive().body())["sum"], sum_of(body));
  EXPECT_EQ(client.ask("GET", "/livez").result_int(), 200U);
  client.send_raw(head_of("/swallow", "Transfer-Encoding: chunked") + "zz\r\n");
  EXPECT_EQ(client.receive().result_int(), 400U);
  auto whole = this->client();
  whole.send_raw(head_of("/whole", "Content-Type: application/json\r\nTransfer-Encoding: chunked") +
                 "7d0\r\n");
  EXPECT_EQ(whole.receive().result_int(), 413U);
}

TEST_F(TransferTest, AnAnswerMayComeBeforeTheBody) {
  auto client = this->client();
  client.send_raw(head_of("/refuse", "Content-Length: 100000000") + std::string(300'000, 'x'));
  const auto answer = client.receive();
  EXPECT_EQ(answer.result_int(), 412U);
  EXPECT_FALSE(answer.keep_alive());
}

TEST_F(TransferTest, ContinueIsSaidOnlyToABodyThatIsWanted) {
  auto refused = client();
  refused.send_raw(head_of("/refuse", "Content-Length: 5\r\nExpect: 100-continue"));
  EXPECT_EQ(refused.receive().result_int(), 412U);
  auto taken = client();
  taken.send_raw(head_of("/swallow", "Content-Length: 5\r\nExpect: 100-continue"));
  EXPECT_EQ(taken.receive().result_int(), 100U);
  taken.send_raw("hello");
  EXPECT_EQ(nlohmann::json::parse(taken.receive().body())["count"], 5);
}

TEST_F(TransferTest, ClientThatGoesAwayAmidItsBodyIsNoticed) {
  const int before = broken_bodies;
  auto client = this->client();
  client.send_raw(head_of("/swallow", "Content-Length: 100") + "only this");
  client.go_away();
  while (broken_bodies == before) std::this_thread::yield();
  auto& answered =
      engine_.metrics().counter("dplake_http_requests_total", "Requests answered, by route and status",
                                {{"route", "/swallow"}, {"status", "200"}});
  EXPECT_EQ(answered.value(), 0U);
}

TEST_F(TransferTest, AnswersOfKnownLengthAreNotChunked) {
  auto client = this->client();
  const auto answer = client.ask("GET", "/known");
  EXPECT_FALSE(answer.chunked());
  EXPECT_EQ(answer["Content-Length"], "2000000");
  EXPECT_EQ(answer.body().size(), 2'000'000U);
  client.send("HEAD", "/known");
  EXPECT_EQ(client.receive_head()["Content-Length"], "2000000");
  EXPECT_EQ(client.ask("GET", "/livez").result_int(), 200U);
}

TEST_F(ServerTest, SlowBodiesAreBoundedAndKeepNobodyElseWaiting) {
  options_.transfers = 1;
  options_.workers = 1;
  options_.workers_queued_max = 0;
  std::vector<Route> routes(all_routes().begin(), all_routes().end());
  routes.insert(routes.end(), kTransferRoutes.begin(), kTransferRoutes.end() - 1);
  start(routes);
  std::vector<std::unique_ptr<Client>> slow;
  const auto head = "PUT /swallow HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_->port()) +
                    "\r\nAuthorization: Bearer " + token_->reveal() + "\r\nContent-Length: 9\r\n";
  auto& working = engine_.metrics().gauge(
      "dplake_http_working", "Requests running and waiting for a worker, by kind", {{"kind", "transfer"}});
  for (int i = 0; i < 2; ++i) {
    slow.push_back(std::make_unique<Client>(server_->port(), token_->reveal()));
    slow.back()->send_raw(head + "\r\n");
    while (working.value() <= i) std::this_thread::yield();
  }
  EXPECT_EQ(client().ask("POST", "/api/v1/query", query_body("SELECT 1")).result_int(), 200U);
  EXPECT_EQ(client().ask("PUT", "/swallow", "third").result_int(), 429U);
  slow[0]->send_raw("123456789");
  EXPECT_EQ(slow[0]->receive().result_int(), 200U);
  slow[1]->send_raw("123456789");
  EXPECT_EQ(slow[1]->receive().result_int(), 200U);
}

TEST_F(ServerTest, JobsAreShownPausedAndCancelled) {
  start();
  auto client = this->client();
  auto job = jobs_.begin("import", "takeout.zip");
  ASSERT_TRUE(job->start());
  job->set_totals(100, 0);
  job->add_progress(40, 4);
  const auto shown = nlohmann::json::parse(client.ask("GET", "/api/v1/jobs/1").body());
  EXPECT_EQ(shown["bytes_done"], 40);
  EXPECT_EQ(shown["state"], "running");
  EXPECT_GT(shown["memory_bytes"], 0);
  EXPECT_EQ(nlohmann::json::parse(client.ask("GET", "/api/v1/jobs").body())["jobs"][0]["id"], 1);
  EXPECT_EQ(client.ask("POST", "/api/v1/jobs/1/resume", "{}").result_int(), 409U);
  const auto paused = client.ask("POST", "/api/v1/jobs/1/pause", "{}");
  EXPECT_EQ(paused.result_int(), 202U);
  EXPECT_EQ(nlohmann::json::parse(paused.body())["state"], "paused");
  EXPECT_EQ(client.ask("POST", "/api/v1/jobs/1/resume", "{}").result_int(), 202U);
  EXPECT_EQ(client.ask("DELETE", "/api/v1/jobs/1").result_int(), 202U);
  job->finish(job->check());
  const auto ended = nlohmann::json::parse(client.ask("GET", "/api/v1/jobs/1").body());
  EXPECT_EQ(ended["state"], "cancelled");
  EXPECT_EQ(ended["error"]["code"], "cancelled");
  EXPECT_EQ(client.ask("DELETE", "/api/v1/jobs/1").result_int(), 409U);
  for (const auto* id : {"2", "x", "-1", "99999999999999999999"}) {
    EXPECT_EQ(client.ask("GET", std::string("/api/v1/jobs/") + id).result_int(), 404U) << id;
  }
}

TEST_F(ServerTest, JobsAreChosenByKindAndState) {
  start();
  auto client = this->client();
  for (int i = 0; i < 3; ++i) jobs_.begin("flush", "main.t")->finish(ok());
  auto job = jobs_.begin("takeout", "takeout.zip");
  ASSERT_TRUE(job->start());
  const auto ids = [&client](const std::string& query) {
    const auto answer = client.ask("GET", "/api/v1/jobs" + query);
    EXPECT_EQ(answer.result_int(), 200U) << query;
    const auto listed = nlohmann::json::parse(answer.body());
    std::string found;
    for (const auto& one : listed["jobs"]) found += std::to_string(one["id"].get<int>());
    return found;
  };
  EXPECT_EQ(ids(""), "1234");
  EXPECT_EQ(ids("?kind=takeout"), "4");
  EXPECT_EQ(ids("?kind=takeout,flush&state=succeeded"), "123");
  EXPECT_EQ(ids("?state=running,paused"), "4");
  EXPECT_EQ(ids("?kind=nothing"), "");
  for (const auto* wrong : {"?state=done", "?state=", "?state=running,", "?knd=takeout"}) {
    const auto refused = client.ask("GET", std::string("/api/v1/jobs") + wrong);
    EXPECT_EQ(refused.result_int(), 400U) << wrong;
  }
  const auto shown = nlohmann::json::parse(client.ask("GET", "/api/v1/jobs/4").body());
  EXPECT_TRUE(shown["bytes_total"].is_null());
  EXPECT_TRUE(shown["rows_total"].is_null());
}

TEST_F(ServerTest, JobsAreFollowedWithoutAThread) {
  options_.workers = 1;
  start();
  auto job = jobs_.begin("import", "takeout.zip");
  std::vector<std::unique_ptr<Client>> followers;
  for (int i = 0; i < 20; ++i) {  // far more than there are threads
    followers.push_back(std::make_unique<Client>(server_->port(), token_->reveal()));
    followers.back()->send("GET", "/api/v1/jobs/1/events");
  }
  EXPECT_EQ(client().ask("POST", "/api/v1/query", query_body("SELECT 1")).result_int(), 200U);
  auto& followed =
      engine_.metrics().counter("dplake_http_requests_total", "Requests answered, by route and status",
                                {{"route", "/api/v1/jobs/{id}/events"}, {"status", "200"}});
  while (followed.value() < 20) std::this_thread::yield();
  ASSERT_TRUE(job->start());
  job->finish(ok());
  for (auto& follower : followers) {
    boost::system::error_code code;
    const auto events = follower->receive(&code);
    EXPECT_FALSE(code) << code.message();
    EXPECT_EQ(events["Content-Type"], "text/event-stream");
    const auto end = events.body().rfind("event: end\ndata: ");
    ASSERT_NE(end, std::string::npos) << events.body();
    EXPECT_EQ(nlohmann::json::parse(events.body().substr(end + 17))["state"], "succeeded");
  }
  auto client = this->client();
  EXPECT_EQ(client.ask("GET", "/api/v1/jobs/9/events").result_int(), 404U);
}

TEST_F(ServerTest, FollowersDoNotKeepTheServerFromStopping) {
  start();
  const auto job = jobs_.begin("import", "takeout.zip");
  auto client = this->client();
  client.send("GET", "/api/v1/jobs/1/events");
  auto& followed =
      engine_.metrics().counter("dplake_http_requests_total", "Requests answered, by route and status",
                                {{"route", "/api/v1/jobs/{id}/events"}, {"status", "200"}});
  while (followed.value() < 1) std::this_thread::yield();
  EXPECT_EQ(server_->stop(std::chrono::seconds(60)), Stopped::kDrained);
}

TEST_F(ServerTest, PortInUseIsAnError) {
  start();
  options_.port = server_->port();
  auto second = Server::open(
      {engine_.sessions(), jobs_, engine_.metrics(), log_, clock_, random_, *token_, {"", ""}}, options_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kIo);
}

TEST_F(ServerTest, VersionMetricsAndListingAnswer) {
  start();
  auto client = this->client();
  EXPECT_EQ(nlohmann::json::parse(client.ask("GET", "/api/v1/version").body())["version"], "1.2.3");
  EXPECT_NE(client.ask("GET", "/metrics").body().find("dplake_http_requests_total"), std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(client.ask("GET", "/api/v1/openapi.json").body())["paths"].contains(
      "/api/v1/query"));
  EXPECT_TRUE(nlohmann::json::parse(client.ask("GET", "/api/v1/jobs").body())["jobs"].is_array());
}

}  // namespace
}  // namespace lake::http
