#include <cstdint>
#include <string_view>

#include "lake/http/message.hpp"
#include "lake/http/query_route.hpp"

// Any request target, and any body of POST /api/v1/query: read or refused as kInvalidArgument.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  lake::http::Request request;
  if (const auto parsed = lake::http::parse_target(text, request);
      !parsed && parsed.error().code() != lake::ErrorCode::kInvalidArgument) {
    __builtin_trap();
  }
  const std::size_t line = text.find('\n');  // what stands before it is the Accept header
  lake::http::Request query;
  query.method = "POST";
  query.headers["content-type"] = "application/json";
  if (line != std::string_view::npos) query.headers["accept"] = text.substr(0, line);
  query.body = line == std::string_view::npos ? text : text.substr(line + 1);
  if (const auto parsed = lake::http::parse_query_request(query);
      !parsed && parsed.error().code() != lake::ErrorCode::kInvalidArgument) {
    __builtin_trap();
  }
  return 0;
}
