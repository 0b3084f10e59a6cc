#include "lake/archive/container.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "lake/archive/folder_container.hpp"
#include "lake/archive/gzip_source.hpp"
#include "lake/archive/little_endian.hpp"
#include "lake/archive/tar_container.hpp"
#include "lake/archive/tar_header.hpp"
#include "lake/archive/zip_container.hpp"

namespace lake::archive {
namespace {

constexpr std::uint32_t kSpanMarker = 0x30304B50;  // of a split zip that became one piece

bool is_tar_block(const TarBlock& block, std::size_t bytes) {
  return bytes == block.size() && has_tar_checksum(block);
}

bool is_named_tar_gzip(std::string_view path) { return path.ends_with(".tgz") || path.ends_with(".tar.gz"); }

/// Whether a gzip file contains a tar; one that cannot be decompressed goes by its name, so that the damage
/// is told, and one that begins with zeros, which an empty tar is: others would lose their bytes.
Sound<bool> contains_tar(const ArchiveFilePtr& file, const Bounds& bounds) {
  GzipSource source(file, bounds);
  TarBlock block{};
  auto count = read_full(source, block);
  if (!count && count.error().flaw == Flaw::kIo) return std::move(count).error();
  if (!count || *count < block.size() || is_zero_block(block)) return is_named_tar_gzip(file->path());
  return has_tar_checksum(block);
}

Sound<ContainerKind> kind_of(const ArchiveFilePtr& file, const Bounds& bounds) {
  TarBlock block{};
  auto count = file->read(0, block);
  if (!count) return std::move(count).error();
  const std::string_view head = text_of(std::span<const std::byte>(block).first(*count));
  const std::uint32_t first = head.size() >= 4 ? le32(block) : 0;
  if (first == kLocalSignature || first == kEndSignature || first == kDescriptorSignature ||
      first == kSpanMarker)
    return ContainerKind::kZip;
  if (head.starts_with("\x1F\x8B")) {
    auto tar = contains_tar(file, bounds);
    if (!tar) return std::move(tar).error();
    return *tar ? ContainerKind::kTarGzip : ContainerKind::kFile;
  }
  if (is_tar_block(block, *count)) return ContainerKind::kTar;
  // A program that unpacks itself: only then is the end of the file asked, so that no other file is taken for
  // a zip.
  if (head.starts_with("MZ") || head.starts_with("#!") ||
      head.starts_with("\x7F"
                       "ELF")) {
    auto end = find_zip_end(*file);
    if (!end && end.error().flaw == Flaw::kIo) return std::move(end).error();
    if (end) return ContainerKind::kZip;
  }
  return ContainerKind::kFile;
}

}  // namespace

std::string_view name_of(ContainerKind kind) {
  switch (kind) {
    case ContainerKind::kZip:
      return "zip";
    case ContainerKind::kTar:
      return "tar";
    case ContainerKind::kTarGzip:
      return "tar_gzip";
    case ContainerKind::kFolder:
      return "folder";
    case ContainerKind::kFile:
      return "file";
  }
  return "file";
}

Result<std::unique_ptr<Container>> Container::open(os::FileSystem& files, telemetry::Metrics& metrics,
                                                   const std::string& path, const OpenOptions& options) {
  LAKE_TRY(const std::string place, files.canonical(path));
  LAKE_TRY(const os::FileInfo info, files.stat(place));
  if (info.kind != os::FileKind::kFile || options.kind == ContainerKind::kFolder) {
    if (info.kind != os::FileKind::kDirectory)
      return Error(ErrorCode::kInvalidArgument, "archive: neither a file nor a folder: " + path);
    return FolderContainer::open(files, metrics, path, options, info.kind);
  }
  LAKE_TRY(ArchiveFilePtr file, ArchiveFile::open(files, metrics, place, os::OpenMode::kReadNoLinks));
  auto kind = options.kind ? Sound<ContainerKind>(*options.kind) : kind_of(file, options.bounds);
  if (!kind) return error_of(kind.error(), path);
  switch (*kind) {
    case ContainerKind::kZip:
      return ZipContainer::open(std::move(file), metrics, options);
    case ContainerKind::kTar:
    case ContainerKind::kTarGzip:
      return TarContainer::open(std::move(file), metrics, options, *kind == ContainerKind::kTarGzip);
    default:
      return FolderContainer::open(files, metrics, path, options, os::FileKind::kFile);
  }
}

}  // namespace lake::archive
