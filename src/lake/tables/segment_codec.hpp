#pragma once

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

}  // namespace lake::tables
