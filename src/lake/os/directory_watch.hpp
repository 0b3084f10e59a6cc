#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "lake/base/result.hpp"

namespace lake::os {

/// Tells when something in some directories may have changed, so that who looks at them need not look often.
/// It is a hint: a look at intervals is still needed, since network file systems tell nothing and a full
/// queue drops what it had. Threads: wait() from one, stop() from any.
class DirectoryWatch {
 public:
  virtual ~DirectoryWatch() = default;
  /// Returns after a change, after `timeout`, or at once when stopped. False: stopped.
  virtual bool wait(std::chrono::milliseconds timeout) = 0;
  /// Ends the present and all later waits.
  virtual void stop() = 0;
};

/// By inotify; where the system has none left, waits pass their whole time. Not recursive. Errors: kIo (no
/// descriptor).
Result<std::unique_ptr<DirectoryWatch>> watch_directories(const std::vector<std::string>& paths);

}  // namespace lake::os
