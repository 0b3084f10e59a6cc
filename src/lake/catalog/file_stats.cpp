#include "lake/catalog/file_stats.hpp"

#include <algorithm>
#include <bit>

#include "lake/base/assert.hpp"
#include "lake/catalog/packed_bytes.hpp"

namespace lake::catalog {
namespace {

constexpr std::uint32_t kStatsVersion = 1;
constexpr std::size_t kHeaderBytes = 8;     // version, column count
constexpr std::size_t kDirectoryBytes = 8;  // of one column: field id, offset of its entry

// bits of an entry's first byte: which parts follow
constexpr std::uint8_t kHasValueCount = 1;
constexpr std::uint8_t kHasNullCount = 2;
constexpr std::uint8_t kHasNanCount = 4;
constexpr std::uint8_t kHasBytes = 8;
constexpr std::uint8_t kHasLower = 16;
constexpr std::uint8_t kHasUpper = 32;

void put_entry(std::string& out, const ColumnStats& column) {
  std::uint8_t mask = 0;
  if (column.value_count >= 0) mask |= kHasValueCount;
  if (column.null_count >= 0) mask |= kHasNullCount;
  if (column.nan_count >= 0) mask |= kHasNanCount;
  if (column.bytes >= 0) mask |= kHasBytes;
  if (column.lower) mask |= kHasLower;
  if (column.upper) mask |= kHasUpper;
  out.push_back(static_cast<char>(mask));
  for (const std::int64_t count : {column.value_count, column.null_count, column.nan_count, column.bytes}) {
    if (count >= 0) put_varint(out, static_cast<std::uint64_t>(count));
  }
  for (const auto* bound : {&column.lower, &column.upper}) {
    if (!*bound) continue;
    put_varint(out, (*bound)->size());
    out += **bound;
  }
}

bool read_count(PackedReader& reader, bool present, std::int64_t& count) {
  if (!present) return true;
  const auto value = reader.varint();
  if (!value || *value > static_cast<std::uint64_t>(INT64_MAX)) return false;
  count = static_cast<std::int64_t>(*value);
  return true;
}

bool read_bound(PackedReader& reader, bool present, std::optional<std::string_view>& bound) {
  if (!present) return true;
  const auto size = reader.varint();
  if (!size) return false;
  bound = reader.take(*size);
  return bound.has_value();
}

bool read_entry(PackedReader& reader, ColumnStatsView& column) {
  const auto mask = reader.byte();
  if (!mask || *mask >= 64) return false;
  const auto has = [&](std::uint8_t bit) { return (*mask & bit) != 0; };
  return read_count(reader, has(kHasValueCount), column.value_count) &&
         read_count(reader, has(kHasNullCount), column.null_count) &&
         read_count(reader, has(kHasNanCount), column.nan_count) &&
         read_count(reader, has(kHasBytes), column.bytes) &&
         read_bound(reader, has(kHasLower), column.lower) && read_bound(reader, has(kHasUpper), column.upper);
}

/// Whether an entry that read_entry() can read fills [next, end). Opening a lake asks it of every column of
/// every file.
bool is_entry(const char* next, const char* end) {
  const auto number = [&](std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && next != end; shift += 7) {
      const auto byte = static_cast<unsigned char>(*next++);
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  };
  if (next == end) return false;
  const unsigned mask = static_cast<unsigned char>(*next++);
  if (mask >= 64) return false;
  std::uint64_t value = 0;
  for (int counts = std::popcount(mask & 0xfU); counts > 0; --counts) {
    if (!number(value) || value > static_cast<std::uint64_t>(INT64_MAX)) return false;
  }
  for (int bounds = std::popcount(mask >> 4U); bounds > 0; --bounds) {
    if (!number(value) || value > static_cast<std::uint64_t>(end - next)) return false;
    next += value;
  }
  return next == end;
}

std::optional<std::string> owned(std::optional<std::string_view> bound) {
  if (!bound) return std::nullopt;
  return std::string(*bound);
}

}  // namespace

FileStats::FileStats(std::vector<ColumnStats> columns) {
  if (columns.empty()) return;
  std::stable_sort(columns.begin(), columns.end(), [](const ColumnStats& left, const ColumnStats& right) {
    return left.field_id < right.field_id;
  });
  columns.erase(std::unique(columns.begin(), columns.end(),
                            [](const ColumnStats& left, const ColumnStats& right) {
                              return left.field_id == right.field_id;
                            }),
                columns.end());
  put_u32(bytes_, kStatsVersion);
  put_u32(bytes_, static_cast<std::uint32_t>(columns.size()));
  std::string entries;
  const std::size_t entries_begin = kHeaderBytes + columns.size() * kDirectoryBytes;
  for (const ColumnStats& column : columns) {
    put_u32(bytes_, static_cast<std::uint32_t>(column.field_id));
    put_u32(bytes_, static_cast<std::uint32_t>(entries_begin + entries.size()));
    put_entry(entries, column);
  }
  bytes_ += entries;
  bytes_.shrink_to_fit();
}

Result<FileStats> FileStats::parse(std::string bytes) {
  const auto damaged = [](const char* what) {
    return Error(ErrorCode::kCorruption, std::string("damaged file statistics: ") + what);
  };
  FileStats stats;
  if (bytes.empty()) return stats;
  if (bytes.size() < kHeaderBytes) return damaged("header cut short");
  if (load_u32(bytes.data()) != kStatsVersion) return damaged("unknown version");
  const std::size_t count = load_u32(bytes.data() + 4);
  if (count == 0 || count > (bytes.size() - kHeaderBytes) / kDirectoryBytes)
    return damaged("directory cut short");
  const std::size_t entries_begin = kHeaderBytes + count * kDirectoryBytes;
  std::size_t expected = entries_begin;
  for (std::size_t index = 0; index < count; ++index) {
    const char* slot = bytes.data() + kHeaderBytes + index * kDirectoryBytes;
    if (index > 0 &&
        static_cast<FieldId>(load_u32(slot)) <= static_cast<FieldId>(load_u32(slot - kDirectoryBytes))) {
      return damaged("field ids out of order");
    }
    if (load_u32(slot + 4) != expected) return damaged("entry out of place");
    const std::size_t end =
        index + 1 < count ? static_cast<std::size_t>(load_u32(slot + kDirectoryBytes + 4)) : bytes.size();
    if (end < expected || end > bytes.size()) return damaged("entry out of place");
    if (!is_entry(bytes.data() + expected, bytes.data() + end)) return damaged("entry unreadable");
    expected = end;
  }
  stats.bytes_ = std::move(bytes);
  return stats;
}

std::size_t FileStats::size() const { return bytes_.empty() ? 0 : load_u32(bytes_.data() + 4); }

ColumnStatsView FileStats::at(std::size_t index) const {
  LAKE_DEBUG_ASSERT(index < size());
  const char* slot = bytes_.data() + kHeaderBytes + index * kDirectoryBytes;
  ColumnStatsView column;
  column.field_id = static_cast<FieldId>(load_u32(slot));
  PackedReader reader(std::string_view(bytes_).substr(load_u32(slot + 4)));
  const bool readable = read_entry(reader, column);
  LAKE_ASSERT(readable);
  return column;
}

std::optional<ColumnStatsView> FileStats::find(FieldId field) const {
  std::size_t low = 0;
  std::size_t high = size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const auto found =
        static_cast<FieldId>(load_u32(bytes_.data() + kHeaderBytes + middle * kDirectoryBytes));
    if (found == field) return at(middle);
    if (found < field) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

std::vector<ColumnStats> FileStats::columns() const {
  std::vector<ColumnStats> list;
  list.reserve(size());
  for (std::size_t index = 0; index < size(); ++index) {
    const ColumnStatsView view = at(index);
    list.push_back({view.field_id, view.value_count, view.null_count, view.nan_count, view.bytes,
                    owned(view.lower), owned(view.upper)});
  }
  return list;
}

}  // namespace lake::catalog
