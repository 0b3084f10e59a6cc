#pragma once

#include <memory>
#include <optional>

#include "lake/archive/archive_file.hpp"
#include "lake/archive/container.hpp"
#include "lake/archive/zip_directory.hpp"

namespace lake::archive {

/// A zip by its central directory, or, salvaged, by its local headers.
class ZipContainer final : public Container {
 public:
  static Result<std::unique_ptr<Container>> open(ArchiveFilePtr file, telemetry::Metrics& metrics,
                                                 const OpenOptions& options);

  Result<std::unique_ptr<EntryCursor>> entries() override;
  Result<std::unique_ptr<EntryReader>> open_entry(const Entry& entry) override;
  Result<std::unique_ptr<EntryReader>> open_stored(const Entry& entry) override;
  void prefetch(const Entry& entry) override;
  Result<ByteRange> stored_range(const Entry& entry) override;
  Status check_unchanged() override;

  /// What cursors share with the container.
  struct Zip {
    ArchiveFilePtr file;
    Bounds bounds;
    telemetry::Counter* content_counter = nullptr;
    std::optional<ZipEnd> end;  // with the directory
    ZipIndex index;
    std::optional<Finding> salvaged;

    /// Where the content of an entry lies, its local header held against the entry.
    [[nodiscard]] Sound<ByteRange> locate(const Entry& entry) const;
    [[nodiscard]] Result<std::unique_ptr<EntryReader>> open_entry(const Entry& entry) const;
    [[nodiscard]] Result<std::unique_ptr<EntryReader>> open_stored(const Entry& entry) const;
    [[nodiscard]] Error error(const Finding& finding, const Entry& entry) const;
  };

 private:
  std::shared_ptr<Zip> zip_ = std::make_shared<Zip>();
};

/// The cursor over a zip without a directory (zip_salvage.cpp).
std::unique_ptr<EntryCursor> salvage_cursor(std::shared_ptr<const ZipContainer::Zip> zip);

}  // namespace lake::archive
