#pragma once

#include <map>
#include <vector>

#include "lake/base/row_address.hpp"
#include "lake/codec/roaring.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// Rows of one table already met by a statement. Threads: one at a time.
class RowSet {
 public:
  /// False when the row was in it already.
  bool insert(RowAddress row) {
    auto& positions = files_[row.file_id()];
    const auto position = static_cast<std::uint32_t>(row.position());
    if (positions.contains(position)) return false;
    positions.add(position);
    return true;
  }

 private:
  std::map<std::uint64_t, codec::RoaringBitmap> files_;
};

/// The row ids in a BIGINT vector, appended. None may be NULL.
inline void append_addresses(duckdb::Vector& row_ids, duckdb::idx_t count, std::vector<RowAddress>& out) {
  duckdb::UnifiedVectorFormat format;
  row_ids.ToUnifiedFormat(count, format);
  const auto* ids = duckdb::UnifiedVectorFormat::GetData<std::int64_t>(format);
  out.reserve(out.size() + count);
  for (duckdb::idx_t n = 0; n < count; ++n)
    out.push_back(RowAddress::from_value(ids[format.sel->get_index(n)]));
}

}  // namespace lake::tables
