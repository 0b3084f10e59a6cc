#include "lake/archive/archive_file.hpp"

#include <algorithm>

namespace lake::archive {

Result<ArchiveFilePtr> ArchiveFile::open(os::FileSystem& files, telemetry::Metrics& metrics,
                                         const std::string& path, os::OpenMode mode) {
  LAKE_TRY(auto file, files.open(path, mode));
  LAKE_TRY(auto info, files.stat(path));
  if (info.kind != os::FileKind::kFile)
    return Error(ErrorCode::kPermissionDenied, "archive: not a regular file: " + path);
  LAKE_TRY(info.bytes, file->size());
  auto& read_bytes = metrics.counter("dplake_archive_read_bytes_total",
                                     "Bytes read from archives and folders being imported");
  auto& prefetched_bytes =
      metrics.counter("dplake_archive_prefetched_bytes_total",
                      "Bytes of archives that the disk was asked for before they were read");
  return ArchiveFilePtr(new ArchiveFile(files, path, info, std::move(file), read_bytes, prefetched_bytes));
}

void ArchiveFile::prefetch(std::uint64_t offset, std::uint64_t bytes) const {
  bytes = std::min(bytes, info_.bytes - std::min(offset, info_.bytes));
  if (bytes == 0) return;
  file_->prefetch(offset, bytes);
  prefetched_bytes_.add(bytes);
}

Sound<std::size_t> ArchiveFile::read(std::uint64_t offset, std::span<std::byte> out) const {
  const std::uint64_t left = info_.bytes - std::min(offset, info_.bytes);
  out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left)));
  if (out.empty()) return std::size_t{0};
  const auto count = file_->read_at(offset, out);
  if (!count) return Finding(count.error(), offset);
  read_bytes_.add(*count);
  if (*count == out.size()) return *count;
  if (auto unchanged = check_unchanged(); !unchanged) return std::move(unchanged).error();
  return Finding(Flaw::kIo, offset + *count, "the disk gave fewer bytes than the file has");
}

Sound<void> ArchiveFile::check_unchanged() const {
  const auto size = file_->size();
  if (!size) return Finding(size.error(), 0);
  const auto info = files_.stat(path_);
  const bool gone = !info && info.error().code() == ErrorCode::kNotFound;
  if (!info && !gone) return Finding(info.error(), 0);
  const bool same = info && *size == info_.bytes && info->modified_micros == info_.modified_micros;
  // A file that was moved or removed keeps its content as long as it is open.
  if (same || (gone && *size == info_.bytes)) return {};
  return Finding(Flaw::kUnstable, 0, "the file changed while it was read");
}

}  // namespace lake::archive
