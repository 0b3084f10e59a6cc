#include "lake/tables/column_bounds.hpp"

#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "lake/codec/bounds.hpp"
#include "lake/tables/decimal_value.hpp"
#include "lake/tables/lake.hpp"

namespace lake::tables {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Value;

const catalog::Field* find_field(const std::vector<catalog::Field>& fields, catalog::FieldId id) {
  for (const catalog::Field& field : fields) {
    if (field.id == id) return &field;
    if (const catalog::Field* inner = find_field(field.children, id)) return inner;
  }
  return nullptr;
}

bool is_whole_number(const std::string& type) {
  return type == "TINYINT" || type == "SMALLINT" || type == "INTEGER" || type == "BIGINT" ||
         type == "UTINYINT" || type == "USMALLINT" || type == "UINTEGER";
}
bool is_float(const std::string& type) { return type == "FLOAT" || type == "DOUBLE"; }

/// True when bounds written for one type mean the same values of the other.
bool bounds_carry_over(const std::string& written, const std::string& now) {
  if (written == now) return true;
  return (is_whole_number(written) && is_whole_number(now)) || (is_float(written) && is_float(now));
}

/// The schemas whose files have usable bounds of a field.
std::set<std::int32_t> usable_schemas(const catalog::Table& table, const catalog::Field& field) {
  std::set<std::int32_t> usable{table.schema->schema_id};
  if (!table.schemas) return usable;
  for (const auto& [id, schema] : *table.schemas) {
    const catalog::Field* then = find_field(schema->fields, field.id);
    if (then != nullptr && bounds_carry_over(then->type, field.type)) usable.insert(id);
  }
  return usable;
}

std::string big_endian(std::uint64_t upper, std::uint64_t lower) {
  std::string bytes(16, '\0');
  for (unsigned i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>(upper >> (8U * (7 - i)));
    bytes[8 + i] = static_cast<char>(lower >> (8U * (7 - i)));
  }
  return bytes;
}

std::optional<BoundKey> whole_key(const Value& value, const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return BoundKey(std::int64_t{value.GetValueUnsafe<bool>() ? 1 : 0});
    case LogicalTypeId::DATE:
      return BoundKey(std::int64_t{value.GetValueUnsafe<std::int32_t>()});
    case LogicalTypeId::TIME:
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_TZ:
    case LogicalTypeId::TIMESTAMP_NS:
      return BoundKey(value.GetValueUnsafe<std::int64_t>());
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS: {
      Value micros;
      if (!value.DefaultTryCastAs(LogicalType::TIMESTAMP, micros, nullptr)) return std::nullopt;
      return BoundKey(micros.GetValueUnsafe<std::int64_t>());
    }
    default:
      if (!type.IsIntegral()) return std::nullopt;  // BIT, BIGNUM, STRUCT, ...: types without bounds
      return BoundKey(value.GetValue<std::int64_t>());
  }
}

std::optional<BoundKey> bytes_key(const Value& value, const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::UUID: {
      const auto number = value.GetValueUnsafe<duckdb::hugeint_t>();
      return BoundKey(big_endian(static_cast<std::uint64_t>(number.upper) ^ (1ULL << 63U), number.lower));
    }
    case LogicalTypeId::HUGEINT: {
      const auto number = value.GetValueUnsafe<duckdb::hugeint_t>();
      return BoundKey(big_endian(static_cast<std::uint64_t>(number.upper) ^ (1ULL << 63U), number.lower));
    }
    case LogicalTypeId::UHUGEINT: {
      const auto number = value.GetValueUnsafe<duckdb::uhugeint_t>();
      return BoundKey(big_endian(number.upper, number.lower));
    }
    case LogicalTypeId::ENUM:
      return BoundKey(value.ToString());
    default:
      return BoundKey(duckdb::StringValue::Get(value));
  }
}

/// One bound into its array; a value that cannot be read counts as unknown.
void put_bound(BoundEnd& end, KeyKind kind, const LogicalType& type, std::size_t file,
               std::string_view bytes) {
  switch (kind) {
    case KeyKind::kWhole:
      if (type.id() == LogicalTypeId::BOOLEAN) {
        const auto value = codec::decode_bool(bytes);
        if (!value) return;
        end.whole[file] = *value ? 1 : 0;
      } else {
        const auto value = codec::decode_int64(bytes);
        if (!value) return;
        end.whole[file] = *value;
      }
      break;
    case KeyKind::kFloat: {
      const auto value = codec::decode_double(bytes);
      if (!value || std::isnan(*value)) return;
      end.floats[file] = *value;
      break;
    }
    case KeyKind::kWide: {
      const auto value = codec::decode_decimal(bytes);
      if (!value) return;
      end.wide[file] = *value;
      break;
    }
    case KeyKind::kBytes:
      end.bytes[file] = bytes;
      break;
    case KeyKind::kNone:
      return;
  }
  end.known[file] = 1;
}

void reserve_end(BoundEnd& end, KeyKind kind, std::size_t count, bool low) {
  end.known.assign(count, 0);
  constexpr auto kWideMin = static_cast<codec::Int128>(codec::Uint128{1} << 127U);
  switch (kind) {
    case KeyKind::kWhole:
      end.whole.assign(
          count, low ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max());
      break;
    case KeyKind::kFloat:
      end.floats.assign(
          count, low ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity());
      break;
    case KeyKind::kWide:
      end.wide.assign(count, low ? kWideMin : ~kWideMin);
      break;
    case KeyKind::kBytes:
      end.bytes.assign(count, {});
      break;
    case KeyKind::kNone:
      break;
  }
}

}  // namespace

KeyKind key_kind(const catalog::Field& field, const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::DATE:
    case LogicalTypeId::TIME:
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_TZ:
    case LogicalTypeId::TIMESTAMP_NS:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
      return KeyKind::kWhole;
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
      return KeyKind::kFloat;
    case LogicalTypeId::DECIMAL:
    case LogicalTypeId::UBIGINT:
      return KeyKind::kWide;
    case LogicalTypeId::VARCHAR:
      return field.collation.empty() ? KeyKind::kBytes : KeyKind::kNone;
    case LogicalTypeId::BLOB:
    case LogicalTypeId::UUID:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UHUGEINT:
    case LogicalTypeId::ENUM:
      return KeyKind::kBytes;
    default:
      return KeyKind::kNone;
  }
}

bool orders_by_other_means(const LogicalType& type) { return type.id() == LogicalTypeId::ENUM; }

std::optional<BoundKey> key_of(const Value& value, const LogicalType& type) {
  if (value.IsNull() || value.type().id() != type.id()) return std::nullopt;
  switch (type.id()) {
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE: {
      const double number = value.GetValue<double>();
      if (std::isnan(number)) return std::nullopt;
      return BoundKey(number);
    }
    case LogicalTypeId::DECIMAL:
      if (value.type() != type) return std::nullopt;
      return BoundKey(unscaled(value));
    case LogicalTypeId::UBIGINT:
      return BoundKey(static_cast<codec::Int128>(value.GetValueUnsafe<std::uint64_t>()));
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::BLOB:
    case LogicalTypeId::UUID:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UHUGEINT:
    case LogicalTypeId::ENUM:
      return bytes_key(value, type);
    default:
      return whole_key(value, type);
  }
}

std::shared_ptr<const ColumnBounds> TableBounds::column(const catalog::FileList& files,
                                                        const catalog::Table& table,
                                                        const catalog::Field& field,
                                                        const LogicalType& type) {
  const MutexLock lock(mutex_);
  auto& slot = columns_[field.id];
  if (slot) return slot;
  auto made = std::make_shared<ColumnBounds>();
  made->kind = key_kind(field, type);
  const std::size_t count = files.size();
  reserve_end(made->low, made->kind, count, true);
  reserve_end(made->high, made->kind, count, false);
  made->may_be_null.assign(count, 1);
  made->may_be_value.assign(count, 1);
  made->may_be_nan.assign(count, 1);
  const auto usable = usable_schemas(table, field);
  for (std::size_t i = 0; i < count; ++i) {
    const auto stats = files[i]->stats.find(field.id);
    if (!stats || !usable.contains(files[i]->schema_id)) continue;
    if (stats->null_count == 0) made->may_be_null[i] = 0;
    if (stats->null_count >= 0 && stats->null_count == stats->value_count) made->may_be_value[i] = 0;
    if (stats->nan_count == 0) made->may_be_nan[i] = 0;
    if (stats->lower) put_bound(made->low, made->kind, type, i, *stats->lower);
    if (stats->upper) put_bound(made->high, made->kind, type, i, *stats->upper);
  }
  slot = std::move(made);
  return slot;
}

std::shared_ptr<BoundsCache> make_bounds_cache() { return std::make_shared<BoundsCache>(); }

std::shared_ptr<TableBounds> BoundsCache::of(const std::shared_ptr<const catalog::FileList>& files,
                                             const std::shared_ptr<const catalog::Schema>& schema) {
  const MutexLock lock(mutex_);
  const Key key{files.get(), schema.get()};
  const auto found = entries_.find(key);
  if (found != entries_.end() && !found->second.is_gone()) return found->second.bounds;
  std::erase_if(entries_, [](const auto& entry) { return entry.second.is_gone(); });
  if (entries_.size() >= kListsMax) entries_.erase(entries_.begin());
  Entry entry{files, schema, std::make_shared<TableBounds>()};
  const auto bounds = entry.bounds;
  entries_[key] = std::move(entry);
  return bounds;
}

}  // namespace lake::tables
