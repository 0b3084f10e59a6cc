#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lake/http/body_pipe.hpp"
#include "lake/http/door.hpp"
#include "lake/http/job_events.hpp"
#include "lake/http/message.hpp"

namespace lake::http {

/// Who may use a route.
enum class Guard { kOpen, kToken, kLink };  // kLink: the token, or the link that `serve` prints

/// Answers at once, on an io thread: it must not wait for anything.
using QuickRoute = Answer (*)(Door& door, const Request& request);
/// Answers through a pipe, on a worker thread.
using WorkingRoute = void (*)(Door& door, const Request& request, RunningQuery& query, BodyPipe& pipe);

/// Answers with events for as long as there are some; waits without a thread.
using EventRoute = Result<std::unique_ptr<JobEvents>> (*)(Door& door, const Request& request);

/// How long a request gives its work, from its own words; absent when it says nothing. On an io thread.
using TimeLimit = std::optional<std::chrono::milliseconds> (*)(const Request& request);

/// One row of the route table, from which dispatch, 404, 405 and the listing of the API come.
struct Route {
  std::string_view method;
  std::string_view pattern;  // "/api/v1/query/{id}"; a last "{name...}" takes all that follows
  Guard guard;
  QuickRoute quick;  // exactly one of quick, working and events is set
  WorkingRoute working;
  std::string_view summary;
  TimeLimit time_limit = nullptr;  // null: its work is short
  /// Moves bytes of any number and type: its request body streams through Request::incoming, bounded by the
  /// route itself, and it has workers apart from those of queries. Only with `working`.
  bool transfer = false;
  EventRoute events = nullptr;
};

std::span<const Route> all_routes();

/// The route of a request, with its {parts} put into `request`; or the failure (404, 405 with Allow).
Result<const Route*> find_route(std::span<const Route> routes, Request& request, Failure& failure);

/// The table as an OpenAPI 3.1 document.
std::string openapi_document(const Door& door);

}  // namespace lake::http
