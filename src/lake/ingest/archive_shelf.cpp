#include "lake/ingest/archive_shelf.hpp"

#include <span>
#include <vector>

#include "lake/codec/sha256.hpp"
#include "lake/ingest/upload_store.hpp"

namespace lake::ingest {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{4} << 20U;

/// Hands a file to `take`, piece by piece.
Status read_all(os::File& file,
                const std::function<Status(std::uint64_t, std::span<const std::byte>)>& take) {
  std::vector<std::byte> buffer(kPieceBytes);
  for (std::uint64_t at = 0;;) {
    LAKE_TRY(const auto count, file.read_at(at, buffer));
    if (count == 0) return ok();
    LAKE_CHECK_OK(take(at, std::span<const std::byte>(buffer).first(count)));
    at += count;
  }
}

}  // namespace

std::string ArchiveShelf::place_of(std::string_view sha256, std::string_view name) const {
  return os::join_path(os::join_path(directory_, sha256), harmless_name(name));
}

Result<std::string> ArchiveShelf::hash(const std::string& path, const Watch& watch) const {
  LAKE_TRY(const auto file, files_.open(path, os::OpenMode::kRead));
  codec::Sha256Stream hash;
  LAKE_CHECK_OK(read_all(*file, [&](std::uint64_t, std::span<const std::byte> bytes) -> Status {
    hash.update(bytes);
    return watch(bytes.size());
  }));
  return codec::hex_of(hash.digest());
}

Status ArchiveShelf::copy(const std::string& from, const std::string& to, const Watch& watch) const {
  const std::string beside = to + ".part";
  const auto copied = copy_to(from, beside, to, watch);
  // It takes as much room as there is on a disk that is full, and nobody may ask again.
  if (!copied) ignore(files_.remove_file(beside), "the first error is the one to tell");
  return copied;
}

Status ArchiveShelf::copy_to(const std::string& from, const std::string& beside, const std::string& to,
                             const Watch& watch) const {
  LAKE_TRY(const auto source, files_.open(from, os::OpenMode::kRead));
  LAKE_TRY(const auto target, files_.open(beside, os::OpenMode::kCreate));
  LAKE_CHECK_OK(target->truncate(0));
  const auto put = [&](std::uint64_t at, std::span<const std::byte> bytes) -> Status {
    LAKE_CHECK_OK(target->write_at(at, bytes));
    return watch(bytes.size());
  };
  LAKE_CHECK_OK(read_all(*source, put));
  LAKE_CHECK_OK(target->sync());
  LAKE_CHECK_OK(target->close());
  LAKE_CHECK_OK(files_.rename(beside, to));
  return files_.sync_directory(os::parent_path(to));
}

Status ArchiveShelf::bring(const OrderedPart& part, bool is_taken, const Watch& watch) const {
  LAKE_TRY(const bool was_there, files_.exists(part.path));
  LAKE_TRY(const bool is_left, files_.exists(part.from));
  if (!is_left)
    return was_there ? ok() : Error(ErrorCode::kNotFound, "the archive is not where it was: " + part.from);
  // Not a link to it, which would be moved.
  LAKE_TRY(const auto from, files_.canonical(part.from));
  LAKE_TRY(const bool is_there, is_whole(part.path, from, watch));
  const auto folder = os::parent_path(part.path);
  LAKE_CHECK_OK(files_.create_directories(folder));
  if (!is_there && is_taken && files_.rename(from, part.path)) {
    LAKE_CHECK_OK(files_.sync_directory(folder));
    return files_.sync_directory(os::parent_path(from));
  }
  // Another disk cannot be renamed to.
  if (!is_there) LAKE_CHECK_OK(copy(from, part.path, watch));
  LAKE_TRY(const auto to, files_.canonical(part.path));
  if (!is_taken || to == from) return ok();
  LAKE_CHECK_OK(files_.remove_file(from));
  return files_.sync_directory(os::parent_path(from));
}

/// It is there, and is what its folder is named by: it may have been damaged since it came. `from`: absolute.
Result<bool> ArchiveShelf::is_whole(const std::string& path, const std::string& from,
                                    const Watch& watch) const {
  LAKE_TRY(const bool is_there, files_.exists(path));
  if (!is_there) return false;
  LAKE_TRY(const auto to, files_.canonical(path));
  if (to == from) return true;
  LAKE_TRY(const auto sha256, hash(path, watch));
  return sha256 == os::file_name(os::parent_path(path));
}

}  // namespace lake::ingest
