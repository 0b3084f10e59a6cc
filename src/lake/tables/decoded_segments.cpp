#include "lake/tables/decoded_segments.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "duckdb/storage/buffer_manager.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/segment_codec.hpp"

namespace lake::tables {
namespace {

using duckdb::ColumnDataCollection;

constexpr std::uint64_t kMergeChunks = 64;            // commits that gather before their rows are decoded
constexpr std::uint64_t kSpillableBytes = 1U << 20U;  // the engine's blocks are too large for less

struct Piece {
  std::uint32_t start = 0;
  std::uint32_t row_count = 0;
  std::int32_t schema_id = 0;
  std::vector<catalog::FieldId> field_ids;
  std::shared_ptr<ColumnDataCollection> rows;

  [[nodiscard]] bool same_columns(const Piece& other) const {
    return schema_id == other.schema_id && field_ids == other.field_ids &&
           rows->Types() == other.rows->Types();
  }
};

void append_all(ColumnDataCollection& target, const ColumnDataCollection& source) {
  duckdb::ColumnDataAppendState state;
  target.InitializeAppend(state);
  for (auto& chunk : source.Chunks()) target.Append(state, chunk);
}

std::shared_ptr<const catalog::Schema> schema_with(const catalog::Table& table, std::int32_t schema_id) {
  if (!table.schemas || schema_id == table.schema->schema_id) return table.schema;
  const auto found = table.schemas->find(schema_id);
  return found == table.schemas->end() ? table.schema : found->second;
}

}  // namespace

class DecodedSegments::Rows {
 public:
  Rows(duckdb::DatabaseInstance& database, telemetry::Gauge& decoded_bytes)
      : database_(database), decoded_bytes_(decoded_bytes) {}
  ~Rows() { decoded_bytes_.add(-static_cast<std::int64_t>(bytes_)); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  /// Decodes up to `row_count`.
  Status extend(const catalog::Segment& segment, std::uint32_t row_count) {
    const MutexLock lock(mutex_);
    return extend_locked(segment, row_count);
  }

  /// The same when enough commits have gathered, unless another thread is at it.
  /// Clang's analysis knows no lock that is only tried.
  Status extend_when_worth_it(const catalog::SegmentView& view)
      LAKE_THREAD_ATTRIBUTE(no_thread_safety_analysis) {
    const std::unique_lock<Mutex> lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock() || view.chunk_count < decoded_chunks_ + kMergeChunks) return ok();
    return extend_locked(*view.segment, view.row_count);
  }

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
    return bytes_;
  }

 private:
  Status extend_locked(const catalog::Segment& segment, std::uint32_t row_count) LAKE_REQUIRES(mutex_) {
    if (decoded_rows_ >= row_count) return ok();
    const auto chunks = segment.chunks(decoded_rows_, row_count);
    std::uint64_t encoded = 0;
    for (const auto& chunk : chunks) encoded += chunk.bytes ? chunk.bytes->size() : 0;
    LAKE_TRY(auto decoded,
             decode_chunks(chunks, [&](const auto& types) { return collection(types, encoded); }));
    std::vector<Piece> pieces = pieces_;
    LAKE_CHECK_OK(engine::guarded([&] {
      for (DecodedRows& rows : decoded) add(pieces, rows);
    }));
    pieces_ = std::move(pieces);
    decoded_rows_ = chunks.back().start + chunks.back().row_count;
    decoded_chunks_ += chunks.size();
    std::uint64_t bytes = 0;
    for (const Piece& piece : pieces_) bytes += piece.rows->AllocationSize();
    decoded_bytes_.add(static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(bytes_));
    bytes_ = bytes;
    return ok();
  }

  void add(std::vector<Piece>& pieces, DecodedRows& decoded) {
    Piece piece{decoded.start, decoded.row_count, decoded.schema_id, {}, std::move(decoded.rows)};
    for (const auto& field : decoded.fields) piece.field_ids.push_back(field.id);
    // The newest pieces that are not twice as large as what follows them become one with it, in one copy.
    std::size_t first = pieces.size();
    std::uint64_t total = piece.row_count;
    std::uint64_t bytes = piece.rows->AllocationSize();
    while (first > 0 && pieces[first - 1].same_columns(piece) && pieces[first - 1].row_count <= 2 * total) {
      --first;
      total += pieces[first].row_count;
      bytes += pieces[first].rows->AllocationSize();
    }
    if (first < pieces.size()) {
      auto rows = collection(piece.rows->Types(), bytes);
      for (std::size_t i = first; i < pieces.size(); ++i) append_all(*rows, *pieces[i].rows);
      append_all(*rows, *piece.rows);
      piece.start = pieces[first].start;
      piece.row_count = static_cast<std::uint32_t>(total);
      piece.rows = std::move(rows);
      pieces.resize(first);
    }
    pieces.push_back(std::move(piece));
  }

  /// Memory that the engine counts; where it is much, memory that the engine may spill.
  std::shared_ptr<ColumnDataCollection> collection(const duckdb::vector<duckdb::LogicalType>& types,
                                                   std::uint64_t bytes) {
    auto& manager = duckdb::BufferManager::GetBufferManager(database_);
    if (bytes < kSpillableBytes) {
      return std::make_shared<ColumnDataCollection>(duckdb::BufferAllocator::Get(database_), types);
    }
    return std::make_shared<ColumnDataCollection>(manager, types);
  }

  duckdb::DatabaseInstance& database_;
  telemetry::Gauge& decoded_bytes_;
  Mutex mutex_;
  std::vector<Piece> pieces_ LAKE_GUARDED_BY(mutex_);
  std::uint32_t decoded_rows_ LAKE_GUARDED_BY(mutex_) = 0;
  std::uint64_t decoded_chunks_ LAKE_GUARDED_BY(mutex_) = 0;
  std::uint64_t bytes_ LAKE_GUARDED_BY(mutex_) = 0;
};

DecodedSegments::DecodedSegments(duckdb::DatabaseInstance& database, telemetry::Metrics& metrics)
    : database_(database),
      decoded_bytes_(
          metrics.gauge("dplake_inline_decoded_bytes", "Memory of inline rows decoded for reading")) {}

DecodedSegments::~DecodedSegments() = default;

std::shared_ptr<DecodedSegments::Rows> DecodedSegments::rows_of(
    const std::shared_ptr<const catalog::Segment>& segment) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(segment.get());
  // An address may come back for another segment, so the entry must be alive.
  if (found != entries_.end() && found->second.segment.lock() == segment) return found->second.rows;
  sweep_locked();
  auto rows = std::make_shared<Rows>(database_, decoded_bytes_);
  entries_[segment.get()] = Entry{segment, rows};
  return rows;
}

void DecodedSegments::sweep_locked() {
  std::erase_if(entries_, [](const auto& entry) { return entry.second.segment.expired(); });
}

void DecodedSegments::sweep(std::uint64_t living) {
  const MutexLock lock(mutex_);
  if (entries_.size() > living) sweep_locked();
}

std::uint64_t DecodedSegments::bytes() const {
  const MutexLock lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [segment, entry] : entries_) sum += entry.rows->bytes();
  return sum;
}

std::vector<RowRunPtr> DecodedSegments::runs_of(const catalog::Table& table) {
  std::vector<RowRunPtr> runs;
  for (const catalog::SegmentView& view : table.segments) {
    const auto rows = rows_of(view.segment);
    if (const Status status = rows->extend(*view.segment, view.row_count); !status) {
      const std::string where = "table " + table.schema_name + "." + table.name + ", file id " +
                                std::to_string(view.segment->file_id);
      engine::throw_as_duckdb(status.error().with(where));
    }
    for (Piece& piece : rows->pieces(view.row_count)) {
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

void DecodedSegments::merge(const catalog::Table& table) noexcept {
  if (table.segments.empty()) return;
  const catalog::SegmentView& last = table.segments.back();  // the only one that grows
  if (last.chunk_count < kMergeChunks) return;
  try {
    ignore(rows_of(last.segment)->extend_when_worth_it(last), "the next read finds it again and says so");
  } catch (const std::exception&) {
    return;  // out of memory; the commit stands, so it must not fail for this
  }
}

}  // namespace lake::tables
