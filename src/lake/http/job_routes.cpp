#include "lake/http/job_routes.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <set>

#include "lake/jobs/job_text.hpp"

namespace lake::http {

namespace {

Answer text_answer(std::string body, unsigned status = 200) {
  Answer answer;
  answer.status = status;
  answer.body = std::move(body) + "\n";
  return answer;
}

Result<jobs::JobId> id_of(const Request& request) {
  const auto& text = request.path_parts.at("id");
  jobs::JobId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size())
    return Error(ErrorCode::kNotFound, "no such job: " + text);
  return id;
}

/// What became of the job that the path names.
Answer changed(Door& door, const Request& request, Status (jobs::Jobs::*change)(jobs::JobId)) {
  const auto id = id_of(request);
  if (!id) return answer_of({id.error(), 0, {}}, request.id);
  if (const auto done = (door.services.jobs.*change)(*id); !done) {
    // A job that is not in the state for it, as 409 says.
    const unsigned status = done.error().code() == ErrorCode::kInvalidArgument ? 409 : 0;
    return answer_of({done.error(), status, {}}, request.id);
  }
  const auto job = door.services.jobs.find(*id);
  if (!job) return answer_of({job.error(), 0, {}}, request.id);
  return text_answer(jobs::job_text(*job), 202);
}

/// The jobs that a list was asked for, by lists of words: ?kind=a,b and ?state=running.
class JobChoice {
 public:
  static Result<JobChoice> of(const Request& request) {
    JobChoice choice;
    for (const auto& [name, words] : request.query) {
      if (name != "kind" && name != "state")
        return Error(ErrorCode::kInvalidArgument,
                     "jobs are chosen by kind and state (?kind=takeout&state=running), not by " + name);
      (name == "kind" ? choice.kinds_ : choice.states_) = words_of(words);
    }
    for (const auto& state : choice.states_.value_or(Words())) {
      if (!is_state(state))
        return Error(ErrorCode::kInvalidArgument,
                     "no such state of jobs: " + state +
                         "; there are queued, running, paused, succeeded, failed and cancelled");
    }
    return choice;
  }
  [[nodiscard]] bool has(const jobs::JobInfo& job) const {
    return (!kinds_ || kinds_->contains(job.kind)) &&
           (!states_ || states_->contains(jobs::name_of(job.state)));
  }

 private:
  using Words = std::set<std::string, std::less<>>;
  static Words words_of(std::string_view text) {
    Words words;
    for (std::size_t begin = 0; begin <= text.size();) {
      const auto end = std::min(text.find(',', begin), text.size());
      words.emplace(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return words;
  }
  static bool is_state(std::string_view word) {
    for (const auto state :
         {jobs::JobState::kQueued, jobs::JobState::kRunning, jobs::JobState::kPaused,
          jobs::JobState::kSucceeded, jobs::JobState::kFailed, jobs::JobState::kCancelled}) {
      if (jobs::name_of(state) == word) return true;
    }
    return false;
  }
  std::optional<Words> kinds_;
  std::optional<Words> states_;
};

}  // namespace

Answer get_jobs(Door& door, const Request& request) {
  const auto wanted = JobChoice::of(request);
  if (!wanted) return answer_of({wanted.error(), 0, {}}, request.id);
  std::string list = "{\"jobs\":[";
  bool first = true;
  for (const auto& job : door.services.jobs.list()) {
    if (!wanted->has(job)) continue;
    if (!first) list += ',';
    first = false;
    list += jobs::job_text(job);
  }
  return text_answer(list + "]}");
}

Answer get_job(Door& door, const Request& request) {
  const auto id = id_of(request);
  const auto job = id ? door.services.jobs.find(*id) : Result<jobs::JobInfo>(id.error());
  if (!job) return answer_of({job.error(), 0, {}}, request.id);
  return text_answer(jobs::job_text(*job));
}

/// What is kept of a job that waited is written down: not on an io thread.
void delete_job(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  pipe.answer(changed(door, request, &jobs::Jobs::cancel));
}

Answer pause_job(Door& door, const Request& request) { return changed(door, request, &jobs::Jobs::pause); }

Answer resume_job(Door& door, const Request& request) { return changed(door, request, &jobs::Jobs::resume); }

Result<std::unique_ptr<JobEvents>> follow_job(Door& door, const Request& request) {
  LAKE_TRY(const auto id, id_of(request));
  return JobEvents::open(door.services.jobs, door.services.clock, id);
}

}  // namespace lake::http
