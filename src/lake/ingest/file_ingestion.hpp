#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/ingest/checked_import.hpp"
#include "lake/ingest/content_format.hpp"
#include "lake/os/file_system.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

/// One file that is to become rows of a table.
struct FileIngestion {
  std::string path;         // where it lies
  std::string name;         // what people call it; tells the table when none is given
  std::string format_type;  // "csv", ...; empty: told by the bytes, and by the name when it is compressed
  std::string table;        // "t" or "s.t"; empty: after the name
  std::string schema_name;  // a rule set; empty: none
  std::string level;        // strict, lenient, audit; empty: that of the rule set
  TableMode mode = TableMode::kAppendOrCreate;
  std::string metadata;          // JSON text of the caller's, kept with the job
  std::uint64_t batch_size = 0;  // rows stored by one statement, at most; 0 = all
};

/// What a file may be at most; 0 = no bound.
struct IngestionBounds {
  std::uint64_t unpacked_bytes_max = 0;
  std::uint64_t records_max = 0;
};

/// Reads the members source_type, format_type, table, schema_name, level, mode ("append" | "create_or_append"
/// | "replace"), name, metadata, batch_size (a number or its text) of a JSON object. Errors:
/// kInvalidArgument, naming the member.
Result<FileIngestion> file_ingestion_of(std::string_view json);
/// The way back, for a process to come.
std::string text_of(const FileIngestion& file);

/// The file as the table readers take it. Errors: kInvalidArgument (the format cannot be told), kCorruption
/// (it does not begin as its format or its name says), kUnsupported (no table: the message says which import
/// takes it), those of reading.
Result<SourceFile> source_file_of(os::FileSystem& files, const FileIngestion& file);

/// Reads all of it before a row is stored. Errors: as verify_source_bytes() with whole text, which is given
/// `given_up`.
Status verify_ingestion(os::FileSystem& files, const SourceFile& source, const IngestionBounds& bounds,
                        const std::function<bool()>& given_up = {});

/// Brings one file into its table, with run_id making it happen once. A file that changed while it was read
/// is kUnavailable, and nothing of it is stored. `given_up`: asked while the file is read before that; the
/// session is cancelled by itself. Errors: as import_checked(), source_file_of() and verify_ingestion().
Result<CheckedImportReport> ingest_file(query::Session& session, os::FileSystem& files,
                                        const FileIngestion& file, const IngestionBounds& bounds,
                                        const std::string& run_id, bool from_door,
                                        const std::function<bool()>& given_up = {});

/// {"run_id", "source", "table", "records", "stored", "refused", "is_known", "schema": [columns of a table
/// that was made], "errors_url", "validation": {...}}
std::string text_of(const CheckedImportReport& report, const FileIngestion& file);

}  // namespace lake::ingest
