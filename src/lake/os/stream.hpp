#pragma once

#include <memory>
#include <span>
#include <string>

#include "lake/base/result.hpp"

namespace lake::os {

/// A pipe, a terminal or a device opened for writing: bytes go in order, and what is written cannot be taken
/// back. Threads: one.
class OutputStream {
 public:
  /// Waits until somebody reads, where that is a named pipe. Errors: kNotFound, kPermissionDenied, kIo.
  static Result<std::unique_ptr<OutputStream>> open(const std::string& path);
  ~OutputStream();
  OutputStream(const OutputStream&) = delete;
  OutputStream& operator=(const OutputStream&) = delete;

  /// All of it. Errors: kIo (nobody reads any more, too).
  Status write(std::span<const std::byte> bytes);
  /// Idempotent.
  Status close();

 private:
  OutputStream(int descriptor, std::string path) : path_(std::move(path)), descriptor_(descriptor) {}
  std::string path_;
  int descriptor_;
};

/// The permission bits of what `path` leads to (0644 and the like). Errors: kNotFound, kIo.
Result<unsigned> permissions_of(const std::string& path);

}  // namespace lake::os
