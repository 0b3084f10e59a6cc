#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "lake/os/file_system.hpp"

namespace lake::os {
namespace {

/// What may have made a file too large: usually the limit of the process.
std::string size_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return " for its file system";
  return ": the limit of this process is " + std::to_string(limit.rlim_cur) +
         " bytes a file; raise it before starting (ulimit -f unlimited, LimitFSIZE= of a service)";
}

Error posix_error(std::string_view operation, const std::string& path, int number) {
  if (number == EFBIG) {
    return {ErrorCode::kResourceExhausted,
            std::string(operation) + " " + path + ": " + std::strerror(number) + size_limit()};
  }
  ErrorCode code = ErrorCode::kIo;
  if (number == ENOENT || number == ENOTDIR) code = ErrorCode::kNotFound;
  if (number == EEXIST || number == ENOTEMPTY) code = ErrorCode::kAlreadyExists;
  if (number == EACCES || number == EPERM || number == EROFS) code = ErrorCode::kPermissionDenied;
  if (number == ENOSPC || number == EDQUOT || number == EMFILE || number == ENFILE)
    code = ErrorCode::kResourceExhausted;
  return {code, std::string(operation) + " " + path + ": " + std::strerror(number)};
}

Error no_links_error(const std::string& path, int number) {
  // O_NOFOLLOW answers ELOOP at a link; with O_DIRECTORY it may say ENOTDIR instead.
  if (number == ELOOP)
    return {ErrorCode::kPermissionDenied,
            "cannot open without links: a component is a symbolic link: " + path};
  return posix_error("cannot open without links", path, number);
}

class PosixFile final : public File {
 public:
  PosixFile(int descriptor, std::string path) : path_(std::move(path)), descriptor_(descriptor) {}
  ~PosixFile() override {
    ignore(PosixFile::close(), "nobody is left to hear of it; writers close explicitly");
  }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t count =
          ::pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return posix_error("cannot read", path_, errno);
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  void prefetch(std::uint64_t offset, std::uint64_t bytes) override {
    // What it answers says nothing of the bytes: whoever reads them hears of what is wrong.
    static_cast<void>(::posix_fadvise(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(bytes),
                                      POSIX_FADV_WILLNEED));
  }

  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t count =
          ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return posix_error("cannot write", path_, errno);
      done += static_cast<std::size_t>(count);
    }
    return ok();
  }

  Status truncate(std::uint64_t bytes) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0)
      return posix_error("cannot truncate", path_, errno);
    return ok();
  }

  Result<std::uint64_t> size() override {
    struct stat info{};
    if (::fstat(descriptor_, &info) != 0) return posix_error("cannot stat", path_, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

  Status sync() override {
    if (sync_failed_) return Error(ErrorCode::kIo, "cannot sync " + path_ + ": an earlier sync of it failed");
    if (::fdatasync(descriptor_) != 0) {
      sync_failed_ = true;
      return posix_error("cannot sync", path_, errno);
    }
    return ok();
  }

  Status lock_exclusive() override {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return ok();
    if (errno == EWOULDBLOCK) return Error(ErrorCode::kUnavailable, "locked by another process: " + path_);
    return posix_error("cannot lock", path_, errno);
  }

  Status close() override {
    const int descriptor = std::exchange(descriptor_, -1);
    if (descriptor >= 0 && ::close(descriptor) != 0) return posix_error("cannot close", path_, errno);
    return ok();
  }

  [[nodiscard]] const std::string& path() const override { return path_; }

 private:
  std::string path_;
  int descriptor_;
  std::atomic<bool> sync_failed_{false};
};

/// Walks the path with openat, one component at a time, so that a directory swapped for a link is not
/// followed.
Result<std::unique_ptr<File>> open_without_links(const std::string& path) {
  if (path.empty() || path.front() != '/')
    return Error(ErrorCode::kInvalidArgument, "only an absolute path can be opened without links: " + path);
  int directory = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  std::size_t begin = 1;
  for (;;) {
    if (directory < 0) return no_links_error(path, errno);
    const std::size_t slash = path.find('/', begin);
    const std::string name = path.substr(begin, slash == std::string::npos ? slash : slash - begin);
    if (name == "." || name == "..") {
      ::close(directory);
      return Error(ErrorCode::kInvalidArgument,
                   "a path opened without links may not contain . or ..: " + path);
    }
    const bool last = slash == std::string::npos;
    const int flags = last ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH | O_DIRECTORY;
    const int next =
        name.empty() ? ::dup(directory) : ::openat(directory, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC);
    const int number = errno;
    ::close(directory);
    errno = number;
    directory = next;
    if (last) break;
    begin = slash + 1;
  }
  if (directory < 0) return no_links_error(path, errno);
  auto file = std::make_unique<PosixFile>(directory, path);
  struct stat info{};
  if (::fstat(directory, &info) != 0) return posix_error("cannot stat", path, errno);
  if (!S_ISREG(info.st_mode))
    return Error(ErrorCode::kPermissionDenied, "cannot open without links: not a regular file: " + path);
  return std::unique_ptr<File>(std::move(file));
}

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kFile;
  return S_ISDIR(mode) ? FileKind::kDirectory : FileKind::kOther;
}

}  // namespace

Result<std::unique_ptr<File>> PosixFileSystem::open(const std::string& path, OpenMode mode) {
  int flags = O_CLOEXEC;
  switch (mode) {
    case OpenMode::kRead:
      flags |= O_RDONLY;
      break;
    case OpenMode::kReadNoLinks:
      return open_without_links(path);
    case OpenMode::kReadWrite:
      flags |= O_RDWR;
      break;
    case OpenMode::kCreate:
      flags |= O_RDWR | O_CREAT;
      break;
    case OpenMode::kCreateNew:
      flags |= O_RDWR | O_CREAT | O_EXCL;
      break;
  }
  const int descriptor = ::open(path.c_str(), flags, sharing_ == Sharing::kOwnerOnly ? 0600 : 0666);
  if (descriptor < 0) return posix_error("cannot open", path, errno);
  return std::unique_ptr<File>(std::make_unique<PosixFile>(descriptor, path));
}

Result<FileInfo> PosixFileSystem::stat(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return posix_error("cannot stat", path, errno);
  if (S_ISLNK(info.st_mode)) {
    struct stat target{};
    if (::stat(path.c_str(), &target) == 0 && S_ISREG(target.st_mode)) info = target;
  }
  return FileInfo{kind_of(info.st_mode), static_cast<std::uint64_t>(info.st_size),
                  static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000 + info.st_mtim.tv_nsec / 1000};
}

Status PosixFileSystem::remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return posix_error("cannot remove", path, errno);
  return ok();
}

Status PosixFileSystem::remove_directory(const std::string& path) {
  if (::rmdir(path.c_str()) != 0) return posix_error("cannot remove directory", path, errno);
  return ok();
}

Status PosixFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return posix_error("cannot rename", from + " to " + to, errno);
  return ok();
}

Status PosixFileSystem::create_directory(const std::string& path) {
  if (::mkdir(path.c_str(), sharing_ == Sharing::kOwnerOnly ? 0700 : 0777) != 0)
    return posix_error("cannot make directory", path, errno);
  return ok();
}

Result<std::vector<DirectoryEntry>> PosixFileSystem::list(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return posix_error("cannot list", path, errno);
  std::vector<DirectoryEntry> entries;
  errno = 0;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat info{};
    if (::lstat(join_path(path, name).c_str(), &info) == 0) entries.push_back({name, kind_of(info.st_mode)});
    errno = 0;
  }
  const int number = errno;
  ::closedir(directory);
  if (number != 0) return posix_error("cannot list", path, number);
  return entries;
}

Status PosixFileSystem::sync_directory(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return posix_error("cannot open directory", path, errno);
  const int result = ::fsync(descriptor);
  const int number = errno;
  ::close(descriptor);
  if (result != 0) return posix_error("cannot sync directory", path, number);
  return ok();
}

Status PosixFileSystem::set_permissions(const std::string& path, unsigned permissions) {
  if (::chmod(path.c_str(), permissions) != 0) return posix_error("cannot set permissions of", path, errno);
  return ok();
}

Result<std::string> PosixFileSystem::canonical(const std::string& path) {
  char* const resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return posix_error("cannot resolve", path, errno);
  std::string text(resolved);
  std::free(resolved);
  return text;
}

}  // namespace lake::os
