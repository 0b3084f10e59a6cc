#pragma once

#include <memory>
#include <set>
#include <string>

#include "lake/base/mutex.hpp"

namespace lake::tables {

/// Paths of data files that were made and that no version names yet. One process owns a data directory, so a
/// file that is neither known to the catalog nor held here is nobody's: its age says nothing about the
/// transaction that may still commit it.
///
/// Order for who removes orphans: list the directory, then held(), then ask the catalog. A lease ends only
/// after the commit it waited for is visible, so a file that commits in between is found by the last step.
/// Threads: any. Bounds: one path for each file of the transactions and rewrites that run.
class FileLeases : public std::enable_shared_from_this<FileLeases> {
 public:
  /// Holds `path` (relative to the data directory) until the last copy of the result is gone.
  [[nodiscard]] std::shared_ptr<const void> take(const std::string& path);
  [[nodiscard]] std::set<std::string> held() const;

 private:
  mutable Mutex mutex_;
  std::multiset<std::string> paths_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::tables
