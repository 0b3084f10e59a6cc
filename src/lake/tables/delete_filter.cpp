#include "lake/tables/delete_filter.hpp"

namespace lake::tables {

duckdb::idx_t BitmapDeletes::Filter(duckdb::row_t start, duckdb::idx_t count,
                                    duckdb::SelectionVector& selection) {
  const std::uint64_t begin = static_cast<std::uint64_t>(start) + offset_;
  std::vector<std::uint32_t> gone;
  deleted_->members_in(begin, begin + count, gone);
  if (gone.empty()) return count;
  if (gone.size() == count) return 0;
  selection.Initialize(STANDARD_VECTOR_SIZE);
  duckdb::sel_t* kept = selection.data();
  duckdb::idx_t place = 0;
  duckdb::sel_t next = 0;
  for (const std::uint32_t position : gone) {
    const auto hole = static_cast<duckdb::sel_t>(position - begin);
    for (; next < hole; ++next) kept[place++] = next;
    next = hole + 1;
  }
  for (const auto end = static_cast<duckdb::sel_t>(count); next < end; ++next) kept[place++] = next;
  return place;
}

}  // namespace lake::tables
