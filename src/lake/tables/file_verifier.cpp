#include "lake/tables/file_verifier.hpp"

#include <memory>
#include <vector>

#include "lake/codec/hash.hpp"
#include "lake/tables/lake.hpp"

namespace lake::tables {
namespace {

constexpr std::size_t kReadBytes = 1ULL << 20U;
constexpr std::size_t kComparedMax = 1ULL << 20U;  // files remembered; beyond it they are compared anew

std::uint64_t key_of(const std::string& path) {
  codec::Xxh3Stream hash;
  hash.update(path);
  return hash.digest();
}

}  // namespace

FileVerifier::FileVerifier(telemetry::Metrics& metrics, bool on_first_use)
    : bytes_(metrics.counter("dplake_verified_bytes_total",
                             "Bytes of data files compared with their checksums")),
      on_first_use_(on_first_use) {}

Status FileVerifier::before_read(os::FileSystem& files, const std::string& path,
                                 const catalog::DataFile& file) {
  if (!on_first_use_ || file.checksum == 0) return ok();
  const std::uint64_t key = key_of(path);
  LAKE_TRY(const auto info, files.stat(path));
  {
    const MutexLock lock(mutex_);
    const auto known = compared_.find(key);
    if (known != compared_.end() && known->second == info.modified_micros) return ok();
  }
  LAKE_CHECK_OK(compare_with_checksum(files, path, file));
  bytes_.add(file.bytes);
  const MutexLock lock(mutex_);
  if (compared_.size() >= kComparedMax) compared_.clear();
  compared_[key] = info.modified_micros;
  return ok();
}

Status compare_with_checksum(os::FileSystem& files, const std::string& path, const catalog::DataFile& file) {
  LAKE_TRY(const auto info, files.stat(path));
  if (info.bytes != file.bytes) {
    return Error(ErrorCode::kCorruption, "a data file has another size than the catalog says: " + path +
                                             ", found " + std::to_string(info.bytes) + " bytes, expected " +
                                             std::to_string(file.bytes));
  }
  if (file.checksum == 0) return ok();
  LAKE_TRY(const auto opened, files.open(path, os::OpenMode::kRead));
  codec::Xxh3Stream hash;
  std::vector<std::byte> buffer(kReadBytes);
  for (std::uint64_t offset = 0; offset < file.bytes;) {
    LAKE_TRY(const std::size_t count, opened->read_at(offset, buffer));
    if (count == 0) break;
    hash.update({reinterpret_cast<const char*>(buffer.data()), count});
    offset += count;
  }
  ignore(opened->close(), "only read");
  if (hash.digest() != file.checksum) {
    return Error(ErrorCode::kCorruption, "a data file's content is not what was written: " + path +
                                             ", found checksum " + std::to_string(hash.digest()) +
                                             ", expected " + std::to_string(file.checksum));
  }
  return ok();
}

std::shared_ptr<FileVerifier> make_file_verifier(telemetry::Metrics& metrics, bool on_first_use) {
  return std::make_shared<FileVerifier>(metrics, on_first_use);
}

}  // namespace lake::tables
