#include "lake/sim/fault_plan.hpp"

namespace lake::sim {
namespace {

constexpr const char* kOperationNames[kOperationCount] = {
    "open",   "read",   "write",          "truncate", "sync", "sync directory",
    "rename", "remove", "make directory", "list",     "stat"};

}  // namespace

void FaultPlan::add(Fault fault) {
  const MutexLock lock(mutex_);
  faults_.push_back(std::move(fault));
}

void FaultPlan::clear() {
  const MutexLock lock(mutex_);
  faults_.clear();
}

std::optional<Fault> FaultPlan::meet(Operation operation, const std::string& path) {
  const MutexLock lock(mutex_);
  ++counts_[static_cast<std::size_t>(operation)];
  std::optional<Fault> met;
  for (auto& fault : faults_) {
    if (fault.operation != operation || path.find(fault.path_part) == std::string::npos) continue;
    if (fault.skip > 0) {
      --fault.skip;
    } else if (fault.times > 0 && !met) {
      --fault.times;
      met = fault;
    }
  }
  return met;
}

std::uint64_t FaultPlan::count(Operation operation) const {
  const MutexLock lock(mutex_);
  return counts_[static_cast<std::size_t>(operation)];
}

Error injected(const Fault& fault, const std::string& path) {
  return {fault.code, std::string("cannot ") + kOperationNames[static_cast<std::size_t>(fault.operation)] +
                          " " + path + ": injected fault"};
}

}  // namespace lake::sim
