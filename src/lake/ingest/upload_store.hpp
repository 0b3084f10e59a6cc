#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::ingest {

struct UploadBounds {
  std::uint64_t bytes_max = 64ULL << 30U;                         // of one upload
  std::uint64_t count_max = 100;                                  // kept at once
  std::chrono::milliseconds age_max{std::chrono::hours(24 * 7)};  // without a byte, then it goes
};

/// One file on its way in, or there whole.
struct UploadInfo {
  std::string id;
  std::string name;                    // as the client has it, made harmless: one component of a path
  std::optional<std::uint64_t> bytes;  // of the whole; absent until the end tells
  std::uint64_t offset = 0;            // bytes that are there and would outlive a crash
  std::string sha256;                  // of the whole, in hexadecimal: as wanted, and known once complete
  bool is_complete = false;
  std::int64_t touched_micros = 0;  // wall time of the last byte
};

/// A file name that is one harmless component of a path: what stands before a '/' or '\' is cut, control
/// characters and bytes that are no UTF-8 become '_', dots at the beginning go, 200 bytes at most, never empty.
std::string harmless_name(std::string_view name);

/// Files that clients send piece by piece, and after an interruption go on with.
///
/// An upload is `<directory>/<id>.data` beside `<id>.json`, which says how much of it is on the disk: after a
/// crash it goes on from there. Whole, its SHA-256 is compared with the one that was announced; when they
/// differ nothing is kept. No name of a client is a path. Bounds: UploadBounds; one writer an upload.
/// Threads: any; a piece is written in its caller's thread. Lifetime: files, clock, random and metrics
/// outlive it.
class UploadStore {
 public:
  /// Removes what has lost one of its files. Errors: kIo.
  static Result<std::unique_ptr<UploadStore>> open(os::FileSystem& files, os::Clock& clock,
                                                   os::Random& random, telemetry::Metrics& metrics,
                                                   std::string directory, UploadBounds bounds);

  /// `sha256`: 64 hexadecimal digits, or empty. Errors: kResourceExhausted (too large, too many),
  /// kInvalidArgument (not a digest), kIo.
  Result<UploadInfo> begin(std::string_view name, std::optional<std::uint64_t> bytes,
                           std::string_view sha256);
  /// Errors: kNotFound.
  Result<UploadInfo> find(const std::string& id) const;
  [[nodiscard]] std::vector<UploadInfo> list() const;
  /// Errors: kNotFound; kConflict while a piece is written or an import has it.
  Status remove(const std::string& id);

  class Writer;
  /// Goes on at `offset`. Errors: kNotFound; kConflict when that is not where it stands, another piece is
  /// being written or an import has it.
  Result<std::unique_ptr<Writer>> go_on(const std::string& id, std::uint64_t offset);

  /// Keeps a complete upload from being removed, for whoever moves its file away. Errors: kNotFound;
  /// kConflict (not complete, or taken).
  Result<UploadInfo> take(const std::string& id);
  /// Undoes take().
  void put_back(const std::string& id);
  /// Its file was moved away. OK when it is not known.
  Status forget(const std::string& id);
  [[nodiscard]] const UploadBounds& bounds() const { return bounds_; }
  [[nodiscard]] std::string data_path(const std::string& id) const;

 private:
  struct Record;
  UploadStore(os::FileSystem& files, os::Clock& clock, os::Random& random, telemetry::Metrics& metrics,
              std::string directory, UploadBounds bounds);
  Status load();
  Status load_one(const std::string& id);
  Status remove_files(const std::string& id);
  Status store(const Record& record);
  void remove_old();
  Result<std::shared_ptr<Record>> record_of(const std::string& id) const;
  [[nodiscard]] std::string note_path(const std::string& id) const;

  os::FileSystem& files_;
  os::Clock& clock_;
  os::Random& random_;
  telemetry::Counter& bytes_counter_;
  const std::string directory_;
  const UploadBounds bounds_;
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<Record>> records_ LAKE_GUARDED_BY(mutex_);
};

/// Writes one piece. Threads: one. Dropped without end(), what was written so far stays, as far as it is on
/// the disk.
class UploadStore::Writer {
 public:
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Errors: kResourceExhausted (more than was announced or is allowed; the upload stays as it was before the
  /// piece that was too much), kIo.
  Status write(std::string_view bytes);
  /// The piece has ended; `is_last` ends an upload whose size was not announced. A complete upload is
  /// verified. Errors: kCorruption (SHA-256 differs: the upload is gone), kIo.
  Result<UploadInfo> end(bool is_last = false);

 private:
  friend class UploadStore;
  Writer(UploadStore& store, std::shared_ptr<Record> record, std::unique_ptr<os::File> file);
  Status sync();
  Result<std::string> digest();

  UploadStore& store_;
  const std::shared_ptr<Record> record_;
  std::unique_ptr<os::File> file_;
  std::uint64_t written_;  // where the next byte goes
};

}  // namespace lake::ingest
