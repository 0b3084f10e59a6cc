#include <algorithm>
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

  /// Fills places [at, at + count) of `vector`, which has room for them.
  Status read(Vector& vector, std::size_t at, std::size_t count) {
    const PhysicalType form = vector.GetType().InternalType();
    const bool nested =
        form == PhysicalType::STRUCT || form == PhysicalType::LIST || form == PhysicalType::ARRAY;
    if (nested && at != 0) {
      Vector part(vector.GetType(), std::max<std::size_t>(count, 1));
      LAKE_CHECK_OK(read(part, 0, count));
      duckdb::VectorOperations::Copy(part, vector, count, 0, at);
      return ok();
    }
    auto& mask = duckdb::FlatVector::Validity(vector);
    LAKE_TRY(const SegmentValidity code, read_validity(mask, at, count));
    if (code == SegmentValidity::kAllNull) {
      // by Value, so that members of a struct become NULL too
      for (std::size_t n = 0; n < count; ++n) duckdb::FlatVector::SetNull(vector, at + n, true);
      return ok();
    }
    switch (form) {
      case PhysicalType::STRUCT:
        return read_struct(vector, count);
      case PhysicalType::LIST:
        return read_list(vector, count);
      case PhysicalType::ARRAY:
        return read_array(vector, count);
      case PhysicalType::VARCHAR:
        return read_strings(vector, at, count);
      default:
        return read_fixed(vector, at, count);
    }
  }

 private:
  Result<SegmentValidity> read_validity(duckdb::ValidityMask& mask, std::size_t at, std::size_t count) {
    LAKE_TRY(const std::uint8_t byte, in_.byte());
    const auto code = static_cast<SegmentValidity>(byte);
    if (code == SegmentValidity::kAllValid) return code;
    if (code == SegmentValidity::kAllNull && depth_ == 0) return code;
    if (code != SegmentValidity::kBitmap) return in_.damaged("an unknown validity");
    LAKE_TRY(const std::string_view bits, in_.take((count + 7) / 8));
    for (std::size_t n = 0; n < count; ++n) {
      if (((static_cast<unsigned char>(bits[n / 8]) >> (n % 8)) & 1U) == 0) mask.SetInvalid(at + n);
    }
    return code;
  }

  Status read_fixed(Vector& vector, std::size_t at, std::size_t count) {
    const std::size_t width = duckdb::GetTypeIdSize(vector.GetType().InternalType());
    LAKE_TRY(const std::string_view bytes, in_.take(width * count));
    if (count == 0) return ok();
    std::memcpy(duckdb::FlatVector::GetData(vector) + at * width, bytes.data(), bytes.size());
    if (vector.GetType().id() == LogicalTypeId::BOOLEAN) {
      for (const char value : bytes) {
        if (value != 0 && value != 1) return in_.damaged("a boolean that is neither");
      }
    }
    return ok();
  }

  Status read_strings(Vector& vector, std::size_t at, std::size_t count) {
    auto* data = duckdb::FlatVector::GetData<duckdb::string_t>(vector);
    const auto& mask = duckdb::FlatVector::Validity(vector);
    const LogicalTypeId id = vector.GetType().id();
    for (std::size_t n = at; n < at + count; ++n) {
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
    for (auto& member : members) LAKE_CHECK_OK(read(*member, 0, count));
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
    LAKE_CHECK_OK(read(duckdb::ListVector::GetEntry(vector), 0, total));
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
      LAKE_CHECK_OK(read(child, 0, count * length));
    } else {
      // NULL arrays have no elements in the block, but places in the vector
      Vector dense(child.GetType(), std::max<std::size_t>(valid * length, 1));
      LAKE_CHECK_OK(read(dense, 0, valid * length));
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

/// What stands in a block before its types.
struct BlockStart {
  std::uint64_t row_count = 0;
  bool hidden = false;
};

Result<BlockStart> read_start(SegmentReader& in, const catalog::SegmentChunk& chunk) {
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
  BlockStart start;
  start.hidden = (flags & kSegmentHiddenColumns) != 0;
  LAKE_TRY(start.row_count, in.varint());
  if (start.row_count != chunk.row_count) return in.damaged("not the number of rows the catalog has");
  return start;
}

/// The columns of blocks, hidden ones included.
struct Columns {
  std::string text;  // the bytes that say them
  std::vector<catalog::Field> fields;
  duckdb::vector<LogicalType> types;
  std::uint64_t batch_rows_max = 0;
};

Result<Columns> read_columns(SegmentReader& in) {
  Columns result;
  const std::string_view rest = in.rest();
  LAKE_TRY(const std::uint64_t count, in.varint(kSegmentLeavesMax));
  TypeReader types(in);
  for (std::uint64_t i = 0; i < count; ++i) {
    LAKE_TRY(auto field, types.read_field());
    result.fields.push_back(std::move(field.field));
    result.types.push_back(std::move(field.type));
  }
  result.text = rest.substr(0, rest.size() - in.remaining());
  result.batch_rows_max = segment_batch_rows(types.cells());
  for (const catalog::FieldId id : {catalog::kRowIdField, catalog::kLastUpdatedSequenceField}) {
    catalog::Field field;
    field.id = id;
    field.name = id == catalog::kRowIdField ? "_row_id" : "_last_updated_sequence_number";
    result.fields.push_back(std::move(field));
    result.types.push_back(LogicalType::BIGINT);
  }
  return result;
}

/// Gives fresh rows what they inherit.
void inherit(Vector& vector, std::size_t at, std::size_t count, std::uint64_t first, std::uint64_t step,
             bool stored) {
  auto* data = duckdb::FlatVector::GetData<std::int64_t>(vector);
  auto& mask = duckdb::FlatVector::Validity(vector);
  for (std::size_t n = 0; n < count; ++n) {
    if (stored && mask.RowIsValid(at + n)) continue;
    data[at + n] = static_cast<std::int64_t>(first + step * n);
    if (stored) mask.SetValid(at + n);
  }
}

/// Decodes blocks one after another; those that share their columns share batches and a collection.
class BlockGatherer {
 public:
  BlockGatherer(const MakeRows& make, std::uint64_t row_count) : make_(make), rows_left_(row_count) {}

  Status add(const catalog::SegmentChunk& chunk) {
    if (chunk.bytes == nullptr) return Error(ErrorCode::kCorruption, "inline segment is damaged: no bytes");
    SegmentReader in(*chunk.bytes);
    LAKE_TRY(const BlockStart start, read_start(in, chunk));
    if (!done_.empty() && done_.back().schema_id == chunk.schema_id && in.rest().starts_with(columns_.text)) {
      LAKE_TRY(const std::string_view same, in.take(columns_.text.size()));
      static_cast<void>(same);
    } else {
      flush();
      LAKE_TRY(columns_, read_columns(in));
      begin(chunk);
    }
    LAKE_CHECK_OK(read_batches(in, start, chunk));
    done_.back().row_count += chunk.row_count;
    rows_left_ -= std::min<std::uint64_t>(rows_left_, chunk.row_count);
    return ok();
  }

  std::vector<DecodedRows> finish() {
    flush();
    return std::move(done_);
  }

 private:
  void begin(const catalog::SegmentChunk& chunk) {
    const std::uint64_t expected = std::max<std::uint64_t>(rows_left_, chunk.row_count);
    capacity_ = std::clamp<std::uint64_t>(expected, 1, columns_.batch_rows_max);
    batch_.Destroy();
    batch_.Initialize(duckdb::Allocator::DefaultAllocator(), columns_.types, capacity_);
    DecodedRows rows;
    rows.start = chunk.start;
    rows.schema_id = chunk.schema_id;
    rows.fields = columns_.fields;
    rows.rows = make_(columns_.types);
    append_ = duckdb::ColumnDataAppendState();
    rows.rows->InitializeAppend(append_);
    done_.push_back(std::move(rows));
  }

  void flush() {
    if (filled_ == 0) return;
    batch_.SetCardinality(filled_);
    done_.back().rows->Append(append_, batch_);
    batch_.Reset();
    filled_ = 0;
  }

  Status read_batches(SegmentReader& in, const BlockStart& start, const catalog::SegmentChunk& chunk) {
    const std::size_t stored = columns_.types.size() - 2;
    const std::uint64_t batch_rows = std::clamp<std::uint64_t>(start.row_count, 1, columns_.batch_rows_max);
    for (std::uint64_t done = 0; done < start.row_count;) {
      LAKE_TRY(const std::uint64_t count, in.varint(std::min(batch_rows, start.row_count - done)));
      if (count == 0) return in.damaged("an empty batch");
      if (filled_ + count > capacity_) flush();
      VectorReader values(in);
      for (std::size_t i = 0; i < stored + (start.hidden ? 2 : 0); ++i) {
        LAKE_CHECK_OK(values.read(batch_.data[i], filled_, count));
      }
      inherit(batch_.data[stored], filled_, count, chunk.first_row_id + done, 1, start.hidden);
      inherit(batch_.data[stored + 1], filled_, count, chunk.begin, 0, start.hidden);
      filled_ += count;
      done += count;
    }
    if (in.remaining() != 0) return in.damaged("bytes after the last row");
    return ok();
  }

  const MakeRows& make_;
  std::uint64_t rows_left_;
  Columns columns_;
  duckdb::DataChunk batch_;
  std::uint64_t capacity_ = 0;
  std::uint64_t filled_ = 0;
  duckdb::ColumnDataAppendState append_;
  std::vector<DecodedRows> done_;
};

Status gather(const std::vector<catalog::SegmentChunk>& chunks, const MakeRows& make,
              std::vector<DecodedRows>& result) {
  std::uint64_t row_count = 0;
  for (const auto& chunk : chunks) row_count += chunk.row_count;
  BlockGatherer gatherer(make, row_count);
  for (const auto& chunk : chunks) LAKE_CHECK_OK(gatherer.add(chunk));
  result = gatherer.finish();
  return ok();
}

using RowsResult = Result<std::shared_ptr<duckdb::ColumnDataCollection>>;

}  // namespace

Result<std::vector<DecodedRows>> decode_chunks(const std::vector<catalog::SegmentChunk>& chunks,
                                               const MakeRows& make) {
  std::vector<DecodedRows> result;
  Status done = ok();
  LAKE_CHECK_OK(engine::guarded([&] { done = gather(chunks, make, result); }));
  LAKE_CHECK_OK(done);
  return result;
}

RowsResult decode_rows(const catalog::SegmentChunk& chunk, std::vector<catalog::Field>& fields) {
  const MakeRows plain = [](const duckdb::vector<LogicalType>& types) {
    return std::make_shared<duckdb::ColumnDataCollection>(duckdb::Allocator::DefaultAllocator(), types);
  };
  LAKE_TRY(auto decoded, decode_chunks({chunk}, plain));
  fields = std::move(decoded.front().fields);
  return std::move(decoded.front().rows);
}

RowsResult decode_rows(const catalog::SegmentChunk& chunk, std::vector<catalog::FieldId>& field_ids) {
  std::vector<catalog::Field> fields;
  LAKE_TRY(auto rows, decode_rows(chunk, fields));
  field_ids.clear();
  for (const auto& field : fields) field_ids.push_back(field.id);
  return rows;
}

}  // namespace lake::tables
