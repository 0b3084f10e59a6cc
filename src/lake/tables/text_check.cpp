#include "lake/tables/text_check.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "duckdb/common/type_visitor.hpp"
#include "duckdb/common/types/blob.hpp"
#include "lake/engine/errors.hpp"

namespace lake::tables {
namespace {

using duckdb::idx_t;
using duckdb::LogicalTypeId;
using duckdb::PhysicalType;
using duckdb::Vector;

std::uint64_t word_at(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

bool is_ascii(const duckdb::string_t& text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  const char* bytes = text.GetData();
  const std::size_t size = text.GetSize();
  std::uint64_t seen = 0;
  if (size >= kWord) {
    for (std::size_t at = 0; at + kWord < size; at += kWord) seen |= word_at(bytes + at);
    seen |= word_at(bytes + size - kWord);  // some bytes twice
  } else {
    for (std::size_t at = 0; at < size; ++at) seen |= static_cast<unsigned char>(bytes[at]);
  }
  return (seen & kHighBits) == 0;
}

[[noreturn]] void refuse(const std::string& column, const duckdb::string_t& text) {
  constexpr std::uint32_t kShownBytesMax = 100;
  const auto size = static_cast<std::uint32_t>(text.GetSize());
  const duckdb::string_t begin(text.GetData(), std::min(size, kShownBytesMax));
  engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument,
                                "a text for column " + column + " is not UTF-8: '" +
                                    duckdb::Blob::ToString(begin) + (size > kShownBytesMax ? "...'" : "'") +
                                    "; a column of type BLOB keeps bytes as they are"));
}

void check_strings(Vector& vector, idx_t count, const std::string& column) {
  if (vector.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR) count = std::min<idx_t>(count, 1);
  duckdb::UnifiedVectorFormat format;
  vector.ToUnifiedFormat(count, format);
  const auto* texts = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
  for (idx_t n = 0; n < count; ++n) {
    const auto row = format.sel->get_index(n);
    if (!format.validity.RowIsValid(row)) continue;
    const auto& text = texts[row];
    if (is_ascii(text)) continue;
    if (!duckdb::Value::StringIsValid(text.GetData(), text.GetSize())) refuse(column, text);
  }
}

void check_vector(Vector& vector, idx_t count, const std::string& column) {
  const auto& type = vector.GetType();
  if (type.id() == LogicalTypeId::VARCHAR) return check_strings(vector, count, column);
  if (count == 0 || !duckdb::TypeVisitor::Contains(type, LogicalTypeId::VARCHAR)) return;
  Vector flat(type, std::max<idx_t>(count, STANDARD_VECTOR_SIZE));
  duckdb::VectorOperations::Copy(vector, flat, count, 0, 0);
  switch (type.InternalType()) {
    case PhysicalType::STRUCT:
      for (auto& member : duckdb::StructVector::GetEntries(flat)) check_vector(*member, count, column);
      return;
    case PhysicalType::LIST:
      return check_vector(duckdb::ListVector::GetEntry(flat), duckdb::ListVector::GetListSize(flat), column);
    case PhysicalType::ARRAY:
      return check_vector(duckdb::ArrayVector::GetEntry(flat), count * duckdb::ArrayType::GetSize(type),
                          column);
    default:
      return;
  }
}

}  // namespace

void check_texts(const catalog::Schema& schema, duckdb::DataChunk& chunk) {
  for (std::size_t i = 0; i < std::min<std::size_t>(schema.fields.size(), chunk.ColumnCount()); ++i)
    check_vector(chunk.data[i], chunk.size(), schema.fields[i].name);
}

}  // namespace lake::tables
