#pragma once

#include <memory>
#include <set>
#include <string>

#include "lake/base/mutex.hpp"

namespace lake::blobs {

/// One at a time for each key: who changes a blob looks at it and writes it in one turn. No lock is held
/// during a turn. Threads: any. Lifetime: it outlives the turns. Bounds: those of whoever takes turns.
class KeyTurns {
 public:
  /// Waits for the turn; it ends with the result.
  [[nodiscard]] std::shared_ptr<const void> take(const std::string& key) {
    {
      const MutexLock lock(mutex_);
      while (!taken_.insert(key).second) ended_.wait(mutex_);
    }
    return {nullptr, [this, key](const void* /*nothing*/) {
              const MutexLock lock(mutex_);
              taken_.erase(key);
              ended_.notify_all();
            }};
  }

 private:
  Mutex mutex_;
  CondVar ended_;
  std::set<std::string> taken_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::blobs
