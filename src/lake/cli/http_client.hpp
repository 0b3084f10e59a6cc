#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"

namespace lake::cli {

/// Where a server is: "http://host:port", perhaps with "#token=..." as the server prints it.
struct ServerAddress {
  std::string host;
  std::string port;
  std::string token;  // empty = not in the address
};
/// Errors: kInvalidArgument (not an address; https is not built).
Result<ServerAddress> parse_server_address(const std::string& text);

struct HttpAnswer {
  unsigned status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
};

/// What an answer's body of errors says; kUnavailable when it is none of a dplake.
Error error_of(unsigned status, const std::string& body);

/// One connection to a server at a time, kept open between requests. Threads: request() from one, abort()
/// from any.
class HttpClient {
 public:
  HttpClient(ServerAddress address, std::string token);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  using BodySink = std::function<Status(const HttpAnswer& answer, std::string_view bytes)>;
  /// Sends a request, once, and hands its body to `sink` as it comes. It is sent again only when not a byte
  /// of it had left. Errors: kUnavailable (nobody answers there, the connection broke), kCommitUnknown (a
  /// POST was sent and no answer came), kCancelled (abort), those of the sink.
  Result<HttpAnswer> request(const std::string& method, const std::string& target, const std::string& body,
                             const std::map<std::string, std::string>& headers, const BodySink& sink);
  /// Ends the running request; the server sees the client go away.
  void abort();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lake::cli
