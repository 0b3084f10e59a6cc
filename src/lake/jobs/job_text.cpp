#include "lake/jobs/job_text.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace lake::jobs {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

/// A total that nobody knows is no number for readers; stored it is 0, as it was from the beginning.
Json total(std::uint64_t value, JobText form) {
  return value == 0 && form == JobText::kShown ? Json() : Json(value);
}

/// As exact as it is true.
double rounded(double value, double steps) { return std::round(value * steps) / steps; }

JobState state_of(const std::string& name) {
  for (const auto state : {JobState::kQueued, JobState::kRunning, JobState::kPaused, JobState::kSucceeded,
                           JobState::kFailed, JobState::kCancelled}) {
    if (name == name_of(state)) return state;
  }
  throw std::invalid_argument("no such state");
}

ErrorCode code_of(const std::string& name) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    if (name == lake::name_of(static_cast<ErrorCode>(code))) return static_cast<ErrorCode>(code);
  }
  return ErrorCode::kInternal;
}

std::optional<std::int64_t> moment(const Json& job, const char* member) {
  if (!job.contains(member) || job.at(member).is_null()) return std::nullopt;
  return job.at(member).get<std::int64_t>();
}

}  // namespace

std::string job_text(const JobInfo& job, JobText form) {
  std::optional<double> eta;
  if (job.eta_seconds) eta = rounded(*job.eta_seconds, 10);
  Json text = {{"id", job.id},
               {"kind", job.kind},
               {"subject", job.subject},
               {"state", name_of(job.state)},
               {"phase", job.phase},
               {"bytes_done", job.bytes_done},
               {"bytes_total", total(job.bytes_total, form)},
               {"rows_done", job.rows_done},
               {"rows_total", total(job.rows_total, form)},
               {"bytes_per_second", std::round(job.bytes_per_second)},
               {"eta_seconds", or_null(eta)},
               {"cpu_seconds", rounded(job.cpu_seconds, 1000)},
               {"memory_bytes", job.memory_bytes},
               {"read_bytes", job.read_bytes},
               {"written_bytes", job.written_bytes},
               {"workers", job.workers},
               {"queue_depth", job.queue_depth},
               {"created_micros", job.created_micros},
               {"started_micros", or_null(job.started_micros)},
               {"ended_micros", or_null(job.ended_micros)}};
  if (job.error)
    text["error"] = {{"code", lake::name_of(job.error->code())}, {"message", job.error->message()}};
  const auto inner = [&text](const char* member, const std::string& json) {
    if (json.empty()) return;
    auto parsed = Json::parse(json, nullptr, false);
    text[member] = parsed.is_discarded() ? Json(json) : std::move(parsed);
  };
  inner("result", job.result);
  if (form == JobText::kStored) inner("request", job.request);
  return text.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<JobInfo> job_of_text(std::string_view text) {
  try {
    const auto parsed = Json::parse(text);
    JobInfo job;
    job.id = parsed.at("id").get<JobId>();
    job.kind = parsed.at("kind").get<std::string>();
    job.subject = parsed.at("subject").get<std::string>();
    job.state = state_of(parsed.at("state").get<std::string>());
    job.phase = parsed.at("phase").get<std::string>();
    job.bytes_done = parsed.at("bytes_done").get<std::uint64_t>();
    job.bytes_total = parsed.at("bytes_total").get<std::uint64_t>();
    job.rows_done = parsed.at("rows_done").get<std::uint64_t>();
    job.rows_total = parsed.at("rows_total").get<std::uint64_t>();
    job.cpu_seconds = parsed.at("cpu_seconds").get<double>();
    job.memory_bytes = parsed.at("memory_bytes").get<std::uint64_t>();
    job.read_bytes = parsed.value("read_bytes", std::uint64_t{0});  // not in files of before
    job.written_bytes = parsed.value("written_bytes", std::uint64_t{0});
    job.created_micros = parsed.at("created_micros").get<std::int64_t>();
    job.started_micros = moment(parsed, "started_micros");
    job.ended_micros = moment(parsed, "ended_micros");
    if (parsed.contains("error")) {
      const auto& error = parsed.at("error");
      job.error = Error(code_of(error.at("code").get<std::string>()), error.at("message").get<std::string>());
    }
    if (parsed.contains("result")) job.result = parsed.at("result").dump();
    if (parsed.contains("request")) job.request = parsed.at("request").dump();
    return job;
  } catch (const std::exception& problem) {
    return Error(ErrorCode::kCorruption, std::string("this is not a stored job: ") + problem.what());
  }
}

}  // namespace lake::jobs
