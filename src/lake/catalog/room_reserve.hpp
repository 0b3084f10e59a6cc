#pragma once

#include <cstdint>
#include <string>

#include "lake/os/file_system.hpp"

namespace lake::catalog {

/// A file of nothing that keeps room on the disk for the catalog's log, so that what frees space can be
/// committed when no other room is left. Never read, and not synced: after a crash its size is looked at
/// again. Threads: one at a time. Lifetime: `files` outlives it. Cost: `bytes` written when it is filled.
class RoomReserve {
 public:
  /// 0 bytes: keeps none.
  RoomReserve(os::FileSystem& files, std::string path, std::uint64_t bytes)
      : files_(files), path_(std::move(path)), bytes_(bytes) {}

  /// Takes the room, when it is not held and there is that much.
  void fill();
  /// Gives the room to the disk; false when none was held.
  bool release();

 private:
  Status write();

  os::FileSystem& files_;
  const std::string path_;
  const std::uint64_t bytes_;
  bool held_ = false;
};

}  // namespace lake::catalog
