#include "lake/codec/column_append.hpp"

#include <cstring>

#include "lake/base/assert.hpp"

namespace lake::codec {
namespace {

template <class Number>
Number number_at(const BatchColumn& column, std::size_t row) {
  Number value{};
  std::memcpy(&value, column.fixed(row), sizeof value);
  return value;
}

void append_value(BatchColumn& to, const BatchColumn& from, std::size_t row,
                  std::vector<std::string_view>& texts) {
  switch (from.type()) {
    case ColumnType::kBool:
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
      to.append_integer(from.integer(row));
      break;
    case ColumnType::kUint64:
      to.append_unsigned(number_at<std::uint64_t>(from, row));
      break;
    case ColumnType::kFloat:
      to.append_real(number_at<float>(from, row));
      break;
    case ColumnType::kDouble:
      to.append_real(number_at<double>(from, row));
      break;
    case ColumnType::kText:
    case ColumnType::kJson:
    case ColumnType::kBytes:
      to.append_text(from.text(row));
      break;
    case ColumnType::kTextList:
      texts.clear();
      for (std::size_t i = 0; i < from.list_size(row); ++i) texts.push_back(from.list_text(row, i));
      to.append_texts(texts);
      break;
  }
}

}  // namespace

void append_rows(ColumnBatch& to, const ColumnBatch& from) {
  LAKE_ASSERT(to.columns().size() == from.columns().size());
  const auto before = to.row_count();
  std::vector<std::string_view> texts;
  for (std::size_t i = 0; i < from.columns().size(); ++i) {
    const auto& column = from.columns()[i];
    if (column.row_count() == 0) continue;
    auto& into = to.column(i);
    for (std::size_t row = 0; row < column.row_count(); ++row) {
      if (column.is_null(row)) continue;
      into.pad(before + row);
      append_value(into, column, row, texts);
    }
  }
  for (std::size_t row = 0; row < from.row_count(); ++row) to.end_row();
}

}  // namespace lake::codec
