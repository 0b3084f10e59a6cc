#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/catalog/commit.hpp"
#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// The columnar block of an inline segment: rows of any engine type, nested too, with their field ids.
/// Format: docs/formats/inline_segment.md. The catalog keeps a checksum of the bytes beside them.
/// Threads: pure functions.

/// Nesting depth of a type that a block can hold; CREATE TABLE refuses deeper ones.
inline constexpr std::size_t kSegmentDepthMax = 32;

/// Encodes rows as LakeTransaction::add_rows takes them: one column for each field of `schema` in order, then
/// _row_id and _last_updated_sequence_number (BIGINT, NULL = fresh). At most 2^28 rows. Throws engine
/// exceptions (out of memory); no other failure for rows that fit the schema.
catalog::SegmentAppend encode_rows(const duckdb::ColumnDataCollection& rows, const catalog::Schema& schema);

/// Decodes a chunk. The collection has one column for each of `field_ids` (top level, in the order of the
/// schema the rows were written with), the last two being kRowIdField and kLastUpdatedSequenceField with no
/// NULL: a fresh row n has chunk.first_row_id + n and chunk.begin. Types are those the rows were written
/// with, except that ENUM comes back as VARCHAR (as from a Parquet file). Bounds: allocates at most about 128
/// times the bytes of the block. Errors: kCorruption for anything that encode_rows did not write,
/// kResourceExhausted when memory is short. Never throws.
Result<std::shared_ptr<duckdb::ColumnDataCollection>> decode_rows(const catalog::SegmentChunk& chunk,
                                                                  std::vector<catalog::FieldId>& field_ids);

/// The same, with the names and nested field ids as written; `type` of a leaf is left empty. For rows older
/// than a change of a nested column.
Result<std::shared_ptr<duckdb::ColumnDataCollection>> decode_rows(const catalog::SegmentChunk& chunk,
                                                                  std::vector<catalog::Field>& fields);

/// Rows of chunks that follow each other and have the same columns.
struct DecodedRows {
  std::uint32_t start = 0;  // position of the first
  std::uint32_t row_count = 0;
  std::int32_t schema_id = 0;
  std::vector<catalog::Field> fields;  // as the second decode_rows() gives them
  std::shared_ptr<duckdb::ColumnDataCollection> rows;
};
/// An empty collection of such columns, in whatever memory the caller wants the rows.
using MakeRows =
    std::function<std::shared_ptr<duckdb::ColumnDataCollection>(const duckdb::vector<duckdb::LogicalType>&)>;

/// Decodes chunks that follow each other in one segment: as few collections as their columns allow, each with
/// rows as decode_rows() gives them. Made for very many chunks of very few rows: columns are understood once,
/// rows are gathered into batches. Errors: as decode_rows(), and then nothing is decoded.
Result<std::vector<DecodedRows>> decode_chunks(const std::vector<catalog::SegmentChunk>& chunks,
                                               const MakeRows& make);

}  // namespace lake::tables
