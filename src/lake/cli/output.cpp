#include "lake/cli/output.hpp"

#include "lake/cli/terminal.hpp"

namespace lake::cli {
namespace {

class StandardOutput final : public Output {
 public:
  Status write(std::string_view bytes) override { return write_output(bytes); }
  Status finish() override { return ok(); }
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

Result<std::unique_ptr<Output>> file_output(os::FileSystem& files, const std::string& path) {
  std::string part = path + ".part";
  LAKE_TRY(auto file, files.open(part, os::OpenMode::kCreate));
  LAKE_CHECK_OK(file->truncate(0));
  return std::make_unique<FileOutput>(files, path, std::move(part), std::move(file));
}

}  // namespace lake::cli
