#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/ingest/source_files.hpp"
#include "lake/ingest/sql_text.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

enum class ImportMode : std::uint8_t {
  kCreate,   // the table must not exist
  kAppend,   // the table must exist; the file's columns must be among its columns, by name
  kReplace,  // what the table held is replaced, columns included
};

struct ImportRequest {
  std::vector<SourceFile> files;
  std::optional<TableName> table;  // absent: one table for each file, named after it, in `schema`
  std::string schema = "main";
  ImportMode mode = ImportMode::kCreate;
  bool strict = false;                    // one bad row fails its file
  std::uint64_t sample_rows = 20480;      // looked at to infer types; 0 = the whole file
  std::uint64_t rejects_shown_max = 100;  // per file, in the report, at least 1; all are counted
  std::function<bool()> given_up;         // asked while no statement runs; may be empty
};

/// A row that was left out.
struct RejectedRow {
  std::uint64_t line = 0;  // 1-based, in the (unpacked) file
  std::string column;      // may be empty
  std::string reason;
};

struct FileReport {
  std::string path;
  TableName table;
  std::uint64_t rows_read = 0;
  std::uint64_t rows_stored = 0;
  std::uint64_t rows_rejected = 0;
  std::vector<RejectedRow> rejected;  // in line order
  std::optional<Error> error;         // nothing of the file is stored
};

struct ImportReport {
  std::vector<FileReport> files;  // in the order of the request
  [[nodiscard]] bool all_stored() const;
};

/// Told before each file is verified, and again before it is read.
using FileBegun = std::function<void(const SourceFile& file, std::size_t index, std::size_t count)>;

/// Reads files into tables.
///
/// Atomic per file: a file is one transaction, with a row of ingest.run that says where its rows came from
/// (run_book.hpp), so it is in the lake whole (less its rejected rows, which are reported) or not at all; a
/// file that fails does not stop the ones after it. A cancelled import keeps the files done before. Damaged
/// compressed files and UTF-16 texts are refused before anything is read from them (source_bytes.hpp), and so
/// are empty files. Types: inferred by DuckDB's readers; several files of one table are inferred together, so
/// that a column gets a type all fit; those that cannot be read are left out. NDJSON lines that are no object
/// count for nothing in that. Rejected rows: CSV and TSV lines that do not fit; NDJSON lines that are no
/// object or hold a value, however deep, that does not fit (looked for only after a strict reading failed;
/// the report names its place, "a.b[2]"). JSON and Parquet files are whole or not. Errors (of the whole
/// request): kInvalidArgument (two files with one table name and no `table`), kCancelled; those of a file are
/// in its report.
Result<ImportReport> import_files(query::Session& session, os::FileSystem& files,
                                  const ImportRequest& request, const FileBegun& begun);

}  // namespace lake::ingest
