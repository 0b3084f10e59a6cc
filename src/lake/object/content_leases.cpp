#include "lake/object/content_leases.hpp"

namespace lake::object {

std::shared_ptr<const void> ContentLeases::hold(const std::string& name) {
  {
    const MutexLock lock(mutex_);
    while (condemned_.contains(name)) pardoned_.wait(mutex_);
    held_.insert(name);
  }
  return {nullptr, [this, name](const void* /*nothing*/) { let_go(name); }};
}

bool ContentLeases::is_idle() {
  const MutexLock lock(mutex_);
  return held_.empty();
}

void ContentLeases::let_go(const std::string& name) {
  const MutexLock lock(mutex_);
  held_.erase(held_.find(name));
}

std::unique_ptr<const ContentLeases::Condemned> ContentLeases::condemn(
    const std::vector<std::string>& names) {
  std::vector<std::string> taken;
  {
    const MutexLock lock(mutex_);
    for (const auto& name : names) {
      if (held_.contains(name) || !condemned_.insert(name).second) continue;
      taken.push_back(name);
    }
  }
  return std::make_unique<const Condemned>(*this, std::move(taken));
}

void ContentLeases::pardon(const std::vector<std::string>& names) {
  const MutexLock lock(mutex_);
  for (const auto& name : names) condemned_.erase(name);
  pardoned_.notify_all();
}

}  // namespace lake::object
