#include "lake/server/directory_lock.hpp"

#include <unistd.h>

#include <span>
#include <sstream>
#include <utility>

namespace lake::server {
namespace {

constexpr std::uint64_t kTextBytesMax = 4096;

std::string holder_text(os::FileSystem& files, const std::string& path) {
  const auto text = files.read_file(path, kTextBytesMax);
  return text ? *text : std::string();
}

Error held_by(const std::string& directory, const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::string process = "another process";
  std::string advice = "end it first, or start it with `dplake serve` and connect with --server";
  while (std::getline(lines, line)) {
    if (line.starts_with("pid ")) process = "process " + line.substr(4);
    if (line.starts_with("url ")) advice = "use --server " + line.substr(4) + " to work through it";
  }
  return {ErrorCode::kUnavailable,
          "the data directory is open in " + process + ": " + directory + "; " + advice};
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(os::FileSystem& files, const std::string& directory) {
  const std::string path = os::join_path(directory, "LOCK");
  LAKE_TRY(auto file, files.open(path, os::OpenMode::kCreate));
  if (auto locked = file->lock_exclusive(); !locked) {
    if (locked.error().code() == ErrorCode::kUnavailable) return held_by(directory, holder_text(files, path));
    return Error(locked.error());
  }
  DirectoryLock lock(std::move(file));
  ignore(lock.write("pid " + std::to_string(::getpid()) + "\n"),
         "a full disk must not keep from reading; the lock holds without its text");
  return lock;
}

Status DirectoryLock::publish_url(const std::string& url) {
  return write("pid " + std::to_string(::getpid()) + "\nurl " + url + "\n");
}

Status DirectoryLock::write(const std::string& text) {
  // a note for people, not state: it need not survive a crash, so it is not synced
  LAKE_CHECK_OK(file_->truncate(0));
  return file_->write_at(0, std::as_bytes(std::span(text)));
}

Status DirectoryLock::release() {
  if (!file_) return ok();
  ignore(file_->truncate(0), "the text means nothing once the lock is gone");
  return std::exchange(file_, nullptr)->close();
}

}  // namespace lake::server
