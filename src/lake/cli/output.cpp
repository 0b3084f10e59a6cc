#include "lake/cli/output.hpp"

#include <optional>

#include "lake/cli/terminal.hpp"
#include "lake/ingest/lake_directory.hpp"
#include "lake/os/stream.hpp"

namespace lake::cli {
namespace {

constexpr std::size_t kNameBytes = 8;

class StandardOutput final : public Output {
 public:
  Status write(std::string_view bytes) override { return write_output(bytes); }
  Status finish() override { return ok(); }
};

class StreamOutput final : public Output {
 public:
  explicit StreamOutput(std::unique_ptr<os::OutputStream> stream) : stream_(std::move(stream)) {}
  Status write(std::string_view bytes) override {
    return stream_->write(std::as_bytes(std::span(bytes.data(), bytes.size())));
  }
  Status finish() override { return stream_->close(); }

 private:
  std::unique_ptr<os::OutputStream> stream_;
};

class FileOutput final : public Output {
 public:
  FileOutput(os::FileSystem& files, std::string path, std::string part, std::unique_ptr<os::File> file)
      : files_(files), path_(std::move(path)), part_(std::move(part)), file_(std::move(file)) {}
  ~FileOutput() override {
    if (!file_) return;
    ignore(file_->close(), "what was written is thrown away");
    ignore(files_.remove_file(part_), "a leftover part hurts nobody");
  }
  FileOutput(const FileOutput&) = delete;
  FileOutput& operator=(const FileOutput&) = delete;

  Status write(std::string_view bytes) override {
    LAKE_CHECK_OK(file_->write_at(written_, std::as_bytes(std::span(bytes.data(), bytes.size()))));
    written_ += bytes.size();
    return ok();
  }

  Status finish() override {
    LAKE_CHECK_OK(file_->sync());
    LAKE_CHECK_OK(file_->close());
    LAKE_CHECK_OK(files_.rename(part_, path_));
    file_.reset();
    return files_.sync_directory(os::parent_path(path_));
  }

 private:
  os::FileSystem& files_;
  std::string path_;
  std::string part_;
  std::unique_ptr<os::File> file_;  // null once kept
  std::uint64_t written_ = 0;
};

}  // namespace

std::unique_ptr<Output> standard_output() { return std::make_unique<StandardOutput>(); }

Result<std::unique_ptr<Output>> file_output(os::FileSystem& files, os::Random& random,
                                            const std::string& path) {
  const auto info = files.stat(path);
  if (!info && info.error().code() != ErrorCode::kNotFound) return info.error();
  if (info && info->kind == os::FileKind::kDirectory)
    return Error(ErrorCode::kInvalidArgument, "it is a directory, and a file is wanted: " + path);
  if (info && info->kind == os::FileKind::kOther) {
    LAKE_TRY(auto stream, os::OutputStream::open(path));
    return std::make_unique<StreamOutput>(std::move(stream));
  }
  LAKE_CHECK_OK(ingest::check_outside_lakes(files, path, "the output"));
  std::string target = path;
  std::optional<unsigned> permissions;
  if (info) {
    LAKE_TRY(target, files.canonical(path));
    LAKE_TRY(permissions, os::permissions_of(target));
    // Renaming would replace what must not be written.
    LAKE_TRY(const auto writable, files.open(target, os::OpenMode::kReadWrite));
    LAKE_CHECK_OK(writable->close());
  }
  const std::string part =
      os::join_path(os::parent_path(target), ".dplake-" + os::random_hex(random, kNameBytes) + ".part");
  LAKE_TRY(auto file, files.open(part, os::OpenMode::kCreateNew));
  auto output = std::make_unique<FileOutput>(files, std::move(target), part, std::move(file));
  if (permissions) LAKE_CHECK_OK(files.set_permissions(part, *permissions));
  return output;
}

}  // namespace lake::cli
