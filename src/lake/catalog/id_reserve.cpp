#include "lake/catalog/id_reserve.hpp"

#include <algorithm>

#include "lake/base/row_address.hpp"

namespace lake::catalog {

TableId IdReserve::next_table() {
  const MutexLock lock(mutex_);
  return next_table_++;
}

bool IdReserve::table_given(TableId table) const {
  const MutexLock lock(mutex_);
  return table != 0 && table < next_table_;
}

Result<FileId> IdReserve::next_files(TableId table, std::uint64_t count) {
  if (count == 0) return Error(ErrorCode::kInvalidArgument, "no file ids asked for");
  const MutexLock lock(mutex_);
  FileId& next = next_file_.try_emplace(table, 1).first->second;
  if (count > RowAddress::kFileIdMax || next > RowAddress::kFileIdMax - count) {
    return Error(ErrorCode::kResourceExhausted,
                 "file ids of the table are used up, table id " + std::to_string(table));
  }
  const FileId first = next;
  next += count;
  return first;
}

bool IdReserve::file_given(TableId table, FileId file) const { return file != 0 && file < peek_file(table); }

FileId IdReserve::peek_file(TableId table) const {
  const MutexLock lock(mutex_);
  const auto known = next_file_.find(table);
  return known == next_file_.end() ? 1 : known->second;
}

TableId IdReserve::peek_table() const {
  const MutexLock lock(mutex_);
  return next_table_;
}

void IdReserve::tables_taken(TableId next) {
  const MutexLock lock(mutex_);
  next_table_ = std::max(next_table_, next);
}

void IdReserve::files_taken(TableId table, FileId next) {
  const MutexLock lock(mutex_);
  FileId& known = next_file_.try_emplace(table, 1).first->second;
  known = std::max(known, next);
}

}  // namespace lake::catalog
