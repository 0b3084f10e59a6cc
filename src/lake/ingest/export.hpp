#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/ingest/sql_text.hpp"
#include "lake/os/file_system.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

/// Writes the rows of a query to a new file as Parquet.
using ParquetWriter = std::function<Status(const std::string& query, const std::string& path)>;

struct ExportRequest {
  std::string directory;          // absent or empty, in no lake; made with its parents
  std::vector<TableName> tables;  // empty = everything: tables, views, macros, types
  ParquetWriter write;            // absent: the session's engine writes the files, which it then has to see
  /// Writes the bytes of blobs below the directory, in the transaction of the tables; absent: none are
  /// written.
  std::function<Status(const std::string& directory)> write_blobs{};
};

struct ExportedTable {
  TableName table;
  std::string file;  // relative to the directory
  std::uint64_t row_count = 0;
  std::uint64_t bytes = 0;
};

struct ExportReport {
  std::vector<ExportedTable> tables;
  std::size_t object_count = 0;  // views, macros, types
};

using TableBegun = std::function<void(const TableName& table, std::size_t index, std::size_t count)>;

/// Writes current rows as plain Parquet, one file a table, with what makes them a database again elsewhere:
/// schema.sql (CREATE and COMMENT statements, in an order that works), load.sql (reads the files back, exact
/// types) and manifest.json. All tables are of one version. Files are synced; manifest.json is written last,
/// so an export without it is unfinished. Format: docs/formats/export.md. Errors: kAlreadyExists (the
/// directory holds something), kInvalidArgument (it lies in the data directory of a lake), kNotFound (a named
/// table), kCancelled, kIo; what was written stays and is not complete.
Result<ExportReport> export_tables(query::Session& session, os::FileSystem& files,
                                   const ExportRequest& request, const TableBegun& begun);

}  // namespace lake::ingest
