#include "lake/engine/errors.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lake/engine/duckdb.hpp"

namespace lake::engine {
namespace {

// Keys of the extra information that an exception carries across DuckDB.
constexpr const char* kCodeKey = "lake_error_code";
constexpr const char* kPositionKey = "position";

std::optional<std::int64_t> number_in(const std::unordered_map<std::string, std::string>& info,
                                      const char* key) {
  const auto found = info.find(key);
  if (found == info.end()) return std::nullopt;
  std::int64_t value = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [place, problem] = std::from_chars(found->second.data(), end, value);
  if (problem != std::errc() || place != end) return std::nullopt;
  return value;
}

/// The reason a catalog error was raised. DuckDB says it in a field for some; the others that reach us are
/// lookups too (a missing schema, function, column), for what the lake's own catalog finds wrong carries its
/// code.
ErrorCode catalog_code(const std::unordered_map<std::string, std::string>& info, const std::string& message) {
  const auto subtype = info.find("error_subtype");
  if (subtype != info.end() && subtype->second == "ENTRY_ALREADY_EXISTS") return ErrorCode::kAlreadyExists;
  // a column given twice has no such field
  return message.ends_with(" already exists!") ? ErrorCode::kAlreadyExists : ErrorCode::kNotFound;
}

ErrorCode code_of(duckdb::ExceptionType type, const std::unordered_map<std::string, std::string>& info,
                  const std::string& message) {
  switch (type) {
    case duckdb::ExceptionType::TRANSACTION:
      // A lost race carries its own code; what DuckDB says itself is misuse (BEGIN twice, work in an aborted
      // transaction).
      return ErrorCode::kInvalidArgument;
    case duckdb::ExceptionType::INTERRUPT:
      return ErrorCode::kCancelled;
    case duckdb::ExceptionType::IO:
    case duckdb::ExceptionType::HTTP:
    case duckdb::ExceptionType::NETWORK:
      return ErrorCode::kIo;
    case duckdb::ExceptionType::OUT_OF_MEMORY:
      return ErrorCode::kResourceExhausted;
    case duckdb::ExceptionType::PERMISSION:
      return ErrorCode::kPermissionDenied;
    case duckdb::ExceptionType::CATALOG:
      return catalog_code(info, message);
    case duckdb::ExceptionType::NOT_IMPLEMENTED:
      return ErrorCode::kUnsupported;
    case duckdb::ExceptionType::CONNECTION:
    case duckdb::ExceptionType::FATAL:
      return ErrorCode::kUnavailable;
    case duckdb::ExceptionType::INTERNAL:
    case duckdb::ExceptionType::INVALID:
    case duckdb::ExceptionType::UNKNOWN_TYPE:
    case duckdb::ExceptionType::NULL_POINTER:
      return ErrorCode::kInternal;
    default:
      return ErrorCode::kInvalidArgument;
  }
}

duckdb::ExceptionType type_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return duckdb::ExceptionType::INVALID_INPUT;
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
      return duckdb::ExceptionType::CATALOG;
    case ErrorCode::kConflict:
      return duckdb::ExceptionType::TRANSACTION;
    case ErrorCode::kCommitUnknown:
    case ErrorCode::kCorruption:
    case ErrorCode::kIo:
      return duckdb::ExceptionType::IO;
    case ErrorCode::kUnavailable:
      return duckdb::ExceptionType::CONNECTION;
    case ErrorCode::kTimeout:
    case ErrorCode::kCancelled:
      return duckdb::ExceptionType::INTERRUPT;
    case ErrorCode::kPermissionDenied:
      return duckdb::ExceptionType::PERMISSION;
    case ErrorCode::kResourceExhausted:
      return duckdb::ExceptionType::OUT_OF_MEMORY;
    case ErrorCode::kUnsupported:
      return duckdb::ExceptionType::NOT_IMPLEMENTED;
    case ErrorCode::kInternal:
      return duckdb::ExceptionType::INVALID_INPUT;
  }
  return duckdb::ExceptionType::INVALID_INPUT;
}

bool names_extension(const std::string& message) {
  return message.find("installing and loading the ") != std::string::npos &&
         message.find("extension") != std::string::npos;
}

/// What DuckDB advises are settings of its own, which a user of the lake cannot change: the message with our
/// next step in their place.
std::string with_own_advice(const std::string& message) {
  constexpr std::string_view kTooDeep = "Max expression depth limit of ";
  constexpr std::string_view kMemoryAdvice = "\n\nPossible solutions:\n* Reducing the number of threads";
  if (message.starts_with(kTooDeep)) {
    const auto levels = message.substr(kTooDeep.size(), message.find(' ', kTooDeep.size()) - kTooDeep.size());
    return "the statement, with the types of its values, has more than " + levels +
           " levels inside each other; take steps over temporary tables, or keep deep values as JSON";
  }
  if (const auto advice = message.find(kMemoryAdvice); advice != std::string::npos) {
    return message.substr(0, advice) +
           "; ask for less at once, or start the lake with a higher --memory-limit";
  }
  if (names_extension(message)) {
    std::string reason = message.substr(0, message.find('\n'));
    if (reason.ends_with('.')) reason.pop_back();
    return reason + "; this program loads no extensions of the engine";
  }
  return message;
}

/// Foreign keys are refused by the binder, in words about keys that the lake does not have either.
bool is_foreign_key_refusal(const std::string& message) {
  return message.starts_with("Failed to create foreign key") || message.starts_with("Creating foreign keys");
}

}  // namespace

Error error_from(const duckdb::ErrorData& error) {
  const auto& info = error.ExtraInfo();
  ErrorCode code = code_of(error.Type(), info, error.RawMessage());
  if (const auto own = number_in(info, kCodeKey);
      own && *own >= 0 && *own <= std::int64_t{static_cast<int>(ErrorCode::kInternal)}) {
    code = static_cast<ErrorCode>(*own);
  }
  if (is_foreign_key_refusal(error.RawMessage())) {
    return {ErrorCode::kUnsupported,
            "lake tables have no FOREIGN KEY; leave REFERENCES out, and check with a query (SELECT ... WHERE "
            "NOT EXISTS ...)"};
  }
  const Error result(code, with_own_advice(error.RawMessage()));
  const auto position = number_in(info, kPositionKey);
  return position ? result.at(*position) : result;
}

bool invalidates_instance(const duckdb::ErrorData& error) {
  return error.Type() == duckdb::ExceptionType::FATAL || error.Type() == duckdb::ExceptionType::INTERNAL;
}

Status guarded(const std::function<void()>& call) {
  try {
    call();
    return ok();
  } catch (const std::exception& failure) {
    return error_from(duckdb::ErrorData(failure));
  } catch (...) {
    return Error(ErrorCode::kInternal, "the engine threw something that is not an exception");
  }
}

void throw_as_duckdb(const Error& error) {
  std::unordered_map<std::string, std::string> info;
  info[kCodeKey] = std::to_string(static_cast<int>(error.code()));
  if (error.position() >= 0) info[kPositionKey] = std::to_string(error.position());
  throw duckdb::Exception(info, type_of(error.code()), error.message());
}

}  // namespace lake::engine
