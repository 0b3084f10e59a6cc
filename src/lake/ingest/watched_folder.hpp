#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"

namespace lake::ingest {

/// A file in a watched folder that has stopped growing.
struct SettledFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::int64_t modified_micros = 0;
};

/// One folder whose new files are taken once they are whole.
///
/// A file is settled when size and time of change were the same in two looks at least `settle` apart; names
/// that begin with '.' or end in .part, .tmp or .crdownload are still being written by whoever writes them,
/// and are left alone, as are folders. What was taken is moved to done/ or error/ below the folder; beside
/// the latter `<name>.error.txt` says why. Bound: at most kFilesMax files are remembered at once, the others
/// wait. Threads: one.
class WatchedFolder {
 public:
  WatchedFolder(os::FileSystem& files, os::Clock& clock, std::string path, std::chrono::milliseconds settle)
      : files_(files), clock_(clock), path_(std::move(path)), settle_(settle) {}

  /// Looks once; the files that are settled now, by name. Errors: those of listing.
  Result<std::vector<SettledFile>> look();
  /// Moves a file that was stored to done/, one that failed to error/. A file of that name there stays: the
  /// moved one gets a number.
  Status move_done(const std::string& name);
  Status move_failed(const std::string& name, const std::string& why);
  [[nodiscard]] const std::string& path() const { return path_; }

  static constexpr std::size_t kFilesMax = 10'000;

 private:
  struct Seen {
    std::uint64_t bytes = 0;
    std::int64_t modified_micros = 0;
    os::MonotonicTime since{};
  };
  Result<std::string> move(const std::string& name, const std::string& folder);

  os::FileSystem& files_;
  os::Clock& clock_;
  const std::string path_;
  const std::chrono::milliseconds settle_;
  std::map<std::string, Seen> seen_;
};

}  // namespace lake::ingest
