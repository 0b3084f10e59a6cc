#include "lake/http/job_events.hpp"

#include "lake/jobs/job_text.hpp"

namespace lake::http {

namespace {

std::string event(const char* name, const std::string& data) {
  return std::string("event: ") + name + "\ndata: " + data + "\n\n";
}

}  // namespace

Result<std::unique_ptr<JobEvents>> JobEvents::open(jobs::Jobs& jobs, os::Clock& clock, jobs::JobId id) {
  LAKE_TRY(const auto job, jobs.find(id));
  return std::unique_ptr<JobEvents>(new JobEvents(jobs, clock, job.id));
}

Status JobEvents::notify(std::function<void()> changed) {
  LAKE_TRY(watch_, jobs_.watch(id_, std::move(changed)));
  return ok();
}

std::string JobEvents::take() {
  if (ended_) return "";
  const auto job = jobs_.find(id_);
  if (!job) {  // forgotten: so many jobs have ended since
    ended_ = true;
    return event("end", told_);
  }
  auto data = jobs::job_text(*job);
  if (jobs::is_ended(job->state)) {
    ended_ = true;
    return event("end", data);
  }
  const auto now = clock_.monotonic_now();
  const bool moved = data != told_ && now - told_at_ >= kStep;
  if (told_state_ != job->state || moved) {
    told_state_ = job->state;
    told_ = std::move(data);
    told_at_ = now;
    return event("progress", told_);
  }
  if (now - told_at_ < kSilence) return "";
  told_at_ = now;
  return ": still here\n\n";
}

}  // namespace lake::http
