#include "lake/engine/duckdb.hpp"
#include "lake/query/session.hpp"

namespace lake::query {

RowBatch::RowBatch() : chunk_(std::make_unique<duckdb::DataChunk>()) {}
RowBatch::RowBatch(std::unique_ptr<duckdb::DataChunk> chunk, duckdb::ClientContext* context)
    : chunk_(std::move(chunk)), context_(context) {}
RowBatch::~RowBatch() = default;
RowBatch::RowBatch(RowBatch&&) noexcept = default;
RowBatch& RowBatch::operator=(RowBatch&&) noexcept = default;

std::uint64_t RowBatch::row_count() const { return chunk_->size(); }

std::size_t RowBatch::column_count() const { return chunk_->ColumnCount(); }

bool RowBatch::is_null(std::size_t column, std::uint64_t row) const {
  duckdb::UnifiedVectorFormat format;
  chunk_->data[column].ToUnifiedFormat(chunk_->size(), format);
  return !format.validity.RowIsValid(format.sel->get_index(row));
}

std::string RowBatch::text(std::size_t column, std::uint64_t row) const {
  const auto value = chunk_->GetValue(column, row);
  if (value.IsNull()) return {};
  if (context_ == nullptr) return value.ToString();
  return value.CastAs(*context_, duckdb::LogicalType::VARCHAR).ToString();
}

}  // namespace lake::query
