#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/os/file_system.hpp"

namespace lake::access {

/// Confines the files that statements over a door may read or write to chosen directories.
///
/// A path is judged by where it really leads: "..", "." and symbolic links are resolved first. Refused
/// whatever the roots are: relative paths, URLs, names of standard streams, everything below /dev, /proc and
/// /sys, and what is neither a file nor a directory (pipes, devices). Lifetime: `files` outlives it. Threads:
/// any. The answer holds for the moment: whoever may change links below a root may change where a path leads
/// afterwards.
class AllowedPaths {
 public:
  /// `roots`: directories that may be used with all below them; must exist. `denied`: subtrees that stay
  /// closed even below a root (the data directory); need not exist. No roots: everything is refused. Errors:
  /// kInvalidArgument (a root is relative or not a directory), kNotFound, kIo.
  static Result<AllowedPaths> open(os::FileSystem& files, const std::vector<std::string>& roots,
                                   const std::vector<std::string>& denied);

  /// The resolved absolute path to use in place of `path`. Its last components need not exist (a file about
  /// to be written, a pattern such as "*.csv": then each file that the pattern finds has to be judged on its
  /// own). Errors: kPermissionDenied; kIo.
  [[nodiscard]] Result<std::string> resolve(std::string_view path) const;

 private:
  AllowedPaths(os::FileSystem& files, std::vector<std::string> roots, std::vector<std::string> denied)
      : files_(&files), roots_(std::move(roots)), denied_(std::move(denied)) {}

  os::FileSystem* files_;
  std::vector<std::string> roots_;   // canonical
  std::vector<std::string> denied_;  // canonical as far as they exist
};

}  // namespace lake::access
