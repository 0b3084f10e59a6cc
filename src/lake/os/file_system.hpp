#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"

namespace lake::os {

/// How an open file will be used.
enum class OpenMode : std::uint8_t {
  kRead,         // must exist
  kReadNoLinks,  // must exist, be a regular file, and no component of the absolute path may be a symbolic
                 // link
  kReadWrite,    // must exist
  kCreate,       // created when absent, opened read-write
  kCreateNew,    // must not exist (O_EXCL), opened read-write
};

enum class FileKind : std::uint8_t { kFile, kDirectory, kOther };

struct FileInfo {
  FileKind kind = FileKind::kFile;
  std::uint64_t bytes = 0;
  std::int64_t modified_micros = 0;  // since 1970, UTC
};

struct DirectoryEntry {
  std::string name;  // one path component
  FileKind kind = FileKind::kFile;
};

/// One open file.
/// Durability: bytes written are durable once a sync() begun after the write has returned OK; not before. A
/// failed sync() is final: nothing written to the file may be relied on, and later sync() calls fail too.
/// Threads: read_at, prefetch and write_at may run concurrently; close() may not overlap anything.
class File {
 public:
  virtual ~File() = default;
  /// Reads up to `out.size()` bytes at `offset`; fewer only at end of file. Errors: kIo.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) = 0;
  /// A hint that these bytes are read soon: the disk may begin with them while others are worked on. Waits
  /// for no byte, at most for room in the disk's queue, and cannot fail; the bytes need not be there.
  virtual void prefetch(std::uint64_t /*offset*/, std::uint64_t /*bytes*/) {}
  /// Writes all of `bytes` at `offset`, growing the file as needed. Errors: kIo (message tells disk full).
  virtual Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  virtual Status truncate(std::uint64_t bytes) = 0;
  virtual Result<std::uint64_t> size() = 0;
  /// fdatasync, with size changes. The file's directory entry needs FileSystem::sync_directory as well.
  virtual Status sync() = 0;
  /// Takes an exclusive advisory lock held until close. Errors: kUnavailable when another holder exists.
  virtual Status lock_exclusive() = 0;
  /// Releases the descriptor; must be the last call. Idempotent.
  virtual Status close() = 0;
  [[nodiscard]] virtual const std::string& path() const = 0;
};

/// Files as the lake sees them. Paths are absolute or relative to the process, separated by '/'.
/// Durability: creating, renaming or removing an entry is durable once sync_directory on its parent returned
/// OK. Errors everywhere: kNotFound, kAlreadyExists, kPermissionDenied, kResourceExhausted (disk full, too
/// many open files), kIo; the message names operation and path. Threads: any.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// kReadNoLinks also fails with kPermissionDenied (a symbolic link, a device, a pipe) and kInvalidArgument
  /// (a path that is not absolute or has "." or ".."), and never waits for a pipe's writer.
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<FileInfo> stat(const std::string& path) = 0;
  virtual Status remove_file(const std::string& path) = 0;
  /// Removes an empty directory.
  virtual Status remove_directory(const std::string& path) = 0;
  /// Replaces `to` when it exists, atomically.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  /// Errors: kAlreadyExists.
  virtual Status create_directory(const std::string& path) = 0;
  virtual Result<std::vector<DirectoryEntry>> list(const std::string& path) = 0;
  virtual Status sync_directory(const std::string& path) = 0;
  /// Sets the mode bits; the simulated disk records nothing.
  virtual Status set_permissions(const std::string& path, unsigned permissions) = 0;
  /// The absolute path of what `path` leads to, without ".", ".." and symbolic links. Must exist. Errors:
  /// kNotFound, kIo.
  virtual Result<std::string> canonical(const std::string& path) = 0;

  Result<bool> exists(const std::string& path);
  /// Makes `path` and missing parents; each new directory's parent is synced. OK when it exists. Calls wait
  /// for each other, so that a directory found there was synced by whoever made it.
  Status create_directories(const std::string& path);
  /// Removes a tree, `path` included; OK when absent. Never follows symbolic links.
  Status remove_tree(const std::string& path);
  /// Whole contents; kResourceExhausted when larger than `bytes_max`.
  Result<std::string> read_file(const std::string& path, std::uint64_t bytes_max = 64ULL << 20U);
  /// Writes beside, syncs, renames over, syncs the directory: the old or the new content survives a crash,
  /// never a mix. `permissions`: POSIX mode bits of the new file.
  Status replace_file(const std::string& path, std::string_view content, unsigned permissions = 0644);

 private:
  Status create_directories_locked(const std::string& path) LAKE_REQUIRES(making_directories_);
  Mutex making_directories_;
};

/// Who may use the files and directories that a PosixFileSystem makes.
enum class Sharing : std::uint8_t {
  kAsUmask,    // as the process's umask has it
  kOwnerOnly,  // modes 0600 and 0700
};

/// The machine's disk through POSIX calls.
class PosixFileSystem final : public FileSystem {
 public:
  explicit PosixFileSystem(Sharing sharing = Sharing::kAsUmask) : sharing_(sharing) {}
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<FileInfo> stat(const std::string& path) override;
  Status remove_file(const std::string& path) override;
  Status remove_directory(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status create_directory(const std::string& path) override;
  Result<std::vector<DirectoryEntry>> list(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Status set_permissions(const std::string& path, unsigned permissions) override;
  Result<std::string> canonical(const std::string& path) override;

 private:
  const Sharing sharing_;
};

/// Directory part of a path: "a/b/c" -> "a/b", "c" -> ".", "/c" -> "/".
std::string parent_path(std::string_view path);
/// Last component.
std::string file_name(std::string_view path);
/// Joins with one '/'.
std::string join_path(std::string_view left, std::string_view right);

}  // namespace lake::os
