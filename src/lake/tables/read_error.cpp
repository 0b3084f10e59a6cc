#include <exception>
#include <string>
#include <vector>

#include "lake/codec/hash.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/input_reader.hpp"

namespace lake::tables {
namespace {

constexpr std::size_t kReadBytes = 1ULL << 20U;

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

/// Compares the file with what the catalog says of it. OK when it is whole.
Status examine(os::FileSystem& files, const std::string& path, const catalog::DataFile& file) {
  LAKE_TRY(const auto info, files.stat(path));
  if (info.bytes != file.bytes) {
    return Error(ErrorCode::kCorruption, "a data file has another size than the catalog says: " + path +
                                             ", found " + std::to_string(info.bytes) + " bytes, expected " +
                                             std::to_string(file.bytes));
  }
  if (file.checksum == 0) return ok();
  LAKE_TRY(const auto opened, files.open(path, os::OpenMode::kRead));
  codec::Xxh3Stream hash;
  std::vector<std::byte> buffer(kReadBytes);
  for (std::uint64_t offset = 0; offset < file.bytes;) {
    LAKE_TRY(const std::size_t count, opened->read_at(offset, buffer));
    if (count == 0) break;
    hash.update({reinterpret_cast<const char*>(buffer.data()), count});
    offset += count;
  }
  ignore(opened->close(), "only read");
  if (hash.digest() != file.checksum) {
    return Error(ErrorCode::kCorruption, "a data file's content is not what was written: " + path +
                                             ", found checksum " + std::to_string(hash.digest()) +
                                             ", expected " + std::to_string(file.checksum));
  }
  return ok();
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
  if (const Status found = examine(source.settings.files, path, file); !found) {
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
