#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace lake {

/// The whole error vocabulary. A caller decides by code, never by message text.
enum class ErrorCode : std::uint8_t {
  kInvalidArgument,  // the caller's input is wrong; do not retry unchanged
  kNotFound,         // the named thing does not exist
  kAlreadyExists,    // the named thing exists
  kConflict,         // lost against a concurrent transaction; retry the transaction (SQLSTATE 40001)
  kCommitUnknown,  // may or may not have committed; ask the catalog, never retry blindly, never delete files
  kCorruption,     // stored bytes are not what was written; message names file, offset, found, expected
  kIo,             // the machine refused: disk full, permission, device error
  kUnavailable,    // not now: starting, draining, rebuilding; retry later
  kTimeout,        // the deadline passed
  kCancelled,      // the caller cancelled
  kPermissionDenied,   // not allowed
  kResourceExhausted,  // a configured bound is reached
  kUnsupported,        // understood, not built
  kInternal,           // a bug of ours
};

/// Stable lower-case name ("invalid_argument"), used in error envelopes, logs and tests.
std::string_view name_of(ErrorCode code);

/// True when the same request may succeed if repeated unchanged.
bool is_retryable(ErrorCode code);

/// What went wrong: a code, a sentence for people (fixed part first, run-time values last), an optional
/// position.
class Error {
 public:
  Error(ErrorCode code, std::string message, const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : message_(std::move(message)), file_(file), line_(line), code_(code) {}

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  /// Byte offset in the SQL text that the error points at, -1 when none.
  [[nodiscard]] std::int64_t position() const { return position_; }
  [[nodiscard]] const char* file() const { return file_; }
  [[nodiscard]] int line() const { return line_; }

  /// The same error with what was being done put in front.
  [[nodiscard]] Error with(std::string_view context) const {
    Error copy = *this;
    copy.message_ = std::string(context) + ": " + message_;
    return copy;
  }
  [[nodiscard]] Error at(std::int64_t position) const {
    Error copy = *this;
    copy.position_ = position;
    return copy;
  }

 private:
  std::string message_;
  const char* file_;
  int line_;
  std::int64_t position_ = -1;
  ErrorCode code_;
};

/// A value or an Error. Must be looked at.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  // NOLINTBEGIN(google-explicit-constructor): `return Error(...)` and `return value` are the point
  Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}
  Result(Error error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)
};

using Status = Result<void>;

inline Status ok() { return {}; }

/// Discards a failure on purpose; `why` makes the place greppable.
template <class T>
void ignore(const Result<T>& /*result*/, std::string_view /*why*/) {}

}  // namespace lake

// NOLINTBEGIN(bugprone-macro-parentheses): a declaration cannot stand in parentheses
#define LAKE_CONCAT_INNER(a, b) a##b
#define LAKE_CONCAT(a, b) LAKE_CONCAT_INNER(a, b)

/// LAKE_TRY(auto x, expression); binds the value or returns the error.
#define LAKE_TRY(declaration, expression) \
  LAKE_TRY_INNER(LAKE_CONCAT(lake_try_, __LINE__), declaration, expression)
#define LAKE_TRY_INNER(temporary, declaration, expression)            \
  auto temporary = (expression);                                      \
  if (!temporary) return ::lake::Error(std::move(temporary).error()); \
  declaration = std::move(*temporary)

/// LAKE_CHECK_OK(expression); returns the error of a Status, goes on otherwise.
#define LAKE_CHECK_OK(expression)                                                                            \
  do {                                                                                                       \
    if (auto lake_status = (expression); !lake_status) return ::lake::Error(std::move(lake_status).error()); \
  } while (false)
// NOLINTEND(bugprone-macro-parentheses)
