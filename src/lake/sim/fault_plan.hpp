#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"

namespace lake::sim {

/// Kinds of file operations that are counted and may be made to fail.
enum class Operation : std::uint8_t {
  kOpen,
  kRead,
  kWrite,
  kTruncate,
  kSync,
  kSyncDirectory,
  kRename,
  kRemove,  // of a file or a directory
  kCreateDirectory,
  kList,
  kStat,
};
inline constexpr std::size_t kOperationCount = 11;

enum class FaultEffect : std::uint8_t {
  kFail,       // the operation answers `code` and has no effect
  kShortRead,  // a read answers half of what it should
};

/// One planned fault: among the operations of this kind whose path contains `path_part`, lets `skip` pass,
/// then hits `times`.
struct Fault {
  Operation operation = Operation::kWrite;
  std::uint64_t skip = 0;
  std::uint64_t times = 1;
  std::string path_part = {};  // empty = every path
  ErrorCode code = ErrorCode::kIo;
  FaultEffect effect = FaultEffect::kFail;
};

/// Counts operations and says which of them fail (docs/formats/fault_model.md). Threads: any.
class FaultPlan {
 public:
  void add(Fault fault);
  void clear();
  /// Counts one operation; the effect of the first planned fault that it meets. Every matching fault counts
  /// it.
  std::optional<Fault> meet(Operation operation, const std::string& path);
  [[nodiscard]] std::uint64_t count(Operation operation) const;

 private:
  mutable Mutex mutex_;
  std::vector<Fault> faults_ LAKE_GUARDED_BY(mutex_);
  std::array<std::uint64_t, kOperationCount> counts_ LAKE_GUARDED_BY(mutex_){};
};

/// The Error of a fault that was met.
Error injected(const Fault& fault, const std::string& path);

}  // namespace lake::sim
