#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "lake/http/body_pipe.hpp"
#include "lake/http/door.hpp"
#include "lake/query/encode.hpp"

namespace lake::http {

/// What a client asks with POST /api/v1/query.
struct QueryRequest {
  std::string sql;
  query::Parameters parameters;
  query::Format format = query::Format::kJson;
  query::RequestOptions options;
  std::string session;  // X-Dplake-Session; empty = one of its own
};

/// Reads the body {"sql", "params", "format", "timeout_ms", "max_rows"} and, where it names no format, the
/// Accept header. `params` is an array (for $1, ?) or an object (for $name) of null, booleans, numbers and
/// texts; a number that would lose digits (an integer beyond 64 bits, a fraction beyond 17 digits) is refused
/// and must be given as text. Unknown members are refused. Errors:
/// kInvalidArgument.
Result<QueryRequest> parse_query_request(const Request& request);

/// The request's "timeout_ms", known before a worker has time for it. Bodies over kPeekBytesMax are not read
/// for it: they wait for their worker without their own limit.
std::optional<std::chrono::milliseconds> query_time_limit(const Request& request);
constexpr std::size_t kPeekBytesMax = 256U << 10U;

/// Runs it and streams the answer. A failure before the first bytes leave is an error envelope with its
/// status; later, JSON and NDJSON end with an "error" member and the other formats are cut (the chunked
/// stream does not end). To a request with "X-Dplake-Late-Error: trailer" the stream ends in every format,
/// with the error in the trailing field X-Dplake-Error.
void post_query(Door& door, const Request& request, RunningQuery& query, BodyPipe& pipe);

}  // namespace lake::http
