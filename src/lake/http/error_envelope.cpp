#include "lake/http/error_envelope.hpp"

#include <nlohmann/json.hpp>

namespace lake::http {

namespace {

struct Row {
  unsigned status;
  std::string_view category;
};

Row row_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return {400, "request"};
    case ErrorCode::kNotFound:
      return {404, "request"};
    case ErrorCode::kAlreadyExists:
      return {409, "request"};
    case ErrorCode::kConflict:
      return {409, "retry"};
    case ErrorCode::kCommitUnknown:
      return {500, "server"};
    case ErrorCode::kCorruption:
      return {500, "corruption"};
    case ErrorCode::kIo:
      return {500, "server"};
    case ErrorCode::kUnavailable:
      return {503, "retry"};
    case ErrorCode::kTimeout:
      return {504, "limit"};
    case ErrorCode::kCancelled:
      return {499, "request"};
    case ErrorCode::kPermissionDenied:
      return {403, "request"};
    case ErrorCode::kResourceExhausted:
      return {429, "limit"};
    case ErrorCode::kUnsupported:
      return {501, "request"};
    case ErrorCode::kInternal:
      return {500, "server"};
  }
  return {0, ""};
}

}  // namespace

unsigned status_of(ErrorCode code) { return row_of(code).status; }

std::string_view category_of(ErrorCode code) { return row_of(code).category; }

std::string error_field(const Error& error, std::string_view request_id) {
  constexpr std::size_t kMessageBytesMax = 2000;
  Error cut = error;
  if (cut.message().size() > kMessageBytesMax) {
    cut = Error(error.code(), error.message().substr(0, kMessageBytesMax) + " ...");
    if (error.position() >= 0) cut = cut.at(error.position());
  }
  const auto body = nlohmann::ordered_json::parse(error_json(cut, request_id));
  return body.dump(-1, ' ', true);
}

std::string error_json(const Error& error, std::string_view request_id) {
  nlohmann::ordered_json body;
  body["code"] = name_of(error.code());
  body["category"] = category_of(error.code());
  body["message"] = error.message();
  body["position"] =
      error.position() < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(error.position());
  body["request_id"] = request_id;
  // Messages may quote bytes of a damaged file, which need not be UTF-8.
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string error_body(const Error& error, std::string_view request_id) {
  return "{\"error\":" + error_json(error, request_id) + "}\n";
}

}  // namespace lake::http
