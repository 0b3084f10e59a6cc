#include "lake/http/kept_sessions.hpp"

namespace lake::http {
namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::chrono::milliseconds kPoll{2};

bool is_set(const KeptSessions::Cancelled& flag) { return flag && *flag; }

Error unknown(const std::string& id) {
  return {ErrorCode::kNotFound, "there is no such session (it may have been idle for too long): " + id};
}

Error too_many() {
  return {ErrorCode::kResourceExhausted,
          "too many sessions are kept: " + std::to_string(KeptSessions::kCountMax)};
}

}  // namespace

KeptSessions::Ended KeptSessions::take_idle(os::MonotonicTime now) {
  Ended ended;
  for (auto entry = kept_.begin(); entry != kept_.end();) {
    const auto next = std::next(entry);
    if (!entry->second.lent && now - entry->second.used > kIdleMax) ended.insert(kept_.extract(entry));
    entry = next;
  }
  expired_.add(ended.size());
  tell_count();
  return ended;
}

KeptSessions::Ended KeptSessions::take_spare(os::MonotonicTime now) {
  auto longest = kept_.end();
  for (auto entry = kept_.begin(); entry != kept_.end(); ++entry) {
    if (entry->second.lent || now - entry->second.used < kSpareAfter) continue;
    if (longest == kept_.end() || entry->second.used < longest->second.used) longest = entry;
  }
  Ended ended;
  if (longest != kept_.end()) ended.insert(kept_.extract(longest));
  expired_.add(ended.size());
  return ended;
}

void KeptSessions::end_idle() {
  Ended ended;
  const MutexLock lock(mutex_);
  ended = take_idle(clock_.monotonic_now());
}

Result<std::string> KeptSessions::open() {
  const auto now = clock_.monotonic_now();
  // Sessions roll back as they end, which is no work for under the lock.
  Ended ended;
  {
    const MutexLock lock(mutex_);
    ended = take_idle(now);
    if (kept_.size() >= kCountMax) ended.merge(take_spare(now));
    if (kept_.size() >= kCountMax) return too_many();
  }
  ended.clear();
  LAKE_TRY(auto session, sessions_.open());
  std::string id = os::random_hex(random_, kIdBytes);
  const MutexLock lock(mutex_);
  // Others may have taken the place meanwhile.
  if (kept_.size() >= kCountMax) return too_many();
  kept_[id] = Kept{std::move(session), now};
  tell_count();
  return id;
}

Result<std::unique_ptr<KeptSessions::Loan>> KeptSessions::borrow(const std::string& id,
                                                                 const Cancelled& cancelled) {
  const auto begun = clock_.monotonic_now();
  while (true) {
    bool ending = false;
    LAKE_TRY(auto loan, try_borrow(id, cancelled, ending));
    if (loan) return loan;
    if (is_set(cancelled)) return Error(ErrorCode::kCancelled, "the statement was cancelled before it began");
    const os::MonotonicTime bound = ending ? os::MonotonicTime(kEndingMax) : os::MonotonicTime(kNoticeMax);
    if (clock_.monotonic_now() - begun >= bound)
      return Error(ErrorCode::kUnavailable, "another request uses this session: " + id);
    clock_.sleep(kPoll);
  }
}

Result<std::unique_ptr<KeptSessions::Loan>> KeptSessions::try_borrow(const std::string& id,
                                                                     const Cancelled& cancelled,
                                                                     bool& ending) {
  Ended ended;
  const MutexLock lock(mutex_);
  ended = take_idle(clock_.monotonic_now());
  const auto found = kept_.find(id);
  if (found == kept_.end()) return unknown(id);
  if (found->second.lent) {
    ending = is_set(found->second.cancelled);
    return std::unique_ptr<Loan>();
  }
  found->second.lent = true;
  found->second.cancelled = cancelled;
  return std::make_unique<Loan>(*this, id, std::move(found->second.session));
}

void KeptSessions::give_back(const std::string& id, std::unique_ptr<query::Session> session) {
  const MutexLock lock(mutex_);
  const auto found = kept_.find(id);
  if (found == kept_.end()) return;
  found->second = Kept{std::move(session), clock_.monotonic_now()};
}

Status KeptSessions::close(const std::string& id) {
  Ended ended;
  const MutexLock lock(mutex_);
  const auto found = kept_.find(id);
  if (found == kept_.end()) return unknown(id);
  ended.insert(kept_.extract(found));
  tell_count();
  return ok();
}

void KeptSessions::close_all() {
  Ended ended;
  const MutexLock lock(mutex_);
  ended.swap(kept_);
  tell_count();
}

}  // namespace lake::http
