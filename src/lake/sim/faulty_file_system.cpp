#include "lake/sim/faulty_file_system.hpp"

#include <atomic>
#include <utility>

namespace lake::sim {

class FaultyFileSystem::OpenFile final : public os::File {
 public:
  OpenFile(FaultyFileSystem& owner, std::unique_ptr<os::File> file) : owner_(owner), file_(std::move(file)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (const auto fault = owner_.faults_.meet(Operation::kRead, path())) {
      if (fault->effect == FaultEffect::kFail) return injected(*fault, path());
      out = out.first(out.size() / 2);
    }
    return file_->read_at(offset, out);
  }
  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    LAKE_CHECK_OK(owner_.begin(Operation::kWrite, path()));
    return file_->write_at(offset, bytes);
  }
  Status truncate(std::uint64_t bytes) override {
    LAKE_CHECK_OK(owner_.begin(Operation::kTruncate, path()));
    return file_->truncate(bytes);
  }
  Result<std::uint64_t> size() override { return file_->size(); }
  Status sync() override {
    if (auto begun = owner_.begin(Operation::kSync, path()); !begun) {
      sync_failed_ = true;
      return begun;
    }
    if (sync_failed_)
      return Error(ErrorCode::kIo, "cannot sync " + path() + ": an earlier sync of it failed");
    owner_.delay_sync();
    return file_->sync();
  }
  Status lock_exclusive() override { return file_->lock_exclusive(); }
  Status close() override { return file_->close(); }
  [[nodiscard]] const std::string& path() const override { return file_->path(); }

 private:
  FaultyFileSystem& owner_;
  std::unique_ptr<os::File> file_;
  std::atomic<bool> sync_failed_{false};
};

Status FaultyFileSystem::begin(Operation operation, const std::string& path) {
  if (const auto fault = faults_.meet(operation, path)) return injected(*fault, path);
  return ok();
}

void FaultyFileSystem::delay_sync() {
  std::chrono::nanoseconds delay{};
  os::Clock* clock = nullptr;
  {
    const MutexLock lock(mutex_);
    delay = sync_delay_;
    clock = delay_clock_;
  }
  if (delay.count() > 0) clock->sleep(delay);
}

void FaultyFileSystem::set_sync_delay(std::chrono::nanoseconds delay, os::Clock& clock) {
  const MutexLock lock(mutex_);
  sync_delay_ = delay;
  delay_clock_ = &clock;
}

Result<std::unique_ptr<os::File>> FaultyFileSystem::open(const std::string& path, os::OpenMode mode) {
  LAKE_CHECK_OK(begin(Operation::kOpen, path));
  LAKE_TRY(auto file, files_.open(path, mode));
  return std::unique_ptr<os::File>(std::make_unique<OpenFile>(*this, std::move(file)));
}

Result<os::FileInfo> FaultyFileSystem::stat(const std::string& path) {
  LAKE_CHECK_OK(begin(Operation::kStat, path));
  return files_.stat(path);
}

Status FaultyFileSystem::remove_file(const std::string& path) {
  LAKE_CHECK_OK(begin(Operation::kRemove, path));
  return files_.remove_file(path);
}

Status FaultyFileSystem::remove_directory(const std::string& path) {
  LAKE_CHECK_OK(begin(Operation::kRemove, path));
  return files_.remove_directory(path);
}

Status FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  LAKE_CHECK_OK(begin(Operation::kRename, from));
  return files_.rename(from, to);
}

Status FaultyFileSystem::create_directory(const std::string& path) {
  LAKE_CHECK_OK(begin(Operation::kCreateDirectory, path));
  return files_.create_directory(path);
}

Result<std::vector<os::DirectoryEntry>> FaultyFileSystem::list(const std::string& path) {
  LAKE_CHECK_OK(begin(Operation::kList, path));
  return files_.list(path);
}

Status FaultyFileSystem::sync_directory(const std::string& path) {
  LAKE_CHECK_OK(begin(Operation::kSyncDirectory, path));
  delay_sync();
  return files_.sync_directory(path);
}

Status FaultyFileSystem::set_permissions(const std::string& path, unsigned permissions) {
  return files_.set_permissions(path, permissions);
}

Result<std::string> FaultyFileSystem::canonical(const std::string& path) {
  LAKE_CHECK_OK(begin(Operation::kStat, path));
  return files_.canonical(path);
}

}  // namespace lake::sim
