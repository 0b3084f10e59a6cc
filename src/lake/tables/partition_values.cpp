#include "lake/tables/partition_values.hpp"

#include <bit>
#include <cmath>

#include "lake/codec/bounds.hpp"
#include "lake/codec/transform.hpp"
#include "lake/tables/storage_types.hpp"
#include "lake/tables/written_stats.hpp"

namespace lake::tables {
namespace {

using catalog::Transform;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Value;

/// What Iceberg takes a type for when it hashes, truncates or cuts time.
enum class Kind : std::uint8_t {
  kOther,
  kInt,
  kLong,
  kDecimal,
  kText,
  kBinary,
  kUuid,
  kDate,
  kTime,
  kMicros,
  kNanos
};

Kind kind_of(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
      return Kind::kInt;
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::BIGINT:
      return Kind::kLong;
    case LogicalTypeId::UBIGINT:
    case LogicalTypeId::DECIMAL:
      return Kind::kDecimal;
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::ENUM:
      return Kind::kText;
    case LogicalTypeId::BLOB:
      return Kind::kBinary;
    case LogicalTypeId::UUID:
      return Kind::kUuid;
    case LogicalTypeId::DATE:
      return Kind::kDate;
    case LogicalTypeId::TIME:
      return Kind::kTime;
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_TZ:
      return Kind::kMicros;
    case LogicalTypeId::TIMESTAMP_NS:
      return Kind::kNanos;
    default:
      return Kind::kOther;
  }
}

bool fits(Kind kind, Transform transform) {
  switch (transform) {
    case Transform::kIdentity:
      return true;
    case Transform::kBucket:
      return kind != Kind::kOther;
    case Transform::kTruncate:
      return kind == Kind::kInt || kind == Kind::kLong || kind == Kind::kDecimal || kind == Kind::kText ||
             kind == Kind::kBinary;
    case Transform::kHour:
      return kind == Kind::kMicros || kind == Kind::kNanos;
    default:
      return kind == Kind::kDate || kind == Kind::kMicros || kind == Kind::kNanos;
  }
}

codec::Int128 unscaled(const Value& value) {
  const auto bytes = single_value(value);
  const auto number = codec::decode_decimal(bytes.value_or(std::string(1, '\0')));
  return number ? *number : codec::Int128{0};
}

std::int64_t floor_micros(std::int64_t nanos) { return nanos / 1000 - (nanos % 1000 < 0 ? 1 : 0); }

std::int32_t hash_of(const Value& value, Kind kind) {
  switch (kind) {
    case Kind::kText:
    case Kind::kBinary:
      return codec::hash_bytes(duckdb::StringValue::Get(value));
    case Kind::kDecimal:
      return codec::hash_decimal(unscaled(value));
    case Kind::kNanos:
      return codec::hash_timestamp_nanos(value.GetValueUnsafe<std::int64_t>());
    case Kind::kDate:
      return codec::hash_integer(value.GetValueUnsafe<std::int32_t>());
    case Kind::kUuid: {
      const auto uuid = codec::decode_uuid(single_value(value).value_or(std::string(16, '\0')));
      return uuid ? codec::hash_uuid(*uuid) : 0;
    }
    case Kind::kTime:
    case Kind::kMicros:
      return codec::hash_integer(value.GetValueUnsafe<std::int64_t>());
    default:
      return codec::hash_integer(value.GetValue<std::int64_t>());
  }
}

std::string truncated(const Value& value, Kind kind, std::int32_t width) {
  switch (kind) {
    case Kind::kInt:
      return codec::encode_int32(codec::truncate_int32(value.GetValue<std::int32_t>(), width));
    case Kind::kLong:
      return codec::encode_int64(codec::truncate_int64(value.GetValue<std::int64_t>(), width));
    case Kind::kDecimal:
      return codec::encode_decimal(codec::truncate_decimal(unscaled(value), width));
    case Kind::kText:
      return std::string(codec::truncate_text(duckdb::StringValue::Get(value), width));
    default:
      return std::string(codec::truncate_binary(duckdb::StringValue::Get(value), width));
  }
}

std::int32_t time_part(const Value& value, Kind kind, Transform transform) {
  if (kind == Kind::kDate) {
    const auto days = value.GetValueUnsafe<std::int32_t>();
    if (transform == Transform::kYear) return codec::years_from_days(days);
    return transform == Transform::kMonth ? codec::months_from_days(days) : days;
  }
  const auto stored = value.GetValueUnsafe<std::int64_t>();
  const std::int64_t micros = kind == Kind::kNanos ? floor_micros(stored) : stored;
  switch (transform) {
    case Transform::kYear:
      return codec::years_from_micros(micros);
    case Transform::kMonth:
      return codec::months_from_micros(micros);
    case Transform::kDay:
      return codec::days_from_micros(micros);
    default:
      return codec::hours_from_micros(micros);
  }
}

std::string identity(const Value& value) {
  if (auto bytes = single_value(value)) return *bytes;
  // only NaN is left of the types Iceberg knows; it is one partition
  if (value.type().id() == LogicalTypeId::FLOAT) {
    return codec::encode_int32(std::bit_cast<std::int32_t>(std::numeric_limits<float>::quiet_NaN()));
  }
  if (value.type().id() == LogicalTypeId::DOUBLE) {
    return codec::encode_int64(std::bit_cast<std::int64_t>(std::numeric_limits<double>::quiet_NaN()));
  }
  return value.ToString();
}

/// As it lies in a file; an ENUM by its text.
Value stored_value(const Value& value) {
  if (value.type().id() == LogicalTypeId::ENUM) return value.DefaultCastAs(LogicalType::VARCHAR);
  const LogicalType stored = storage_type(value.type());
  if (stored == value.type()) return value;
  duckdb::Vector from(value);
  duckdb::Vector to(stored);
  to_storage(from, to, 1);
  return to.GetValue(0);
}

}  // namespace

bool can_partition(const LogicalType& type, Transform transform) {
  return !type.IsNested() && fits(kind_of(type), transform);
}

std::optional<std::string> partition_value(const Value& value, const catalog::PartitionField& field) {
  if (!can_partition(value.type(), field.transform)) {
    throw duckdb::BinderException("the partition transform of " + field.name + " does not fit type " +
                                  value.type().ToString());
  }
  if (value.IsNull()) return std::nullopt;
  const Kind kind = kind_of(value.type());
  const Value stored = stored_value(value);
  switch (field.transform) {
    case Transform::kIdentity:
      return identity(stored);
    case Transform::kBucket:
      return codec::encode_int32(codec::bucket(hash_of(stored, kind), field.argument));
    case Transform::kTruncate:
      return truncated(stored, kind, field.argument);
    default:
      return codec::encode_int32(time_part(stored, kind, field.transform));
  }
}

void partition_values(duckdb::Vector& source, duckdb::idx_t count, const catalog::PartitionField& field,
                      duckdb::Vector& values) {
  auto* data = duckdb::FlatVector::GetData<duckdb::string_t>(values);
  for (duckdb::idx_t n = 0; n < count; ++n) {
    if (const auto bytes = partition_value(source.GetValue(n), field)) {
      data[n] = duckdb::StringVector::AddStringOrBlob(values, bytes->data(), bytes->size());
    } else {
      duckdb::FlatVector::SetNull(values, n, true);
    }
  }
}

}  // namespace lake::tables
