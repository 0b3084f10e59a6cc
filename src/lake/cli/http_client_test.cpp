#include "lake/cli/http_client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

namespace lake::cli {
namespace {

namespace asio = boost::asio;

TEST(ServerAddress, IsReadWithOrWithoutItsParts) {
  struct Case {
    const char* text;
    const char* host;
    const char* port;
    const char* token;
  };
  constexpr Case kCases[] = {{"http://127.0.0.1:9000", "127.0.0.1", "9000", ""},
                             {"localhost", "localhost", "8080", ""},
                             {"http://h:1/#token=abc", "h", "1", "abc"},
                             {"http://h:1/?token=abc", "h", "1", "abc"},
                             {"http://[::1]:80/", "::1", "80", ""},
                             {"[::1]", "::1", "8080", ""}};
  for (const Case& one : kCases) {
    const auto address = parse_server_address(one.text);
    ASSERT_TRUE(address.has_value()) << one.text;
    EXPECT_EQ(address->host, one.host);
    EXPECT_EQ(address->port, one.port);
    EXPECT_EQ(address->token, one.token);
  }
}

TEST(ServerAddress, NonsenseIsRefused) {
  for (const char* text : {"", "http://", "https://h:1", "h:port", "http://h/path", ":80", "h:"}) {
    EXPECT_FALSE(parse_server_address(text).has_value()) << text;
  }
}

TEST(HttpClient, NobodyThereIsUnavailable) {
  HttpClient client({"127.0.0.1", "1", ""}, "");
  const auto answer =
      client.request("GET", "/livez", "", {}, [](const HttpAnswer&, std::string_view) { return ok(); });
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kUnavailable);
}

/// A server that follows a script: each letter is what it does to one request. 'a': answers and keeps the
/// connection; 'c': answers, then closes; 'x': closes without an answer.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::string script) : script_(std::move(script)) {
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() { thread_.join(); }
  ServerAddress address() { return {"127.0.0.1", std::to_string(acceptor_.local_endpoint().port()), ""}; }
  int requests() { return requests_; }
  /// Waits until the connection of the first 'c' is closed.
  void wait_until_closed() {
    while (closed_ == 0) std::this_thread::yield();
  }

 private:
  void serve() {
    std::size_t at = 0;
    while (at < script_.size()) {
      asio::ip::tcp::socket socket(io_);
      acceptor_.accept(socket);
      std::string bytes;
      for (bool open = true; open && at < script_.size();) {
        boost::system::error_code failed;
        const auto end = asio::read_until(socket, asio::dynamic_buffer(bytes), "\r\n\r\n{}", failed);
        if (failed) break;
        bytes.erase(0, end);
        ++requests_;
        const char step = script_[at++];
        if (step != 'x')
          asio::write(socket, asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")));
        open = step == 'a';
      }
      boost::system::error_code ignored;
      socket.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
      socket.close(ignored);
      ++closed_;
    }
  }

  const std::string script_;
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::make_address("127.0.0.1"), 0}};
  std::atomic<int> requests_{0};
  std::atomic<int> closed_{0};
  std::thread thread_;
};

Result<HttpAnswer> post(HttpClient& client) {
  return client.request("POST", "/", "{}", {}, [](const HttpAnswer&, std::string_view) { return ok(); });
}

TEST(HttpClient, APostWithoutAnAnswerIsNotSentAgain) {
  ScriptedServer server("axa");
  HttpClient client(server.address(), "");
  ASSERT_TRUE(post(client));
  const auto second = post(client);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kCommitUnknown) << second.error().message();
  EXPECT_TRUE(post(client));
  EXPECT_EQ(server.requests(), 3);
}

TEST(HttpClient, AConnectionThatTheServerClosedIsMadeAnew) {
  ScriptedServer server("ca");
  HttpClient client(server.address(), "");
  ASSERT_TRUE(post(client));
  server.wait_until_closed();
  EXPECT_TRUE(post(client));
  EXPECT_EQ(server.requests(), 2);
}

}  // namespace
}  // namespace lake::cli
