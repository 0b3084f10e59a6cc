#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/random.hpp"
#include "lake/query/session.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::http {

/// Sessions that clients keep between requests, so that transactions, settings and temporary tables work over
/// HTTP. A client makes one (POST /api/v1/sessions), names it in X-Dplake-Session, and ends it (DELETE).
///
/// Bounds: kCountMax sessions; one that was not used for kIdleMax is ended by end_idle(), its transaction
/// rolled back. When a new one finds no place, the one that was idle longest gives way if that was
/// kSpareAfter or more: a client that died leaves its session behind. One request at a time uses a session:
/// another waits kNoticeMax for it to end or to be cancelled, and once it is cancelled kEndingMax for its
/// end. Threads: any. Lifetime: the references outlive it; close_all() before the sessions' maker drains.
class KeptSessions {
 public:
  static constexpr std::size_t kCountMax = 64;
  static constexpr std::chrono::minutes kIdleMax{10};
  /// In which the server learns that the client of a running statement has gone.
  static constexpr std::chrono::milliseconds kNoticeMax{1000};
  /// In which a cancelled statement ends.
  static constexpr std::chrono::seconds kEndingMax{30};
  /// Set when the request that uses or wants a session is cancelled.
  using Cancelled = std::shared_ptr<const std::atomic<bool>>;
  static constexpr std::chrono::minutes kSpareAfter{1};

  KeptSessions(query::Sessions& sessions, os::Clock& clock, os::Random& random, telemetry::Metrics& metrics)
      : sessions_(sessions),
        clock_(clock),
        random_(random),
        gauge_(metrics.gauge("dplake_http_sessions", "Sessions kept between requests")),
        expired_(metrics.counter("dplake_http_sessions_expired_total",
                                 "Kept sessions ended because nobody used them")) {}

  /// A session in use. Given back when destroyed.
  class Loan {
   public:
    Loan(KeptSessions& owner, std::string id, std::unique_ptr<query::Session> session)
        : owner_(owner), id_(std::move(id)), session_(std::move(session)) {}
    ~Loan() { owner_.give_back(id_, std::move(session_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    [[nodiscard]] query::Session& session() const { return *session_; }

   private:
    KeptSessions& owner_;
    std::string id_;
    std::unique_ptr<query::Session> session_;
  };

  /// The id of a new session: 32 hexadecimal characters that cannot be guessed.
  /// Errors: kResourceExhausted (too many are kept); those of opening.
  Result<std::string> open();
  /// `cancelled`: of the request that wants it; may be null. Blocks while another request is ending.
  /// Errors: kNotFound (never made, ended, or idle for too long), kUnavailable (another request uses it),
  /// kCancelled.
  Result<std::unique_ptr<Loan>> borrow(const std::string& id, const Cancelled& cancelled);
  /// Ends it; one that is in use ends when it is given back. Errors: kNotFound.
  Status close(const std::string& id);
  void close_all();
  /// Ends what nobody has used for kIdleMax.
  void end_idle();

 private:
  struct Kept {
    std::unique_ptr<query::Session> session;  // null while lent
    os::MonotonicTime used{};
    bool lent = false;
    Cancelled cancelled{};  // of the request it is lent to
  };
  using Ended = std::map<std::string, Kept>;

  /// Null while another request uses it; `ending` tells whether that one is cancelled.
  Result<std::unique_ptr<Loan>> try_borrow(const std::string& id, const Cancelled& cancelled, bool& ending);
  void give_back(const std::string& id, std::unique_ptr<query::Session> session);
  Ended take_idle(os::MonotonicTime now) LAKE_REQUIRES(mutex_);
  /// The session that was idle longest, if that is long enough to take its place.
  Ended take_spare(os::MonotonicTime now) LAKE_REQUIRES(mutex_);
  void tell_count() LAKE_REQUIRES(mutex_) { gauge_.set(static_cast<std::int64_t>(kept_.size())); }

  query::Sessions& sessions_;
  os::Clock& clock_;
  os::Random& random_;
  telemetry::Gauge& gauge_;
  telemetry::Counter& expired_;
  Mutex mutex_;
  std::map<std::string, Kept> kept_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::http
