#include "lake/http/blob_routes.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "lake/blobs/blobs.hpp"
#include "lake/http/blob_conditions.hpp"
#include "lake/http/error_envelope.hpp"
#include "lake/http/incoming_body.hpp"
#include "lake/http/json_answer.hpp"

namespace lake::http {

namespace {

using Json = nlohmann::ordered_json;
using blobs::BlobName;
using blobs::Outcome;

constexpr std::string_view kMetaPrefix = "x-dplake-meta-";
constexpr std::uint64_t kPageMax = 1000;
constexpr std::uint64_t kPageUsual = 100;
constexpr std::size_t kListBytesMax = 1U << 20U;  // of the list of parts that completes an upload
/// So much is read and compared before an answer begins: damage in it is answered, behind it the answer is
/// cut.
constexpr std::uint64_t kComparedBytes = 4U << 20U;

Failure failed(const Error& error, unsigned status = 0) { return {error, status, {}}; }

/// A bound of the store is "insufficient storage", as WebDAV has it; others are too large a request.
Failure failure_of_put(const Error& error) {
  return failed(error, error.code() == ErrorCode::kResourceExhausted ? 507 : 0);
}

Failure condition_failed() {
  return failed(Error(ErrorCode::kConflict, "the blob is not as If-Match or If-None-Match has it"), 412);
}

Failure other_hash() {
  return failed(Error(ErrorCode::kInvalidArgument, "the bytes that came do not have the hash that was told"),
                422);
}

Error bad(const std::string& what) { return {ErrorCode::kInvalidArgument, what}; }

Json json_of(const blobs::BlobInfo& blob) {
  return {{"bucket", blob.name.bucket},
          {"key", blob.name.key},
          {"hash", codec::hex_of(blob.hash)},
          {"bytes", blob.bytes},
          {"content_type", blob.labels.content_type},
          {"metadata", blob.labels.metadata},
          {"created_micros", blob.created_us}};
}

Json json_of(const blobs::Part& part) {
  return {{"part_number", part.number}, {"etag", codec::hex_of(part.hash)}, {"bytes", part.bytes}};
}

BlobName name_of(const Request& request) {
  return {request.path_parts.at("bucket"), request.path_parts.at("key")};
}

/// A token of RFC 9110. SQL may have put anything there.
bool is_field_name(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  for (const char c : name) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!is_word && kMarks.find(c) == std::string_view::npos) return false;
  }
  return !name.empty();
}

/// Text that may stand in a header: rows written by hand may hold any.
bool is_field_value(const std::string& text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20U || byte == 0x7FU) return false;
  }
  return true;
}

blobs::BlobLabels labels_of(const Request& request) {
  blobs::BlobLabels labels;
  if (const auto* type = request.header("content-type"); type != nullptr && !type->empty())
    labels.content_type = *type;
  for (const auto& [name, value] : request.headers) {
    if (name.starts_with(kMetaPrefix)) labels.metadata[name.substr(kMetaPrefix.size())] = value;
  }
  return labels;
}

blobs::BodySource body_of(const Request& request, RunningQuery& query) {
  return [&request, cancelled = query.cancelled()](std::span<char> into) {
    return request.incoming->read(into, [&cancelled]() -> Status {
      if (*cancelled) return Error(ErrorCode::kCancelled, "the request was cancelled");
      return ok();
    });
  };
}

/// The whole answer of a route that reads its request and asks the store.
using Work = Result<Answer> (*)(blobs::Blobs& blobs, const Request& request, RunningQuery& query,
                                Failure& failure);

void answer_by(Work work, Door& door, const Request& request, RunningQuery& query, BodyPipe& pipe) {
  Failure failure = failed(Error(ErrorCode::kUnsupported, "this server keeps no blobs"));
  if (door.services.blobs == nullptr) return pipe.answer(answer_of(failure, request.id));
  failure.status = 0;
  auto answer = work(*door.services.blobs, request, query, failure);
  if (answer) return pipe.answer(std::move(*answer));
  failure.error = answer.error();
  if (status_of(failure.error.code()) == 500 && failure.status == 0) {
    door.services.log.error("http.blob_failed", {{"request_id", request.id},
                                                 {"code", name_of(failure.error.code())},
                                                 {"message", failure.error.message()}});
  }
  pipe.answer(answer_of(failure, request.id));
}

/// Leaves the failure's status and headers, gives its error.
Error told(Failure& failure, const Failure& what) {
  failure.status = what.status;
  failure.headers = what.headers;
  return what.error;
}

Result<std::optional<std::uint32_t>> part_number_of(const Request& request) {
  const auto found = request.query.find("part_number");
  if (found == request.query.end()) return std::optional<std::uint32_t>();
  std::uint32_t number = 0;
  const auto* end = found->second.data() + found->second.size();
  if (found->second.empty() || std::from_chars(found->second.data(), end, number).ptr != end)
    return bad("part_number is a number");
  return std::optional<std::uint32_t>(number);
}

Result<Answer> put_part(blobs::Blobs& blobs, const Request& request, RunningQuery& query,
                        const std::string& upload, Failure& failure) {
  LAKE_TRY(const auto number, part_number_of(request));
  if (!number) return bad("part_number is missing");
  LAKE_TRY(const auto expected, told_hash(request));
  const auto part = blobs.uploads().put(name_of(request), upload, *number, expected, body_of(request, query));
  if (!part) return told(failure, failure_of_put(part.error()));
  if (!*part) return told(failure, other_hash());
  auto answer = json_answer(json_of(**part));
  answer.headers.emplace_back("ETag", etag_of((*part)->hash));
  return answer;
}

Result<Answer> answer_of_put(const Result<blobs::PutResult>& done, Failure& failure) {
  if (!done) return told(failure, failure_of_put(done.error()));
  if (done->outcome == Outcome::kConditionFailed) return told(failure, condition_failed());
  if (done->outcome == Outcome::kOtherHash) return told(failure, other_hash());
  auto answer = json_answer(json_of(done->blob), done->outcome == Outcome::kCreated ? 201 : 200);
  answer.headers.emplace_back("ETag", etag_of(done->blob.hash));
  return answer;
}

Result<Answer> put(blobs::Blobs& blobs, const Request& request, RunningQuery& query, Failure& failure) {
  if (const auto upload = request.query.find("upload_id"); upload != request.query.end())
    return put_part(blobs, request, query, upload->second, failure);
  if (request.header("content-range") != nullptr) return bad("a blob is put whole, or in parts by upload_id");
  blobs::PutRequest wanted;
  wanted.name = name_of(request);
  wanted.labels = labels_of(request);
  wanted.conditions = conditions_of(request);
  LAKE_TRY(wanted.expected, told_hash(request));
  wanted.bytes = request.incoming->length();
  return answer_of_put(blobs.store().put(wanted, body_of(request, query)), failure);
}

Result<std::string> whole_body(const Request& request) {
  std::string body;
  std::array<char, 16384> piece{};
  while (true) {
    LAKE_TRY(const auto count, request.incoming->read(piece));
    if (count == 0) return body;
    body.append(piece.data(), count);
    if (body.size() > kListBytesMax) return bad("the list of parts is too long");
  }
}

Result<std::optional<std::vector<blobs::Part>>> named_parts(const std::string& body) {
  if (body.empty()) return std::optional<std::vector<blobs::Part>>();
  const auto json = nlohmann::json::parse(body, nullptr, false);
  Error wrong = bad("the body is {\"parts\": [{\"part_number\": 1, \"etag\": \"...\"}]}");
  if (!json.is_object() || !json.contains("parts") || !json["parts"].is_array()) return wrong;
  std::vector<blobs::Part> parts;
  for (const auto& each : json["parts"]) {
    if (!each.is_object()) return wrong;
    const auto number = each.find("part_number");
    const auto etag = each.find("etag");
    if (number == each.end() || !number->is_number_unsigned() || etag == each.end() || !etag->is_string())
      return wrong;
    auto text = etag->get<std::string>();
    if (text.size() > 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    const auto hash = codec::sha256_of_hex(text);
    if (!hash || number->get<std::uint64_t>() > blobs::MultipartUploads::kPartsMax) return wrong;
    parts.push_back({number->get<std::uint32_t>(), *hash, 0});
  }
  return std::optional<std::vector<blobs::Part>>(std::move(parts));
}

Result<Answer> post(blobs::Blobs& blobs, const Request& request, RunningQuery& /*query*/, Failure& failure) {
  const auto name = name_of(request);
  if (request.query.contains("uploads")) {
    const auto id = blobs.uploads().begin(name, labels_of(request));
    if (!id) return told(failure, failure_of_put(id.error()));
    return json_answer({{"upload_id", *id}, {"bucket", name.bucket}, {"key", name.key}}, 201);
  }
  const auto upload = request.query.find("upload_id");
  if (upload == request.query.end())
    return bad("POST begins (?uploads) or completes (?upload_id=) an upload in parts");
  LAKE_TRY(const auto body, whole_body(request));
  LAKE_TRY(const auto parts, named_parts(body));
  return answer_of_put(blobs.uploads().complete(name, upload->second, parts, conditions_of(request)),
                       failure);
}

Result<Answer> remove(blobs::Blobs& blobs, const Request& request, RunningQuery& /*query*/,
                      Failure& failure) {
  Answer gone;
  gone.status = 204;
  if (const auto upload = request.query.find("upload_id"); upload != request.query.end()) {
    LAKE_CHECK_OK(blobs.uploads().abort(name_of(request), upload->second));
    return gone;
  }
  LAKE_TRY(const auto outcome, blobs.store().remove(name_of(request), conditions_of(request)));
  if (outcome == Outcome::kConditionFailed) return told(failure, condition_failed());
  return gone;
}

Result<Answer> list(blobs::Blobs& blobs, const Request& request, RunningQuery& /*query*/,
                    Failure& /*failure*/) {
  const auto text = [&request](const char* name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
  };
  std::uint64_t limit = kPageUsual;
  if (const auto given = text("limit"); !given.empty()) {
    const auto* end = given.data() + given.size();
    if (std::from_chars(given.data(), end, limit).ptr != end || limit == 0 || limit > kPageMax)
      return bad("limit is a number from 1 to 1000");
  }
  LAKE_TRY(auto page,
           blobs.store().list(request.path_parts.at("bucket"), text("prefix"), text("after"), limit + 1));
  const bool more = page.size() > limit;
  if (more) page.pop_back();
  Json items = Json::array();
  for (const auto& blob : page) items.push_back(json_of(blob));
  return json_answer({{"blobs", std::move(items)}, {"next", more ? Json(page.back().name.key) : Json()}});
}

Result<Answer> list_buckets(blobs::Blobs& blobs, const Request& /*request*/, RunningQuery& /*query*/,
                            Failure& /*failure*/) {
  LAKE_TRY(const auto buckets, blobs.store().buckets());
  Json items = Json::array();
  for (const auto& bucket : buckets)
    items.push_back({{"name", bucket.name}, {"blobs", bucket.blobs}, {"bytes", bucket.bytes}});
  return json_answer({{"buckets", std::move(items)}});
}

Result<Answer> scrub(blobs::Blobs& blobs, const Request& /*request*/, RunningQuery& /*query*/,
                     Failure& /*failure*/) {
  LAKE_TRY(const auto id, blobs.keeper().scrub_soon());
  return json_answer({{"job_id", id}, {"url", "/api/v1/jobs/" + std::to_string(id)}}, 202);
}

Result<Answer> list_parts(blobs::Blobs& blobs, const Request& request, RunningQuery& /*query*/,
                          Failure& /*failure*/) {
  LAKE_TRY(const auto parts, blobs.uploads().parts(name_of(request), request.query.at("upload_id")));
  Json items = Json::array();
  for (const auto& part : parts) items.push_back(json_of(part));
  return json_answer({{"parts", std::move(items)}});
}

/// Types that a browser may show: they run nothing.
bool is_harmless(const std::string& type) {
  const auto media = type.substr(0, type.find(';'));
  if (media == "image/svg+xml") return false;
  return media.starts_with("image/") || media.starts_with("video/") || media.starts_with("audio/") ||
         media == "text/plain" || media == "text/csv" || media == "application/json" ||
         media == "application/pdf";
}

Answer head_of(const blobs::BlobInfo& blob, const std::string& last_modified) {
  Answer answer;
  answer.content_type =
      is_field_value(blob.labels.content_type) ? blob.labels.content_type : "application/octet-stream";
  answer.headers = {{"ETag", etag_of(blob.hash)},
                    {"Last-Modified", last_modified},
                    {"Accept-Ranges", "bytes"},
                    {"Cache-Control", "private, no-cache"},
                    // Bytes of anybody must not act in the name of this server.
                    {"Content-Security-Policy",
                     "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
                     "media-src 'self'; sandbox"}};
  if (!is_harmless(answer.content_type)) answer.headers.emplace_back("Content-Disposition", "attachment");
  for (const auto& [name, value] : blob.labels.metadata) {
    if (is_field_name(name) && is_field_value(value))
      answer.headers.emplace_back(std::string(kMetaPrefix) + name, value);
  }
  answer.length = blob.bytes;
  return answer;
}

/// Compared bytes into the pipe: at first as much as fits a whole answer, so that damage is answered.
void send(object::ContentReader& reader, Answer head, std::uint64_t count, Door& door, const Request& request,
          RunningQuery& query, BodyPipe& pipe) {
  const auto go_on = [cancelled = query.cancelled()]() -> Status {
    if (*cancelled) return Error(ErrorCode::kCancelled, "the request was cancelled");
    return ok();
  };
  const auto tell = [&](const Error& error) {
    door.services.log.error(
        "http.blob_failed",
        {{"request_id", request.id}, {"code", name_of(error.code())}, {"message", error.message()}});
  };
  std::string first;
  std::uint64_t done = 0;
  bool begun = false;
  while (done < count) {
    const auto piece = reader.next();
    if (!piece) {
      tell(piece.error());
      if (begun) return pipe.abort();
      return pipe.answer(answer_of(failed(piece.error()), request.id));
    }
    const std::string_view bytes(reinterpret_cast<const char*>(piece->data()), piece->size());
    done += bytes.size();
    if (!begun && done < count && first.size() + bytes.size() < kComparedBytes) {
      first += bytes;
      continue;
    }
    if (!begun) {
      begun = true;
      head.length = count;
      pipe.begin(head);
      if (!first.empty() && !pipe.write(first, go_on)) return pipe.abort();
      first.clear();
    }
    if (!pipe.write(bytes, go_on)) return pipe.abort();
  }
  if (begun) return pipe.finish();
  head.length.reset();
  pipe.answer(std::move(head));
}

void get_opened(const blobs::OpenBlob& blob, Door& door, const Request& request, RunningQuery& query,
                BodyPipe& pipe) {
  const auto& info = blob.info();
  const auto last_modified = http_date(info.created_us);
  auto head = head_of(info, last_modified);
  const auto verdict = verdict_of(request, info.hash, last_modified);
  if (verdict == ReadVerdict::kFailed) return pipe.answer(answer_of(condition_failed(), request.id));
  if (verdict == ReadVerdict::kNotModified) {
    head.status = 304;
    head.length.reset();
    return pipe.answer(std::move(head));
  }
  if (request.method == "HEAD") return pipe.answer(std::move(head));
  AskedRange range;
  if (allows_range(request, info.hash, last_modified))
    range = asked_range(request.header("range"), info.bytes);
  if (range.kind == AskedRange::Kind::kUnsatisfiable) {
    auto failure = failed(bad("the range is not within the blob"), 416);
    failure.headers.emplace_back("Content-Range", "bytes */" + std::to_string(info.bytes));
    return pipe.answer(answer_of(failure, request.id));
  }
  if (range.kind == AskedRange::Kind::kPart) {
    head.status = 206;
    head.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.offset) + "-" +
                                                   std::to_string(range.offset + range.bytes - 1) + "/" +
                                                   std::to_string(info.bytes));
  } else {
    range.bytes = info.bytes;
  }
  const auto reader = blob.read(range.offset, range.bytes);
  if (!reader) return pipe.answer(answer_of(failed(reader.error()), request.id));
  send(**reader, std::move(head), range.bytes, door, request, query, pipe);
}

void get_blob(Door& door, const Request& request, RunningQuery& query, BodyPipe& pipe) {
  if (door.services.blobs == nullptr || request.query.contains("upload_id"))
    return answer_by(list_parts, door, request, query, pipe);
  const auto blob = door.services.blobs->store().open(name_of(request));
  if (!blob) return pipe.answer(answer_of(failed(blob.error()), request.id));
  get_opened(*blob, door, request, query, pipe);
}

template <Work work>
void by(Door& door, const Request& request, RunningQuery& query, BodyPipe& pipe) {
  answer_by(work, door, request, query, pipe);
}

constexpr std::string_view kBlob = "/api/v1/blobs/{bucket}/{key...}";

constexpr std::array<Route, 8> kRoutes = {{
    {"GET", "/api/v1/blobs", Guard::kToken, nullptr, by<list_buckets>, "Buckets of blobs"},
    {.method = "POST",
     .pattern = "/api/v1/blobs/scrub",
     .guard = Guard::kToken,
     .quick = nullptr,
     .working = by<scrub>,
     .summary = "Read and compare all blobs, as a job",
     .transfer = true},
    {"GET", "/api/v1/blobs/{bucket}", Guard::kToken, nullptr, by<list>,
     "Blobs of a bucket in order of their keys: ?prefix=&after=&limit="},
    {.method = "PUT",
     .pattern = kBlob,
     .guard = Guard::kToken,
     .quick = nullptr,
     .working = by<put>,
     .summary = "Store the body as a blob, or as a part: ?upload_id=&part_number=",
     .transfer = true},
    {.method = "GET",
     .pattern = kBlob,
     .guard = Guard::kToken,
     .quick = nullptr,
     .working = get_blob,
     .summary = "The bytes of a blob or a range of them; with ?upload_id= the parts that have come",
     .transfer = true},
    {.method = "HEAD",
     .pattern = kBlob,
     .guard = Guard::kToken,
     .quick = nullptr,
     .working = get_blob,
     .summary = "What is known of a blob",
     .transfer = true},
    {.method = "POST",
     .pattern = kBlob,
     .guard = Guard::kToken,
     .quick = nullptr,
     .working = by<post>,
     .summary = "Begin (?uploads) or complete (?upload_id=) a blob that comes in parts",
     .transfer = true},
    {.method = "DELETE",
     .pattern = kBlob,
     .guard = Guard::kToken,
     .quick = nullptr,
     .working = by<remove>,
     .summary = "Remove a blob, or give up the parts of ?upload_id=",
     .transfer = true},
}};

}  // namespace

std::span<const Route> blob_routes() { return kRoutes; }

}  // namespace lake::http
