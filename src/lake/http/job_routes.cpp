#include "lake/http/job_routes.hpp"

#include <charconv>

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

}  // namespace

Answer get_jobs(Door& door, const Request& /*request*/) {
  std::string list = "{\"jobs\":[";
  bool first = true;
  for (const auto& job : door.services.jobs.list()) {
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
