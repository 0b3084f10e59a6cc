#pragma once

#include <memory>
#include <string>

#include "lake/base/result.hpp"
#include "lake/os/file_system.hpp"

namespace lake::server {

/// Keeps a data directory to one process: `<data>/LOCK`, locked for as long as this object lives. The file
/// tells others who holds it: a first line "pid <n>", a second "url <where it serves>" when it serves. Crash:
/// the machine drops the lock with the process; the text stays and is then of no meaning. Full disk: the lock
/// holds without a text.
class DirectoryLock {
 public:
  /// Errors: kUnavailable (the message names the holder and what to do), kPermissionDenied, kIo.
  static Result<DirectoryLock> take(os::FileSystem& files, const std::string& directory);
  Status publish_url(const std::string& url);
  Status release();

 private:
  explicit DirectoryLock(std::unique_ptr<os::File> file) : file_(std::move(file)) {}
  Status write(const std::string& text);
  std::unique_ptr<os::File> file_;
};

}  // namespace lake::server
