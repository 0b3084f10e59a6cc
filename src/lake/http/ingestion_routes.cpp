#include "lake/http/ingestion_routes.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "lake/codec/json_nesting.hpp"
#include "lake/codec/sha256.hpp"
#include "lake/http/blob_conditions.hpp"
#include "lake/http/incoming_body.hpp"
#include "lake/http/json_answer.hpp"
#include "lake/http/multipart.hpp"
#include "lake/http/upload_routes.hpp"
#include "lake/ingest/ingestion_jobs.hpp"
#include "lake/ingest/takeout_jobs.hpp"
#include "lake/jobs/job_text.hpp"
#include "lake/query/encode.hpp"

namespace lake::http {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFilesMax = 1000;
constexpr std::size_t kPieceBytes = 256U << 10U;
constexpr std::size_t kFieldBytesMax = 64U << 10U;
constexpr std::size_t kFieldsMax = 32;
constexpr std::uint64_t kLettersShown = 100;
constexpr std::uint64_t kLettersMax = 10'000;

Answer fail(const Error& error, const Request& request) { return answer_of({error, 0, {}}, request.id); }

Error refused(const std::string& why) { return {ErrorCode::kInvalidArgument, why}; }

Json accepted_json(const jobs::JobInfo& job) {
  return {{"job_id", job.id},
          {"status", jobs::name_of(job.state)},
          {"source", job.subject},
          {"url", "/api/v1/ingestion/status/" + std::to_string(job.id)}};
}

/// Bytes that become a file: an upload that is written in one go.
class Intake {
 public:
  explicit Intake(ingest::UploadStore& uploads) : uploads_(uploads) {}
  ~Intake() {
    writer_.reset();
    if (!id_.empty()) ignore(uploads_.remove(id_), "it is gone already, or goes when it is old");
  }
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  Status begin(const std::string& name, std::optional<std::uint64_t> bytes) {
    LAKE_TRY(const auto upload, uploads_.begin(name, bytes, ""));
    id_ = upload.id;
    LAKE_TRY(writer_, uploads_.go_on(id_, 0));
    return ok();
  }
  [[nodiscard]] bool has_begun() const { return writer_ != nullptr; }
  Status write(std::string_view bytes) { return writer_->write(bytes); }
  Status end() {
    LAKE_CHECK_OK(writer_->end(true));
    writer_.reset();
    return ok();
  }
  /// From now on the upload is the job's.
  std::string release() { return std::exchange(id_, {}); }
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  ingest::UploadStore& uploads_;
  std::string id_;
  std::unique_ptr<ingest::UploadStore::Writer> writer_;
};

/// The options of a file, taken out of a request's object.
Result<ingest::FileIngestion> options_of(Json body, std::initializer_list<const char*> others) {
  for (const char* other : others) body.erase(other);
  return ingest::file_ingestion_of(body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Result<Json> body_object(const Request& request) {
  if (codec::is_nested_too_deep(request.body))
    return refused("the body has too many levels inside each other");
  auto body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) return refused("the body is no JSON object");
  return body;
}

Result<jobs::JobInfo> submit_records(Door& door, const Json& body) {
  const Json& data = body.at("data");
  const Json records = data.is_array() ? data : Json::array({data});
  LAKE_TRY(auto file, options_of(body, {"data", "source_type"}));
  if (file.table.empty()) return refused("records need a table to go to");
  if (!file.format_type.empty() && file.format_type != "json")
    return refused("records in \"data\" are json; other formats go to /api/v1/ingestion/file");
  if (file.name.empty()) file.name = "records for " + file.table;
  file.format_type = "ndjson";
  std::string lines;
  for (const auto& record : records)
    lines += record.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  Intake intake(*door.services.uploads);
  LAKE_CHECK_OK(intake.begin("records.ndjson", lines.size()));
  LAKE_CHECK_OK(intake.write(lines));
  LAKE_CHECK_OK(intake.end());
  LAKE_TRY(auto job, door.services.ingestion->submit(std::move(file), intake.id()));
  intake.release();
  return job;
}

/// {"source_type", "format_type", "metadata", "table", ...} with "data" (records), "path" or "upload".
Result<jobs::JobInfo> ingest_one(Door& door, const Request& request) {
  LAKE_TRY(const auto body, body_object(request));
  if (const auto type = body.find("source_type");
      type != body.end() && *type != "structured" && *type != "file") {
    return Error(ErrorCode::kUnsupported,
                 "source_type is \"structured\" (data, path or upload) or \"file\"; streams come later");
  }
  if (body.contains("data")) return submit_records(door, body);
  LAKE_TRY(auto file, options_of(body, {"source_type", "upload"}));
  const auto upload = body.find("upload");
  if (upload != body.end() && !upload->is_string()) return refused("upload is the id of an upload");
  const std::string id = upload == body.end() ? std::string() : upload->get<std::string>();
  if (id.empty() == file.path.empty()) return refused("one of data, path and upload says what is ingested");
  return door.services.ingestion->submit(std::move(file), id);
}

Result<std::vector<std::string>> texts_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  std::vector<std::string> texts;
  if (found == object.end()) return texts;
  if (!found->is_array()) return refused(std::string(key) + " is a list of texts");
  for (const auto& one : *found) {
    if (!one.is_string()) return refused(std::string(key) + " is a list of texts");
    texts.push_back(one.get<std::string>());
  }
  return texts;
}

/// {"source_config": {"paths", "uploads"}, "format_config": {...}, "table", "schema_name", "level", "mode"}
Result<std::vector<jobs::JobInfo>> ingest_many(Door& door, const Request& request) {
  LAKE_TRY(auto body, body_object(request));
  const Json source = body.value("source_config", Json::object());
  if (!source.is_object()) return refused("source_config is an object with paths or uploads");
  LAKE_TRY(const auto paths, texts_at(source, "paths"));
  LAKE_TRY(const auto uploads, texts_at(source, "uploads"));
  for (const auto& [key, value] : source.items()) {
    if (key != "paths" && key != "uploads") return refused("source_config has paths and uploads, not " + key);
  }
  if (paths.empty() && uploads.empty()) return refused("source_config names no file");
  if (paths.size() + uploads.size() > kFilesMax) return refused("more than 1000 files in one request");
  const Json format = body.value("format_config", Json::object());
  if (!format.is_object()) return refused("format_config is an object");
  body.update(format);
  LAKE_TRY(const auto options, options_of(body, {"source_config", "format_config"}));
  std::vector<jobs::JobInfo> begun;
  const auto submit = [&](const std::string& path, const std::string& upload) -> Status {
    auto file = options;
    file.path = path;
    auto job = door.services.ingestion->submit(std::move(file), upload);
    if (!job && begun.empty()) return job.error();
    if (!job) return job.error().with("after " + std::to_string(begun.size()) + " files");
    begun.push_back(std::move(*job));
    return ok();
  };
  for (const auto& path : paths) LAKE_CHECK_OK(submit(path, ""));
  for (const auto& upload : uploads) LAKE_CHECK_OK(submit("", upload));
  return begun;
}

/// A form with one file; its fields are options.
class FormFile final : public MultipartReader::Sink {
 public:
  FormFile(Intake& intake, Json& options) : intake_(intake), options_(options) {}
  Status begin(const MultipartReader::Head& head) override {
    if (++parts_ > kFieldsMax) return refused("the form has more than 32 fields");
    is_file_ = head.file_name.has_value();
    field_ = head.name;
    value_.clear();
    if (!is_file_) return ok();
    if (head.name != "file" || intake_.has_begun() || !intake_.id().empty())
      return refused("one file goes into the field \"file\"");
    if (!options_.contains("name")) options_["name"] = *head.file_name;
    return intake_.begin(*head.file_name, std::nullopt);
  }
  Status bytes(std::string_view bytes) override {
    if (is_file_) return intake_.write(bytes);
    if (value_.size() + bytes.size() > kFieldBytesMax)
      return refused("the field " + field_ + " is too large");
    value_ += bytes;
    return ok();
  }
  Status end() override {
    if (is_file_) return intake_.end();
    options_[field_] = value_;
    return ok();
  }

 private:
  Intake& intake_;
  Json& options_;
  bool is_file_ = false;
  std::size_t parts_ = 0;
  std::string field_;
  std::string value_;
};

Status read_body(const Request& request, const std::function<Status(std::string_view)>& take) {
  std::string piece(kPieceBytes, '\0');
  while (true) {
    LAKE_TRY(const auto count, request.incoming->read(piece));
    if (count == 0) return ok();
    LAKE_CHECK_OK(take(std::string_view(piece).substr(0, count)));
  }
}

/// Holds what came against the SHA-256 that a header or the option told.
Status check_hash(Door& door, const Request& request, const Intake& intake, const std::string& told) {
  LAKE_TRY(auto wanted, told_hash(request));
  if (!told.empty()) {
    wanted = codec::sha256_of_hex(told);
    if (!wanted) return refused("sha256 is not 64 hexadecimal digits");
  }
  if (!wanted) return ok();
  LAKE_TRY(const auto upload, door.services.uploads->find(intake.id()));
  if (upload.sha256 == codec::hex_of(*wanted)) return ok();
  return Error(ErrorCode::kCorruption, "the SHA-256 of what came is " + upload.sha256 + ", not " +
                                           codec::hex_of(*wanted) + "; nothing was kept");
}

/// The body is the file, or a form with it. `status`: of an error, where its code alone does not tell.
Result<jobs::JobInfo> ingest_file(Door& door, const Request& request, unsigned& status) {
  Json options = Json::object();
  for (const auto& [name, value] : request.query) options[name] = value;
  Intake intake(*door.services.uploads);
  const auto* type = request.header("content-type");
  const auto boundary = type == nullptr ? std::nullopt : multipart_boundary(*type);
  if (boundary) {
    FormFile form(intake, options);
    MultipartReader reader(*boundary, form);
    LAKE_CHECK_OK(read_body(request, [&](std::string_view bytes) { return reader.feed(bytes); }));
    LAKE_CHECK_OK(reader.finish());
    if (intake.id().empty()) return refused("the form has no file in a field \"file\"");
  } else {
    const std::string name = options.value("name", std::string("file"));
    LAKE_CHECK_OK(intake.begin(name, request.incoming->length()));
    LAKE_CHECK_OK(read_body(request, [&](std::string_view bytes) { return intake.write(bytes); }));
    LAKE_CHECK_OK(intake.end());
  }
  const std::string sha256 = options.value("sha256", std::string());
  LAKE_CHECK_OK(check_hash(door, request, intake, sha256));
  LAKE_TRY(auto file, options_of(options, {"sha256"}));
  if (!file.path.empty()) return refused("there is no option path; the body is the file");
  // What is no table is refused now and not by the job.
  auto looked_at = file;
  looked_at.path = door.services.uploads->data_path(intake.id());
  if (looked_at.name.empty()) looked_at.name = "the body";
  LAKE_CHECK_OK(door.services.ingestion->look_at(looked_at));
  if (const auto verified = door.services.ingestion->verify(looked_at); !verified) {
    if (verified.error().code() == ErrorCode::kInvalidArgument) status = 422;
    return verified.error();
  }
  LAKE_TRY(auto job, door.services.ingestion->submit(std::move(file), intake.id()));
  intake.release();
  return job;
}

bool is_built(Door& door) { return door.services.ingestion != nullptr && door.services.uploads != nullptr; }

Error not_built() { return {ErrorCode::kUnsupported, "this server ingests nothing"}; }

void post_ingest(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  const auto job = is_built(door) ? ingest_one(door, request) : Result<jobs::JobInfo>(not_built());
  pipe.answer(job ? json_answer(accepted_json(*job), 202) : fail(job.error(), request));
}

void post_bulk(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  const auto begun =
      is_built(door) ? ingest_many(door, request) : Result<std::vector<jobs::JobInfo>>(not_built());
  if (!begun) return pipe.answer(fail(begun.error(), request));
  Json list = Json::array();
  for (const auto& job : *begun) list.push_back(accepted_json(job));
  pipe.answer(
      json_answer({{"status", "queued"}, {"job_id", begun->front().id}, {"jobs", std::move(list)}}, 202));
}

void post_file(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  unsigned status = 0;
  const auto job = is_built(door) ? ingest_file(door, request, status) : Result<jobs::JobInfo>(not_built());
  if (job) return pipe.answer(json_answer(accepted_json(*job), 202));
  auto failure = upload_failure(job.error());
  if (status != 0) failure.status = status;
  if (job.error().code() == ErrorCode::kUnsupported) failure.status = 415;
  pipe.answer(answer_of(failure, request.id));
}

Answer get_status(Door& door, const Request& request) {
  const auto& text = request.path_parts.at("job_id");
  jobs::JobId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  const auto unknown = Error(ErrorCode::kNotFound, "no such ingestion: " + text);
  const auto job = is_number ? door.services.jobs.find(id) : Result<jobs::JobInfo>(unknown);
  if (!job || (job->kind != ingest::IngestionJobs::kKind && job->kind != ingest::TakeoutJobs::kKind))
    return fail(unknown, request);
  Json body = accepted_json(*job);
  body["job"] = Json::parse(jobs::job_text(*job), nullptr, false);
  return json_answer(body);
}

Answer get_ingestion_metrics(Door& door, const Request& request) {
  if (!is_built(door)) return fail(not_built(), request);
  const auto counts = door.services.ingestion->counts();
  return json_answer({{"ingestion_success", counts.successes},
                      {"ingestion_errors", counts.errors},
                      {"ingestion_records", counts.records},
                      {"ingestion_refused", counts.refused},
                      {"ingestion_data_size", counts.bytes},
                      {"ingestion_processing_time", static_cast<double>(counts.busy_micros) / 1e6},
                      {"ingestion_queue_size", counts.waiting}});
}

/// All of them as a file.
void send_letters(query::Session& session, const ingest::DeadLetters& which, const std::string& name,
                  Door& door, const Request& request, BodyPipe& pipe) {
  const auto format = query::format_named(name);
  if (format != query::Format::kNdjson && format != query::Format::kCsv)
    return pipe.answer(fail(refused("format is json, ndjson or csv"), request));
  const auto letters = ingest::all_dead_letters(session, which);
  if (!letters) return pipe.answer(fail(letters.error(), request));
  Answer head;
  head.content_type = std::string(query::media_type(*format));
  head.headers = {{"Content-Disposition", "attachment; filename=\"refused." + name + "\""}};
  pipe.begin(std::move(head));
  const auto sent =
      query::encode(**letters, *format, [&pipe](std::string_view bytes) { return pipe.write(bytes); });
  if (sent) return pipe.finish();
  door.services.log.warn("ingestion.letters_cut", {{"message", sent.error().message()}});
  pipe.abort();
}

void get_dead_letters(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  const auto parameter = [&](const char* name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
  };
  std::uint64_t limit = kLettersShown;
  const std::string text = parameter("limit");
  std::from_chars(text.data(), text.data() + text.size(), limit);
  auto session = door.services.sessions.open();
  if (!session) return pipe.answer(fail(session.error(), request));
  const ingest::DeadLetters which{parameter("table"), parameter("run_id")};
  if (const auto format = parameter("format"); !format.empty() && format != "json")
    return send_letters(**session, which, format, door, request, pipe);
  const auto letters = ingest::dead_letters(**session, which, std::min(limit, kLettersMax));
  if (!letters) return pipe.answer(fail(letters.error(), request));
  Answer answer;
  answer.body = "{\"dead_letters\":" + *letters + "}\n";
  pipe.answer(std::move(answer));
}

Result<std::string> replay(Door& door, const Request& request) {
  LAKE_TRY(const auto body, body_object(request));
  LAKE_TRY(const auto options, options_of(body, {"run_id"}));
  if (options.table.empty()) return refused("table says whose dead letters are tried again");
  ingest::ReplayRequest replay;
  LAKE_TRY(replay.table, ingest::parse_table_name(options.table));
  const auto run = body.find("run_id");
  if (run != body.end() && !run->is_string()) return refused("run_id is a text");
  if (run != body.end()) replay.run_id = run->get<std::string>();
  replay.rule_set = options.schema_name;
  if (!options.level.empty()) {
    LAKE_TRY(replay.level, validate::level_named(options.level));
  }
  replay.from_door = true;
  LAKE_TRY(const auto session, door.services.sessions.open());
  LAKE_TRY(const auto report, ingest::replay_dead_letters(*session, replay));
  return text_of(report, options);
}

void post_replay(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  const auto report = replay(door, request);
  if (!report) return pipe.answer(fail(report.error(), request));
  Answer answer;
  answer.body = *report + "\n";
  pipe.answer(std::move(answer));
}

}  // namespace

std::span<const Route> ingestion_routes() {
  static constexpr Route kRoutes[] = {
      {"POST", "/api/v1/ingestion/ingest", Guard::kToken, nullptr, post_ingest,
       "Records, a path or an upload into a table: {data|path|upload, table, format_type, schema_name, "
       "level, mode}"},
      {"POST", "/api/v1/ingestion/bulk", Guard::kToken, nullptr, post_bulk,
       "Many files: {source_config: {paths, uploads}, format_config, table, schema_name, level, mode}"},
      {"POST", "/api/v1/ingestion/file", Guard::kToken, nullptr, post_file,
       "The body, or a form's file, into a table; options in the query", nullptr, true},
      {"GET", "/api/v1/ingestion/status/{job_id}", Guard::kToken, get_status, nullptr,
       "How far an ingestion is"},
      {"GET", "/api/v1/ingestion/metrics", Guard::kToken, get_ingestion_metrics, nullptr,
       "What was ingested so far"},
      {"GET", "/api/v1/ingestion/dead-letters", Guard::kToken, nullptr, get_dead_letters,
       "Records that were refused, the last first: ?table=&run_id=&limit=; all as a file: "
       "&format=ndjson|csv"},
      {"POST", "/api/v1/ingestion/dead-letters/replay", Guard::kToken, nullptr, post_replay,
       "Try refused records again: {table, run_id, schema_name, level}"},
  };
  return kRoutes;
}

}  // namespace lake::http
