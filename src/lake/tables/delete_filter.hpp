#pragma once

#include <vector>

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// Keeps the rows of one file or run that are not in a bitmap. `offset` is added to each row number (start of
/// a run). Threads: one scan of a file calls it from several threads at once; it keeps no state.
class BitmapDeletes : public duckdb::DeleteFilter {
 public:
  BitmapDeletes(catalog::BitmapPtr deleted, std::uint64_t offset)
      : deleted_(std::move(deleted)), offset_(offset) {}
  duckdb::idx_t Filter(duckdb::row_t start, duckdb::idx_t count, duckdb::SelectionVector& selection) override;

 private:
  const catalog::BitmapPtr deleted_;
  const std::uint64_t offset_;
};

}  // namespace lake::tables
