#include "lake/telemetry/measured_file_system.hpp"

#include <chrono>
#include <utility>

namespace lake::telemetry {

namespace {

constexpr const char* kBytesHelp = "Bytes read from and written to files";

/// Whether the answer is one that callers ask for.
bool is_answer(const Error& error) {
  return error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kAlreadyExists;
}

}  // namespace

MeasuredFileSystem::Operation::Operation(Metrics& metrics, const char* name)
    : seconds(metrics.histogram("dplake_file_operation_seconds", "Time of operations on files",
                                {{"operation", name}})),
      errors(metrics.counter("dplake_file_operation_errors_total", "Operations on files that failed",
                             {{"operation", name}})) {}

template <class Work>
auto MeasuredFileSystem::measured(Operation& operation, const Work& work) {
  const os::MonotonicTime begun = clock_.monotonic_now();
  auto outcome = work();
  operation.seconds.observe(std::chrono::duration<double>(clock_.monotonic_now() - begun).count());
  if (!outcome && !is_answer(outcome.error())) operation.errors.add();
  return outcome;
}

class MeasuredFileSystem::MeasuredFile final : public os::File {
 public:
  MeasuredFile(MeasuredFileSystem& owner, std::unique_ptr<os::File> file)
      : owner_(owner), file_(std::move(file)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    auto bytes = owner_.measured(owner_.read_, [&] { return file_->read_at(offset, out); });
    if (bytes) owner_.bytes_read_.add(*bytes);
    return bytes;
  }
  void prefetch(std::uint64_t offset, std::uint64_t bytes) override { file_->prefetch(offset, bytes); }
  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    auto done = owner_.measured(owner_.write_, [&] { return file_->write_at(offset, bytes); });
    if (done) owner_.bytes_written_.add(bytes.size());
    return done;
  }
  Status truncate(std::uint64_t bytes) override {
    return owner_.measured(owner_.truncate_, [&] { return file_->truncate(bytes); });
  }
  Result<std::uint64_t> size() override { return file_->size(); }
  Status sync() override {
    return owner_.measured(owner_.sync_, [&] { return file_->sync(); });
  }
  Status lock_exclusive() override { return file_->lock_exclusive(); }
  Status close() override { return file_->close(); }
  [[nodiscard]] const std::string& path() const override { return file_->path(); }

 private:
  MeasuredFileSystem& owner_;
  std::unique_ptr<os::File> file_;
};

MeasuredFileSystem::MeasuredFileSystem(os::FileSystem& files, os::Clock& clock, Metrics& metrics)
    : files_(files),
      clock_(clock),
      open_(metrics, "open"),
      read_(metrics, "read"),
      write_(metrics, "write"),
      truncate_(metrics, "truncate"),
      sync_(metrics, "sync"),
      stat_(metrics, "stat"),
      remove_(metrics, "remove"),
      rename_(metrics, "rename"),
      create_directory_(metrics, "create_directory"),
      list_(metrics, "list"),
      sync_directory_(metrics, "sync_directory"),
      bytes_read_(metrics.counter("dplake_file_bytes_total", kBytesHelp, {{"operation", "read"}})),
      bytes_written_(metrics.counter("dplake_file_bytes_total", kBytesHelp, {{"operation", "write"}})) {}

Result<std::unique_ptr<os::File>> MeasuredFileSystem::open(const std::string& path, os::OpenMode mode) {
  LAKE_TRY(auto file, measured(open_, [&] { return files_.open(path, mode); }));
  return std::unique_ptr<os::File>(std::make_unique<MeasuredFile>(*this, std::move(file)));
}

Result<os::FileInfo> MeasuredFileSystem::stat(const std::string& path) {
  return measured(stat_, [&] { return files_.stat(path); });
}

Status MeasuredFileSystem::remove_file(const std::string& path) {
  return measured(remove_, [&] { return files_.remove_file(path); });
}

Status MeasuredFileSystem::remove_directory(const std::string& path) {
  return measured(remove_, [&] { return files_.remove_directory(path); });
}

Status MeasuredFileSystem::rename(const std::string& from, const std::string& to) {
  return measured(rename_, [&] { return files_.rename(from, to); });
}

Status MeasuredFileSystem::create_directory(const std::string& path) {
  return measured(create_directory_, [&] { return files_.create_directory(path); });
}

Result<std::vector<os::DirectoryEntry>> MeasuredFileSystem::list(const std::string& path) {
  return measured(list_, [&] { return files_.list(path); });
}

Status MeasuredFileSystem::sync_directory(const std::string& path) {
  return measured(sync_directory_, [&] { return files_.sync_directory(path); });
}

Status MeasuredFileSystem::set_permissions(const std::string& path, unsigned permissions) {
  return files_.set_permissions(path, permissions);
}

Result<std::string> MeasuredFileSystem::canonical(const std::string& path) { return files_.canonical(path); }

}  // namespace lake::telemetry
