#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"

namespace lake::ingest {

/// Does one piece of work after another on a thread of its own, while who gave it looks after other things.
/// Threads: one gives work and asks for its outcome. The destructor waits for what was begun.
class WorkBeside {
 public:
  using Work = std::function<Status()>;
  WorkBeside();
  ~WorkBeside();
  WorkBeside(const WorkBeside&) = delete;
  WorkBeside& operator=(const WorkBeside&) = delete;

  /// The outcome of what was begun before must have been taken (asserted).
  void begin(Work work);
  /// Something was begun, and its outcome not taken.
  [[nodiscard]] bool is_busy() const { return is_busy_; }
  /// How the work that was begun ended; nothing when it goes on after `timeout`.
  std::optional<Status> outcome(std::chrono::milliseconds timeout);
  /// Processor time of the works that ended.
  [[nodiscard]] std::uint64_t cpu_nanos() const { return cpu_nanos_; }

 private:
  void loop();

  bool is_busy_ = false;
  std::atomic<std::uint64_t> cpu_nanos_{0};
  Mutex mutex_;
  CondVar changed_;
  Work work_ LAKE_GUARDED_BY(mutex_);
  std::optional<Status> outcome_ LAKE_GUARDED_BY(mutex_);
  bool ends_ LAKE_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace lake::ingest
