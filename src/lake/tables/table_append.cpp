#include "lake/tables/table_append.hpp"

#include "lake/engine/errors.hpp"
#include "lake/tables/field_types.hpp"
#include "lake/tables/text_check.hpp"

namespace lake::tables {
namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::PhysicalType;
using duckdb::Vector;

std::uint64_t bytes_in_vector(Vector& vector, idx_t count) {
  switch (vector.GetType().InternalType()) {
    case PhysicalType::VARCHAR: {
      duckdb::UnifiedVectorFormat format;
      vector.ToUnifiedFormat(count, format);
      const auto* texts = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
      std::uint64_t bytes = count;
      for (idx_t n = 0; n < count; ++n) {
        const auto row = format.sel->get_index(n);
        if (format.validity.RowIsValid(row)) bytes += texts[row].GetSize();
      }
      return bytes;
    }
    case PhysicalType::STRUCT:
    case PhysicalType::LIST:
    case PhysicalType::ARRAY:
      break;
    default:
      return count * duckdb::GetTypeIdSize(vector.GetType().InternalType());
  }
  Vector flat(vector.GetType(), std::max<idx_t>(count, STANDARD_VECTOR_SIZE));
  duckdb::VectorOperations::Copy(vector, flat, count, 0, 0);
  std::uint64_t bytes = 0;
  if (vector.GetType().InternalType() == PhysicalType::STRUCT) {
    for (auto& member : duckdb::StructVector::GetEntries(flat)) bytes += bytes_in_vector(*member, count);
  } else if (vector.GetType().InternalType() == PhysicalType::LIST) {
    bytes =
        count + bytes_in_vector(duckdb::ListVector::GetEntry(flat), duckdb::ListVector::GetListSize(flat));
  } else {
    bytes = bytes_in_vector(duckdb::ArrayVector::GetEntry(flat),
                            count * duckdb::ArrayType::GetSize(vector.GetType()));
  }
  return bytes;
}

}  // namespace

std::uint64_t bytes_in(duckdb::DataChunk& chunk) {
  std::uint64_t bytes = 0;
  for (auto& column : chunk.data) bytes += bytes_in_vector(column, chunk.size());
  return bytes;
}

TableAppend::Part::Part() = default;
TableAppend::Part::~Part() = default;

TableAppend::TableAppend(duckdb::ClientContext& context, Lake& lake, catalog::TablePtr table,
                         bool carries_row_ids, bool likely_sorted)
    : context_(context),
      lake_(lake),
      table_(std::move(table)),
      carries_row_ids_(carries_row_ids),
      likely_sorted_(likely_sorted) {
  types_ = engine::value_or_throw(types_of(*table_->schema));
  types_.insert(types_.end(), 2, LogicalType::BIGINT);
}

TableAppend::~TableAppend() = default;

std::unique_ptr<TableAppend::Part> TableAppend::part() { return std::unique_ptr<Part>(new Part()); }

void TableAppend::append(duckdb::ExecutionContext& context, Part& part, duckdb::DataChunk& chunk) {
  if (chunk.size() == 0) return;
  check_texts(*table_->schema, chunk);
  if (!streaming_.load(std::memory_order_acquire)) {
    const auto rows = row_count_ += chunk.size();
    const auto bytes = byte_count_ += bytes_in(chunk);
    if (rows <= lake_.options.inline_rows_max && bytes <= lake_.options.inline_bytes_max)
      return buffer(part, chunk);
    start_stream();
  } else {
    row_count_ += chunk.size();
  }
  drain(context, part);
  stream(context, part, chunk);
}

duckdb::DataChunk& TableAppend::widened(Part& part, duckdb::DataChunk& chunk) const {
  if (carries_row_ids_) return chunk;
  if (part.widened_.ColumnCount() == 0) part.widened_.InitializeEmpty(types_);
  for (std::size_t i = 0; i + 2 < types_.size(); ++i) part.widened_.data[i].Reference(chunk.data[i]);
  for (std::size_t i = types_.size() - 2; i < types_.size(); ++i)
    part.widened_.data[i].Reference(duckdb::Value(LogicalType::BIGINT));
  part.widened_.SetCardinality(chunk.size());
  return part.widened_;
}

void TableAppend::buffer(Part& part, duckdb::DataChunk& chunk) {
  // plain memory: at most inline_bytes_max of it, and it must outlive the statement
  if (part.buffer_ == nullptr) {
    part.buffer_ =
        std::make_shared<duckdb::ColumnDataCollection>(duckdb::Allocator::DefaultAllocator(), types_);
  }
  part.buffer_->Append(widened(part, chunk));
}

void TableAppend::start_stream() {
  const MutexLock lock(mutex_);
  if (streaming_.load(std::memory_order_relaxed)) return;
  files_ = std::make_unique<TableFiles>(context_, lake_, table_, carries_row_ids_, likely_sorted_);
  streaming_.store(true, std::memory_order_release);
}

void TableAppend::stream(duckdb::ExecutionContext& context, Part& part, duckdb::DataChunk& chunk) {
  if (part.rows_ == nullptr) part.rows_ = files_->rows(context);
  files_->append(context, *part.rows_, chunk);
}

void TableAppend::drain(duckdb::ExecutionContext& context, Part& part) {
  const auto buffer = std::exchange(part.buffer_, nullptr);
  if (buffer == nullptr) return;
  for (auto& chunk : buffer->Chunks()) {
    if (chunk.size() == 0) continue;
    if (carries_row_ids_) {
      stream(context, part, chunk);
      continue;
    }
    duckdb::DataChunk narrow;
    narrow.InitializeEmpty(duckdb::vector<LogicalType>(types_.begin(), types_.end() - 2));
    for (std::size_t i = 0; i + 2 < types_.size(); ++i) narrow.data[i].Reference(chunk.data[i]);
    narrow.SetCardinality(chunk.size());
    stream(context, part, narrow);
  }
}

void TableAppend::combine(duckdb::ExecutionContext& context, Part& part) {
  if (streaming_.load(std::memory_order_acquire)) drain(context, part);
  if (part.rows_ != nullptr) files_->combine(context, *part.rows_);
  if (part.buffer_ == nullptr) return;
  const MutexLock lock(mutex_);
  if (buffered_ == nullptr) {
    buffered_ = std::move(part.buffer_);
  } else {
    buffered_->Combine(*part.buffer_);
  }
}

std::uint64_t TableAppend::finish(LakeTransaction& transaction, const std::function<void()>& before) {
  std::shared_ptr<duckdb::ColumnDataCollection> rest;
  {
    const MutexLock lock(mutex_);
    rest = std::move(buffered_);
  }
  if (!streaming_) {
    before();
    if (rest != nullptr) transaction.add_rows(table_->table_id, std::move(rest));
    return row_count_;
  }
  duckdb::ThreadContext thread(context_);
  duckdb::ExecutionContext execution(context_, thread, nullptr);
  if (rest != nullptr) {  // of threads that ended before the others began to stream
    const auto last = part();
    last->buffer_ = std::move(rest);
    combine(execution, *last);
  }
  auto files = files_->finish(execution);
  const catalog::FileId first = files.empty() ? 0 : transaction.reserve_files(table_->table_id, files.size());
  before();
  for (std::size_t i = 0; i < files.size(); ++i) files[i].file_id = first + i;
  transaction.add_files(table_->table_id, std::move(files));
  return row_count_;
}

}  // namespace lake::tables
