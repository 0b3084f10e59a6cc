#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/ingest/takeout_order.hpp"
#include "lake/os/file_system.hpp"

namespace lake::ingest {

/// Archives that the lake keeps itself: `<directory>/<sha256>/<name>`, each content once. The name is kept,
/// because it tells the export and the part. What lies there is whole: files come by rename.
/// Threads: any. Lifetime: `files` outlives it.
class ArchiveShelf {
 public:
  ArchiveShelf(os::FileSystem& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  /// Where a content of this name lies, or will.
  [[nodiscard]] std::string place_of(std::string_view sha256, std::string_view name) const;
  /// Told the bytes of each piece of work; its error ends it.
  using Watch = std::function<Status(std::uint64_t bytes)>;
  /// SHA-256 of a file, in hexadecimal. Errors: kIo; those of `watch`.
  Result<std::string> hash(const std::string& path, const Watch& watch) const;
  /// Makes part.path out of part.from: by moving it, by a copy where it lies on another disk, or by a copy as
  /// wanted. Again after an interruption: goes on. What is at part.path already and is not what its folder is
  /// named by is written over. `is_taken`: nothing stays at part.from, unless that is part.path. Errors:
  /// kNotFound (at neither place), kIo, kResourceExhausted; those of `watch`.
  Status bring(const OrderedPart& part, bool is_taken, const Watch& watch) const;

 private:
  Result<bool> is_whole(const std::string& path, const std::string& from, const Watch& watch) const;
  Status copy(const std::string& from, const std::string& to, const Watch& watch) const;
  Status copy_to(const std::string& from, const std::string& beside, const std::string& to,
                 const Watch& watch) const;

  os::FileSystem& files_;
  const std::string directory_;
};

}  // namespace lake::ingest
