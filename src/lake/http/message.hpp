#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/os/clock.hpp"

namespace lake::http {

class IncomingBody;

/// A request, freed from its transport.
struct Request {
  std::string method;
  std::string path;                               // decoded, without query
  std::map<std::string, std::string> query;       // decoded; the last of repeated names
  std::map<std::string, std::string> headers;     // names in lower case; repeated ones joined by ", "
  std::string body;                               // empty when it streams
  std::shared_ptr<IncomingBody> incoming;         // the body of a transfer route, never null there
  std::string id;                                 // of the request, in every answer as X-Request-Id
  std::map<std::string, std::string> path_parts;  // {name} of the route's pattern
  os::MonotonicTime received{};                   // when its header had come; time limits count from here

  [[nodiscard]] const std::string* header(const std::string& lower_case_name) const;
};

/// Splits and decodes a request target. Errors: kInvalidArgument.
Status parse_target(std::string_view target, Request& request);

using Headers = std::vector<std::pair<std::string, std::string>>;

/// An answer that is whole before it is sent, or the head of one that streams.
struct Answer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  Headers headers;
  /// Of the body, where it is known before it is there: a streamed body then goes without chunks, and the
  /// answer to a HEAD says it.
  std::optional<std::uint64_t> length{};
};

/// A failure, with the status where the code alone does not say it (401, 405, 413, 415).
struct Failure {
  Error error;
  unsigned status = 0;  // 0 = status_of(error.code())
  Headers headers;
};
Answer answer_of(const Failure& failure, const std::string& request_id);

}  // namespace lake::http
