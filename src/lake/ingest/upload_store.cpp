#include "lake/ingest/upload_store.hpp"

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <span>

#include "lake/codec/sha256.hpp"
#include "lake/codec/utf8.hpp"

namespace lake::ingest {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kIdBytes = 16;
/// So much may have to be sent again after a crash.
constexpr std::uint64_t kSyncBytes = 64ULL << 20U;
constexpr std::string_view kNoteEnd = ".json";
constexpr std::string_view kDataEnd = ".data";

bool is_id(std::string_view text) {
  return text.size() == 2 * kIdBytes && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error not_found(const std::string& id) { return {ErrorCode::kNotFound, "there is no such upload: " + id}; }

}  // namespace

std::string harmless_name(std::string_view name) {
  constexpr std::size_t kBytesMax = 200;
  if (const auto cut = name.find_last_of("/\\"); cut != std::string_view::npos) name.remove_prefix(cut + 1);
  std::string harmless;
  for (std::size_t at = 0; at < name.size();) {
    const auto point = codec::first_code_point(name.substr(at));
    const auto character = name.substr(at, point ? point->bytes : 1);
    at += character.size();
    if (harmless.empty() && character == ".") continue;
    if (!point || point->value < 0x20 || point->value == 0x7f)
      harmless += '_';
    else
      harmless += character;
  }
  if (harmless.size() > kBytesMax) {
    // The end tells what it is; between characters, not within one.
    std::size_t cut = harmless.size() - kBytesMax;
    while (cut < harmless.size() && (static_cast<unsigned char>(harmless[cut]) & 0xC0U) == 0x80U) ++cut;
    harmless.erase(0, cut);
  }
  return harmless.empty() ? "upload" : harmless;
}

/// What is guarded: by the store's mutex, or by being the one writer.
struct UploadStore::Record {
  UploadInfo info;           // the store's mutex
  bool is_written = false;   // the store's mutex
  bool is_taken = false;     // the store's mutex
  codec::Sha256Stream hash;  // the writer
  std::uint64_t hashed = 0;  // the writer: bytes from the beginning that `hash` has seen
};

UploadStore::UploadStore(os::FileSystem& files, os::Clock& clock, os::Random& random,
                         telemetry::Metrics& metrics, std::string directory, UploadBounds bounds)
    : files_(files),
      clock_(clock),
      random_(random),
      bytes_counter_(metrics.counter("dplake_upload_bytes_total", "Bytes of uploads written")),
      directory_(std::move(directory)),
      bounds_(bounds) {}

Result<std::unique_ptr<UploadStore>> UploadStore::open(os::FileSystem& files, os::Clock& clock,
                                                       os::Random& random, telemetry::Metrics& metrics,
                                                       std::string directory, UploadBounds bounds) {
  LAKE_CHECK_OK(files.create_directories(directory));
  std::unique_ptr<UploadStore> store(
      new UploadStore(files, clock, random, metrics, std::move(directory), bounds));
  // What is too old goes with the next begin(): until then, imports of the last process take what they need.
  LAKE_CHECK_OK(store->load());
  return store;
}

std::string UploadStore::data_path(const std::string& id) const {
  return os::join_path(directory_, id + std::string(kDataEnd));
}

std::string UploadStore::note_path(const std::string& id) const {
  return os::join_path(directory_, id + std::string(kNoteEnd));
}

Status UploadStore::load() {
  LAKE_TRY(const auto entries, files_.list(directory_));
  for (const auto& entry : entries) {
    const auto dot = entry.name.find('.');
    const auto id = entry.name.substr(0, dot);
    if (!is_id(id)) continue;  // not ours
    const auto end = entry.name.substr(dot == std::string::npos ? entry.name.size() : dot);
    if (end == kNoteEnd) {
      LAKE_CHECK_OK(load_one(id));
    } else if (end == kDataEnd) {
      LAKE_TRY(const bool noted, files_.exists(note_path(id)));
      if (!noted) LAKE_CHECK_OK(files_.remove_file(data_path(id)));
    } else {
      LAKE_CHECK_OK(files_.remove_file(os::join_path(directory_, entry.name)));
    }
  }
  return ok();
}

Status UploadStore::load_one(const std::string& id) {
  auto record = std::make_shared<Record>();
  auto& info = record->info;
  const auto text = files_.read_file(note_path(id));
  const auto data = files_.stat(data_path(id));
  try {
    const auto note = Json::parse(text ? *text : "");
    info.id = id;
    info.name = note.at("name").get<std::string>();
    if (!note.at("bytes").is_null()) info.bytes = note.at("bytes").get<std::uint64_t>();
    info.offset = note.at("offset").get<std::uint64_t>();
    info.sha256 = note.at("sha256").get<std::string>();
    info.is_complete = note.at("complete").get<bool>();
    info.touched_micros = note.at("touched_micros").get<std::int64_t>();
  } catch (const std::exception&) {
    return remove_files(id);  // its beginning was cut short, before the client heard of it
  }
  if (!data || data->bytes < info.offset) return remove_files(id);
  const MutexLock lock(mutex_);
  records_.emplace(id, std::move(record));
  return ok();
}

Status UploadStore::remove_files(const std::string& id) {
  for (const auto& path : {note_path(id), data_path(id)}) {
    const auto removed = files_.remove_file(path);
    if (!removed && removed.error().code() != ErrorCode::kNotFound) return removed;
  }
  return ok();
}

void UploadStore::remove_old() {
  const auto oldest =
      clock_.wall_micros() - std::chrono::duration_cast<std::chrono::microseconds>(bounds_.age_max).count();
  std::vector<std::string> old;
  {
    const MutexLock lock(mutex_);
    for (const auto& [id, record] : records_) {
      if (!record->is_written && !record->is_taken && record->info.touched_micros < oldest) old.push_back(id);
    }
    for (const auto& id : old) records_.erase(id);
  }
  for (const auto& id : old) ignore(remove_files(id), "it is tried again at the next start");
}

Status UploadStore::store(const Record& record) {
  const auto& info = record.info;
  const Json note = {{"name", info.name},
                     {"bytes", info.bytes ? Json(*info.bytes) : Json()},
                     {"offset", info.offset},
                     {"sha256", info.sha256},
                     {"complete", info.is_complete},
                     {"touched_micros", info.touched_micros}};
  return files_.replace_file(note_path(info.id), note.dump(-1, ' ', false, Json::error_handler_t::replace),
                             0600);
}

Result<UploadInfo> UploadStore::begin(std::string_view name, std::optional<std::uint64_t> bytes,
                                      std::string_view sha256) {
  if (bytes && *bytes > bounds_.bytes_max) {
    return Error(ErrorCode::kResourceExhausted, "an upload may have " + std::to_string(bounds_.bytes_max) +
                                                    " bytes at most (uploads.bytes_max)");
  }
  const auto digest = codec::sha256_of_hex(sha256);
  if (!sha256.empty() && !digest)
    return Error(ErrorCode::kInvalidArgument, "sha256 is not 64 hexadecimal digits");
  remove_old();
  auto record = std::make_shared<Record>();
  auto& info = record->info;
  info.id = os::random_hex(random_, kIdBytes);
  info.name = harmless_name(name);
  info.bytes = bytes;
  if (digest) info.sha256 = codec::hex_of(*digest);
  info.touched_micros = clock_.wall_micros();
  UploadInfo begun = info;
  {
    const MutexLock lock(mutex_);
    if (records_.size() >= bounds_.count_max) {
      return Error(ErrorCode::kResourceExhausted, "there are " + std::to_string(bounds_.count_max) +
                                                      " uploads (uploads.count_max): import or delete some");
    }
    record->is_written = true;
    records_.emplace(begun.id, record);
  }
  const auto make = [&]() -> Status {
    LAKE_TRY(const auto file, files_.open(data_path(begun.id), os::OpenMode::kCreateNew));
    LAKE_CHECK_OK(file->close());
    return store(*record);
  };
  const auto made = make();
  const MutexLock lock(mutex_);
  record->is_written = false;
  if (made) return begun;
  records_.erase(begun.id);
  ignore(remove_files(begun.id), "the first error is the one to tell");
  return made.error();
}

Result<std::shared_ptr<UploadStore::Record>> UploadStore::record_of(const std::string& id) const {
  const MutexLock lock(mutex_);
  const auto found = records_.find(id);
  if (found == records_.end()) return not_found(id);
  return found->second;
}

Result<UploadInfo> UploadStore::find(const std::string& id) const {
  LAKE_TRY(const auto record, record_of(id));
  const MutexLock lock(mutex_);
  return record->info;
}

std::vector<UploadInfo> UploadStore::list() const {
  const MutexLock lock(mutex_);
  std::vector<UploadInfo> infos;
  for (const auto& [id, record] : records_) infos.push_back(record->info);
  return infos;
}

Status UploadStore::remove(const std::string& id) {
  LAKE_TRY(const auto record, record_of(id));
  {
    const MutexLock lock(mutex_);
    if (record->is_written || record->is_taken)
      return Error(ErrorCode::kConflict, "the upload is being written or imported: " + id);
    records_.erase(id);
  }
  return remove_files(id);
}

Result<std::unique_ptr<UploadStore::Writer>> UploadStore::go_on(const std::string& id, std::uint64_t offset) {
  LAKE_TRY(auto record, record_of(id));
  {
    const MutexLock lock(mutex_);
    if (record->is_written || record->is_taken || record->info.is_complete)
      return Error(ErrorCode::kConflict, "the upload is being written, or whole: " + id);
    if (record->info.offset != offset) {
      return Error(ErrorCode::kConflict,
                   "the upload stands at byte " + std::to_string(record->info.offset) + ": " + id);
    }
    record->is_written = true;
    if (record->hashed > offset) {
      // Of a piece that did not reach the disk: those bytes may come otherwise now.
      record->hash = {};
      record->hashed = 0;
    }
  }
  auto file = files_.open(data_path(id), os::OpenMode::kReadWrite);
  // Bytes behind it were not synced before a crash.
  const auto cut = file ? (*file)->truncate(offset) : Status(file.error());
  if (!cut) {
    const MutexLock lock(mutex_);
    record->is_written = false;
    return cut.error();
  }
  return std::unique_ptr<Writer>(new Writer(*this, std::move(record), std::move(*file)));
}

Result<UploadInfo> UploadStore::take(const std::string& id) {
  LAKE_TRY(const auto record, record_of(id));
  const MutexLock lock(mutex_);
  if (!record->info.is_complete) return Error(ErrorCode::kConflict, "the upload is not whole yet: " + id);
  if (record->is_taken) return Error(ErrorCode::kConflict, "the upload is being imported: " + id);
  record->is_taken = true;
  return record->info;
}

void UploadStore::put_back(const std::string& id) {
  const MutexLock lock(mutex_);
  if (const auto found = records_.find(id); found != records_.end()) found->second->is_taken = false;
}

Status UploadStore::forget(const std::string& id) {
  {
    const MutexLock lock(mutex_);
    records_.erase(id);
  }
  return remove_files(id);
}

UploadStore::Writer::Writer(UploadStore& store, std::shared_ptr<Record> record,
                            std::unique_ptr<os::File> file)
    : store_(store), record_(std::move(record)), file_(std::move(file)), written_(record_->info.offset) {}

UploadStore::Writer::~Writer() {
  ignore(sync(), "what is not synced is sent again");
  ignore(file_->close(), "nothing is lost that was synced");
  const MutexLock lock(store_.mutex_);
  record_->is_written = false;
}

Status UploadStore::Writer::write(std::string_view bytes) {
  const auto limit =
      std::min(record_->info.bytes.value_or(store_.bounds_.bytes_max), store_.bounds_.bytes_max);
  if (written_ > limit || bytes.size() > limit - written_) {
    return Error(ErrorCode::kResourceExhausted,
                 "the upload may have " + std::to_string(limit) + " bytes, and more have come");
  }
  const auto raw = std::as_bytes(std::span(bytes));
  LAKE_CHECK_OK(file_->write_at(written_, raw));
  if (record_->hashed == written_) {
    record_->hash.update(raw);
    record_->hashed += raw.size();
  }
  written_ += raw.size();
  store_.bytes_counter_.add(raw.size());
  if (written_ - record_->info.offset >= kSyncBytes) LAKE_CHECK_OK(sync());
  return ok();
}

Status UploadStore::Writer::sync() {
  if (written_ == record_->info.offset) return ok();
  LAKE_CHECK_OK(file_->sync());
  {
    const MutexLock lock(store_.mutex_);
    record_->info.offset = written_;
    record_->info.touched_micros = store_.clock_.wall_micros();
  }
  return store_.store(*record_);
}

Result<std::string> UploadStore::Writer::digest() {
  if (record_->hashed == written_) return codec::hex_of(record_->hash.digest());
  // It was begun before this process.
  codec::Sha256Stream hash;
  std::vector<std::byte> buffer(std::size_t{1} << 20U);
  for (std::uint64_t at = 0; at < written_;) {
    LAKE_TRY(const auto count, file_->read_at(at, buffer));
    if (count == 0) return Error(ErrorCode::kIo, "the file of an upload ends early: " + file_->path());
    hash.update(std::span(buffer).first(count));
    at += count;
  }
  return codec::hex_of(hash.digest());
}

Result<UploadInfo> UploadStore::Writer::end(bool is_last) {
  LAKE_CHECK_OK(sync());
  if (is_last && !record_->info.bytes) {
    const MutexLock lock(store_.mutex_);
    record_->info.bytes = written_;
  }
  if (record_->info.bytes != written_) return record_->info;
  LAKE_TRY(auto found, digest());
  const auto wanted = record_->info.sha256;
  if (!wanted.empty() && wanted != found) {
    {
      const MutexLock lock(store_.mutex_);
      store_.records_.erase(record_->info.id);
    }
    LAKE_CHECK_OK(store_.remove_files(record_->info.id));
    return Error(ErrorCode::kCorruption,
                 "the SHA-256 of what came is " + found + ", not " + wanted + "; nothing was kept");
  }
  {
    const MutexLock lock(store_.mutex_);
    record_->info.sha256 = std::move(found);
    record_->info.is_complete = true;
  }
  LAKE_CHECK_OK(store_.store(*record_));
  return record_->info;
}

}  // namespace lake::ingest
