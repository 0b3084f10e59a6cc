#pragma once

#include <utility>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/takeout/entry_sink.hpp"

namespace lake::ingest {

/// Batches that were stored, to be filled again: memory that was touched once need not be fetched anew from
/// the machine, nor grow step by step. Bound: `count_max` of them. Threads: any.
class BatchPool {
 public:
  explicit BatchPool(std::size_t count_max) : count_max_(count_max) {}
  /// An empty batch.
  takeout::Batch take() {
    const MutexLock lock(mutex_);
    if (spare_.empty()) return {};
    auto batch = std::move(spare_.back());
    spare_.pop_back();
    return batch;
  }
  void give_back(takeout::Batch batch) {
    auto tables = std::move(batch.tables());
    // Those that were not used this time: what a batch keeps is what one fill of it takes.
    std::erase_if(tables, [](const auto& each) { return each.rows.row_count() == 0; });
    for (auto& each : tables) each.rows.truncate(0);
    batch.clear();
    batch.tables() = std::move(tables);
    const MutexLock lock(mutex_);
    if (spare_.size() < count_max_) spare_.push_back(std::move(batch));
  }

 private:
  const std::size_t count_max_;
  Mutex mutex_;
  std::vector<takeout::Batch> spare_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::ingest
