#pragma once

#include <cstdint>
#include <map>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/catalog/model.hpp"

namespace lake::catalog {

/// Hands out table and file ids; none is given twice in a process.
/// Threads: any.
class IdReserve {
 public:
  TableId next_table();
  /// True when the id was given to somebody, now or before a restart.
  [[nodiscard]] bool table_given(TableId table) const;
  /// The first of `count` consecutive ids, from 1. Errors: kInvalidArgument (count 0), kResourceExhausted.
  Result<FileId> next_files(TableId table, std::uint64_t count);
  [[nodiscard]] bool file_given(TableId table, FileId file) const;
  /// The id that would be given next.
  [[nodiscard]] FileId peek_file(TableId table) const;
  [[nodiscard]] TableId peek_table() const;

  /// Ids below these are taken (read from the catalog).
  void tables_taken(TableId next);
  void files_taken(TableId table, FileId next);

 private:
  mutable Mutex mutex_;
  TableId next_table_ LAKE_GUARDED_BY(mutex_) = 1;
  std::map<TableId, FileId> next_file_ LAKE_GUARDED_BY(mutex_);  // absent = 1
};

}  // namespace lake::catalog
