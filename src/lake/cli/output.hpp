#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"

namespace lake::cli {

/// Where results go.
class Output {
 public:
  virtual ~Output() = default;
  virtual Status write(std::string_view bytes) = 0;
  /// Keeps what was written. Without it a file is not there; a stream has what it was given.
  virtual Status finish() = 0;
};

std::unique_ptr<Output> standard_output();
/// Written to a new file beside `path` and renamed over it by finish(), so that a reader sees the old or the
/// whole new file, with the permissions of the old one; a link leads to the file that is replaced. What is no
/// file (a pipe, a device) is opened, which waits for the reader of a named pipe, and written as the bytes
/// come. `files` outlives it. Errors: those of creating a file; kPermissionDenied also for a file that must
/// not be written; kInvalidArgument (a directory; a
/// file in the data directory of a lake).
Result<std::unique_ptr<Output>> file_output(os::FileSystem& files, os::Random& random,
                                            const std::string& path);

}  // namespace lake::cli
