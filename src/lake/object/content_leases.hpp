#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lake/base/mutex.hpp"

namespace lake::object {

/// Keeps who uses content and who removes it apart. Content that is held is never condemned; who wants to
/// hold condemned content waits until it has been removed or pardoned, and finds out by looking again.
///
/// Order for who removes: condemn(), ask whether anything refers to it, remove, pardon (the result's end).
/// Order for who uses: hold, look whether it is there, refer to it by a commit, let go.
/// Threads: any. Lifetime: it outlives what it gave.
class ContentLeases {
 public:
  /// Holds the content of this name until the last copy of the result is gone. May wait.
  [[nodiscard]] std::shared_ptr<const void> hold(const std::string& name);

  /// Content that may be removed while this lives.
  class Condemned {
   public:
    Condemned(ContentLeases& leases, std::vector<std::string> names)
        : leases_(leases), names_(std::move(names)) {}
    ~Condemned() { leases_.pardon(names_); }
    Condemned(const Condemned&) = delete;
    Condemned& operator=(const Condemned&) = delete;
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

   private:
    ContentLeases& leases_;
    const std::vector<std::string> names_;
  };
  /// Whether nobody holds anything.
  [[nodiscard]] bool is_idle();
  /// Those of `names` that nobody holds.
  [[nodiscard]] std::unique_ptr<const Condemned> condemn(const std::vector<std::string>& names);

 private:
  void let_go(const std::string& name);
  void pardon(const std::vector<std::string>& names);

  Mutex mutex_;
  CondVar pardoned_;
  std::multiset<std::string> held_ LAKE_GUARDED_BY(mutex_);
  std::set<std::string> condemned_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::object
