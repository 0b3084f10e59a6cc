#include "lake/access/paths.hpp"

#include <algorithm>
#include <array>

namespace lake::access {
namespace {

constexpr std::array<std::string_view, 3> kNeverAllowed = {"/dev", "/proc", "/sys"};

Error refused(std::string_view why, std::string_view path) {
  return {ErrorCode::kPermissionDenied,
          "path is not allowed, " + std::string(why) + ": " + std::string(path)};
}

/// True for `directory` itself and all below it. Both without a trailing '/', except the root.
bool is_inside(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

bool is_never_allowed(std::string_view path) {
  return std::any_of(kNeverAllowed.begin(), kNeverAllowed.end(),
                     [path](std::string_view directory) { return is_inside(path, directory); });
}

/// Resolves what exists of `path` and puts the rest behind it. The rest is plain names: a ".." in it could
/// not be judged.
Result<std::string> resolved(os::FileSystem& files, const std::string& path) {
  std::string existing = path;
  std::string rest;
  while (true) {
    auto found = files.canonical(existing);
    if (found) return rest.empty() ? *found : os::join_path(*found, rest);
    if (found.error().code() != ErrorCode::kNotFound) return found;
    // something is there that leads nowhere: a dangling link, which a write would follow
    if (files.stat(existing)) return refused("it leads to a link without a target", path);
    const std::string name = os::file_name(existing);
    if (name == ".." || name == "/") return refused("it goes up from a directory that does not exist", path);
    if (name != ".") rest = rest.empty() ? name : os::join_path(name, rest);
    existing = os::parent_path(existing);
  }
}

}  // namespace

Result<AllowedPaths> AllowedPaths::open(os::FileSystem& files, const std::vector<std::string>& roots,
                                        const std::vector<std::string>& denied) {
  std::vector<std::string> resolved_roots;
  for (const auto& root : roots) {
    if (!root.starts_with('/'))
      return Error(ErrorCode::kInvalidArgument, "allowed path must be absolute: " + root);
    LAKE_TRY(std::string path, files.canonical(root));
    LAKE_TRY(const auto info, files.stat(path));
    if (info.kind != os::FileKind::kDirectory)
      return Error(ErrorCode::kInvalidArgument, "allowed path must be a directory: " + root);
    resolved_roots.push_back(std::move(path));
  }
  std::vector<std::string> resolved_denied;
  for (const auto& subtree : denied) {
    LAKE_TRY(std::string path, resolved(files, subtree));
    resolved_denied.push_back(std::move(path));
  }
  return AllowedPaths(files, std::move(resolved_roots), std::move(resolved_denied));
}

Result<std::string> AllowedPaths::resolve(std::string_view path) const {
  if (path.find('\0') != std::string_view::npos) return refused("it holds a zero byte", "");
  if (path.find("://") != std::string_view::npos) return refused("URLs are closed", path);
  if (!path.starts_with('/')) return refused("it must be absolute", path);
  if (is_never_allowed(path)) return refused("devices are closed", path);
  LAKE_TRY(std::string real, resolved(*files_, std::string(path)));
  if (is_never_allowed(real)) return refused("devices are closed", path);
  const auto holds = [&real](const std::string& directory) { return is_inside(real, directory); };
  if (std::any_of(denied_.begin(), denied_.end(), holds))
    return refused("it belongs to the lake itself", path);
  if (std::none_of(roots_.begin(), roots_.end(), holds))
    return refused("it is outside of the allowed directories (setting access.allowed_paths)", path);
  const auto info = files_->stat(real);
  if (info && info->kind == os::FileKind::kOther) return refused("it is neither file nor directory", path);
  return real;
}

}  // namespace lake::access
