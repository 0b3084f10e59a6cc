#pragma once

#include <string>

#include "lake/http/body_pipe.hpp"
#include "lake/http/door.hpp"
#include "lake/http/message.hpp"

/// Resumable uploads: POST /api/v1/uploads {"name", "bytes", "sha256"}, PATCH with Upload-Offset, GET and
/// HEAD to learn the offset, DELETE.
namespace lake::http {

void post_upload(Door& door, const Request& request, RunningQuery& query, BodyPipe& pipe);
void patch_upload(Door& door, const Request& request, RunningQuery& query, BodyPipe& pipe);
void delete_upload(Door& door, const Request& request, RunningQuery& query, BodyPipe& pipe);
Answer get_uploads(Door& door, const Request& request);
Answer get_upload(Door& door, const Request& request);

/// The whole body of a request that streams. Errors: kResourceExhausted (more than `bytes_max`), those of
/// IncomingBody.
Result<std::string> small_body(const Request& request, std::size_t bytes_max);
/// "application/zip", in lower case, without parameters; empty when the request has none.
std::string media_type(const Request& request);
/// What kept an upload from being stored, with its status: 413, 422, ...
Failure upload_failure(const Error& error);

}  // namespace lake::http
