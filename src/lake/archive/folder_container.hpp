#pragma once

#include <memory>

#include "lake/archive/container.hpp"

namespace lake::archive {

/// What lies below a directory, or a single file, as entries. Entries come sorted by name, a directory before
/// its content. Links, devices and pipes are reported and never opened; a file is opened by walking from the
/// root without following links, so that one put in its place later is not followed either.
class FolderContainer final : public Container {
 public:
  static Result<std::unique_ptr<Container>> open(os::FileSystem& files, telemetry::Metrics& metrics,
                                                 const std::string& path, const OpenOptions& options,
                                                 os::FileKind kind);

  Result<std::unique_ptr<EntryCursor>> entries() override;
  Result<std::unique_ptr<EntryReader>> open_entry(const Entry& entry) override;
  Result<std::unique_ptr<EntryReader>> open_stored(const Entry& entry) override;
  Result<ByteRange> stored_range(const Entry& entry) override;
  Status check_unchanged() override;

  /// What cursors share with the container.
  struct Folder {
    os::FileSystem& files;
    telemetry::Metrics& metrics;
    std::string given;  // path for messages
    std::string root;   // canonical; the file itself when is_file
    bool is_file = false;
    os::FileInfo info;
    Bounds bounds;

    [[nodiscard]] Result<std::string> path_of(const Entry& entry) const;
    [[nodiscard]] Result<std::unique_ptr<EntryReader>> open_entry(const Entry& entry) const;
  };

 private:
  std::shared_ptr<const Folder> folder_;
};

}  // namespace lake::archive
