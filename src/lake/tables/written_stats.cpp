#include "lake/tables/written_stats.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "lake/codec/bounds.hpp"
#include "lake/tables/decimal_value.hpp"
#include "lake/tables/storage_types.hpp"

namespace lake::tables {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Value;
using Entries = duckdb::case_insensitive_map_t<Value>;

std::string quoted(const std::string& name) { return duckdb::KeywordHelper::WriteQuoted(name, '"'); }

void add_leaves(const catalog::Field& field, const LogicalType& type, const std::string& path, bool top_level,
                WrittenColumns& columns) {
  const auto child = [&](std::size_t index, const std::string& name, const LogicalType& child_type) {
    if (index < field.children.size()) {
      add_leaves(field.children[index], child_type, path + "." + quoted(name), false, columns);
    }
  };
  switch (type.id()) {
    case LogicalTypeId::STRUCT:
    case LogicalTypeId::UNION: {
      const auto& members = duckdb::StructType::GetChildTypes(type);
      for (std::size_t i = 0; i < members.size(); ++i) {
        if (i < field.children.size()) child(i, field.children[i].name, members[i].second);
      }
      return;
    }
    case LogicalTypeId::LIST:
      return child(0, "element", duckdb::ListType::GetChildType(type));
    case LogicalTypeId::ARRAY:
      return child(0, "element", duckdb::ArrayType::GetChildType(type));
    case LogicalTypeId::MAP:
      child(0, "key", duckdb::MapType::KeyType(type));
      return child(1, "value", duckdb::MapType::ValueType(type));
    default:
      columns[duckdb::StringUtil::Lower(path)] = WrittenColumn{field.id, type, storage_type(type), top_level};
  }
}

const Value* find(const Entries& entries, const char* name) {
  const auto found = entries.find(name);
  return found == entries.end() || found->second.IsNull() ? nullptr : &found->second;
}

std::int64_t count_of(const Entries& entries, const char* name) {
  const Value* value = find(entries, name);
  Value number;
  if (value == nullptr || !value->DefaultTryCastAs(LogicalType::BIGINT, number, nullptr)) return -1;
  return number.GetValue<std::int64_t>();
}

std::string unhex(const std::string& text) {
  std::string bytes;
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); };
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<char>((digit(text[i]) << 4U) | digit(text[i + 1])));
  }
  return bytes;
}

/// The bound that a value of the stored type is, for a column of `type`; `upper` tells which way to round.
std::optional<std::string> bound_of(const Value& stored, const LogicalType& type, bool upper) {
  switch (type.id()) {
    case LogicalTypeId::VARCHAR: {
      const std::string& text = duckdb::StringValue::Get(stored);
      return upper ? codec::upper_bound_text(text) : std::optional(codec::lower_bound_text(text));
    }
    case LogicalTypeId::BLOB:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UHUGEINT:
    case LogicalTypeId::BIT:
    case LogicalTypeId::BIGNUM: {
      const std::string& bytes = duckdb::StringValue::Get(stored);
      return upper ? codec::upper_bound_binary(bytes) : std::optional(codec::lower_bound_binary(bytes));
    }
    case LogicalTypeId::INTERVAL:  // byte order is not value order
    case LogicalTypeId::TIME_TZ:
      return std::nullopt;
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
      break;
    default:
      return single_value(stored);
  }
  const double number = stored.GetValue<double>();
  if (std::isnan(number)) return std::nullopt;
  const double bound = upper ? codec::upper_bound_double(number) : codec::lower_bound_double(number);
  return type.id() == LogicalTypeId::FLOAT ? codec::encode_float(static_cast<float>(bound))
                                           : codec::encode_double(bound);
}

/// The same from the writer's text of it.
std::optional<std::string> bound_of_text(const Value* text, const WrittenColumn& column, bool upper) {
  if (text == nullptr) return std::nullopt;
  const std::string written = text->ToString();
  if (column.stored.id() == LogicalTypeId::BLOB)
    return bound_of(Value::BLOB_RAW(unhex(written)), column.type, upper);
  Value value;
  if (!Value(written).DefaultTryCastAs(column.stored, value, nullptr) || value.IsNull()) return std::nullopt;
  return bound_of(value, column.type, upper);
}

/// A value in storage form; NULL where bounds are not for its type.
Value stored_form(const Value& value) {
  if (value.IsNull() || value.type().IsNested() || value.type().id() == LogicalTypeId::ENUM) return Value();
  duckdb::Vector from(value);
  duckdb::Vector to(storage_type(value.type()));
  to_storage(from, to, 1);
  return to.GetValue(0);
}

/// Iceberg's bound of a geometry: the corner of its bounding box as x:y doubles.
std::optional<std::string> corner_of(const Entries& entries, const char* x, const char* y) {
  const Value* x_value = find(entries, x);
  const Value* y_value = find(entries, y);
  if (x_value == nullptr || y_value == nullptr) return std::nullopt;
  const double corner[2] = {x_value->GetValue<double>(), y_value->GetValue<double>()};
  if (std::isnan(corner[0]) || std::isnan(corner[1])) return std::nullopt;
  std::string bytes(sizeof(corner), '\0');
  std::memcpy(bytes.data(), corner, sizeof(corner));
  return bytes;
}

std::string uuid_value(const Value& value) {
  // the engine keeps a UUID with its first bit flipped, so that number order is byte order
  const auto number = value.GetValueUnsafe<duckdb::hugeint_t>();
  const std::uint64_t high = static_cast<std::uint64_t>(number.upper) ^ (1ULL << 63U);
  codec::UuidBytes bytes;
  for (unsigned i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(high >> (8U * (7 - i)));
    bytes[8 + i] = static_cast<std::uint8_t>(number.lower >> (8U * (7 - i)));
  }
  return codec::encode_uuid(bytes);
}

}  // namespace

void add_written_columns(const catalog::Field& field, const LogicalType& type, WrittenColumns& columns) {
  add_leaves(field, type, quoted(field.name), true, columns);
}

std::optional<std::string> single_value(const Value& value) {
  switch (value.type().id()) {
    case LogicalTypeId::BOOLEAN:
      return codec::encode_bool(value.GetValueUnsafe<bool>());
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
      return codec::encode_int32(value.GetValue<std::int32_t>());
    case LogicalTypeId::DATE:
      return codec::encode_int32(value.GetValueUnsafe<duckdb::date_t>().days);
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::BIGINT:
      return codec::encode_int64(value.GetValue<std::int64_t>());
    case LogicalTypeId::TIME:
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_TZ:
    case LogicalTypeId::TIMESTAMP_NS:
      return codec::encode_int64(value.GetValueUnsafe<std::int64_t>());
    case LogicalTypeId::UBIGINT:
      return codec::encode_decimal(static_cast<codec::Int128>(value.GetValue<std::uint64_t>()));
    case LogicalTypeId::DECIMAL:
      return codec::encode_decimal(unscaled(value));
    case LogicalTypeId::FLOAT: {
      const float number = value.GetValue<float>();
      return std::isnan(number) ? std::nullopt : std::optional(codec::encode_float(number));
    }
    case LogicalTypeId::DOUBLE: {
      const double number = value.GetValue<double>();
      return std::isnan(number) ? std::nullopt : std::optional(codec::encode_double(number));
    }
    case LogicalTypeId::UUID:
      return uuid_value(value);
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::BLOB:
      return duckdb::StringValue::Get(value);
    default:
      return std::nullopt;
  }
}

std::vector<catalog::ColumnStats> stats_of(const duckdb::CopyFunctionFileStatistics& written,
                                           const WrittenColumns& columns,
                                           const std::vector<catalog::FieldId>& nan_free) {
  std::vector<catalog::ColumnStats> result;
  for (const auto& [path, entries] : written.column_statistics) {
    const auto found = columns.find(duckdb::StringUtil::Lower(path));
    if (found == columns.end()) continue;
    const WrittenColumn& column = found->second;
    catalog::ColumnStats stats;
    stats.field_id = column.field_id;
    stats.value_count = count_of(entries, "num_values");
    stats.null_count = count_of(entries, "null_count");
    stats.bytes = count_of(entries, "column_size_bytes");
    const bool may_be_nan =
        column.type.id() == LogicalTypeId::FLOAT || column.type.id() == LogicalTypeId::DOUBLE;
    const bool no_nan = std::find(nan_free.begin(), nan_free.end(), column.field_id) != nan_free.end();
    stats.nan_count = !may_be_nan || no_nan ? 0 : -1;
    if (column.type.id() == LogicalTypeId::GEOMETRY) {
      stats.lower = corner_of(entries, "bbox_xmin", "bbox_ymin");
      stats.upper = corner_of(entries, "bbox_xmax", "bbox_ymax");
    } else {
      stats.lower = bound_of_text(find(entries, "min"), column, false);
      stats.upper = bound_of_text(find(entries, "max"), column, true);
    }
    result.push_back(std::move(stats));
  }
  return result;
}

std::optional<std::string> lower_bound_of(const Value& value) {
  const Value stored = stored_form(value);
  return stored.IsNull() ? std::nullopt : bound_of(stored, value.type(), false);
}

std::optional<std::string> upper_bound_of(const Value& value) {
  const Value stored = stored_form(value);
  return stored.IsNull() ? std::nullopt : bound_of(stored, value.type(), true);
}

}  // namespace lake::tables
