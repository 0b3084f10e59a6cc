#include "lake/http/routes.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "lake/http/blob_routes.hpp"
#include "lake/http/ingestion_routes.hpp"
#include "lake/http/job_routes.hpp"
#include "lake/http/json_answer.hpp"
#include "lake/http/page.hpp"
#include "lake/http/query_route.hpp"
#include "lake/http/takeout_routes.hpp"
#include "lake/http/validation_routes.hpp"

namespace lake::http {

namespace {

using Json = nlohmann::ordered_json;

Answer get_livez(Door& /*door*/, const Request& /*request*/) { return json_answer({{"status", "alive"}}); }

Answer get_readyz(Door& door, const Request& request) {
  if (!door.draining) return json_answer({{"status", "ready"}});
  return answer_of({Error(ErrorCode::kUnavailable, "the server is shutting down"), 0, {}}, request.id);
}

Answer get_version(Door& door, const Request& /*request*/) {
  const auto& build = door.services.build;
  return json_answer({{"name", "dplake"},
                      {"version", build.version},
                      {"engine", "DuckDB " + build.engine_version},
                      {"api", "v1"}});
}

Answer get_metrics(Door& door, const Request& /*request*/) {
  Answer answer;
  answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
  answer.body = door.services.metrics.exposition();
  return answer;
}

Answer delete_query(Door& door, const Request& request) {
  const auto& id = request.path_parts.at("id");
  if (const auto cancelled = door.queries.cancel(id); !cancelled)
    return answer_of({cancelled.error(), 0, {}}, request.id);
  return json_answer({{"cancelled", id}}, 202);
}

void post_session(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  auto id = door.sessions.open();
  pipe.answer(id ? json_answer({{"id", *id}}, 201) : answer_of({id.error(), 0, {}}, request.id));
}

void delete_session(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  const auto& id = request.path_parts.at("id");
  const auto closed = door.sessions.close(id);
  pipe.answer(closed ? json_answer({{"closed", id}}) : answer_of({closed.error(), 0, {}}, request.id));
}

Answer get_openapi(Door& door, const Request& /*request*/) {
  Answer answer;
  answer.body = openapi_document(door);
  return answer;
}

constexpr std::array<Route, 17> kRoutes = {{
    {"GET", "/", Guard::kLink, get_page, nullptr, "The page for people"},
    {"GET", "/page/{file}", Guard::kToken, get_page_file, nullptr, "What the page loads"},
    {"GET", "/livez", Guard::kOpen, get_livez, nullptr, "The process lives"},
    {"GET", "/readyz", Guard::kOpen, get_readyz, nullptr,
     "The server takes requests; 503 while it starts or drains"},
    {"GET", "/metrics", Guard::kToken, get_metrics, nullptr, "Metrics in Prometheus text format"},
    {"GET", "/api/v1/version", Guard::kToken, get_version, nullptr, "Versions of this server"},
    {"GET", "/api/v1/jobs", Guard::kToken, get_jobs, nullptr,
     "Background jobs, oldest first; ?kind= and ?state= choose"},
    {"GET", "/api/v1/jobs/{id}", Guard::kToken, get_job, nullptr, "One job"},
    {"DELETE", "/api/v1/jobs/{id}", Guard::kToken, nullptr, delete_job, "Cancel a job", nullptr, true},
    {"POST", "/api/v1/jobs/{id}/pause", Guard::kToken, pause_job, nullptr, "Pause a running job"},
    {"POST", "/api/v1/jobs/{id}/resume", Guard::kToken, resume_job, nullptr, "Let a paused job go on"},
    {.method = "GET",
     .pattern = "/api/v1/jobs/{id}/events",
     .guard = Guard::kToken,
     .quick = nullptr,
     .working = nullptr,
     .summary = "One job as server-sent events: progress, and end as the last",
     .events = follow_job},
    {"GET", "/api/v1/openapi.json", Guard::kToken, get_openapi, nullptr, "This list"},
    {"POST", "/api/v1/query", Guard::kToken, nullptr, post_query,
     "Run SQL: {sql, params, format, timeout_ms, max_rows}; the answer streams", query_time_limit},
    {"DELETE", "/api/v1/query/{id}", Guard::kToken, delete_query, nullptr,
     "Cancel the query with this X-Request-Id"},
    {"POST", "/api/v1/sessions", Guard::kToken, nullptr, post_session,
     "Make a session to be named in X-Dplake-Session, for transactions over several requests"},
    {"DELETE", "/api/v1/sessions/{id}", Guard::kToken, nullptr, delete_session,
     "End a session; an open transaction is rolled back"},
}};

/// Matches segment by segment; {name} takes one non-empty segment, {name...} all that follow.
bool matches(std::string_view pattern, std::string_view path, std::map<std::string, std::string>& parts) {
  while (true) {
    const auto pattern_end = pattern.find('/', 1);
    const auto path_end = path.find('/', 1);
    const auto wanted = pattern.substr(0, pattern_end);
    const auto given = path.substr(0, path_end);
    if (wanted.starts_with("/{") && wanted.ends_with("...}")) {
      if (path.size() < 2) return false;
      parts[std::string(wanted.substr(2, wanted.size() - 6))] = std::string(path.substr(1));
      return true;
    }
    if (wanted.starts_with("/{")) {
      if (given.size() < 2) return false;
      parts[std::string(wanted.substr(2, wanted.size() - 3))] = std::string(given.substr(1));
    } else if (wanted != given) {
      return false;
    }
    const bool pattern_done = pattern_end == std::string_view::npos;
    const bool path_done = path_end == std::string_view::npos;
    if (pattern_done || path_done) return pattern_done && path_done;
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
  }
}

}  // namespace

std::span<const Route> all_routes() {
  static const std::vector<Route> routes = [] {
    std::vector<Route> all(kRoutes.begin(), kRoutes.end());
    for (const auto some : {blob_routes(), intake_routes(), ingestion_routes(), validation_routes()})
      all.insert(all.end(), some.begin(), some.end());
    return all;
  }();
  return routes;
}

Result<const Route*> find_route(std::span<const Route> routes, Request& request, Failure& failure) {
  std::string allowed;
  for (const auto& route : routes) {
    std::map<std::string, std::string> parts;
    if (!matches(route.pattern, request.path, parts)) continue;
    const bool head = request.method == "HEAD" && route.method == "GET" && route.quick != nullptr;
    if (route.method == request.method || head) {
      request.path_parts = std::move(parts);
      return &route;
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
    if (route.method == "GET" && route.quick != nullptr) allowed += ", HEAD";
  }
  if (allowed.empty()) {
    failure = {Error(ErrorCode::kNotFound, "there is no such route: " + request.path), 404, {}};
  } else {
    failure = {Error(ErrorCode::kInvalidArgument, "this route takes " + allowed), 405, {{"Allow", allowed}}};
  }
  return failure.error;
}

std::string openapi_document(const Door& door) {
  Json paths;
  for (const auto& route : all_routes()) {
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(c + ('a' - 'A'));
    Json operation = {{"summary", route.summary},
                      {"responses", {{"default", {{"description", "an answer or an error envelope"}}}}}};
    if (route.guard == Guard::kOpen) operation["security"] = Json::array();
    std::string path(route.pattern);
    if (const auto rest = path.find("...}"); rest != std::string::npos) path.erase(rest, 3);
    paths[path][method] = std::move(operation);
  }
  const Json document = {
      {"openapi", "3.1.0"},
      {"info", {{"title", "Datapunk Lake"}, {"version", door.services.build.version}}},
      {"paths", std::move(paths)},
      {"components", {{"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
      {"security", Json::array({{{"token", Json::array()}}})}};
  return document.dump(2) + "\n";
}

}  // namespace lake::http
