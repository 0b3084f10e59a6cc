#include <exception>
#include <string>

#include "lake/engine/errors.hpp"
#include "lake/tables/file_verifier.hpp"
#include "lake/tables/input_reader.hpp"

namespace lake::tables {
namespace {

bool may_be_the_file(duckdb::ExceptionType type) {
  switch (type) {
    case duckdb::ExceptionType::INTERRUPT:
    case duckdb::ExceptionType::OUT_OF_MEMORY:
    case duckdb::ExceptionType::PERMISSION:
    case duckdb::ExceptionType::FATAL:
      return false;
    default:
      return true;
  }
}

}  // namespace

void rethrow_read_error(const ScanSource& source, std::size_t input) {
  const auto failure = std::current_exception();
  duckdb::ErrorData error;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& exception) {
    error = duckdb::ErrorData(exception);
  } catch (...) {
    std::rethrow_exception(failure);
  }
  if (!source.is_file(input) || !may_be_the_file(error.Type())) std::rethrow_exception(failure);
  const catalog::DataFile& file = source.file(input);
  const std::string path = source.path(input);
  const std::string where = "table " + source.table_name();
  if (const Status found = compare_with_checksum(source.settings.files, path, file); !found) {
    const Error& reason = found.error();
    if (reason.code() == ErrorCode::kNotFound) {
      engine::throw_as_duckdb(Error(ErrorCode::kIo, "a data file is missing: " + path).with(where));
    }
    engine::throw_as_duckdb(reason.with(where));
  }
  if (error.Type() == duckdb::ExceptionType::IO) {
    engine::throw_as_duckdb(
        Error(ErrorCode::kIo, "a data file cannot be read: " + path + ": " + error.RawMessage()).with(where));
  }
  // The engine would take itself for broken and stop; the rest of the lake is not.
  if (error.Type() == duckdb::ExceptionType::INTERNAL ||
      error.Type() == duckdb::ExceptionType::SERIALIZATION) {
    engine::throw_as_duckdb(
        Error(ErrorCode::kCorruption, "a data file cannot be decoded: " + path + ": " + error.RawMessage())
            .with(where));
  }
  std::rethrow_exception(failure);
}

}  // namespace lake::tables
