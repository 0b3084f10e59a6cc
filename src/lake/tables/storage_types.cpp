#include "lake/tables/storage_types.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "lake/engine/errors.hpp"

namespace lake::tables {
namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Vector;

constexpr std::uint64_t kSignBit = 1ULL << 63U;
using Bytes16 = std::array<char, 16>;

[[noreturn]] void damaged(const LogicalType& type) {
  engine::throw_as_duckdb(
      Error(ErrorCode::kCorruption, "a data file holds a value that is no " + type.ToString()));
}

void put_big(char* out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out[i] = static_cast<char>(value >> (8U * (bytes - 1 - i)));
}
std::uint64_t get_big(const char* in, unsigned bytes) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value = (value << 8U) | static_cast<unsigned char>(in[i]);
  return value;
}

Bytes16 bytes_of(duckdb::hugeint_t value) {
  Bytes16 out;
  put_big(out.data(), static_cast<std::uint64_t>(value.upper) ^ kSignBit, 8);
  put_big(out.data() + 8, value.lower, 8);
  return out;
}
Bytes16 bytes_of(duckdb::uhugeint_t value) {
  Bytes16 out;
  put_big(out.data(), value.upper, 8);
  put_big(out.data() + 8, value.lower, 8);
  return out;
}
Bytes16 bytes_of(duckdb::interval_t value) {
  Bytes16 out;
  put_big(out.data(), static_cast<std::uint32_t>(value.months) ^ 0x80000000U, 4);
  put_big(out.data() + 4, static_cast<std::uint32_t>(value.days) ^ 0x80000000U, 4);
  put_big(out.data() + 8, static_cast<std::uint64_t>(value.micros) ^ kSignBit, 8);
  return out;
}
void parse_bytes(const char* in, duckdb::hugeint_t& value) {
  value.upper = static_cast<std::int64_t>(get_big(in, 8) ^ kSignBit);
  value.lower = get_big(in + 8, 8);
}
void parse_bytes(const char* in, duckdb::uhugeint_t& value) {
  value.upper = get_big(in, 8);
  value.lower = get_big(in + 8, 8);
}
void parse_bytes(const char* in, duckdb::interval_t& value) {
  value.months = static_cast<std::int32_t>(static_cast<std::uint32_t>(get_big(in, 4)) ^ 0x80000000U);
  value.days = static_cast<std::int32_t>(static_cast<std::uint32_t>(get_big(in + 4, 4)) ^ 0x80000000U);
  value.micros = static_cast<std::int64_t>(get_big(in + 8, 8) ^ kSignBit);
}

/// Calls `convert(n)` for each n that is not NULL and copies the NULLs. Both vectors flat.
template <class Convert>
void for_valid(Vector& source, Vector& target, idx_t count, Convert convert) {
  const auto& from = duckdb::FlatVector::Validity(source);
  auto& to = duckdb::FlatVector::Validity(target);
  for (idx_t n = 0; n < count; ++n) {
    if (from.RowIsValid(n)) {
      convert(n);
    } else {
      to.SetInvalid(n);
    }
  }
}

template <class T>
void store_wide(Vector& source, Vector& stored, idx_t count) {
  const auto* in = duckdb::FlatVector::GetData<T>(source);
  auto* out = duckdb::FlatVector::GetData<duckdb::string_t>(stored);
  for_valid(source, stored, count, [&](idx_t n) {
    const Bytes16 bytes = bytes_of(in[n]);
    out[n] = duckdb::StringVector::AddStringOrBlob(stored, bytes.data(), bytes.size());
  });
}
template <class T>
void load_wide(Vector& stored, Vector& result, idx_t count) {
  const auto* in = duckdb::FlatVector::GetData<duckdb::string_t>(stored);
  auto* out = duckdb::FlatVector::GetData<T>(result);
  for_valid(stored, result, count, [&](idx_t n) {
    if (in[n].GetSize() != sizeof(Bytes16)) damaged(result.GetType());
    parse_bytes(in[n].GetData(), out[n]);
  });
}

void copy_strings(Vector& source, Vector& target, idx_t count, std::size_t bytes_min) {
  const auto* in = duckdb::FlatVector::GetData<duckdb::string_t>(source);
  auto* out = duckdb::FlatVector::GetData<duckdb::string_t>(target);
  for_valid(source, target, count, [&](idx_t n) {
    if (in[n].GetSize() < bytes_min) damaged(target.GetType());
    out[n] = duckdb::StringVector::AddStringOrBlob(target, in[n]);
  });
}
void copy_words(Vector& source, Vector& target, idx_t count) {
  const auto* in = duckdb::FlatVector::GetData<std::int64_t>(source);
  auto* out = duckdb::FlatVector::GetData<std::int64_t>(target);
  for_valid(source, target, count, [&](idx_t n) { out[n] = in[n]; });
}

constexpr std::int64_t kInfinity = std::numeric_limits<std::int64_t>::max();

void store_timestamps(Vector& source, Vector& stored, idx_t count, std::int64_t micros_in_unit) {
  const auto* in = duckdb::FlatVector::GetData<std::int64_t>(source);
  auto* out = duckdb::FlatVector::GetData<std::int64_t>(stored);
  for_valid(source, stored, count, [&](idx_t n) {
    if (in[n] == kInfinity || in[n] == -kInfinity) {
      out[n] = in[n];
    } else if (__builtin_mul_overflow(in[n], micros_in_unit, &out[n]) || out[n] == kInfinity ||
               out[n] == -kInfinity) {
      throw duckdb::ConversionException("a " + source.GetType().ToString() +
                                        " is outside the range of TIMESTAMP");
    }
  });
}
void load_timestamps(Vector& stored, Vector& result, idx_t count, std::int64_t micros_in_unit) {
  const auto* in = duckdb::FlatVector::GetData<std::int64_t>(stored);
  auto* out = duckdb::FlatVector::GetData<std::int64_t>(result);
  for_valid(stored, result, count, [&](idx_t n) {
    const bool infinite = in[n] == kInfinity || in[n] == -kInfinity;
    if (!infinite && in[n] % micros_in_unit != 0) damaged(result.GetType());
    out[n] = infinite ? in[n] : in[n] / micros_in_unit;
  });
}

using Convert = void (*)(Vector&, Vector&, idx_t);

void convert_members(Vector& source, Vector& target, idx_t count, Convert convert) {
  for_valid(source, target, count, [](idx_t) {});
  auto& from = duckdb::StructVector::GetEntries(source);
  auto& to = duckdb::StructVector::GetEntries(target);
  for (idx_t i = 0; i < from.size(); ++i) convert(*from[i], *to[i], count);
}

void convert_lists(Vector& source, Vector& target, idx_t count, Convert convert) {
  const auto* in = duckdb::FlatVector::GetData<duckdb::list_entry_t>(source);
  auto* out = duckdb::FlatVector::GetData<duckdb::list_entry_t>(target);
  for_valid(source, target, count, [&](idx_t n) { out[n] = in[n]; });
  const idx_t size = duckdb::ListVector::GetListSize(source);
  duckdb::ListVector::Reserve(target, size);
  convert(duckdb::ListVector::GetEntry(source), duckdb::ListVector::GetEntry(target), size);
  duckdb::ListVector::SetListSize(target, size);
}

void store_arrays(Vector& source, Vector& stored, idx_t count) {
  const idx_t length = duckdb::ArrayType::GetSize(source.GetType());
  auto* out = duckdb::FlatVector::GetData<duckdb::list_entry_t>(stored);
  for_valid(source, stored, count, [&](idx_t n) { out[n] = duckdb::list_entry_t(n * length, length); });
  duckdb::ListVector::Reserve(stored, count * length);
  to_storage(duckdb::ArrayVector::GetEntry(source), duckdb::ListVector::GetEntry(stored), count * length);
  duckdb::ListVector::SetListSize(stored, count * length);
}

void load_arrays(Vector& stored, Vector& result, idx_t count) {
  const idx_t length = duckdb::ArrayType::GetSize(result.GetType());
  const auto* in = duckdb::FlatVector::GetData<duckdb::list_entry_t>(stored);
  auto& elements = duckdb::ArrayVector::GetEntry(result);
  const idx_t size = duckdb::ListVector::GetListSize(stored);
  Vector loaded(elements.GetType(), std::max<idx_t>(size, 1));
  from_storage(duckdb::ListVector::GetEntry(stored), loaded, size);
  for_valid(stored, result, count, [&](idx_t n) {
    if (in[n].length != length) damaged(result.GetType());
    duckdb::VectorOperations::Copy(loaded, elements, in[n].offset + length, in[n].offset, n * length);
  });
  const auto& mask = duckdb::FlatVector::Validity(stored);
  for (idx_t n = 0; n < count; ++n) {
    if (mask.RowIsValid(n)) continue;
    for (idx_t e = 0; e < length; ++e) duckdb::FlatVector::SetNull(elements, n * length + e, true);
  }
}

LogicalType stored_leaf(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UHUGEINT:
    case LogicalTypeId::BIT:
    case LogicalTypeId::BIGNUM:
    case LogicalTypeId::INTERVAL:
      return LogicalType::BLOB;
    case LogicalTypeId::TIME_TZ:
      return LogicalType::BIGINT;
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
      return LogicalType::TIMESTAMP;
    default:
      return type;
  }
}

/// Arrays as lists, unions as structs, and each leaf as `leaf` has it.
LogicalType reshaped(const LogicalType& type, LogicalType (*leaf)(const LogicalType&)) {
  switch (type.id()) {
    case LogicalTypeId::LIST:
      return LogicalType::LIST(reshaped(duckdb::ListType::GetChildType(type), leaf));
    case LogicalTypeId::ARRAY:
      return LogicalType::LIST(reshaped(duckdb::ArrayType::GetChildType(type), leaf));
    case LogicalTypeId::MAP:
      return LogicalType::MAP(reshaped(duckdb::MapType::KeyType(type), leaf),
                              reshaped(duckdb::MapType::ValueType(type), leaf));
    case LogicalTypeId::STRUCT:
    case LogicalTypeId::UNION: {
      duckdb::child_list_t<LogicalType> members;
      const auto& parts = duckdb::StructType::GetChildTypes(type);
      for (idx_t i = 0; i < parts.size(); ++i) {
        std::string name = parts[i].first;
        if (name.empty()) name = type.id() == LogicalTypeId::UNION ? "tag" : "_" + std::to_string(i);
        members.emplace_back(std::move(name), reshaped(parts[i].second, leaf));
      }
      return LogicalType::STRUCT(std::move(members));
    }
    default:
      return leaf(type);
  }
}

}  // namespace

LogicalType storage_type(const LogicalType& type) { return reshaped(type, stored_leaf); }

LogicalType nested_form(const LogicalType& type) {
  return reshaped(type, [](const LogicalType& leaf) { return leaf; });
}

catalog::Field storage_field(const catalog::Field& field) {
  catalog::Field result = field;
  for (auto& child : result.children) child = storage_field(child);
  if (field.type.starts_with("ARRAY")) result.type = "LIST";
  if (field.type == "UNION") {
    result.type = "STRUCT";
    catalog::Field tag;
    tag.id = union_tag_field(field.id);
    tag.name = "tag";
    tag.type = "UTINYINT";
    result.children.insert(result.children.begin(), std::move(tag));
  }
  if (result.type == "STRUCT") {
    for (std::size_t i = 0; i < result.children.size(); ++i) {
      if (result.children[i].name.empty()) result.children[i].name = "_" + std::to_string(i);
    }
  }
  return result;
}

void to_storage(Vector& source, Vector& stored, idx_t count) {
  if (source.GetType() == stored.GetType()) {
    stored.Reference(source);
    return;
  }
  source.Flatten(count);
  switch (source.GetType().id()) {
    case LogicalTypeId::HUGEINT:
      return store_wide<duckdb::hugeint_t>(source, stored, count);
    case LogicalTypeId::UHUGEINT:
      return store_wide<duckdb::uhugeint_t>(source, stored, count);
    case LogicalTypeId::INTERVAL:
      return store_wide<duckdb::interval_t>(source, stored, count);
    case LogicalTypeId::BIT:
    case LogicalTypeId::BIGNUM:
      return copy_strings(source, stored, count, 0);
    case LogicalTypeId::TIME_TZ:
      return copy_words(source, stored, count);
    case LogicalTypeId::TIMESTAMP_SEC:
      return store_timestamps(source, stored, count, 1'000'000);
    case LogicalTypeId::TIMESTAMP_MS:
      return store_timestamps(source, stored, count, 1'000);
    case LogicalTypeId::STRUCT:
    case LogicalTypeId::UNION:
      return convert_members(source, stored, count, to_storage);
    case LogicalTypeId::LIST:
    case LogicalTypeId::MAP:
      return convert_lists(source, stored, count, to_storage);
    case LogicalTypeId::ARRAY:
      return store_arrays(source, stored, count);
    default:
      duckdb::VectorOperations::DefaultCast(source, stored, count);
  }
}

void from_storage(Vector& stored, Vector& result, idx_t count) {
  if (stored.GetType() == result.GetType()) {
    result.Reference(stored);
    return;
  }
  stored.Flatten(count);
  switch (result.GetType().id()) {
    case LogicalTypeId::HUGEINT:
      return load_wide<duckdb::hugeint_t>(stored, result, count);
    case LogicalTypeId::UHUGEINT:
      return load_wide<duckdb::uhugeint_t>(stored, result, count);
    case LogicalTypeId::INTERVAL:
      return load_wide<duckdb::interval_t>(stored, result, count);
    case LogicalTypeId::BIT:
      return copy_strings(stored, result, count, 2);
    case LogicalTypeId::BIGNUM:
      return copy_strings(stored, result, count, 4);
    case LogicalTypeId::TIME_TZ:
      return copy_words(stored, result, count);
    case LogicalTypeId::TIMESTAMP_SEC:
      return load_timestamps(stored, result, count, 1'000'000);
    case LogicalTypeId::TIMESTAMP_MS:
      return load_timestamps(stored, result, count, 1'000);
    case LogicalTypeId::STRUCT:
    case LogicalTypeId::UNION:
      return convert_members(stored, result, count, from_storage);
    case LogicalTypeId::LIST:
    case LogicalTypeId::MAP:
      return convert_lists(stored, result, count, from_storage);
    case LogicalTypeId::ARRAY:
      return load_arrays(stored, result, count);
    default:
      duckdb::VectorOperations::DefaultCast(stored, result, count);
  }
}

duckdb::Value value_from_storage(const duckdb::Value& stored, const LogicalType& type) {
  Vector from(stored);
  Vector to(type);
  from_storage(from, to, 1);
  return to.GetValue(0);
}

}  // namespace lake::tables
