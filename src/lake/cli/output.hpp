#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/os/file_system.hpp"

namespace lake::cli {

/// Where results go.
class Output {
 public:
  virtual ~Output() = default;
  virtual Status write(std::string_view bytes) = 0;
  /// Keeps what was written. Without it a file is not there.
  virtual Status finish() = 0;
};

std::unique_ptr<Output> standard_output();
/// Written beside and renamed over `path` by finish(), so that a reader sees the old or the whole new file.
/// `files` outlives it. Errors: those of creating a file.
Result<std::unique_ptr<Output>> file_output(os::FileSystem& files, const std::string& path);

}  // namespace lake::cli
