#include "lake/cli/http_client.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cctype>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>

#include "lake/base/mutex.hpp"

namespace lake::cli {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::size_t kPieceBytes = 64UL << 10U;
constexpr std::uint32_t kHeaderBytesMax = 64U << 10U;

ErrorCode code_named(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    if (name_of(static_cast<ErrorCode>(i)) == name) return static_cast<ErrorCode>(i);
  }
  return ErrorCode::kInternal;
}

}  // namespace

Error error_of(unsigned status, const std::string& body) {
  const auto document = nlohmann::json::parse(body, nullptr, false);
  if (document.is_object() && document.contains("error") && document["error"].is_object()) {
    const auto& error = document["error"];
    const Error told(code_named(error.value("code", "")), error.value("message", ""));
    return error.contains("position") && error["position"].is_number_integer()
               ? told.at(error["position"].get<std::int64_t>())
               : told;
  }
  return {ErrorCode::kUnavailable,
          "the server answered with status " + std::to_string(status) + ", which is none of a dplake"};
}

Result<ServerAddress> parse_server_address(const std::string& text) {
  const auto wrong = [&](const std::string& why) {
    return Error(ErrorCode::kInvalidArgument, "not a server address (http://host:port): " + text + why);
  };
  std::string rest = text;
  if (rest.starts_with("https://")) return wrong(" (TLS is not built; use a tunnel)");
  if (rest.starts_with("http://")) rest.erase(0, 7);
  ServerAddress address;
  for (const std::string mark : {"#token=", "?token="}) {
    const std::size_t at = rest.find(mark);
    if (at == std::string::npos) continue;
    address.token = rest.substr(at + mark.size());
    rest.resize(at);
  }
  while (rest.ends_with('/')) rest.pop_back();
  if (rest.find('/') != std::string::npos || rest.empty()) return wrong("");
  const std::size_t colon = rest.rfind(':');
  const bool has_port = colon != std::string::npos && rest.find(']', colon) == std::string::npos;
  address.host = has_port ? rest.substr(0, colon) : rest;
  address.port = has_port ? rest.substr(colon + 1) : "8080";
  if (address.host.starts_with('[') && address.host.ends_with(']'))
    address.host = address.host.substr(1, address.host.size() - 2);
  if (address.host.empty() || address.port.empty()) return wrong("");
  for (const char c : address.port) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) return wrong("");
  }
  return address;
}

struct HttpClient::State {
  ServerAddress address;
  std::string token;
  asio::io_context context{1};
  std::atomic<bool> aborted{false};
  // abort() may shut the socket down while request() reads; making and closing it is guarded.
  Mutex mutex;
  std::optional<tcp::socket> socket LAKE_GUARDED_BY(mutex);

  [[nodiscard]] Error unreachable(const std::string& what) const {
    return {ErrorCode::kUnavailable,
            "no answer from http://" + address.host + ":" + address.port + ": " + what};
  }

  Status connect() {
    boost::system::error_code failed;
    tcp::resolver resolver(context);
    const auto endpoints = resolver.resolve(address.host, address.port, failed);
    if (failed) return unreachable(failed.message());
    tcp::socket made(context);
    asio::connect(made, endpoints, failed);
    if (failed) return unreachable(failed.message());
    made.set_option(tcp::no_delay(true), failed);
    const MutexLock lock(mutex);
    socket.emplace(std::move(made));
    return ok();
  }

  void disconnect() {
    const MutexLock lock(mutex);
    if (!socket) return;
    boost::system::error_code ignored;
    socket->shutdown(tcp::socket::shutdown_both, ignored);
    socket->close(ignored);
    socket.reset();
  }

  /// Drops a kept connection that the server has closed meanwhile, before anything is sent on it.
  void drop_if_closed() {
    const MutexLock lock(mutex);
    if (!socket) return;
    char byte = 0;
    // Between two answers there is nothing to read: bytes, an end or an error all mean that it is over.
    const auto count = ::recv(socket->native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    boost::system::error_code ignored;
    socket->close(ignored);
    socket.reset();
  }

  tcp::socket* connected() {
    const MutexLock lock(mutex);
    return socket ? &*socket : nullptr;
  }
};

HttpClient::HttpClient(ServerAddress address, std::string token) : state_(std::make_unique<State>()) {
  state_->address = std::move(address);
  state_->token = std::move(token);
}

HttpClient::~HttpClient() { state_->disconnect(); }

void HttpClient::abort() {
  state_->aborted = true;
  const MutexLock lock(state_->mutex);
  if (!state_->socket) return;
  boost::system::error_code ignored;
  state_->socket->shutdown(tcp::socket::shutdown_both, ignored);
}

namespace {

http::request<http::string_body> make_request(const ServerAddress& address, const std::string& token,
                                              const std::string& method, const std::string& target,
                                              const std::string& body,
                                              const std::map<std::string, std::string>& headers) {
  http::request<http::string_body> request;
  request.method_string(method);
  request.target(target);
  request.version(11);
  const bool is_v6 = address.host.find(':') != std::string::npos;
  request.set(http::field::host, (is_v6 ? "[" + address.host + "]" : address.host) + ":" + address.port);
  if (!token.empty()) request.set(http::field::authorization, "Bearer " + token);
  request.set(http::field::user_agent, "dplake");
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  for (const auto& [name, value] : headers) request.set(name, value);
  request.body() = body;
  request.prepare_payload();
  return request;
}

HttpAnswer head_of(const http::response<http::buffer_body>& message) {
  HttpAnswer answer;
  answer.status = message.result_int();
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    answer.headers[name] = std::string(field.value());
  }
  return answer;
}

}  // namespace

Result<HttpAnswer> HttpClient::request(const std::string& method, const std::string& target,
                                       const std::string& body,
                                       const std::map<std::string, std::string>& headers,
                                       const BodySink& sink) {
  state_->aborted = false;
  const auto message = make_request(state_->address, state_->token, method, target, body, headers);
  boost::system::error_code failed;
  boost::beast::flat_buffer buffer;
  state_->drop_if_closed();
  std::size_t sent = 0;
  // Only what has not left is sent again: the server may have done what it was asked before it went.
  for (const bool again : {false, true}) {
    const bool kept = state_->connected() != nullptr;
    if (!kept) LAKE_CHECK_OK(state_->connect());
    sent = http::write(*state_->connected(), message, failed);
    if (!failed || sent > 0 || !kept || again || state_->aborted) break;
    state_->disconnect();
  }
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(boost::none);
  parser.header_limit(kHeaderBytesMax);
  if (!failed) http::read_header(*state_->connected(), buffer, parser, failed);
  const auto broken = [&]() -> Error {
    state_->disconnect();
    if (state_->aborted) return {ErrorCode::kCancelled, "cancelled"};
    return state_->unreachable(failed.message());
  };
  if (failed && sent > 0 && method == "POST" && !state_->aborted) {
    state_->disconnect();
    return Error(ErrorCode::kCommitUnknown,
                 state_->unreachable(failed.message()).message() +
                     "; the request may have been carried out, look before repeating it");
  }
  if (failed) return broken();
  const HttpAnswer answer = head_of(parser.get());
  std::array<char, kPieceBytes> piece{};
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    http::read(*state_->connected(), buffer, parser, failed);
    if (failed && failed != http::error::need_buffer) return broken();
    failed = {};
    const std::size_t count = piece.size() - parser.get().body().size;
    if (const auto status = sink(answer, std::string_view(piece.data(), count)); !status) {
      state_->disconnect();
      return status.error();
    }
  }
  if (!parser.keep_alive()) state_->disconnect();
  return head_of(parser.get());  // with the fields that followed the body
}

}  // namespace lake::cli
