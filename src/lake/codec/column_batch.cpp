#include "lake/codec/column_batch.hpp"

#include <algorithm>
#include <limits>

#include "lake/base/assert.hpp"

namespace lake::codec {
std::string_view sql_name_of(ColumnType type) {
  switch (type) {
    case ColumnType::kBool:
      return "BOOLEAN";
    case ColumnType::kInt16:
      return "SMALLINT";
    case ColumnType::kInt32:
      return "INTEGER";
    case ColumnType::kInt64:
      return "BIGINT";
    case ColumnType::kUint64:
      return "UBIGINT";
    case ColumnType::kFloat:
      return "FLOAT";
    case ColumnType::kDouble:
      return "DOUBLE";
    case ColumnType::kText:
      return "VARCHAR";
    case ColumnType::kJson:
      return "JSON";
    case ColumnType::kBytes:
      return "BLOB";
    case ColumnType::kTextList:
      return "VARCHAR[]";
  }
  return "";
}

std::size_t width_of(ColumnType type) {
  switch (type) {
    case ColumnType::kBool:
      return 1;
    case ColumnType::kInt16:
      return 2;
    case ColumnType::kInt32:
    case ColumnType::kFloat:
      return 4;
    case ColumnType::kInt64:
    case ColumnType::kUint64:
    case ColumnType::kDouble:
      return 8;
    default:
      return 0;
  }
}

bool fits(std::int64_t value, ColumnType type) {
  const auto within = [value]<class T>(T) {
    return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
  };
  switch (type) {
    case ColumnType::kBool:
      return value == 0 || value == 1;
    case ColumnType::kInt16:
      return within(std::int16_t{});
    case ColumnType::kInt32:
      return within(std::int32_t{});
    case ColumnType::kInt64:
      return true;
    case ColumnType::kUint64:
      return value >= 0;
    default:
      return false;
  }
}

std::int64_t BatchColumn::integer(std::size_t row) const {
  std::int64_t value = 0;
  std::memcpy(&value, fixed(row), width_);  // little-endian, as every machine we build for
  if (type_ == ColumnType::kInt16) return static_cast<std::int16_t>(value);
  if (type_ == ColumnType::kInt32) return static_cast<std::int32_t>(value);
  return value;
}

template <class Value>
void BatchColumn::append_fixed(Value value) {
  LAKE_ASSERT(sizeof value == width_);
  std::memcpy(fixed_.extend(sizeof value), &value, sizeof value);
  present_.push_back(1);
}
template void BatchColumn::append_fixed(std::uint64_t value);

void BatchColumn::append_bytes(std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(bytes_.extend(bytes.size()), bytes.data(), bytes.size());
  LAKE_ASSERT(bytes_.size() <= std::numeric_limits<std::uint32_t>::max());
}

void BatchColumn::add_nulls(std::size_t row_count) {
  LAKE_ASSERT(row_count > present_.size());  // else the row has its value already
  present_.resize(row_count);
  if (width_ > 0) {
    fixed_.resize(row_count * width_);
  } else {
    ends_.resize(row_count, ends_.empty() ? 0 : ends_.back());
  }
}

void BatchColumn::append_integer(std::int64_t value) {
  LAKE_ASSERT(fits(value, type_));
  switch (width_) {
    case 1:
      return append_fixed(static_cast<std::int8_t>(value));
    case 2:
      return append_fixed(static_cast<std::int16_t>(value));
    case 4:
      return append_fixed(static_cast<std::int32_t>(value));
    default:
      return append_fixed(value);
  }
}

void BatchColumn::append_real(double value) {
  if (type_ == ColumnType::kFloat) {
    append_fixed(static_cast<float>(value));
  } else {
    append_fixed(value);
  }
}

void BatchColumn::append_text(std::string_view text) {
  LAKE_ASSERT(width_ == 0 && type_ != ColumnType::kTextList);
  append_bytes(text);
  ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  present_.push_back(1);
}

void BatchColumn::append_texts(std::span<const std::string_view> texts) {
  LAKE_ASSERT(type_ == ColumnType::kTextList);
  for (const auto text : texts) {
    append_bytes(text);
    item_ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }
  ends_.push_back(static_cast<std::uint32_t>(item_ends_.size()));
  present_.push_back(1);
}

void BatchColumn::truncate(std::size_t row_count) {
  if (row_count >= present_.size()) return;
  present_.resize(row_count);
  if (width_ > 0) {
    fixed_.resize(row_count * width_);
    return;
  }
  ends_.resize(row_count);
  const std::size_t end = row_count == 0 ? 0 : ends_.back();
  if (type_ != ColumnType::kTextList) {
    bytes_.resize(end);
    return;
  }
  item_ends_.resize(end);
  bytes_.resize(end == 0 ? 0 : item_ends_.back());
}

void BatchColumn::append_key(std::size_t row, std::string& out) const {
  const bool null = is_null(row);
  out.push_back(null ? '\0' : '\1');
  if (null) return;
  const auto add_text = [&out](std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out.append(text);
  };
  if (width_ > 0) {
    out.append(reinterpret_cast<const char*>(fixed(row)), width_);
  } else if (type_ == ColumnType::kTextList) {
    const auto size = static_cast<std::uint32_t>(list_size(row));
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    for (std::size_t i = 0; i < size; ++i) add_text(list_text(row, i));
  } else {
    add_text(text(row));
  }
}

ColumnBatch::ColumnBatch(std::span<const ColumnType> types) {
  columns_.reserve(types.size());
  for (const auto type : types) columns_.emplace_back(type);
}

std::size_t ColumnBatch::bytes() const {
  std::size_t bytes = 0;
  for (const auto& column : columns_) bytes += column.bytes();
  return bytes;
}

void ColumnBatch::truncate(std::size_t row_count) {
  for (auto& column : columns_) column.truncate(row_count);
  row_count_ = std::min(row_count_, row_count);
}

}  // namespace lake::codec
