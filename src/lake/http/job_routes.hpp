#pragma once

#include <memory>

#include "lake/http/body_pipe.hpp"
#include "lake/http/door.hpp"
#include "lake/http/job_events.hpp"
#include "lake/http/message.hpp"

/// Background jobs: GET /api/v1/jobs, GET and DELETE /api/v1/jobs/{id}, POST .../pause and .../resume,
/// GET .../events. Pausing and cancelling are asked for and answered 202; the worker sees it at its next
/// check.
namespace lake::http {

Answer get_jobs(Door& door, const Request& request);
Answer get_job(Door& door, const Request& request);
void delete_job(Door& door, const Request& request, RunningQuery& query, BodyPipe& pipe);
Answer pause_job(Door& door, const Request& request);
Answer resume_job(Door& door, const Request& request);
/// Errors: kNotFound.
Result<std::unique_ptr<JobEvents>> follow_job(Door& door, const Request& request);

}  // namespace lake::http
