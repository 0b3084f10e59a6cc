#include "lake/http/upload_routes.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "lake/codec/json_nesting.hpp"
#include "lake/http/incoming_body.hpp"
#include "lake/http/json_answer.hpp"
#include "lake/ingest/upload_store.hpp"

namespace lake::http {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRequestBytesMax = 64U << 10U;
constexpr std::size_t kPieceBytes = 256U << 10U;

Error not_here() { return {ErrorCode::kUnsupported, "this server takes no uploads"}; }

Json upload_json(const ingest::UploadInfo& upload) {
  return {{"id", upload.id},
          {"name", upload.name},
          {"bytes", upload.bytes ? Json(*upload.bytes) : Json()},
          {"offset", upload.offset},
          {"sha256", upload.sha256},
          {"complete", upload.is_complete},
          {"url", "/api/v1/uploads/" + upload.id}};
}

Headers offset_header(const ingest::UploadInfo& upload) {
  return {{"Upload-Offset", std::to_string(upload.offset)}};
}

struct UploadRequest {
  std::string name;
  std::optional<std::uint64_t> bytes;
  std::string sha256;
};

Result<UploadRequest> upload_request_of(const std::string& body) {
  if (codec::is_nested_too_deep(body))
    return Error(ErrorCode::kInvalidArgument, "the body has too many levels inside each other");
  const auto parsed = Json::parse(body, nullptr, false);
  if (!parsed.is_object()) return Error(ErrorCode::kInvalidArgument, "the body is not a JSON object");
  UploadRequest request;
  for (const auto& [member, value] : parsed.items()) {
    if (member == "name" && value.is_string()) {
      request.name = value.get<std::string>();
    } else if (member == "bytes" && value.is_number_unsigned()) {
      request.bytes = value.get<std::uint64_t>();
    } else if (member == "sha256" && (value.is_string() || value.is_null())) {
      if (value.is_string()) request.sha256 = value.get<std::string>();
    } else {
      return Error(ErrorCode::kInvalidArgument,
                   "an upload has \"name\" (text), \"bytes\" (number) and \"sha256\" (text), not " + member);
    }
  }
  if (request.name.empty() || !request.bytes)
    return Error(ErrorCode::kInvalidArgument, "an upload needs \"name\" and \"bytes\"");
  return request;
}

Result<std::uint64_t> offset_of(const Request& request) {
  const auto* text = request.header("upload-offset");
  std::uint64_t offset = 0;
  if (text != nullptr) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), offset);
    if (error == std::errc() && end == text->data() + text->size() && !text->empty()) return offset;
  }
  return Error(ErrorCode::kInvalidArgument, "the header Upload-Offset must say where the body goes");
}

/// Writes the body where the upload stands. What came before a failure stays.
Result<ingest::UploadInfo> write_piece(ingest::UploadStore& uploads, const Request& request,
                                       std::uint64_t offset) {
  const auto& id = request.path_parts.at("id");
  LAKE_TRY(const auto upload, uploads.find(id));
  const auto length = request.incoming->length();
  if (upload.offset == offset && upload.bytes && length && *length > *upload.bytes - offset)
    return Error(ErrorCode::kResourceExhausted, "the body is longer than what the upload still lacks");
  LAKE_TRY(const auto writer, uploads.go_on(id, offset));
  std::string piece(kPieceBytes, '\0');
  while (true) {
    LAKE_TRY(const auto count, request.incoming->read(piece));
    if (count == 0) return writer->end();
    LAKE_CHECK_OK(writer->write(std::string_view(piece).substr(0, count)));
  }
}

}  // namespace

Failure upload_failure(const Error& error) {
  Failure failure{error, 0, {}};
  if (error.code() == ErrorCode::kCorruption) failure.status = 422;
  if (error.code() == ErrorCode::kResourceExhausted) failure.status = 413;
  return failure;
}

std::string media_type(const Request& request) {
  const auto* type = request.header("content-type");
  std::string media = type == nullptr ? std::string() : type->substr(0, type->find(';'));
  while (!media.empty() && media.back() == ' ') media.pop_back();
  for (char& c : media) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return media;
}

Result<std::string> small_body(const Request& request, std::size_t bytes_max) {
  std::string body;
  std::string piece(16U << 10U, '\0');
  while (true) {
    LAKE_TRY(const auto count, request.incoming->read(piece));
    if (count == 0) return body;
    if (body.size() + count > bytes_max) return Error(ErrorCode::kResourceExhausted, "the body is too large");
    body.append(piece, 0, count);
  }
}

void post_upload(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  if (door.services.uploads == nullptr) return pipe.answer(answer_of({not_here(), 0, {}}, request.id));
  if (media_type(request) != "application/json") {
    return pipe.answer(answer_of(
        {Error(ErrorCode::kInvalidArgument, "the body must be sent as Content-Type: application/json"),
         415,
         {}},
        request.id));
  }
  const auto body = small_body(request, kRequestBytesMax);
  if (!body) return pipe.answer(answer_of(upload_failure(body.error()), request.id));
  const auto asked = upload_request_of(*body);
  if (!asked) return pipe.answer(answer_of({asked.error(), 0, {}}, request.id));
  const auto begun = door.services.uploads->begin(asked->name, asked->bytes, asked->sha256);
  if (!begun) {
    const bool too_large = *asked->bytes > door.services.uploads->bounds().bytes_max;
    return pipe.answer(answer_of({begun.error(), too_large ? 413U : 0U, {}}, request.id));
  }
  auto answer = json_answer(upload_json(*begun), 201);
  answer.headers = offset_header(*begun);
  answer.headers.emplace_back("Location", "/api/v1/uploads/" + begun->id);
  pipe.answer(std::move(answer));
}

void patch_upload(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  auto* uploads = door.services.uploads;
  if (uploads == nullptr) return pipe.answer(answer_of({not_here(), 0, {}}, request.id));
  if (media_type(request) != "application/offset+octet-stream") {
    return pipe.answer(
        answer_of({Error(ErrorCode::kInvalidArgument,
                         "the body must be sent as Content-Type: application/offset+octet-stream"),
                   415,
                   {}},
                  request.id));
  }
  const auto offset = offset_of(request);
  if (!offset) return pipe.answer(answer_of({offset.error(), 0, {}}, request.id));
  const auto written = write_piece(*uploads, request, *offset);
  if (!written) {
    auto failure = upload_failure(written.error());
    if (const auto upload = uploads->find(request.path_parts.at("id")))
      failure.headers = offset_header(*upload);
    return pipe.answer(answer_of(failure, request.id));
  }
  Answer answer;
  answer.status = 204;
  answer.headers = offset_header(*written);
  pipe.answer(std::move(answer));
}

void delete_upload(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  const auto& id = request.path_parts.at("id");
  const auto removed =
      door.services.uploads == nullptr ? Status(not_here()) : door.services.uploads->remove(id);
  pipe.answer(removed ? json_answer({{"deleted", id}}, 200)
                      : answer_of({removed.error(), 0, {}}, request.id));
}

Answer get_uploads(Door& door, const Request& request) {
  if (door.services.uploads == nullptr) return answer_of({not_here(), 0, {}}, request.id);
  Json list = Json::array();
  for (const auto& upload : door.services.uploads->list()) list.push_back(upload_json(upload));
  return json_answer({{"uploads", std::move(list)}}, 200);
}

Answer get_upload(Door& door, const Request& request) {
  if (door.services.uploads == nullptr) return answer_of({not_here(), 0, {}}, request.id);
  const auto upload = door.services.uploads->find(request.path_parts.at("id"));
  if (!upload) return answer_of({upload.error(), 0, {}}, request.id);
  auto answer = json_answer(upload_json(*upload), 200);
  answer.headers = offset_header(*upload);
  if (upload->bytes) answer.headers.emplace_back("Upload-Length", std::to_string(*upload->bytes));
  return answer;
}

}  // namespace lake::http
