#pragma once

#include <cstdint>
#include <string>

#include "lake/base/result.hpp"
#include "lake/catalog/commit.hpp"
#include "lake/catalog/lake_change.hpp"
#include "lake/catalog/sqlite_connection.hpp"

namespace lake::catalog {

/// Keys of rows that belong to a table and a file, a table and a column list, a segment and a position.
/// Format: docs/formats/catalog.md, "keys".
inline constexpr unsigned kFileIdBits = 35;
inline constexpr unsigned kSchemaIdBits = 31;
inline constexpr unsigned kPositionBits = 28;
inline std::uint64_t file_key(TableId table, FileId file) { return table << kFileIdBits | file; }
inline TableId table_of_file_key(std::uint64_t key) { return key >> kFileIdBits; }
inline FileId file_of_file_key(std::uint64_t key) { return key & ((std::uint64_t{1} << kFileIdBits) - 1); }
inline std::uint64_t columns_key(TableId table, std::int32_t schema_id) {
  return table << kSchemaIdBits | static_cast<std::uint32_t>(schema_id);
}
inline std::uint64_t chunk_key(std::uint64_t segment_no, std::uint32_t start) {
  return segment_no << kPositionBits | start;
}

/// Checksum of a stored blob: XXH3-64.
std::uint64_t blob_checksum(std::string_view bytes);

/// Writes the rows of one accepted commit into the open transaction.
/// Errors: those of SqliteConnection; the transaction must then be rolled back.
Status write_change(SqliteConnection& connection, const LakeChange& change, const CommitRequest& request);

/// Reads path, row_count, bytes, footer_bytes, checksum, schema_id, spec_id, order_id, partition,
/// first_row_id and carries_row_ids from eleven columns of a data_files row, `column` being the first.
/// Errors: kCorruption.
Status read_file_row(const Rows& rows, int column, DataFile& file);

/// Replaces the statistics of one file.
Status write_stats(SqliteConnection& connection, TableId table, FileId file, const FileStats& stats);

}  // namespace lake::catalog
