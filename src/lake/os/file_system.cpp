#include "lake/os/file_system.hpp"

namespace lake::os {
namespace {

/// For links, which stat() does not follow to directories.
bool leads_to_directory(FileSystem& files, const std::string& path) {
  const auto real = files.canonical(path);
  if (!real) return false;
  const auto info = files.stat(*real);
  return info && info->kind == FileKind::kDirectory;
}

}  // namespace

std::string parent_path(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  if (slash == 0) return "/";
  return std::string(path.substr(0, slash));
}

std::string file_name(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

std::string join_path(std::string_view left, std::string_view right) {
  if (left.empty()) return std::string(right);
  std::string joined(left);
  if (joined.back() != '/') joined.push_back('/');
  joined.append(right);
  return joined;
}

Result<bool> FileSystem::exists(const std::string& path) {
  auto info = stat(path);
  if (info) return true;
  if (info.error().code() == ErrorCode::kNotFound) return false;
  return info.error();
}

Status FileSystem::create_directories(const std::string& path) {
  const MutexLock lock(making_directories_);
  return create_directories_locked(path);
}

Status FileSystem::create_directories_locked(const std::string& path) {
  auto info = stat(path);
  if (info) {
    if (info->kind == FileKind::kDirectory || leads_to_directory(*this, path)) return ok();
    return Error(ErrorCode::kAlreadyExists, "cannot make directory, a file is in the way: " + path);
  }
  if (info.error().code() != ErrorCode::kNotFound) return info.error();
  const std::string parent = parent_path(path);
  if (parent != path) LAKE_CHECK_OK(create_directories_locked(parent));
  auto made = create_directory(path);
  if (!made && made.error().code() != ErrorCode::kAlreadyExists) return made.error();
  return sync_directory(parent);
}

Status FileSystem::remove_tree(const std::string& path) {
  auto info = stat(path);
  if (!info) return info.error().code() == ErrorCode::kNotFound ? ok() : Status(info.error());
  if (info->kind != FileKind::kDirectory) return remove_file(path);
  LAKE_TRY(const auto entries, list(path));
  for (const auto& entry : entries) LAKE_CHECK_OK(remove_tree(join_path(path, entry.name)));
  return remove_directory(path);
}

Result<std::string> FileSystem::read_file(const std::string& path, std::uint64_t bytes_max) {
  LAKE_TRY(auto file, open(path, OpenMode::kRead));
  LAKE_TRY(const std::uint64_t bytes, file->size());
  if (bytes > bytes_max) {
    return Error(ErrorCode::kResourceExhausted, "file is larger than allowed: " + path + ", " +
                                                    std::to_string(bytes) + " bytes of at most " +
                                                    std::to_string(bytes_max));
  }
  std::string content(bytes, '\0');
  LAKE_TRY(const std::size_t count, file->read_at(0, std::as_writable_bytes(std::span(content))));
  content.resize(count);
  LAKE_CHECK_OK(file->close());
  return content;
}

Status FileSystem::replace_file(const std::string& path, std::string_view content, unsigned permissions) {
  const std::string beside = path + ".tmp";
  LAKE_TRY(auto file, open(beside, OpenMode::kCreate));
  LAKE_CHECK_OK(set_permissions(beside, permissions));
  LAKE_CHECK_OK(file->truncate(0));
  LAKE_CHECK_OK(file->write_at(0, std::as_bytes(std::span(content))));
  LAKE_CHECK_OK(file->sync());
  LAKE_CHECK_OK(file->close());
  LAKE_CHECK_OK(rename(beside, path));
  return sync_directory(parent_path(path));
}

}  // namespace lake::os
