#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lake/base/result.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/os/clock.hpp"

namespace lake::http {

/// One job as server-sent events (HTML Living Standard, section 9.2): `progress` when its state changes and,
/// while it moves, every kStep; a comment after kSilence, so that nobody takes the connection for dead; last
/// `end`. The data is the job as job_text() has it, in one line.
/// Threads: one at a time. Lifetime: `jobs` and `clock` outlive it.
class JobEvents {
 public:
  static constexpr std::chrono::milliseconds kStep{500};
  static constexpr std::chrono::seconds kSilence{15};

  /// Errors: kNotFound.
  static Result<std::unique_ptr<JobEvents>> open(jobs::Jobs& jobs, os::Clock& clock, jobs::JobId id);

  /// `changed` is called at each change of state, from any thread, as long as this lives.
  Status notify(std::function<void()> changed);
  /// What is to be sent now; empty = nothing.
  std::string take();
  /// take() gave the last event.
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  JobEvents(jobs::Jobs& jobs, os::Clock& clock, jobs::JobId id) : jobs_(jobs), clock_(clock), id_(id) {}

  jobs::Jobs& jobs_;
  os::Clock& clock_;
  const jobs::JobId id_;
  jobs::JobWatch watch_;
  std::optional<jobs::JobState> told_state_;
  std::string told_;             // the last data
  os::MonotonicTime told_at_{};  // the last thing sent
  bool ended_ = false;
};

}  // namespace lake::http
