#include <cstring>
#include <utility>

#include "lake/engine/errors.hpp"
#include "lake/tables/segment_codec.hpp"
#include "lake/tables/segment_format.hpp"

namespace lake::tables {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::PhysicalType;
using duckdb::Vector;

struct TypedField {
  catalog::Field field;
  LogicalType type;
};

LogicalType plain_type(SegmentType tag) {
  switch (tag) {
    case SegmentType::kBoolean:
      return LogicalType::BOOLEAN;
    case SegmentType::kTinyInt:
      return LogicalType::TINYINT;
    case SegmentType::kSmallInt:
      return LogicalType::SMALLINT;
    case SegmentType::kInteger:
      return LogicalType::INTEGER;
    case SegmentType::kBigInt:
      return LogicalType::BIGINT;
    case SegmentType::kHugeInt:
      return LogicalType::HUGEINT;
    case SegmentType::kUTinyInt:
      return LogicalType::UTINYINT;
    case SegmentType::kUSmallInt:
      return LogicalType::USMALLINT;
    case SegmentType::kUInteger:
      return LogicalType::UINTEGER;
    case SegmentType::kUBigInt:
      return LogicalType::UBIGINT;
    case SegmentType::kUHugeInt:
      return LogicalType::UHUGEINT;
    case SegmentType::kFloat:
      return LogicalType::FLOAT;
    case SegmentType::kDouble:
      return LogicalType::DOUBLE;
    case SegmentType::kVarchar:
    case SegmentType::kEnum:
      return LogicalType::VARCHAR;
    case SegmentType::kBlob:
      return LogicalType::BLOB;
    case SegmentType::kBit:
      return LogicalType::BIT;
    case SegmentType::kBigNum:
      return LogicalType::BIGNUM;
    case SegmentType::kUuid:
      return LogicalType::UUID;
    case SegmentType::kDate:
      return LogicalType::DATE;
    case SegmentType::kTime:
      return LogicalType::TIME;
    case SegmentType::kTimeNs:
      return LogicalType::TIME_NS;
    case SegmentType::kTimeTz:
      return LogicalType::TIME_TZ;
    case SegmentType::kTimestamp:
      return LogicalType::TIMESTAMP;
    case SegmentType::kTimestampS:
      return LogicalType::TIMESTAMP_S;
    case SegmentType::kTimestampMs:
      return LogicalType::TIMESTAMP_MS;
    case SegmentType::kTimestampNs:
      return LogicalType::TIMESTAMP_NS;
    case SegmentType::kTimestampTz:
      return LogicalType::TIMESTAMP_TZ;
    case SegmentType::kInterval:
      return LogicalType::INTERVAL;
    case SegmentType::kVariant:
      return LogicalType::VARIANT();
    default:
      return LogicalType::INVALID;
  }
}

class TypeReader {
 public:
  explicit TypeReader(SegmentReader& in) : in_(in) {}

  [[nodiscard]] std::uint64_t cells() const { return cells_; }

  Result<TypedField> read_field() {
    TypedField result;
    LAKE_TRY(const std::uint64_t id, in_.varint(std::numeric_limits<std::int32_t>::max()));
    result.field.id = static_cast<catalog::FieldId>(id);
    LAKE_TRY(result.type, read_type(result.field, 0));
    return result;
  }

 private:
  Result<LogicalType> read_type(catalog::Field& field, std::size_t depth) {
    if (depth > kSegmentDepthMax) return in_.damaged("a type nested too deep");
    LAKE_TRY(const std::uint8_t byte, in_.byte());
    const auto tag = static_cast<SegmentType>(byte);
    const bool nested = byte >= static_cast<std::uint8_t>(SegmentType::kStruct);
    if (!nested) {
      cells_ += array_elements_;
      if (++leaves_ > kSegmentLeavesMax || cells_ > kSegmentRowCellsMax)
        return in_.damaged("too many columns");
    }
    if (auto type = plain_type(tag); type.id() != LogicalTypeId::INVALID) return type;
    switch (tag) {
      case SegmentType::kDecimal:
        return read_decimal();
      case SegmentType::kGeometry:
        return read_geometry();
      case SegmentType::kStruct:
        field.type = "STRUCT";
        return read_members(field, depth, false);
      case SegmentType::kUnion:
        field.type = "UNION";
        return read_members(field, depth, true);
      case SegmentType::kList:
      case SegmentType::kMap:
        return read_list(field, depth, tag == SegmentType::kMap);
      case SegmentType::kArray:
        return read_array(field, depth);
      default:
        return in_.damaged("an unknown type");
    }
  }
  Result<LogicalType> read_child(catalog::Field& parent, std::string name, std::size_t depth) {
    catalog::Field child;
    child.name = std::move(name);
    LAKE_TRY(const std::uint64_t id, in_.varint(std::numeric_limits<std::int32_t>::max()));
    child.id = static_cast<catalog::FieldId>(id);
    LAKE_TRY(auto type, read_type(child, depth + 1));
    parent.children.push_back(std::move(child));
    return type;
  }
  Result<LogicalType> read_decimal() {
    LAKE_TRY(const std::uint8_t width, in_.byte());
    LAKE_TRY(const std::uint8_t scale, in_.byte());
    if (width < 1 || width > 38 || scale > width) return in_.damaged("a decimal of no such size");
    return LogicalType::DECIMAL(width, scale);
  }
  Result<LogicalType> read_geometry() {
    LAKE_TRY(const std::string_view crs, in_.text());
    if (!duckdb::Value::StringIsValid(crs.data(), crs.size())) return in_.damaged("text that is not UTF-8");
    return crs.empty() ? LogicalType::GEOMETRY() : LogicalType::GEOMETRY(std::string(crs));
  }
  Result<LogicalType> read_list(catalog::Field& field, std::size_t depth, bool is_map) {
    field.type = is_map ? "MAP" : "LIST";
    const auto outer = std::exchange(array_elements_, 1);
    ++lists_;
    LAKE_TRY(auto first, read_child(field, is_map ? "key" : "element", depth));
    LogicalType type = LogicalType::LIST(first);
    if (is_map) {
      LAKE_TRY(auto value, read_child(field, "value", depth));
      type = LogicalType::MAP(first, value);
    }
    --lists_;
    array_elements_ = outer;
    return type;
  }
  Result<LogicalType> read_array(catalog::Field& field, std::size_t depth) {
    LAKE_TRY(const std::uint64_t size, in_.varint(duckdb::ArrayType::MAX_ARRAY_SIZE));
    if (size == 0) return in_.damaged("an array of no elements");
    field.type = "ARRAY(" + std::to_string(size) + ")";
    // an array in an array multiplies what one row holds; the product is bounded like the elements of one
    // array
    array_elements_ *= size;
    if (array_elements_ > (lists_ == 0 ? duckdb::ArrayType::MAX_ARRAY_SIZE : kSegmentListArrayMax))
      return in_.damaged("an array too large");
    LAKE_TRY(auto child, read_child(field, "element", depth));
    array_elements_ /= size;
    return LogicalType::ARRAY(child, size);
  }
  Result<LogicalType> read_members(catalog::Field& field, std::size_t depth, bool is_union) {
    LAKE_TRY(const std::uint64_t count, in_.varint(is_union ? 255 : kSegmentLeavesMax));
    if (count == 0) return in_.damaged("a struct of no members");
    duckdb::child_list_t<LogicalType> members;
    duckdb::case_insensitive_set_t names;
    for (std::uint64_t i = 0; i < count; ++i) {
      LAKE_TRY(const std::string_view name, in_.text());
      if (!duckdb::Value::StringIsValid(name.data(), name.size()))
        return in_.damaged("text that is not UTF-8");
      if (!name.empty() && !names.insert(std::string(name)).second)
        return in_.damaged("two members of one name");
      LAKE_TRY(auto type, read_child(field, std::string(name), depth));
      members.emplace_back(std::string(name), std::move(type));
    }
    return is_union ? LogicalType::UNION(std::move(members)) : LogicalType::STRUCT(std::move(members));
  }

  SegmentReader& in_;
  std::size_t leaves_ = 0;
  std::uint64_t cells_ = 0;
  std::uint64_t array_elements_ = 1;
  std::size_t lists_ = 0;
};

class VectorReader {
 public:
  explicit VectorReader(SegmentReader& in) : in_(in) {}

  /// Fills `vector`, which has room for `count` values.
  Status read(Vector& vector, std::size_t count) {
    auto& mask = duckdb::FlatVector::Validity(vector);
    LAKE_TRY(const SegmentValidity code, read_validity(mask, count));
    if (code == SegmentValidity::kAllNull) {
      // by Value, so that members of a struct become NULL too
      for (std::size_t n = 0; n < count; ++n) duckdb::FlatVector::SetNull(vector, n, true);
      return ok();
    }
    switch (vector.GetType().InternalType()) {
      case PhysicalType::STRUCT:
        return read_struct(vector, count);
      case PhysicalType::LIST:
        return read_list(vector, count);
      case PhysicalType::ARRAY:
        return read_array(vector, count);
      case PhysicalType::VARCHAR:
        return read_strings(vector, count);
      default:
        return read_fixed(vector, count);
    }
  }

 private:
  Result<SegmentValidity> read_validity(duckdb::ValidityMask& mask, std::size_t count) {
    LAKE_TRY(const std::uint8_t byte, in_.byte());
    const auto code = static_cast<SegmentValidity>(byte);
    if (code == SegmentValidity::kAllValid) return code;
    if (code == SegmentValidity::kAllNull && depth_ == 0) return code;
    if (code != SegmentValidity::kBitmap) return in_.damaged("an unknown validity");
    LAKE_TRY(const std::string_view bits, in_.take((count + 7) / 8));
    for (std::size_t n = 0; n < count; ++n) {
      if (((static_cast<unsigned char>(bits[n / 8]) >> (n % 8)) & 1U) == 0) mask.SetInvalid(n);
    }
    return code;
  }

  Status read_fixed(Vector& vector, std::size_t count) {
    const std::size_t width = duckdb::GetTypeIdSize(vector.GetType().InternalType());
    LAKE_TRY(const std::string_view bytes, in_.take(width * count));
    if (count == 0) return ok();
    std::memcpy(duckdb::FlatVector::GetData(vector), bytes.data(), bytes.size());
    if (vector.GetType().id() == LogicalTypeId::BOOLEAN) {
      for (const char value : bytes) {
        if (value != 0 && value != 1) return in_.damaged("a boolean that is neither");
      }
    }
    return ok();
  }

  Status read_strings(Vector& vector, std::size_t count) {
    auto* data = duckdb::FlatVector::GetData<duckdb::string_t>(vector);
    const auto& mask = duckdb::FlatVector::Validity(vector);
    const LogicalTypeId id = vector.GetType().id();
    for (std::size_t n = 0; n < count; ++n) {
      if (!mask.RowIsValid(n)) {
        data[n] = duckdb::string_t();
        continue;
      }
      LAKE_TRY(const std::string_view text, in_.text());
      if (!fits(id, text)) return in_.damaged("a value not of its type");
      data[n] = duckdb::StringVector::AddStringOrBlob(vector, text.data(), text.size());
    }
    return ok();
  }
  static bool fits(LogicalTypeId id, std::string_view text) {
    if (text.size() > std::numeric_limits<std::uint32_t>::max()) return false;
    if (id == LogicalTypeId::VARCHAR) return duckdb::Value::StringIsValid(text.data(), text.size());
    if (id == LogicalTypeId::BIT) return text.size() >= 2 && static_cast<unsigned char>(text[0]) <= 7;
    if (id == LogicalTypeId::BIGNUM) return text.size() >= 4;
    return true;
  }

  Status read_struct(Vector& vector, std::size_t count) {
    const auto& mask = duckdb::FlatVector::Validity(vector);
    auto& members = duckdb::StructVector::GetEntries(vector);
    ++depth_;
    for (auto& member : members) LAKE_CHECK_OK(read(*member, count));
    --depth_;
    if (vector.GetType().id() != LogicalTypeId::UNION) return ok();
    const auto* tags = duckdb::FlatVector::GetData<std::uint8_t>(*members[0]);
    const auto& tag_mask = duckdb::FlatVector::Validity(*members[0]);
    for (std::size_t n = 0; n < count; ++n) {
      if (!mask.RowIsValid(n)) continue;
      if (!tag_mask.RowIsValid(n) || tags[n] + std::size_t{1} >= members.size())
        return in_.damaged("a union of no such member");
    }
    return ok();
  }

  Status read_list(Vector& vector, std::size_t count) {
    auto* entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(vector);
    const auto& mask = duckdb::FlatVector::Validity(vector);
    std::uint64_t total = 0;
    for (std::size_t n = 0; n < count; ++n) {
      entries[n] = duckdb::list_entry_t(total, 0);
      if (!mask.RowIsValid(n)) continue;
      // each element takes at least one bit of what follows
      LAKE_TRY(const std::uint64_t length, in_.varint(in_.remaining() * 8));
      entries[n].length = length;
      total += length;
    }
    if (total > in_.remaining() * 8) return in_.damaged("a list longer than its bytes");
    duckdb::ListVector::Reserve(vector, total);
    duckdb::ListVector::SetListSize(vector, total);
    ++depth_;
    LAKE_CHECK_OK(read(duckdb::ListVector::GetEntry(vector), total));
    --depth_;
    return ok();
  }

  Status read_array(Vector& vector, std::size_t count) {
    const std::size_t length = duckdb::ArrayType::GetSize(vector.GetType());
    const auto& mask = duckdb::FlatVector::Validity(vector);
    const std::size_t valid = mask.AllValid() ? count : mask.CountValid(count);
    if (valid * length > in_.remaining() * 8) return in_.damaged("an array longer than its bytes");
    auto& child = duckdb::ArrayVector::GetEntry(vector);
    ++depth_;
    if (valid == count) {
      LAKE_CHECK_OK(read(child, count * length));
    } else {
      // NULL arrays have no elements in the block, but places in the vector
      Vector dense(child.GetType(), std::max<std::size_t>(valid * length, 1));
      LAKE_CHECK_OK(read(dense, valid * length));
      std::size_t next = 0;
      for (std::size_t n = 0; n < count; ++n) {
        if (mask.RowIsValid(n)) {
          duckdb::VectorOperations::Copy(dense, child, next + length, next, n * length);
          next += length;
        } else {
          for (std::size_t e = 0; e < length; ++e) duckdb::FlatVector::SetNull(child, n * length + e, true);
        }
      }
    }
    --depth_;
    return ok();
  }

  SegmentReader& in_;
  std::size_t depth_ = 0;
};

/// What stands before the batches.
struct Header {
  std::uint64_t row_count = 0;
  std::uint64_t batch_rows = 0;  // at most
  bool hidden = false;
  std::vector<catalog::Field> fields;
  duckdb::vector<LogicalType> types;  // hidden columns included
};

Result<Header> read_header(SegmentReader& in, const catalog::SegmentChunk& chunk) {
  Header header;
  LAKE_TRY(const std::string_view magic, in.take(kSegmentMagic.size()));
  if (magic != kSegmentMagic) return in.damaged("not a segment block");
  LAKE_TRY(const std::uint8_t version, in.byte());
  if (version != kSegmentVersion) {
    return Error(ErrorCode::kCorruption, "inline segment is of version " + std::to_string(version) +
                                             "; this program reads version " +
                                             std::to_string(kSegmentVersion));
  }
  LAKE_TRY(const std::uint8_t flags, in.byte());
  if ((flags & ~kSegmentHiddenColumns) != 0) return in.damaged("unknown flags");
  header.hidden = (flags & kSegmentHiddenColumns) != 0;
  LAKE_TRY(header.row_count, in.varint());
  if (header.row_count != chunk.row_count) return in.damaged("not the number of rows the catalog has");
  LAKE_TRY(const std::uint64_t columns, in.varint(kSegmentLeavesMax));
  TypeReader types(in);
  for (std::uint64_t i = 0; i < columns; ++i) {
    LAKE_TRY(auto field, types.read_field());
    header.fields.push_back(std::move(field.field));
    header.types.push_back(std::move(field.type));
  }
  header.batch_rows = std::clamp<std::uint64_t>(header.row_count, 1, segment_batch_rows(types.cells()));
  for (const catalog::FieldId id : {catalog::kRowIdField, catalog::kLastUpdatedSequenceField}) {
    catalog::Field field;
    field.id = id;
    field.name = id == catalog::kRowIdField ? "_row_id" : "_last_updated_sequence_number";
    header.fields.push_back(std::move(field));
    header.types.push_back(LogicalType::BIGINT);
  }
  return header;
}

/// Gives fresh rows what they inherit.
void inherit(Vector& vector, std::size_t count, std::uint64_t first, std::uint64_t step, bool stored) {
  auto* data = duckdb::FlatVector::GetData<std::int64_t>(vector);
  auto& mask = duckdb::FlatVector::Validity(vector);
  for (std::size_t n = 0; n < count; ++n) {
    if (stored && mask.RowIsValid(n)) continue;
    data[n] = static_cast<std::int64_t>(first + step * n);
  }
  mask.SetAllValid(count);
}

Status read_batches(SegmentReader& in, const Header& header, const catalog::SegmentChunk& chunk,
                    duckdb::ColumnDataCollection& rows) {
  const std::size_t columns = header.types.size() - 2;
  duckdb::ColumnDataAppendState state;
  rows.InitializeAppend(state);
  duckdb::DataChunk batch;
  batch.Initialize(duckdb::Allocator::DefaultAllocator(), header.types, header.batch_rows);
  for (std::uint64_t done = 0; done < header.row_count;) {
    LAKE_TRY(const std::uint64_t count, in.varint(std::min(header.batch_rows, header.row_count - done)));
    if (count == 0) return in.damaged("an empty batch");
    batch.Reset();
    VectorReader values(in);
    for (std::size_t i = 0; i < columns + (header.hidden ? 2 : 0); ++i)
      LAKE_CHECK_OK(values.read(batch.data[i], count));
    inherit(batch.data[columns], count, chunk.first_row_id + done, 1, header.hidden);
    inherit(batch.data[columns + 1], count, chunk.begin, 0, header.hidden);
    batch.SetCardinality(count);
    rows.Append(state, batch);
    done += count;
  }
  if (in.remaining() != 0) return in.damaged("bytes after the last row");
  return ok();
}

using RowsResult = Result<std::shared_ptr<duckdb::ColumnDataCollection>>;

RowsResult decode_block(const catalog::SegmentChunk& chunk, std::vector<catalog::Field>& fields) {
  if (chunk.bytes == nullptr) return Error(ErrorCode::kCorruption, "inline segment is damaged: no bytes");
  SegmentReader in(*chunk.bytes);
  LAKE_TRY(auto header, read_header(in, chunk));
  auto rows =
      std::make_shared<duckdb::ColumnDataCollection>(duckdb::Allocator::DefaultAllocator(), header.types);
  LAKE_CHECK_OK(read_batches(in, header, chunk, *rows));
  fields = std::move(header.fields);
  return rows;
}

}  // namespace

RowsResult decode_rows(const catalog::SegmentChunk& chunk, std::vector<catalog::Field>& fields) {
  RowsResult result{nullptr};
  LAKE_CHECK_OK(engine::guarded([&] { result = decode_block(chunk, fields); }));
  return result;
}

RowsResult decode_rows(const catalog::SegmentChunk& chunk, std::vector<catalog::FieldId>& field_ids) {
  std::vector<catalog::Field> fields;
  LAKE_TRY(auto rows, decode_rows(chunk, fields));
  field_ids.clear();
  for (const auto& field : fields) field_ids.push_back(field.id);
  return rows;
}

}  // namespace lake::tables
