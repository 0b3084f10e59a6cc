#pragma once

#include <functional>

#include "lake/base/result.hpp"

namespace duckdb {
class ErrorData;
}

/// The border between exceptions and Results, in both directions; nothing else translates.
namespace lake::engine {

/// Translates what DuckDB reports. The code follows the exception type; a position in the SQL text is carried
/// over. An Error that crossed DuckDB by throw_as_duckdb keeps its own code.
Error error_from(const duckdb::ErrorData& error);

/// True when DuckDB has declared the whole instance unusable (FATAL, or INTERNAL that invalidates).
bool invalidates_instance(const duckdb::ErrorData& error);

/// Runs a call into DuckDB; what it throws becomes an Error.
Status guarded(const std::function<void()>& call);

/// Leaves one of our callbacks inside DuckDB's stack. Never becomes an InternalException or FatalException,
/// which would invalidate the instance: kInternal travels as an InvalidInputException with its code attached.
[[noreturn]] void throw_as_duckdb(const Error& error);

/// The value, or throws the error as DuckDB expects it.
template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw_as_duckdb(result.error());
  return std::move(*result);
}
inline void check_or_throw(const Status& status) {
  if (!status) throw_as_duckdb(status.error());
}

}  // namespace lake::engine
