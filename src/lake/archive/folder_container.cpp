#include "lake/archive/folder_container.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "lake/archive/archive_file.hpp"

namespace lake::archive {
namespace {

using Folder = FolderContainer::Folder;

std::string joined(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

class FolderCursor final : public EntryCursor {
 public:
  explicit FolderCursor(std::shared_ptr<const Folder> folder) : folder_(std::move(folder)) {}

  Result<std::optional<Entry>> next() override {
    if (!finding_) {
      current_.reset();
      auto entry = walk();
      if (entry) {
        current_ = std::move(*entry);
        return current_;
      }
      finding_ = std::move(entry).error();
    }
    return error_of(*finding_, folder_->given);
  }

  Result<std::unique_ptr<EntryReader>> open_current() override {
    if (!current_) return Error(ErrorCode::kInvalidArgument, "archive: the cursor is at no entry");
    return folder_->open_entry(*current_);
  }

 private:
  /// A directory being walked.
  struct Level {
    std::string name;  // from the root, "" for the root itself
    std::vector<os::DirectoryEntry> names;
    std::size_t next = 0;
  };
  Sound<std::optional<Entry>> walk();
  Entry entry_of(const std::string& name, os::FileKind kind);
  Sound<void> enter(const std::string& name, Entry& entry);

  std::shared_ptr<const Folder> folder_;
  std::vector<Level> levels_;
  std::uint64_t count_ = 0;
  bool begun_ = false;
  std::optional<Entry> current_;
};

Sound<void> FolderCursor::enter(const std::string& name, Entry& entry) {
  if (levels_.size() >= folder_->bounds.folder_depth_max) {
    entry.flaw = Finding(Flaw::kBound, 0, "folders lie deeper than allowed");
    return {};
  }
  auto names = folder_->files.list(joined(folder_->root, name));
  if (!names) {
    entry.flaw = Finding(names.error(), 0);
    return {};
  }
  if (names->size() > folder_->bounds.entry_count_max)
    return Finding(Flaw::kBound, 0,
                   fmt::format("a folder has more than {} entries", folder_->bounds.entry_count_max));
  std::ranges::sort(*names, {}, &os::DirectoryEntry::name);
  levels_.push_back({name, std::move(*names)});
  return {};
}

Sound<std::optional<Entry>> FolderCursor::walk() {
  if (!begun_) {
    begun_ = true;
    if (folder_->is_file) return std::optional(entry_of(os::file_name(folder_->given), os::FileKind::kFile));
    Entry root;
    if (auto entered = enter("", root); !entered) return std::move(entered).error();
    if (root.flaw) return *root.flaw;
  }
  while (!levels_.empty()) {
    Level& level = levels_.back();
    if (level.next == level.names.size()) {
      levels_.pop_back();
      continue;
    }
    const os::DirectoryEntry item = level.names[level.next++];
    if (count_ >= folder_->bounds.entry_count_max)
      return Finding(Flaw::kBound, 0,
                     fmt::format("the folder has more than {} entries", folder_->bounds.entry_count_max));
    const std::string name = joined(level.name, item.name);
    Entry entry = entry_of(name, item.kind);
    if (item.kind == os::FileKind::kDirectory) {
      if (auto entered = enter(name, entry); !entered) return std::move(entered).error();
    }
    return std::optional(std::move(entry));
  }
  return std::optional<Entry>();
}

Entry FolderCursor::entry_of(const std::string& name, os::FileKind kind) {
  Entry entry;
  entry.index = count_++;
  entry.set_name(decode_utf8_name(name), name);
  if (kind == os::FileKind::kDirectory) {
    entry.kind = EntryKind::kDirectory;
    entry.bytes = 0;
    return entry;
  }
  if (kind == os::FileKind::kOther) {
    entry.kind = EntryKind::kSpecial;
    entry.flaw = Finding(Flaw::kSpecialFile, 0, "a link, device or pipe: not opened");
    return entry;
  }
  const auto info = folder_->files.stat(folder_->is_file ? folder_->root : joined(folder_->root, name));
  if (!info) {
    entry.flaw = Finding(info.error(), 0);
    return entry;
  }
  entry.bytes = info->bytes;
  entry.stored_bytes = info->bytes;
  entry.modified = {ModifiedTime::Zone::kUtc, info->modified_micros};
  entry.is_verbatim = true;
  return entry;
}

}  // namespace

Result<std::string> Folder::path_of(const Entry& entry) const {
  if (is_file) return root;
  // The names are those of the file system itself; an Entry made by somebody else gets nowhere.
  const std::string& name = entry.name_bytes();
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view component = std::string_view(name).substr(begin, end - begin);
    if (component.empty() || component == "." || component == ".." ||
        component.find('\0') != std::string_view::npos) {
      return Error(ErrorCode::kInvalidArgument,
                   "archive: not an entry of this folder: " + printable_name(name));
    }
    begin = end + 1;
  }
  return joined(root == "/" ? "" : root, name);
}

Result<std::unique_ptr<EntryReader>> Folder::open_entry(const Entry& entry) const {
  if (entry.flaw) return error_of(*entry.flaw, given, entry.name);
  if (entry.kind != EntryKind::kFile)
    return Error(ErrorCode::kInvalidArgument, "archive: not a file: " + printable_name(entry.name));
  LAKE_TRY(const std::string path, path_of(entry));
  auto file = ArchiveFile::open(files, metrics, path, os::OpenMode::kReadNoLinks);
  if (!file) return error_of(Finding(file.error(), 0), given, entry.name);
  const bool same =
      (*file)->bytes() == entry.bytes.value_or(0) && (*file)->modified_micros() == entry.modified.micros;
  if (!same)
    return error_of(Finding(Flaw::kUnstable, 0, "the file changed since the folder was listed"), given,
                    entry.name);
  return std::make_unique<EntryReader>(std::make_unique<RangeSource>(*file, ByteRange{0, (*file)->bytes()}),
                                       EntryReader::Expectation{.archive = given,
                                                                .entry = entry.name,
                                                                .bytes = entry.bytes,
                                                                .crc32 = std::nullopt,
                                                                .stored_bytes = entry.stored_bytes,
                                                                .flaw = std::nullopt,
                                                                .bounds = bounds,
                                                                .unchanged = *file,
                                                                .content_bytes = &content_counter(metrics)});
}

Result<std::unique_ptr<Container>> FolderContainer::open(os::FileSystem& files, telemetry::Metrics& metrics,
                                                         const std::string& path, const OpenOptions& options,
                                                         os::FileKind kind) {
  LAKE_TRY(std::string root, files.canonical(path));
  LAKE_TRY(const os::FileInfo info, files.stat(root));
  const bool is_file = kind == os::FileKind::kFile;
  auto container = std::make_unique<FolderContainer>();
  container->path_ = path;
  container->summary_.kind = is_file ? ContainerKind::kFile : ContainerKind::kFolder;
  container->summary_.modified_micros = info.modified_micros;
  if (is_file) {
    container->summary_.bytes = info.bytes;
    container->summary_.entry_count = 1;
    container->summary_.content_bytes = info.bytes;
    container->summary_.stored_bytes = info.bytes;
  }
  container->folder_ = std::make_shared<const Folder>(
      Folder{files, metrics, path, std::move(root), is_file, info, options.bounds});
  return container;
}

Result<std::unique_ptr<EntryCursor>> FolderContainer::entries() {
  return std::make_unique<FolderCursor>(folder_);
}

Result<std::unique_ptr<EntryReader>> FolderContainer::open_entry(const Entry& entry) {
  return folder_->open_entry(entry);
}

Result<std::unique_ptr<EntryReader>> FolderContainer::open_stored(const Entry& entry) {
  return folder_->open_entry(entry);
}

Result<ByteRange> FolderContainer::stored_range(const Entry& entry) {
  if (entry.flaw) return error_of(*entry.flaw, path_, entry.name);
  return ByteRange{0, entry.stored_bytes};
}

Status FolderContainer::check_unchanged() {
  if (!folder_->is_file) return ok();  // each file is looked at when its content ends
  LAKE_TRY(const os::FileInfo info, folder_->files.stat(folder_->root));
  if (info.bytes == folder_->info.bytes && info.modified_micros == folder_->info.modified_micros) return ok();
  return error_of(Finding(Flaw::kUnstable, 0, "the file changed while it was read"), path_);
}

}  // namespace lake::archive
