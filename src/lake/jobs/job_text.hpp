#pragma once

#include <string>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/jobs/jobs.hpp"

namespace lake::jobs {

/// For whom a job is written down.
enum class JobText : std::uint8_t {
  kShown,   // answers of the HTTP door
  kStored,  // <data>/jobs/<id>.json, which says also what was asked (docs/formats/data_directory.md)
};

/// A job as one JSON object in one line: {"id", "kind", "subject", "state", "phase", "bytes_done",
/// "bytes_total", "rows_done", "rows_total", "bytes_per_second", "eta_seconds", "cpu_seconds",
/// "memory_bytes", "workers", "created_micros", "started_micros", "ended_micros"}, shown totals and times
/// null where they are not known; "error": {"code", "message"} of one that failed or was cancelled, "result"
/// when there is one.
std::string job_text(const JobInfo& job, JobText form = JobText::kShown);
/// Reads what was stored. Errors: kCorruption.
Result<JobInfo> job_of_text(std::string_view text);

}  // namespace lake::jobs
