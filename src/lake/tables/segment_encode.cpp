#include <bit>
#include <numeric>
#include <optional>
#include <utility>

#include "lake/base/row_address.hpp"
#include "lake/tables/segment_codec.hpp"
#include "lake/tables/segment_format.hpp"

namespace lake::tables {
namespace {

static_assert(std::endian::native == std::endian::little,
              "fixed-width values are stored as they lie in memory");

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::PhysicalType;
using duckdb::Vector;

std::optional<SegmentType> plain_tag(LogicalTypeId id) {
  switch (id) {
    case LogicalTypeId::BOOLEAN:
      return SegmentType::kBoolean;
    case LogicalTypeId::TINYINT:
      return SegmentType::kTinyInt;
    case LogicalTypeId::SMALLINT:
      return SegmentType::kSmallInt;
    case LogicalTypeId::INTEGER:
      return SegmentType::kInteger;
    case LogicalTypeId::BIGINT:
      return SegmentType::kBigInt;
    case LogicalTypeId::HUGEINT:
      return SegmentType::kHugeInt;
    case LogicalTypeId::UTINYINT:
      return SegmentType::kUTinyInt;
    case LogicalTypeId::USMALLINT:
      return SegmentType::kUSmallInt;
    case LogicalTypeId::UINTEGER:
      return SegmentType::kUInteger;
    case LogicalTypeId::UBIGINT:
      return SegmentType::kUBigInt;
    case LogicalTypeId::UHUGEINT:
      return SegmentType::kUHugeInt;
    case LogicalTypeId::FLOAT:
      return SegmentType::kFloat;
    case LogicalTypeId::DOUBLE:
      return SegmentType::kDouble;
    case LogicalTypeId::VARCHAR:
      return SegmentType::kVarchar;
    case LogicalTypeId::BLOB:
      return SegmentType::kBlob;
    case LogicalTypeId::BIT:
      return SegmentType::kBit;
    case LogicalTypeId::BIGNUM:
      return SegmentType::kBigNum;
    case LogicalTypeId::UUID:
      return SegmentType::kUuid;
    case LogicalTypeId::DATE:
      return SegmentType::kDate;
    case LogicalTypeId::TIME:
      return SegmentType::kTime;
    case LogicalTypeId::TIME_NS:
      return SegmentType::kTimeNs;
    case LogicalTypeId::TIME_TZ:
      return SegmentType::kTimeTz;
    case LogicalTypeId::TIMESTAMP:
      return SegmentType::kTimestamp;
    case LogicalTypeId::TIMESTAMP_SEC:
      return SegmentType::kTimestampS;
    case LogicalTypeId::TIMESTAMP_MS:
      return SegmentType::kTimestampMs;
    case LogicalTypeId::TIMESTAMP_NS:
      return SegmentType::kTimestampNs;
    case LogicalTypeId::TIMESTAMP_TZ:
      return SegmentType::kTimestampTz;
    case LogicalTypeId::INTERVAL:
      return SegmentType::kInterval;
    case LogicalTypeId::ENUM:
      return SegmentType::kEnum;
    case LogicalTypeId::VARIANT:
      return SegmentType::kVariant;
    default:
      return std::nullopt;
  }
}

[[noreturn]] void refuse(const std::string& what) {
  throw duckdb::InvalidInputException("the lake cannot store " + what);
}

/// Field ids and types, depth first.
class TypeWriter {
 public:
  explicit TypeWriter(std::string& out) : out_(out) {}

  /// Values that one row of the types put so far holds at most, lists counted as one element.
  [[nodiscard]] std::uint64_t cells() const { return cells_; }

  void put(const LogicalType& type, const catalog::Field& field, std::size_t depth = 0) {
    if (depth > kSegmentDepthMax) refuse("a type nested this deep: " + field.name);
    if (!type.IsNested()) cells_ += array_elements_;
    if (cells_ > kSegmentRowCellsMax) refuse("arrays this large: " + field.name);
    if (const auto tag = plain_tag(type.id())) return put_tag(*tag);
    switch (type.id()) {
      case LogicalTypeId::DECIMAL:
        put_tag(SegmentType::kDecimal);
        out_.push_back(static_cast<char>(duckdb::DecimalType::GetWidth(type)));
        out_.push_back(static_cast<char>(duckdb::DecimalType::GetScale(type)));
        return;
      case LogicalTypeId::GEOMETRY:
        return put_geometry(type);
      case LogicalTypeId::STRUCT:
        put_tag(SegmentType::kStruct);
        return put_members(duckdb::StructType::GetChildTypes(type), field, depth);
      case LogicalTypeId::UNION:
        put_tag(SegmentType::kUnion);
        return put_members(duckdb::UnionType::CopyMemberTypes(type), field, depth);
      case LogicalTypeId::LIST:
        put_tag(SegmentType::kList);
        return put_in_list([&] { put_child(duckdb::ListType::GetChildType(type), field, 0, depth); });
      case LogicalTypeId::ARRAY:
        return put_array(type, field, depth);
      case LogicalTypeId::MAP:
        put_tag(SegmentType::kMap);
        return put_in_list([&] {
          put_child(duckdb::MapType::KeyType(type), field, 0, depth);
          put_child(duckdb::MapType::ValueType(type), field, 1, depth);
        });
      default:
        refuse("type " + type.ToString());
    }
  }

 private:
  void put_tag(SegmentType tag) { out_.push_back(static_cast<char>(tag)); }
  void put_geometry(const LogicalType& type) {
    put_tag(SegmentType::kGeometry);
    const bool has_crs = duckdb::GeoType::HasCRS(type);
    put_text(out_, has_crs ? duckdb::GeoType::GetCRS(type).GetDefinition() : std::string());
  }
  template <class Put>
  void put_in_list(Put put_children) {
    const auto outer = std::exchange(array_elements_, 1);
    ++lists_;
    put_children();
    --lists_;
    array_elements_ = outer;
  }
  void put_array(const LogicalType& type, const catalog::Field& field, std::size_t depth) {
    const std::uint64_t size = duckdb::ArrayType::GetSize(type);
    put_tag(SegmentType::kArray);
    put_varint(out_, size);
    array_elements_ *= size;
    if (array_elements_ > (lists_ == 0 ? duckdb::ArrayType::MAX_ARRAY_SIZE : kSegmentListArrayMax)) {
      refuse("arrays this large: " + field.name);
    }
    put_child(duckdb::ArrayType::GetChildType(type), field, 0, depth);
    array_elements_ /= size;
  }
  void put_child(const LogicalType& type, const catalog::Field& parent, std::size_t index,
                 std::size_t depth) {
    if (index >= parent.children.size()) refuse("rows that do not fit column " + parent.name);
    const catalog::Field& child = parent.children[index];
    put_varint(out_, static_cast<std::uint32_t>(child.id));
    put(type, child, depth + 1);
  }
  void put_members(const duckdb::child_list_t<LogicalType>& members, const catalog::Field& field,
                   std::size_t depth) {
    put_varint(out_, members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      put_text(out_, members[i].first);
      put_child(members[i].second, field, i, depth);
    }
  }
  std::string& out_;
  std::uint64_t cells_ = 0;
  std::uint64_t array_elements_ = 1;
  std::size_t lists_ = 0;
};

/// Values of flat vectors, one batch after another.
class VectorWriter {
 public:
  explicit VectorWriter(std::string& out) : out_(out) {}

  /// The rows `index[0..count)` of a vector of `size` values; a null `index` means all in order.
  void put(Vector& vector, std::size_t size, const std::uint32_t* index, std::size_t count) {
    vector.Flatten(size);
    if (put_validity(vector, index, count) == SegmentValidity::kAllNull) return;
    switch (vector.GetType().InternalType()) {
      case PhysicalType::STRUCT:
        return put_struct(vector, size, index, count);
      case PhysicalType::LIST:
        return put_list(vector, index, count);
      case PhysicalType::ARRAY:
        return put_array(vector, index, count);
      case PhysicalType::VARCHAR:
        return put_strings(vector, index, count);
      default:
        if (vector.GetType().id() == LogicalTypeId::ENUM) return put_enum(vector, index, count);
        return put_fixed(vector, index, count);
    }
  }

 private:
  static std::size_t row(const std::uint32_t* index, std::size_t n) {
    return index == nullptr ? n : index[n];
  }

  SegmentValidity put_validity(Vector& vector, const std::uint32_t* index, std::size_t count) {
    const auto& mask = duckdb::FlatVector::Validity(vector);
    std::size_t valid = count;
    if (!mask.AllValid()) {
      valid = 0;
      for (std::size_t n = 0; n < count; ++n) valid += mask.RowIsValid(row(index, n)) ? 1 : 0;
    }
    if (valid == count) return put_code(SegmentValidity::kAllValid);
    // only a whole column may leave out its bitmap, so that bytes bound what a decoder allocates
    if (valid == 0 && depth_ == 0) return put_code(SegmentValidity::kAllNull);
    put_code(SegmentValidity::kBitmap);
    const std::size_t start = out_.size();
    out_.resize(start + (count + 7) / 8, '\0');
    for (std::size_t n = 0; n < count; ++n) {
      if (!mask.RowIsValid(row(index, n))) continue;
      out_[start + n / 8] =
          static_cast<char>(static_cast<unsigned char>(out_[start + n / 8]) | (1U << (n % 8)));
    }
    return SegmentValidity::kBitmap;
  }
  SegmentValidity put_code(SegmentValidity code) {
    out_.push_back(static_cast<char>(code));
    return code;
  }

  void put_fixed(Vector& vector, const std::uint32_t* index, std::size_t count) {
    const std::size_t width = duckdb::GetTypeIdSize(vector.GetType().InternalType());
    const auto* data = reinterpret_cast<const char*>(duckdb::FlatVector::GetData(vector));
    const auto& mask = duckdb::FlatVector::Validity(vector);
    if (index == nullptr && mask.AllValid()) {
      out_.append(data, width * count);
      return;
    }
    for (std::size_t n = 0; n < count; ++n) {
      const std::size_t r = row(index, n);
      if (mask.RowIsValid(r)) {
        out_.append(data + r * width, width);
      } else {
        out_.append(width, '\0');  // bytes of a NULL are no data: never let memory leak out
      }
    }
  }

  void put_strings(Vector& vector, const std::uint32_t* index, std::size_t count) {
    const auto* data = duckdb::FlatVector::GetData<duckdb::string_t>(vector);
    const auto& mask = duckdb::FlatVector::Validity(vector);
    for (std::size_t n = 0; n < count; ++n) {
      const std::size_t r = row(index, n);
      if (mask.RowIsValid(r)) put_text(out_, std::string_view(data[r].GetData(), data[r].GetSize()));
    }
  }

  void put_enum(Vector& vector, const std::uint32_t* index, std::size_t count) {
    const auto& mask = duckdb::FlatVector::Validity(vector);
    const auto* names = duckdb::FlatVector::GetData<duckdb::string_t>(
        duckdb::EnumType::GetValuesInsertOrder(vector.GetType()));
    const PhysicalType width = vector.GetType().InternalType();
    for (std::size_t n = 0; n < count; ++n) {
      const std::size_t r = row(index, n);
      if (!mask.RowIsValid(r)) continue;
      const std::size_t position =
          width == PhysicalType::UINT8    ? duckdb::FlatVector::GetData<std::uint8_t>(vector)[r]
          : width == PhysicalType::UINT16 ? duckdb::FlatVector::GetData<std::uint16_t>(vector)[r]
                                          : duckdb::FlatVector::GetData<std::uint32_t>(vector)[r];
      put_text(out_, std::string_view(names[position].GetData(), names[position].GetSize()));
    }
  }

  void put_struct(Vector& vector, std::size_t size, const std::uint32_t* index, std::size_t count) {
    ++depth_;
    for (auto& member : duckdb::StructVector::GetEntries(vector)) put(*member, size, index, count);
    --depth_;
  }

  void put_list(Vector& vector, const std::uint32_t* index, std::size_t count) {
    const auto* entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(vector);
    const auto& mask = duckdb::FlatVector::Validity(vector);
    std::vector<std::uint32_t> elements;
    for (std::size_t n = 0; n < count; ++n) {
      const std::size_t r = row(index, n);
      if (!mask.RowIsValid(r)) continue;
      put_varint(out_, entries[r].length);
      for (std::size_t e = 0; e < entries[r].length; ++e) {
        elements.push_back(static_cast<std::uint32_t>(entries[r].offset + e));
      }
    }
    ++depth_;
    put(duckdb::ListVector::GetEntry(vector), duckdb::ListVector::GetListSize(vector), elements.data(),
        elements.size());
    --depth_;
  }

  void put_array(Vector& vector, const std::uint32_t* index, std::size_t count) {
    const std::size_t length = duckdb::ArrayType::GetSize(vector.GetType());
    const auto& mask = duckdb::FlatVector::Validity(vector);
    std::vector<std::uint32_t> elements;
    std::size_t last = 0;
    for (std::size_t n = 0; n < count; ++n) {
      const std::size_t r = row(index, n);
      last = std::max(last, r + 1);
      if (!mask.RowIsValid(r)) continue;
      for (std::size_t e = 0; e < length; ++e) elements.push_back(static_cast<std::uint32_t>(r * length + e));
    }
    ++depth_;
    put(duckdb::ArrayVector::GetEntry(vector), last * length, elements.data(), elements.size());
    --depth_;
  }

  std::string& out_;
  std::size_t depth_ = 0;
};

/// Rows in pieces, as often as asked for. The only piece of few rows is fetched once.
class Pieces {
 public:
  explicit Pieces(const duckdb::ColumnDataCollection& rows) : rows_(rows) {
    if (rows.ChunkCount() != 1) return;
    rows.InitializeScanChunk(only_);
    rows.FetchChunk(0, only_);
  }
  template <class Use>
  void each(Use use) {
    if (rows_.ChunkCount() == 1) return use(only_);
    for (auto& chunk : rows_.Chunks()) use(chunk);
  }

 private:
  const duckdb::ColumnDataCollection& rows_;
  duckdb::DataChunk only_;
};

std::uint64_t count_nulls(Pieces& rows, duckdb::column_t column) {
  std::uint64_t nulls = 0;
  rows.each([&](duckdb::DataChunk& chunk) {
    duckdb::UnifiedVectorFormat format;
    chunk.data[column].ToUnifiedFormat(chunk.size(), format);
    if (format.validity.AllValid()) return;
    for (std::size_t n = 0; n < chunk.size(); ++n)
      nulls += format.validity.RowIsValid(format.sel->get_index(n)) ? 0 : 1;
  });
  return nulls;
}

void put_batches(std::string& bytes, Pieces& rows, std::size_t columns, std::size_t batch_rows) {
  VectorWriter values(bytes);
  std::vector<std::uint32_t> part;
  rows.each([&](duckdb::DataChunk& chunk) {
    for (std::size_t start = 0; start < chunk.size(); start += batch_rows) {
      const std::size_t count = std::min(batch_rows, chunk.size() - start);
      part.resize(count);
      std::iota(part.begin(), part.end(), static_cast<std::uint32_t>(start));
      const std::uint32_t* index = count == chunk.size() ? nullptr : part.data();
      put_varint(bytes, count);
      for (std::size_t i = 0; i < columns; ++i) values.put(chunk.data[i], chunk.size(), index, count);
    }
  });
}

}  // namespace

catalog::SegmentAppend encode_rows(const duckdb::ColumnDataCollection& rows, const catalog::Schema& schema) {
  const std::size_t columns = schema.fields.size();
  if (rows.ColumnCount() != columns + 2 || rows.Count() > RowAddress::kRowsPerFileMax)
    refuse("these rows inline");
  Pieces pieces(rows);
  const std::uint64_t fresh = count_nulls(pieces, columns);
  const bool hidden = fresh != rows.Count() || count_nulls(pieces, columns + 1) != rows.Count();

  auto bytes = std::make_shared<std::string>();
  bytes->append(kSegmentMagic);
  bytes->push_back(static_cast<char>(kSegmentVersion));
  bytes->push_back(static_cast<char>(hidden ? kSegmentHiddenColumns : 0));
  put_varint(*bytes, rows.Count());
  put_varint(*bytes, columns);
  TypeWriter types(*bytes);
  for (std::size_t i = 0; i < columns; ++i) {
    put_varint(*bytes, static_cast<std::uint32_t>(schema.fields[i].id));
    types.put(rows.Types()[i], schema.fields[i]);
  }
  put_batches(*bytes, pieces, columns + (hidden ? 2 : 0), segment_batch_rows(types.cells()));
  catalog::SegmentAppend append;
  append.row_count = static_cast<std::uint32_t>(rows.Count());
  append.schema_id = schema.schema_id;
  append.bytes = std::move(bytes);
  append.fresh_row_ids = fresh;
  return append;
}

}  // namespace lake::tables
