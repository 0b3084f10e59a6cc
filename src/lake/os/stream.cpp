#include "lake/os/stream.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace lake::os {
namespace {

Error stream_error(std::string_view operation, const std::string& path, int number) {
  ErrorCode code = ErrorCode::kIo;
  if (number == ENOENT || number == ENOTDIR) code = ErrorCode::kNotFound;
  if (number == EACCES || number == EPERM || number == EROFS) code = ErrorCode::kPermissionDenied;
  return {code, std::string(operation) + " " + path + ": " + std::strerror(number)};
}

constexpr unsigned kPermissionBits = 07777;

}  // namespace

Result<std::unique_ptr<OutputStream>> OutputStream::open(const std::string& path) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return stream_error("cannot open", path, errno);
  return std::unique_ptr<OutputStream>(new OutputStream(descriptor, path));
}

OutputStream::~OutputStream() { ignore(OutputStream::close(), "who wants to know closes first"); }

Status OutputStream::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return stream_error("cannot write", path_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return ok();
}

Status OutputStream::close() {
  const int descriptor = std::exchange(descriptor_, -1);
  if (descriptor >= 0 && ::close(descriptor) != 0) return stream_error("cannot close", path_, errno);
  return ok();
}

Result<unsigned> permissions_of(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return stream_error("cannot stat", path, errno);
  return static_cast<unsigned>(info.st_mode) & kPermissionBits;
}

}  // namespace lake::os
