#pragma once

#include "lake/http/body_pipe.hpp"
#include "lake/http/door.hpp"
#include "lake/http/message.hpp"
#include "lake/http/routes.hpp"

namespace lake::http {

/// POST /api/v1/lake/takeout: an import of Google Takeout as a job. The body is a JSON order with paths of
/// the server or uploads; or an archive itself (application/zip, application/gzip, application/x-tar), or
/// multipart/form-data with it in the field `file`: then options are in the query, or fields of the form.
void post_takeout(Door& door, const Request& request, RunningQuery& query, BodyPipe& pipe);

/// That one and those of uploads.
std::span<const Route> intake_routes();

}  // namespace lake::http
