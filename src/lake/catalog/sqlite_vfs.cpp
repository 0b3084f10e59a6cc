#include "lake/catalog/sqlite_vfs.hpp"

#include <sqlite3.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <span>
#include <vector>

#include "lake/base/assert.hpp"

namespace lake::catalog {
namespace {

constexpr std::size_t kContentBytes = SqliteVfs::kPageBytes - SqliteVfs::kReservedBytes;

// The write-ahead log doubles up to the larger step, then grows by it.
constexpr std::uint64_t kLogStepMin = 64U << 10U;
constexpr std::uint64_t kLogStepMax = 1U << 20U;

bool is_page(int amount, sqlite3_int64 offset) {
  return amount == static_cast<int>(SqliteVfs::kPageBytes) && offset % SqliteVfs::kPageBytes == 0;
}

std::uint64_t page_checksum(const void* page, sqlite3_int64 offset) {
  return XXH3_64bits_withSeed(page, kContentBytes, static_cast<XXH64_hash_t>(offset));
}

std::uint64_t stored_checksum(const void* page) {
  std::uint64_t stored = 0;
  std::memcpy(&stored, static_cast<const char*>(page) + kContentBytes, sizeof(stored));
  return stored;
}

}  // namespace

/// SQLite's handle of one file; it lives in memory that SQLite gives.
struct SqliteVfs::OpenFile {
  sqlite3_file base;  // first: SQLite sees only this
  SqliteVfs* vfs;
  std::unique_ptr<os::File> file;
  bool database;   // the main file: its pages carry checksums
  bool log;        // the write-ahead log
  bool new_entry;  // made by us and its directory not synced since
  bool delete_on_close;
  std::uint64_t log_bytes;  // of the log: how long it is already, what follows the last commit included

  /// Makes the log longer than the bytes just written need, with zeroes. A sync of a file that became longer
  /// writes its length too, which on many file systems is a second write to the disk after the first, so only
  /// few commits should lengthen it. SQLite takes zeroes for the end of the log, as it takes what a
  /// checkpoint left there. That it does not succeed is no failure: the log then grows with each commit, or
  /// into as many zeroes as there was room for.
  void lengthen_log(std::uint64_t written_to) {
    if (written_to <= log_bytes) return;
    log_bytes = written_to;
    const std::vector<std::byte> zeroes(std::clamp(written_to, kLogStepMin, kLogStepMax));
    if (file->write_at(written_to, zeroes)) {
      log_bytes += zeroes.size();
    } else if (const auto size = file->size()) {
      log_bytes = std::max(log_bytes, *size);
    }
  }
};

/// The C functions SQLite calls. None of them throws.
struct SqliteCalls {
  static SqliteVfs& self(sqlite3_vfs* vfs) { return *static_cast<SqliteVfs*>(vfs->pAppData); }
  static SqliteVfs::OpenFile& handle(sqlite3_file* file) {
    return *reinterpret_cast<SqliteVfs::OpenFile*>(file);
  }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) noexcept;
  static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) noexcept;
  static int access(sqlite3_vfs* vfs, const char* name, int flags, int* answer) noexcept;
  static int full_path(sqlite3_vfs* vfs, const char* name, int size, char* out) noexcept;
  static int randomness(sqlite3_vfs* vfs, int size, char* out) noexcept;
  static int sleep(sqlite3_vfs* vfs, int micros) noexcept;
  static int current_time(sqlite3_vfs* vfs, double* days) noexcept;
  static int current_time_millis(sqlite3_vfs* vfs, sqlite3_int64* millis) noexcept;
  static int last_error(sqlite3_vfs* /*vfs*/, int /*size*/, char* /*out*/) noexcept { return 0; }

  static int close(sqlite3_file* file) noexcept;
  static int read(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) noexcept;
  static int write(sqlite3_file* file, const void* bytes, int amount, sqlite3_int64 offset) noexcept;
  static int truncate(sqlite3_file* file, sqlite3_int64 bytes) noexcept;
  static int sync(sqlite3_file* file, int flags) noexcept;
  static int size(sqlite3_file* file, sqlite3_int64* bytes) noexcept;
  static int lock(sqlite3_file* /*file*/, int /*level*/) noexcept { return SQLITE_OK; }
  static int check_lock(sqlite3_file* /*file*/, int* answer) noexcept {
    *answer = 0;
    return SQLITE_OK;
  }
  static int control(sqlite3_file* /*file*/, int /*operation*/, void* /*argument*/) noexcept {
    return SQLITE_NOTFOUND;
  }
  static int sector_size(sqlite3_file* /*file*/) noexcept { return static_cast<int>(SqliteVfs::kPageBytes); }
  // A torn write damages nothing outside itself, which spares SQLite padding every commit to a whole sector.
  static int device(sqlite3_file* /*file*/) noexcept { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static const sqlite3_io_methods* methods() {
    static constexpr sqlite3_io_methods kMethods = {
        .iVersion = 1,
        .xClose = close,
        .xRead = read,
        .xWrite = write,
        .xTruncate = truncate,
        .xSync = sync,
        .xFileSize = size,
        .xLock = lock,
        .xUnlock = lock,
        .xCheckReservedLock = check_lock,
        .xFileControl = control,
        .xSectorSize = sector_size,
        .xDeviceCharacteristics = device,
        .xShmMap = nullptr,
        .xShmLock = nullptr,
        .xShmBarrier = nullptr,
        .xShmUnmap = nullptr,
        .xFetch = nullptr,
        .xUnfetch = nullptr,
    };
    return &kMethods;
  }

  static int failed(SqliteVfs& vfs, const Error& error, int code) {
    vfs.remember(error);
    return error.code() == ErrorCode::kResourceExhausted ? SQLITE_FULL : code;
  }
};

int SqliteCalls::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                      int* out_flags) noexcept {
  SqliteVfs& owner = self(vfs);
  file->pMethods = nullptr;
  if (name == nullptr) {
    owner.remember(Error(ErrorCode::kInternal, "the catalog asked for an unnamed temporary file"));
    return SQLITE_CANTOPEN;
  }
  auto mode = os::OpenMode::kReadWrite;
  if ((flags & SQLITE_OPEN_READONLY) != 0) mode = os::OpenMode::kRead;
  bool new_entry = false;
  if ((flags & SQLITE_OPEN_CREATE) != 0) {
    const auto there = owner.files_.exists(name);
    if (!there) return failed(owner, there.error(), SQLITE_CANTOPEN);
    new_entry = !*there;
    mode = os::OpenMode::kCreate;
  }
  auto opened = owner.files_.open(name, mode);
  if (!opened) {
    owner.remember(opened.error());
    return SQLITE_CANTOPEN;
  }
  const bool database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  if (database) {
    if (const auto locked = (*opened)->lock_exclusive(); !locked) {
      owner.remember(locked.error());
      return SQLITE_BUSY;
    }
    owner.database_ = opened->get();
  }
  std::uint64_t log_bytes = 0;
  const bool log = (flags & SQLITE_OPEN_WAL) != 0;
  if (log) {
    const auto size = (*opened)->size();
    if (!size) return failed(owner, size.error(), SQLITE_IOERR_FSTAT);
    log_bytes = *size;
  }
  auto* handle = new (file) SqliteVfs::OpenFile{};
  handle->base.pMethods = methods();
  handle->vfs = &owner;
  handle->file = std::move(*opened);
  handle->database = database;
  handle->log = log;
  handle->log_bytes = log_bytes;
  handle->new_entry = new_entry;
  handle->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int SqliteCalls::remove(sqlite3_vfs* vfs, const char* name, int sync_directory) noexcept {
  SqliteVfs& owner = self(vfs);
  if (const auto removed = owner.files_.remove_file(name); !removed) {
    if (removed.error().code() == ErrorCode::kNotFound) return SQLITE_IOERR_DELETE_NOENT;
    return failed(owner, removed.error(), SQLITE_IOERR_DELETE);
  }
  if (sync_directory == 0) return SQLITE_OK;
  if (const auto synced = owner.files_.sync_directory(os::parent_path(name)); !synced) {
    return failed(owner, synced.error(), SQLITE_IOERR_DIR_FSYNC);
  }
  return SQLITE_OK;
}

int SqliteCalls::access(sqlite3_vfs* vfs, const char* name, int /*flags*/, int* answer) noexcept {
  SqliteVfs& owner = self(vfs);
  const auto info = owner.files_.stat(name);
  if (!info && info.error().code() != ErrorCode::kNotFound)
    return failed(owner, info.error(), SQLITE_IOERR_ACCESS);
  *answer = info.has_value() ? 1 : 0;
  return SQLITE_OK;
}

int SqliteCalls::full_path(sqlite3_vfs* /*vfs*/, const char* name, int size, char* out) noexcept {
  const std::size_t length = std::strlen(name);
  if (length + 1 > static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
  std::memcpy(out, name, length + 1);
  return SQLITE_OK;
}

int SqliteCalls::randomness(sqlite3_vfs* vfs, int size, char* out) noexcept {
  for (int done = 0; done < size;) {
    const std::uint64_t bits = self(vfs).random_.next();
    const int part = std::min<int>(size - done, sizeof(bits));
    std::memcpy(out + done, &bits, static_cast<std::size_t>(part));
    done += part;
  }
  return size;
}

int SqliteCalls::sleep(sqlite3_vfs* vfs, int micros) noexcept {
  self(vfs).clock_.sleep(std::chrono::microseconds(micros));
  return micros;
}

int SqliteCalls::current_time_millis(sqlite3_vfs* vfs, sqlite3_int64* millis) noexcept {
  constexpr sqlite3_int64 kUnixEpochMillis = 210866760000000;  // in Julian days, as SQLite counts
  *millis = kUnixEpochMillis + self(vfs).clock_.wall_micros() / 1000;
  return SQLITE_OK;
}

int SqliteCalls::current_time(sqlite3_vfs* vfs, double* days) noexcept {
  sqlite3_int64 millis = 0;
  current_time_millis(vfs, &millis);
  *days = static_cast<double>(millis) / 86400000.0;
  return SQLITE_OK;
}

int SqliteCalls::close(sqlite3_file* file) noexcept {
  auto& open_file = handle(file);
  SqliteVfs& owner = *open_file.vfs;
  const std::string path = open_file.file->path();
  if (open_file.database) owner.database_ = nullptr;
  int code = SQLITE_OK;
  if (const auto closed = open_file.file->close(); !closed)
    code = failed(owner, closed.error(), SQLITE_IOERR_CLOSE);
  if (open_file.delete_on_close) ignore(owner.files_.remove_file(path), "a leftover does no harm");
  open_file.~OpenFile();
  file->pMethods = nullptr;
  return code;
}

int SqliteCalls::read(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) noexcept {
  auto& open_file = handle(file);
  const auto wanted = static_cast<std::size_t>(amount);
  const auto count =
      open_file.file->read_at(static_cast<std::uint64_t>(offset), {static_cast<std::byte*>(out), wanted});
  if (!count) return failed(*open_file.vfs, count.error(), SQLITE_IOERR_READ);
  if (*count < wanted) {
    // SQLite takes the bytes that are missing for zeroes, so they may be missing at the end of the file only.
    const auto size = open_file.file->size();
    if (!size || static_cast<std::uint64_t>(offset) + *count < *size) {
      return failed(
          *open_file.vfs,
          size ? Error(ErrorCode::kIo, "a read of " + open_file.file->path() + " at offset " +
                                           std::to_string(offset) + " ended too early: wanted " +
                                           std::to_string(wanted) + " bytes, found " + std::to_string(*count))
               : size.error(),
          SQLITE_IOERR_READ);
    }
    std::memset(static_cast<char*>(out) + *count, 0, wanted - *count);
    return SQLITE_IOERR_SHORT_READ;
  }
  if (open_file.database && is_page(amount, offset)) {
    const std::uint64_t expected = page_checksum(out, offset);
    const std::uint64_t found = stored_checksum(out);
    if (found != expected) {
      open_file.vfs->remember(Error(ErrorCode::kCorruption, "damaged catalog " + open_file.file->path() +
                                                                ", page at offset " + std::to_string(offset) +
                                                                ": found checksum " + std::to_string(found) +
                                                                ", expected " + std::to_string(expected)));
      return SQLITE_IOERR_DATA;
    }
  }
  return SQLITE_OK;
}

int SqliteCalls::write(sqlite3_file* file, const void* bytes, int amount, sqlite3_int64 offset) noexcept {
  auto& open_file = handle(file);
  std::array<std::byte, SqliteVfs::kPageBytes> page{};
  std::span<const std::byte> content(static_cast<const std::byte*>(bytes), static_cast<std::size_t>(amount));
  if (open_file.database && is_page(amount, offset)) {
    std::memcpy(page.data(), bytes, kContentBytes);
    const std::uint64_t checksum = page_checksum(bytes, offset);
    std::memcpy(page.data() + kContentBytes, &checksum, sizeof(checksum));
    content = page;
  }
  const auto written = open_file.file->write_at(static_cast<std::uint64_t>(offset), content);
  if (written) {
    if (open_file.log) open_file.lengthen_log(static_cast<std::uint64_t>(offset) + content.size());
    return SQLITE_OK;
  }
  if (written.error().code() != ErrorCode::kResourceExhausted) open_file.vfs->write_doubtful_ = true;
  return failed(*open_file.vfs, written.error(), SQLITE_IOERR_WRITE);
}

int SqliteCalls::truncate(sqlite3_file* file, sqlite3_int64 bytes) noexcept {
  auto& open_file = handle(file);
  const auto done = open_file.file->truncate(static_cast<std::uint64_t>(bytes));
  if (done) open_file.log_bytes = static_cast<std::uint64_t>(bytes);
  return done ? SQLITE_OK : failed(*open_file.vfs, done.error(), SQLITE_IOERR_TRUNCATE);
}

int SqliteCalls::sync(sqlite3_file* file, int /*flags*/) noexcept {
  auto& open_file = handle(file);
  SqliteVfs& owner = *open_file.vfs;
  auto synced = open_file.file->sync();
  if (synced && open_file.new_entry) {
    synced = owner.files_.sync_directory(os::parent_path(open_file.file->path()));
    if (synced) open_file.new_entry = false;
  }
  if (synced) return SQLITE_OK;
  owner.sync_failed_ = true;
  owner.remember(synced.error());
  return SQLITE_IOERR_FSYNC;
}

int SqliteCalls::size(sqlite3_file* file, sqlite3_int64* bytes) noexcept {
  auto& open_file = handle(file);
  const auto found = open_file.file->size();
  if (!found) return failed(*open_file.vfs, found.error(), SQLITE_IOERR_FSTAT);
  *bytes = static_cast<sqlite3_int64>(*found);
  return SQLITE_OK;
}

SqliteVfs::SqliteVfs(os::FileSystem& files, os::Clock& clock, os::Random& random)
    : files_(files), clock_(clock), random_(random) {}

SqliteVfs::~SqliteVfs() {
  if (installed_) sqlite3_vfs_unregister(vfs_.get());
}

Status SqliteVfs::install() {
  // SQLite finds a VFS by name only, process-wide; the address keeps two open lakes apart.
  name_ = "dplake-" + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  vfs_ = std::make_unique<sqlite3_vfs>();
  *vfs_ = sqlite3_vfs{};
  vfs_->iVersion = 2;
  vfs_->szOsFile = sizeof(OpenFile);
  vfs_->mxPathname = 4096;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = SqliteCalls::open;
  vfs_->xDelete = SqliteCalls::remove;
  vfs_->xAccess = SqliteCalls::access;
  vfs_->xFullPathname = SqliteCalls::full_path;
  vfs_->xRandomness = SqliteCalls::randomness;
  vfs_->xSleep = SqliteCalls::sleep;
  vfs_->xCurrentTime = SqliteCalls::current_time;
  vfs_->xGetLastError = SqliteCalls::last_error;
  vfs_->xCurrentTimeInt64 = SqliteCalls::current_time_millis;
  if (sqlite3_vfs_register(vfs_.get(), 0) != SQLITE_OK) {
    return Error(ErrorCode::kResourceExhausted, "cannot register the catalog's file layer with SQLite");
  }
  installed_ = true;
  return ok();
}

std::optional<Error> SqliteVfs::take_error() { return std::exchange(error_, std::nullopt); }

Status SqliteVfs::copy_database(const std::string& target) {
  auto copied = copy_into(target);
  if (!copied) ignore(files_.remove_file(target), "the first error is the one to tell");
  return copied;
}

Status SqliteVfs::copy_into(const std::string& target) {
  LAKE_ASSERT(database_ != nullptr);
  LAKE_TRY(auto copy, files_.open(target, os::OpenMode::kCreate));
  LAKE_CHECK_OK(copy->truncate(0));
  std::vector<std::byte> buffer(std::size_t{1} << 20U);
  for (std::uint64_t offset = 0;;) {
    LAKE_TRY(const std::size_t count, database_->read_at(offset, buffer));
    if (count == 0) break;
    LAKE_CHECK_OK(copy->write_at(offset, std::span(buffer).first(count)));
    offset += count;
  }
  LAKE_CHECK_OK(copy->sync());
  LAKE_CHECK_OK(copy->close());
  return files_.sync_directory(os::parent_path(target));
}

}  // namespace lake::catalog
