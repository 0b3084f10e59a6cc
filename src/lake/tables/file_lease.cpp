#include "lake/tables/file_lease.hpp"

#include "lake/tables/lake.hpp"

namespace lake::tables {

std::shared_ptr<const void> FileLeases::take(const std::string& path) {
  {
    const MutexLock lock(mutex_);
    paths_.insert(path);
  }
  const auto give_back = [leases = shared_from_this()](const std::string* held) {
    {
      const MutexLock lock(leases->mutex_);
      const auto found = leases->paths_.find(*held);
      if (found != leases->paths_.end()) leases->paths_.erase(found);
    }
    delete held;
  };
  return std::shared_ptr<const std::string>(new std::string(path), give_back);
}

std::set<std::string> FileLeases::held() const {
  const MutexLock lock(mutex_);
  return {paths_.begin(), paths_.end()};
}

std::shared_ptr<FileLeases> make_file_leases() { return std::make_shared<FileLeases>(); }

}  // namespace lake::tables
