#include "lake/object/local_object_store.hpp"

namespace lake::object {

namespace {

constexpr std::size_t kNameBytesMax = 1024;
constexpr std::size_t kPartBytesMax = 200;

class FileReader final : public ObjectReader {
 public:
  FileReader(std::unique_ptr<os::File> file, std::uint64_t bytes) : file_(std::move(file)), bytes_(bytes) {}
  ~FileReader() override { ignore(file_->close(), "it was only read"); }
  [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }
  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override {
    return file_->read_at(offset, out);
  }

 private:
  const std::unique_ptr<os::File> file_;
  const std::uint64_t bytes_;
};

class FileWriter final : public ObjectWriter {
 public:
  FileWriter(os::FileSystem& files, std::string directory, std::string path, std::unique_ptr<os::File> file)
      : files_(files), directory_(std::move(directory)), path_(std::move(path)), file_(std::move(file)) {}
  ~FileWriter() override {
    if (!file_) return;
    ignore(file_->close(), "its content is not wanted");
    ignore(files_.remove_file(path_), "the next open removes it");
  }

  Status write(std::span<const std::byte> bytes) override {
    LAKE_CHECK_OK(file_->write_at(written_, bytes));
    written_ += bytes.size();
    return ok();
  }

  Status commit(const std::string& name) override {
    if (!is_object_name(name))
      return Error(ErrorCode::kInvalidArgument, "not the name of an object: " + name);
    const auto to = os::join_path(directory_, name);
    LAKE_CHECK_OK(file_->sync());
    LAKE_CHECK_OK(file_->close());
    file_.reset();
    auto placed = files_.create_directories(os::parent_path(to));
    if (placed) placed = files_.rename(path_, to);
    if (!placed) {
      ignore(files_.remove_file(path_), "the next open removes it");
      return placed;
    }
    return files_.sync_directory(os::parent_path(to));
  }

 private:
  os::FileSystem& files_;
  const std::string directory_;
  const std::string path_;
  std::unique_ptr<os::File> file_;
  std::uint64_t written_ = 0;
};

bool is_part(std::string_view part) {
  if (part.empty() || part.front() == '.' || part.size() > kPartBytesMax) return false;
  return part.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
         std::string_view::npos;
}

}  // namespace

bool is_object_name(const std::string& name) {
  if (name.size() > kNameBytesMax) return false;
  std::string_view rest = name;
  while (true) {
    const auto end = rest.find('/');
    if (!is_part(rest.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    rest.remove_prefix(end + 1);
  }
}

LocalObjectStore::LocalObjectStore(os::FileSystem& files, os::Random& random, std::string directory)
    : files_(files),
      random_(random),
      directory_(std::move(directory)),
      partial_(os::join_path(directory_, ".partial")) {}

Result<std::unique_ptr<LocalObjectStore>> LocalObjectStore::open(os::FileSystem& files, os::Random& random,
                                                                 const std::string& directory) {
  std::unique_ptr<LocalObjectStore> store(new LocalObjectStore(files, random, directory));
  const auto left = files.list(store->partial_);
  if (!left && left.error().code() != ErrorCode::kNotFound) return left.error();
  if (left) {
    for (const auto& entry : *left)
      LAKE_CHECK_OK(files.remove_tree(os::join_path(store->partial_, entry.name)));
  }
  return store;
}

Result<std::string> LocalObjectStore::path_of(const std::string& name) const {
  if (is_object_name(name)) return os::join_path(directory_, name);
  return Error(ErrorCode::kInvalidArgument, "not the name of an object: " + name);
}

Result<std::unique_ptr<ObjectWriter>> LocalObjectStore::create() {
  LAKE_CHECK_OK(files_.create_directories(partial_));
  auto path = os::join_path(partial_, os::random_hex(random_, 16));
  LAKE_TRY(auto file, files_.open(path, os::OpenMode::kCreateNew));
  return std::unique_ptr<ObjectWriter>(
      std::make_unique<FileWriter>(files_, directory_, std::move(path), std::move(file)));
}

Result<std::unique_ptr<ObjectReader>> LocalObjectStore::open(const std::string& name) {
  LAKE_TRY(const auto path, path_of(name));
  LAKE_TRY(auto file, files_.open(path, os::OpenMode::kRead));
  const auto bytes = file->size();
  if (!bytes) {
    ignore(file->close(), "it was only looked at");
    return bytes.error();
  }
  return std::unique_ptr<ObjectReader>(std::make_unique<FileReader>(std::move(file), *bytes));
}

Result<ObjectInfo> LocalObjectStore::head(const std::string& name) {
  LAKE_TRY(const auto path, path_of(name));
  LAKE_TRY(const auto info, files_.stat(path));
  if (info.kind != os::FileKind::kFile) return Error(ErrorCode::kNotFound, "there is no object " + name);
  return ObjectInfo{name, info.bytes, info.modified_micros};
}

Status LocalObjectStore::remove(const std::string& name) {
  LAKE_TRY(const auto path, path_of(name));
  const auto removed = files_.remove_file(path);
  if (!removed && removed.error().code() == ErrorCode::kNotFound) return ok();
  LAKE_CHECK_OK(removed);
  return files_.sync_directory(os::parent_path(path));
}

Status LocalObjectStore::list(const std::string& prefix,
                              const std::function<Status(const ObjectInfo&)>& each) {
  if (!prefix.empty() && (!prefix.ends_with('/') || !is_object_name(prefix.substr(0, prefix.size() - 1))))
    return Error(ErrorCode::kInvalidArgument, "not a prefix of objects' names: " + prefix);
  return list_below(prefix, each);
}

Status LocalObjectStore::list_below(const std::string& prefix,
                                    const std::function<Status(const ObjectInfo&)>& each) {
  const auto directory = prefix.empty() ? directory_ : os::join_path(directory_, prefix);
  const auto entries = files_.list(directory);
  if (!entries && entries.error().code() == ErrorCode::kNotFound) return ok();
  if (!entries) return entries.error();
  for (const auto& entry : *entries) {
    if (!is_part(entry.name)) continue;
    const auto name = prefix + entry.name;
    if (entry.kind == os::FileKind::kDirectory) {
      LAKE_CHECK_OK(list_below(name + "/", each));
      continue;
    }
    if (entry.kind != os::FileKind::kFile) continue;
    const auto info = files_.stat(os::join_path(directory_, name));
    if (!info && info.error().code() == ErrorCode::kNotFound) continue;
    if (!info) return info.error();
    LAKE_CHECK_OK(each({name, info->bytes, info->modified_micros}));
  }
  return ok();
}

}  // namespace lake::object
