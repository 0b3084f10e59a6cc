#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"

/// The one way in which the HTTP door tells failures: a status, and the body
/// {"error":{"code","category","message","position","request_id"}}; position is a byte offset in the SQL
/// text, null when none.
namespace lake::http {

/// Status of an error code. Every code has one.
unsigned status_of(ErrorCode code);
/// What the client should do: "request" (change it), "retry" (repeat it), "limit" (ask for less or later),
/// "server" (tell whoever runs it), "corruption" (bytes are not what they were: send them again, or restore
/// them).
std::string_view category_of(ErrorCode code);
/// The inner object: {"code":...}.
std::string error_json(const Error& error, std::string_view request_id);
/// The same in one line of ASCII, its message cut where it is long: for a header field.
std::string error_field(const Error& error, std::string_view request_id);
/// The whole body.
std::string error_body(const Error& error, std::string_view request_id);

}  // namespace lake::http
