#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "lake/engine/errors.hpp"
#include "lake/tables/scan.hpp"
#include "lake/tables/segment_codec.hpp"

namespace lake::tables {
namespace {

using duckdb::ColumnDataCollection;

/// Decoded rows of one segment as a few pieces, the older the larger: a piece is merged with the one before
/// it as long as that is not twice its size, so a row is copied at most log2(rows) times and a scan meets at
/// most that many pieces.
class DecodedSegment {
 public:
  struct Piece {
    std::uint32_t start = 0;
    std::uint32_t row_count = 0;
    std::int32_t schema_id = 0;
    std::vector<catalog::FieldId> field_ids;
    std::shared_ptr<ColumnDataCollection> rows;
  };

  Status extend(const catalog::Segment& segment, std::uint32_t row_count);
  /// The pieces that begin below `row_count`.
  std::vector<Piece> pieces(std::uint32_t row_count) {
    const MutexLock lock(mutex_);
    std::vector<Piece> result;
    for (const Piece& piece : pieces_) {
      if (piece.start < row_count) result.push_back(piece);
    }
    return result;
  }
  std::uint64_t bytes() {
    const MutexLock lock(mutex_);
    std::uint64_t sum = 0;
    for (const Piece& piece : pieces_) sum += piece.rows->AllocationSize();
    return sum;
  }

 private:
  Mutex mutex_;
  std::vector<Piece> pieces_ LAKE_GUARDED_BY(mutex_);
  std::uint32_t decoded_rows_ LAKE_GUARDED_BY(mutex_) = 0;
};

void append_all(ColumnDataCollection& target, const ColumnDataCollection& source) {
  duckdb::ColumnDataAppendState state;
  target.InitializeAppend(state);
  for (auto& chunk : source.Chunks()) target.Append(state, chunk);
}

DecodedSegment::Piece merged(const DecodedSegment::Piece& left, const DecodedSegment::Piece& right) {
  DecodedSegment::Piece result = left;
  result.row_count += right.row_count;
  result.rows =
      std::make_shared<ColumnDataCollection>(duckdb::Allocator::DefaultAllocator(), left.rows->Types());
  append_all(*result.rows, *left.rows);
  append_all(*result.rows, *right.rows);
  return result;
}

Status DecodedSegment::extend(const catalog::Segment& segment, std::uint32_t row_count) {
  const MutexLock lock(mutex_);
  if (decoded_rows_ >= row_count) return ok();
  std::vector<Piece> fresh;
  for (const catalog::SegmentChunk& chunk : segment.chunks(decoded_rows_, row_count)) {
    std::vector<catalog::FieldId> field_ids;
    LAKE_TRY(auto rows, decode_rows(chunk, field_ids));
    if (rows->Count() != chunk.row_count) {
      return Error(ErrorCode::kCorruption,
                   "an inline segment holds another number of rows than the catalog says: file " +
                       std::to_string(segment.file_id) + ", position " + std::to_string(chunk.start));
    }
    if (!fresh.empty() && fresh.back().schema_id == chunk.schema_id && fresh.back().field_ids == field_ids) {
      append_all(*fresh.back().rows, *rows);
      fresh.back().row_count += chunk.row_count;
    } else {
      fresh.push_back(
          Piece{chunk.start, chunk.row_count, chunk.schema_id, std::move(field_ids), std::move(rows)});
    }
  }
  for (Piece& piece : fresh) {
    decoded_rows_ = piece.start + piece.row_count;
    while (!pieces_.empty() && pieces_.back().schema_id == piece.schema_id &&
           pieces_.back().field_ids == piece.field_ids && pieces_.back().row_count <= 2 * piece.row_count) {
      piece = merged(pieces_.back(), piece);
      pieces_.pop_back();
    }
    pieces_.push_back(std::move(piece));
  }
  return ok();
}

std::shared_ptr<DecodedSegment> decoded_of(const catalog::Segment& segment) {
  const MutexLock lock(segment.decoded_mutex);
  if (!segment.decoded) segment.decoded = std::make_shared<DecodedSegment>();
  return std::static_pointer_cast<DecodedSegment>(segment.decoded);
}

std::shared_ptr<const catalog::Schema> schema_with(const catalog::Table& table, std::int32_t schema_id) {
  if (!table.schemas || schema_id == table.schema->schema_id) return table.schema;
  const auto found = table.schemas->find(schema_id);
  return found == table.schemas->end() ? table.schema : found->second;
}

}  // namespace

std::vector<RowRunPtr> runs_of(const catalog::Table& table) {
  std::vector<RowRunPtr> runs;
  for (const catalog::SegmentView& view : table.segments) {
    const auto decoded = decoded_of(*view.segment);
    if (const Status status = decoded->extend(*view.segment, view.row_count); !status) {
      engine::throw_as_duckdb(status.error().with("table " + table.schema_name + "." + table.name));
    }
    for (auto& piece : decoded->pieces(view.row_count)) {
      auto run = std::make_shared<RowRun>();
      run->file_id = view.segment->file_id;
      run->start = piece.start;
      run->schema = schema_with(table, piece.schema_id);
      run->visible_rows = std::min(piece.row_count, view.row_count - piece.start);
      run->field_ids = std::move(piece.field_ids);
      run->rows = std::move(piece.rows);
      runs.push_back(std::move(run));
    }
  }
  return runs;
}

std::uint64_t decoded_bytes(const catalog::Table& table) {
  std::uint64_t sum = 0;
  for (const catalog::SegmentView& view : table.segments) sum += decoded_of(*view.segment)->bytes();
  return sum;
}

}  // namespace lake::tables
