#include "lake/ingest/lake_directory.hpp"

namespace lake::ingest {

Status check_outside_lakes(os::FileSystem& files, const std::string& path, const std::string& what) {
  std::string above = path;
  auto found = files.canonical(above);
  while (!found && found.error().code() == ErrorCode::kNotFound && os::parent_path(above) != above) {
    above = os::parent_path(above);
    found = files.canonical(above);
  }
  if (!found) return found.error();
  for (std::string one = *found;; one = os::parent_path(one)) {
    LAKE_TRY(const bool has_catalog, files.exists(os::join_path(one, "catalog.sqlite")));
    LAKE_TRY(const bool has_lock, files.exists(os::join_path(one, "LOCK")));
    if (has_catalog && has_lock) {
      return Error(ErrorCode::kInvalidArgument, what + " cannot lie in the data directory of a lake: " + one);
    }
    if (os::parent_path(one) == one) return ok();
  }
}

}  // namespace lake::ingest
