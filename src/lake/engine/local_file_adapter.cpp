#include "lake/engine/local_file_adapter.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "lake/engine/errors.hpp"

// Exported by the library; its own header needs one that DuckDB does not ship.
namespace duckdb {
bool Glob(const char* text, idx_t text_bytes,  // NOLINT(readability-identifier-naming): the library's
          const char* pattern, idx_t pattern_bytes, bool allow_question_mark);
}  // namespace duckdb

namespace lake::engine {
namespace {

/// For DuckDB a missing file is an I/O error; only the catalog may say "not found".
Error as_io(Error error) {
  if (error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kAlreadyExists) {
    return Error(ErrorCode::kIo, error.message());
  }
  return error;
}

template <class T>
T io_value(Result<T> result) {
  if (!result) throw_as_duckdb(as_io(result.error()));
  return std::move(*result);
}

void io_check(const Status& status) {
  if (!status) throw_as_duckdb(as_io(status.error()));
}

std::uint64_t unsigned_of(int64_t value) { return value < 0 ? 0 : static_cast<std::uint64_t>(value); }

/// One of the files that may be open at once.
class OpenFileShare {
 public:
  /// Throws kResourceExhausted when there are `max` already.
  OpenFileShare(std::shared_ptr<std::atomic<std::uint64_t>> count, std::uint64_t max)
      : count_(std::move(count)) {
    if (count_->fetch_add(1) < max || max == 0) return;
    count_->fetch_sub(1);
    throw_as_duckdb(Error(ErrorCode::kResourceExhausted,
                          "too many files are open at once: " + std::to_string(max) + " (open_files_max)"));
  }
  ~OpenFileShare() {
    if (count_) count_->fetch_sub(1);
  }
  OpenFileShare(OpenFileShare&&) = default;
  OpenFileShare& operator=(OpenFileShare&&) = delete;
  OpenFileShare(const OpenFileShare&) = delete;
  OpenFileShare& operator=(const OpenFileShare&) = delete;

 private:
  std::shared_ptr<std::atomic<std::uint64_t>> count_;
};

class LakeFileHandle : public duckdb::FileHandle {
 public:
  LakeFileHandle(duckdb::FileSystem& adapter, const std::string& name, duckdb::FileOpenFlags open_flags,
                 std::unique_ptr<os::File> opened, OpenFileShare share)
      : duckdb::FileHandle(adapter, name, open_flags), file(std::move(opened)), share_(std::move(share)) {}
  ~LakeFileHandle() override {
    if (file) ignore(file->close(), "a handle dropped without Close is abandoned by its owner");
  }
  void Close() override {
    if (!file) return;
    const std::unique_ptr<os::File> closing = std::move(file);
    share_.reset();
    io_check(closing->close());
  }

  std::unique_ptr<os::File> file;
  std::uint64_t position = 0;

 private:
  std::optional<OpenFileShare> share_;
};

LakeFileHandle& opened(duckdb::FileHandle& handle) {
  auto& lake_handle = handle.Cast<LakeFileHandle>();
  if (!lake_handle.file) throw_as_duckdb(Error(ErrorCode::kIo, "the file was closed before: " + handle.path));
  return lake_handle;
}

duckdb::FileType type_of(os::FileKind kind) {
  switch (kind) {
    case os::FileKind::kFile:
      return duckdb::FileType::FILE_TYPE_REGULAR;
    case os::FileKind::kDirectory:
      return duckdb::FileType::FILE_TYPE_DIR;
    case os::FileKind::kOther:
      return duckdb::FileType::FILE_TYPE_INVALID;
  }
  return duckdb::FileType::FILE_TYPE_INVALID;
}

}  // namespace

LocalFileAdapter::LocalFileAdapter(os::FileSystem& files, std::string directory, std::uint64_t open_files_max)
    : files_(files), directory_(std::move(directory)), open_files_max_(open_files_max) {}

bool LocalFileAdapter::CanHandleFile(const std::string& path) {
  return path.size() > directory_.size() && path.starts_with(directory_) && path[directory_.size()] == '/';
}

duckdb::unique_ptr<duckdb::FileHandle> LocalFileAdapter::OpenFile(const std::string& path,
                                                                  duckdb::FileOpenFlags flags,
                                                                  duckdb::optional_ptr<duckdb::FileOpener>) {
  const bool creates = flags.CreateFileIfNotExists() || flags.OverwriteExistingFile();
  os::OpenMode mode = os::OpenMode::kRead;
  if (flags.OpenForWriting()) {
    mode = creates ? os::OpenMode::kCreate : os::OpenMode::kReadWrite;
    if (creates && flags.ExclusiveCreate()) mode = os::OpenMode::kCreateNew;
  }
  OpenFileShare share(open_files_, open_files_max_);
  auto file = files_.open(path, mode);
  if (!file) {
    if (file.error().code() == ErrorCode::kNotFound && flags.ReturnNullIfNotExists()) return nullptr;
    if (file.error().code() == ErrorCode::kAlreadyExists && flags.ReturnNullIfExists()) return nullptr;
    throw_as_duckdb(as_io(file.error()));
  }
  auto handle = duckdb::make_uniq<LakeFileHandle>(*this, path, flags, std::move(*file), std::move(share));
  if (flags.OpenForWriting() && flags.OverwriteExistingFile()) io_check(handle->file->truncate(0));
  if (flags.OpenForAppending()) handle->position = io_value(handle->file->size());
  if (flags.Lock() == duckdb::FileLockType::WRITE_LOCK) io_check(handle->file->lock_exclusive());
  return handle;
}

void LocalFileAdapter::Read(duckdb::FileHandle& handle, void* buffer, int64_t byte_count,
                            duckdb::idx_t location) {
  const std::span<std::byte> out(static_cast<std::byte*>(buffer), unsigned_of(byte_count));
  std::size_t done = 0;
  while (done < out.size()) {
    const std::size_t count = io_value(opened(handle).file->read_at(location + done, out.subspan(done)));
    if (count == 0) {
      throw_as_duckdb(Error(ErrorCode::kIo, "the file ends too early: " + handle.path + ", wanted " +
                                                std::to_string(byte_count) + " bytes at " +
                                                std::to_string(location) + ", found " +
                                                std::to_string(done)));
    }
    done += count;
  }
}

int64_t LocalFileAdapter::Read(duckdb::FileHandle& handle, void* buffer, int64_t byte_count) {
  auto& file = opened(handle);
  const std::span<std::byte> out(static_cast<std::byte*>(buffer), unsigned_of(byte_count));
  const std::size_t count = io_value(file.file->read_at(file.position, out));
  file.position += count;
  return static_cast<int64_t>(count);
}

void LocalFileAdapter::Write(duckdb::FileHandle& handle, void* buffer, int64_t byte_count,
                             duckdb::idx_t location) {
  const std::span<const std::byte> bytes(static_cast<const std::byte*>(buffer), unsigned_of(byte_count));
  io_check(opened(handle).file->write_at(location, bytes));
}

int64_t LocalFileAdapter::Write(duckdb::FileHandle& handle, void* buffer, int64_t byte_count) {
  auto& file = opened(handle);
  Write(handle, buffer, byte_count, file.position);
  file.position += unsigned_of(byte_count);
  return byte_count;
}

bool LocalFileAdapter::Trim(duckdb::FileHandle&, duckdb::idx_t, duckdb::idx_t) { return false; }

int64_t LocalFileAdapter::GetFileSize(duckdb::FileHandle& handle) {
  return static_cast<int64_t>(io_value(opened(handle).file->size()));
}

duckdb::timestamp_t LocalFileAdapter::GetLastModifiedTime(duckdb::FileHandle& handle) {
  return duckdb::timestamp_t(io_value(files_.stat(handle.path)).modified_micros);
}

duckdb::string LocalFileAdapter::GetVersionTag(duckdb::FileHandle&) { return ""; }

duckdb::FileType LocalFileAdapter::GetFileType(duckdb::FileHandle& handle) {
  return type_of(io_value(files_.stat(handle.path)).kind);
}

duckdb::FileMetadata LocalFileAdapter::Stats(duckdb::FileHandle& handle) {
  const os::FileInfo info = io_value(files_.stat(handle.path));
  duckdb::FileMetadata result;
  result.file_size = static_cast<int64_t>(info.bytes);
  result.last_modification_time = duckdb::timestamp_t(info.modified_micros);
  result.file_type = type_of(info.kind);
  return result;
}

void LocalFileAdapter::Truncate(duckdb::FileHandle& handle, int64_t byte_count) {
  io_check(opened(handle).file->truncate(unsigned_of(byte_count)));
}

void LocalFileAdapter::FileSync(duckdb::FileHandle& handle) { io_check(opened(handle).file->sync()); }

void LocalFileAdapter::Seek(duckdb::FileHandle& handle, duckdb::idx_t location) {
  opened(handle).position = location;
}

void LocalFileAdapter::Reset(duckdb::FileHandle& handle) { opened(handle).position = 0; }

duckdb::idx_t LocalFileAdapter::SeekPosition(duckdb::FileHandle& handle) { return opened(handle).position; }

bool LocalFileAdapter::DirectoryExists(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener>) {
  const auto info = files_.stat(path);
  return info && info->kind == os::FileKind::kDirectory;
}

void LocalFileAdapter::CreateDirectory(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener>) {
  const Status made = files_.create_directory(path);
  if (!made && made.error().code() != ErrorCode::kAlreadyExists) io_check(made);
}

void LocalFileAdapter::CreateDirectoriesRecursive(const std::string& path,
                                                  duckdb::optional_ptr<duckdb::FileOpener>) {
  io_check(files_.create_directories(path));
}

void LocalFileAdapter::RemoveDirectory(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener>) {
  io_check(files_.remove_tree(path));
}

bool LocalFileAdapter::ListFiles(const std::string& path,
                                 const std::function<void(const std::string&, bool)>& callback,
                                 duckdb::FileOpener*) {
  const auto entries = files_.list(path);
  if (!entries) {
    if (entries.error().code() == ErrorCode::kNotFound) return false;
    throw_as_duckdb(as_io(entries.error()));
  }
  for (const os::DirectoryEntry& entry : *entries)
    callback(entry.name, entry.kind == os::FileKind::kDirectory);
  return true;
}

void LocalFileAdapter::MoveFile(const std::string& source, const std::string& target,
                                duckdb::optional_ptr<duckdb::FileOpener>) {
  io_check(files_.rename(source, target));
}

bool LocalFileAdapter::FileExists(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener>) {
  const auto info = files_.stat(path);
  return info && info->kind == os::FileKind::kFile;
}

void LocalFileAdapter::RemoveFile(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener>) {
  io_check(files_.remove_file(path));
}

bool LocalFileAdapter::TryRemoveFile(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener>) {
  const Status removed = files_.remove_file(path);
  if (!removed && removed.error().code() != ErrorCode::kNotFound) io_check(removed);
  return removed.has_value();
}

duckdb::vector<duckdb::OpenFileInfo> LocalFileAdapter::Glob(const std::string& pattern, duckdb::FileOpener*) {
  duckdb::vector<duckdb::OpenFileInfo> result;
  if (!duckdb::FileSystem::HasGlob(pattern)) {
    if (FileExists(pattern, nullptr)) result.emplace_back(pattern);
    return result;
  }
  std::vector<std::string> components;
  for (std::size_t start = directory_.size() + 1; start <= pattern.size();) {
    std::size_t end = pattern.find('/', start);
    if (end == std::string::npos) end = pattern.size();
    if (end > start) components.push_back(pattern.substr(start, end - start));
    start = end + 1;
  }
  glob_into(directory_, components, 0, result);
  return result;
}

void LocalFileAdapter::glob_into(const std::string& directory, const std::vector<std::string>& components,
                                 std::size_t index, duckdb::vector<duckdb::OpenFileInfo>& out) {
  if (index == components.size()) return;
  const std::string& wanted = components[index];
  const bool any_depth = wanted == "**";
  if (any_depth) glob_into(directory, components, index + 1, out);
  const auto entries = files_.list(directory);
  if (!entries) return;  // vanished meanwhile: nothing to find
  for (const os::DirectoryEntry& entry : *entries) {
    const std::string path = os::join_path(directory, entry.name);
    const bool is_directory = entry.kind == os::FileKind::kDirectory;
    if (any_depth) {
      if (is_directory) glob_into(path, components, index, out);
      if (!is_directory && index + 1 == components.size()) out.emplace_back(path);
      continue;
    }
    if (!duckdb::Glob(entry.name.data(), entry.name.size(), wanted.data(), wanted.size(), true)) continue;
    if (is_directory) glob_into(path, components, index + 1, out);
    if (!is_directory && index + 1 == components.size()) out.emplace_back(path);
  }
}

}  // namespace lake::engine
