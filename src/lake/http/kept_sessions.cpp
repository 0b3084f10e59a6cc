#include "lake/http/kept_sessions.hpp"

namespace lake::http {
namespace {

constexpr std::size_t kIdBytes = 16;

Error unknown(const std::string& id) {
  return {ErrorCode::kNotFound, "there is no such session (it may have been idle for too long): " + id};
}

}  // namespace

KeptSessions::Ended KeptSessions::take_idle(os::MonotonicTime now) {
  Ended ended;
  for (auto entry = kept_.begin(); entry != kept_.end();) {
    const auto next = std::next(entry);
    if (!entry->second.lent && now - entry->second.used > kIdleMax) ended.insert(kept_.extract(entry));
    entry = next;
  }
  return ended;
}

Result<std::string> KeptSessions::open() {
  const auto now = clock_.monotonic_now();
  // Sessions roll back as they end, which is no work for under the lock.
  Ended ended;
  {
    const MutexLock lock(mutex_);
    ended = take_idle(now);
    if (kept_.size() >= kCountMax) {
      return Error(ErrorCode::kResourceExhausted, "too many sessions are kept: " + std::to_string(kCountMax));
    }
  }
  ended.clear();
  LAKE_TRY(auto session, sessions_.open());
  std::string id = os::random_hex(random_, kIdBytes);
  const MutexLock lock(mutex_);
  kept_[id] = Kept{std::move(session), now, false};
  return id;
}

Result<std::unique_ptr<KeptSessions::Loan>> KeptSessions::borrow(const std::string& id) {
  Ended ended;
  const MutexLock lock(mutex_);
  ended = take_idle(clock_.monotonic_now());
  const auto found = kept_.find(id);
  if (found == kept_.end()) return unknown(id);
  if (found->second.lent) return Error(ErrorCode::kUnavailable, "another request uses this session: " + id);
  found->second.lent = true;
  return std::make_unique<Loan>(*this, id, std::move(found->second.session));
}

void KeptSessions::give_back(const std::string& id, std::unique_ptr<query::Session> session) {
  const MutexLock lock(mutex_);
  const auto found = kept_.find(id);
  if (found == kept_.end()) return;
  found->second = Kept{std::move(session), clock_.monotonic_now(), false};
}

Status KeptSessions::close(const std::string& id) {
  Ended ended;
  const MutexLock lock(mutex_);
  const auto found = kept_.find(id);
  if (found == kept_.end()) return unknown(id);
  ended.insert(kept_.extract(found));
  return ok();
}

void KeptSessions::close_all() {
  Ended ended;
  const MutexLock lock(mutex_);
  ended.swap(kept_);
}

}  // namespace lake::http
