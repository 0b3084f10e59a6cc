#include "lake/http/takeout_routes.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "lake/http/incoming_body.hpp"
#include "lake/http/multipart.hpp"
#include "lake/http/upload_routes.hpp"
#include "lake/ingest/takeout_jobs.hpp"
#include "lake/ingest/takeout_report_text.hpp"
#include "lake/telemetry/trace.hpp"

namespace lake::http {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kOrderBytesMax = 1U << 20U;
constexpr std::size_t kFieldBytesMax = 64U << 10U;
constexpr std::size_t kPieceBytes = 256U << 10U;
/// A tar tells what it is 257 bytes on.
constexpr std::size_t kMagicBytes = 512;

/// The kinds of archive that may be a body, and how they begin.
struct ArchiveType {
  std::string_view media;
  std::string_view magic;
  std::size_t magic_offset;
  std::string_view default_name;
};
constexpr ArchiveType kArchiveTypes[] = {
    {"application/zip", "PK", 0, "upload.zip"},
    {"application/x-zip-compressed", "PK", 0, "upload.zip"},
    {"application/gzip", "\x1f\x8b", 0, "upload.tgz"},
    {"application/x-gzip", "\x1f\x8b", 0, "upload.tgz"},
    {"application/x-tar", "ustar", 257, "upload.tar"},
};

const ArchiveType* archive_type(std::string_view media) {
  for (const auto& type : kArchiveTypes) {
    if (type.media == media) return &type;
  }
  return nullptr;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (comma != 0) list.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return list;
}

/// Options beside an archive in the body: of the query, or fields of a form.
class Options {
 public:
  Status set(const std::string& name, const std::string& value) {
    if (name == "name") {
      file_name = value;
    } else if (name == "sha256") {
      sha256 = value;
    } else if (name == "time_zone" || name == "archives") {
      order_[name] = value;
    } else if (name == "batch_size" || name == "batch_rows") {
      std::uint64_t rows = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), rows);
      if (error != std::errc() || end != value.data() + value.size())
        return Error(ErrorCode::kInvalidArgument, name + " is a number");
      order_[name] = rows;
    } else if (name == "dry_run" || name == "force") {
      if (value != "true" && value != "false")
        return Error(ErrorCode::kInvalidArgument, name + " is true or false");
      order_[name] = value == "true";
    } else if (name == "include" || name == "exclude") {
      order_["products"][name] = split_list(value);
    } else {
      return Error(ErrorCode::kInvalidArgument, "there is no option " + name);
    }
    return ok();
  }
  [[nodiscard]] Result<ingest::TakeoutOrder> order() const { return ingest::takeout_order_of(order_.dump()); }
  std::string file_name;
  std::string sha256;

 private:
  Json order_ = Json::object();
};

/// An archive on its way into an upload. Its first bytes are looked at before anything is stored.
class ArchiveIntake {
 public:
  ArchiveIntake(ingest::UploadStore& uploads, std::string name, std::string sha256, const ArchiveType* type,
                std::optional<std::uint64_t> length)
      : uploads_(uploads), name_(std::move(name)), sha256_(std::move(sha256)), type_(type), length_(length) {}

  Status write(std::string_view bytes) {
    if (writer_) return writer_->write(bytes);
    head_ += bytes;
    return head_.size() < kMagicBytes ? ok() : begin();
  }
  /// The upload's id.
  Result<std::string> end() {
    if (!writer_) LAKE_CHECK_OK(begin());
    LAKE_TRY(const auto upload, writer_->end(true));
    writer_.reset();
    return upload.id;
  }
  /// Nothing stays of what did not come whole.
  void drop() {
    writer_.reset();
    if (!id_.empty()) ignore(uploads_.remove(id_), "it is gone already, or goes when it is old");
  }

 private:
  Status begin() {
    const bool is_known =
        type_ == nullptr || std::string_view(head_).substr(std::min(head_.size(), type_->magic_offset),
                                                           type_->magic.size()) == type_->magic;
    if (!is_known || head_.empty())
      return Error(ErrorCode::kCorruption, "the body does not begin as its type does; nothing was kept");
    LAKE_TRY(const auto upload, uploads_.begin(name_, length_, sha256_));
    id_ = upload.id;
    LAKE_TRY(writer_, uploads_.go_on(id_, 0));
    return writer_->write(std::exchange(head_, {}));
  }

  ingest::UploadStore& uploads_;
  const std::string name_;
  const std::string sha256_;
  const ArchiveType* const type_;
  const std::optional<std::uint64_t> length_;
  std::string head_;
  std::string id_;
  std::unique_ptr<ingest::UploadStore::Writer> writer_;
};

/// The files of a form become uploads, its fields options.
class FormIntake final : public MultipartReader::Sink {
 public:
  FormIntake(ingest::UploadStore& uploads, Options& options) : uploads_(uploads), options_(options) {}

  Status begin(const MultipartReader::Head& head) override {
    field_ = head.name;
    value_.clear();
    if (!head.file_name) return ok();
    if (head.name != "file")
      return Error(ErrorCode::kInvalidArgument, "archives go into fields named \"file\", not " + head.name);
    archive_.emplace(uploads_, *head.file_name, options_.sha256, nullptr, std::nullopt);
    return ok();
  }
  Status bytes(std::string_view bytes) override {
    if (archive_) return archive_->write(bytes);
    if (value_.size() + bytes.size() > kFieldBytesMax)
      return Error(ErrorCode::kInvalidArgument, "the field " + field_ + " is too large");
    value_ += bytes;
    return ok();
  }
  Status end() override {
    if (!archive_) return options_.set(field_, value_);
    LAKE_TRY(auto id, archive_->end());
    archive_.reset();
    ids.push_back(std::move(id));
    return ok();
  }
  void drop() {
    if (archive_) archive_->drop();
  }
  std::vector<std::string> ids;

 private:
  ingest::UploadStore& uploads_;
  Options& options_;
  std::optional<ArchiveIntake> archive_;
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

/// The ids of what the body brought. Nothing is kept after an error.
Result<std::vector<std::string>> take_form(const Request& request, std::string_view boundary,
                                           ingest::UploadStore& uploads, Options& options) {
  FormIntake form(uploads, options);
  MultipartReader reader(boundary, form);
  auto done = read_body(request, [&reader](std::string_view bytes) { return reader.feed(bytes); });
  if (done) done = reader.finish();
  if (done && form.ids.empty())
    done = Error(ErrorCode::kInvalidArgument, "the form has no archive in a field \"file\"");
  if (done) return std::move(form.ids);
  form.drop();
  for (const auto& id : form.ids) ignore(uploads.remove(id), "it goes when it is old");
  return done.error();
}

Result<std::vector<std::string>> take_archive(const Request& request, const ArchiveType& type,
                                              ingest::UploadStore& uploads, const Options& options) {
  const auto name = options.file_name.empty() ? std::string(type.default_name) : options.file_name;
  ArchiveIntake archive(uploads, name, options.sha256, &type, request.incoming->length());
  const auto done = read_body(request, [&archive](std::string_view bytes) { return archive.write(bytes); });
  if (done) {
    if (auto id = archive.end())
      return std::vector<std::string>{std::move(*id)};
    else
      return (archive.drop(), id.error());
  }
  archive.drop();
  return done.error();
}

Answer accepted_answer(const ingest::TakeoutJobs::Accepted& accepted) {
  const auto& job = accepted.job;
  const auto result = Json::parse(job.result.empty() ? "{}" : job.result, nullptr, false);
  const auto store = [&](const char* name) -> Json {
    if (std::string_view(name) == "vectors")
      return {{"status", "unsupported"}, {"reason", ingest::kNoVectors}};
    return {{"status", accepted.is_cached ? "complete" : "queued"}};
  };
  Json processed;
  if (accepted.is_cached && result.is_object() && result.contains("processed_at"))
    processed = result.at("processed_at");
  const Json body = {{"status", accepted.is_cached ? "complete" : "queued"},
                     {"cached", accepted.is_cached},
                     {"job_id", job.id},
                     {"url", "/api/v1/jobs/" + std::to_string(job.id)},
                     {"vectors", store("vectors")},
                     {"timeseries", store("timeseries")},
                     {"spatial", store("spatial")},
                     {"blobs", store("blobs")},
                     {"processed_at", std::move(processed)}};
  Answer answer;
  answer.status = accepted.is_cached ? 200 : 202;
  answer.body = body.dump() + "\n";
  answer.headers = {{"Location", "/api/v1/jobs/" + std::to_string(job.id)}};
  return answer;
}

/// What the body asks for; uploads it brought itself are in `brought`.
Result<ingest::TakeoutOrder> read_order(const Request& request, ingest::UploadStore& uploads,
                                        std::vector<std::string>& brought) {
  Options options;
  for (const auto& [name, value] : request.query) LAKE_CHECK_OK(options.set(name, value));
  const auto* type = archive_type(media_type(request));
  if (type != nullptr) {
    LAKE_TRY(brought, take_archive(request, *type, uploads, options));
  } else {
    const auto boundary = multipart_boundary(*request.header("content-type"));
    LAKE_TRY(brought, take_form(request, *boundary, uploads, options));
  }
  auto order = options.order();
  if (!order) return order;
  order->uploads = brought;
  return order;
}

std::optional<Failure> check_type(const Request& request, const ingest::UploadStore& uploads) {
  const auto media = media_type(request);
  if (media == "application/json") return std::nullopt;
  const auto* type = request.header("content-type");
  if (archive_type(media) == nullptr && (type == nullptr || !multipart_boundary(*type))) {
    return Failure{Error(ErrorCode::kInvalidArgument,
                         "the body must be application/json, application/zip, application/gzip, "
                         "application/x-tar or multipart/form-data"),
                   415,
                   {}};
  }
  const auto length = request.incoming->length();
  if (!length || *length <= uploads.bounds().bytes_max) return std::nullopt;
  return Failure{Error(ErrorCode::kResourceExhausted, "the body is larger than uploads.bytes_max"), 413, {}};
}

}  // namespace

void post_takeout(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  auto* uploads = door.services.uploads;
  auto* takeout = door.services.takeout;
  const auto fail = [&](const Failure& failure) { pipe.answer(answer_of(failure, request.id)); };
  if (uploads == nullptr || takeout == nullptr)
    return fail({Error(ErrorCode::kUnsupported, "this server imports nothing"), 0, {}});
  if (const auto failure = check_type(request, *uploads)) return fail(*failure);
  std::vector<std::string> brought;
  auto order = Result<ingest::TakeoutOrder>(ingest::TakeoutOrder());
  if (media_type(request) == "application/json") {
    const auto body = small_body(request, kOrderBytesMax);
    order = body ? ingest::takeout_order_of(*body) : Result<ingest::TakeoutOrder>(body.error());
  } else {
    order = read_order(request, *uploads, brought);
  }
  // What is not as the standard has it is as if it were not there (W3C Trace Context, 3.2.2.4).
  const auto* traced = request.header("traceparent");
  if (order && traced != nullptr && telemetry::span_context_of(*traced)) order->trace_parent = *traced;
  auto accepted =
      order ? takeout->submit(std::move(*order)) : Result<ingest::TakeoutJobs::Accepted>(order.error());
  if (accepted) return pipe.answer(accepted_answer(*accepted));
  for (const auto& id : brought) ignore(uploads->remove(id), "it goes when it is old");
  // Too many imports is 429, a body that is too large 413.
  fail(order ? Failure{accepted.error(), 0, {}} : upload_failure(accepted.error()));
}

std::span<const Route> intake_routes() {
  static constexpr Route kRoutes[] = {
      {"POST", "/api/v1/lake/takeout", Guard::kToken, nullptr, post_takeout,
       "Import a Google Takeout: {paths, uploads, time_zone, products, archives, batch_size, dry_run, "
       "force, replay}, or an archive",
       nullptr, true},
      {"GET", "/api/v1/uploads", Guard::kToken, get_uploads, nullptr, "Uploads on their way in"},
      {"POST", "/api/v1/uploads", Guard::kToken, nullptr, post_upload,
       "Begin an upload: {name, bytes, sha256}", nullptr, true},
      {"GET", "/api/v1/uploads/{id}", Guard::kToken, get_upload, nullptr, "How far an upload is"},
      {"PATCH", "/api/v1/uploads/{id}", Guard::kToken, nullptr, patch_upload,
       "The next bytes of an upload, from Upload-Offset on", nullptr, true},
      {"DELETE", "/api/v1/uploads/{id}", Guard::kToken, nullptr, delete_upload, "Drop an upload", nullptr,
       true},
  };
  return kRoutes;
}

}  // namespace lake::http
