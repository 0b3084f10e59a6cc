#include "lake/ingest/watched_folder.hpp"

#include <algorithm>

namespace lake::ingest {
namespace {

bool is_being_written(const std::string& name) {
  if (name.starts_with('.')) return true;
  for (const char* ending : {".part", ".tmp", ".crdownload"}) {
    if (name.ends_with(ending)) return true;
  }
  return false;
}

}  // namespace

Result<std::vector<SettledFile>> WatchedFolder::look() {
  LAKE_TRY(auto entries, files_.list(path_));
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::map<std::string, Seen> seen;
  std::vector<SettledFile> settled;
  const auto now = clock_.monotonic_now();
  for (const auto& entry : entries) {
    if (entry.kind != os::FileKind::kFile || is_being_written(entry.name) || seen.size() == kFilesMax)
      continue;
    const auto info = files_.stat(os::join_path(path_, entry.name));
    // Gone since the listing.
    if (!info || info->kind != os::FileKind::kFile) continue;
    Seen found{info->bytes, info->modified_micros, now};
    const auto known = seen_.find(entry.name);
    const bool is_same = known != seen_.end() && known->second.bytes == found.bytes &&
                         known->second.modified_micros == found.modified_micros;
    if (is_same) found.since = known->second.since;
    if (is_same && now - found.since >= settle_)
      settled.push_back({entry.name, found.bytes, found.modified_micros});
    seen.emplace(entry.name, found);
  }
  seen_ = std::move(seen);
  return settled;
}

Result<std::string> WatchedFolder::move(const std::string& name, const std::string& folder) {
  const std::string target = os::join_path(path_, folder);
  LAKE_CHECK_OK(files_.create_directories(target));
  std::string moved = os::join_path(target, name);
  for (int number = 1;; ++number) {
    LAKE_TRY(const bool is_taken, files_.exists(moved));
    if (!is_taken) break;
    moved = os::join_path(target, name + "." + std::to_string(number));
  }
  LAKE_CHECK_OK(files_.rename(os::join_path(path_, name), moved));
  seen_.erase(name);
  LAKE_CHECK_OK(files_.sync_directory(target));
  LAKE_CHECK_OK(files_.sync_directory(path_));
  return moved;
}

Status WatchedFolder::move_done(const std::string& name) {
  LAKE_CHECK_OK(move(name, "done"));
  return ok();
}

Status WatchedFolder::move_failed(const std::string& name, const std::string& why) {
  LAKE_TRY(const auto moved, move(name, "error"));
  return files_.replace_file(moved + ".error.txt", why + "\n");
}

}  // namespace lake::ingest
