#pragma once

#include <memory>

#include "lake/archive/archive_file.hpp"
#include "lake/archive/container.hpp"

namespace lake::archive {

/// A tar, plain or as gzip.
class TarContainer final : public Container {
 public:
  static Result<std::unique_ptr<Container>> open(ArchiveFilePtr file, telemetry::Metrics& metrics,
                                                 const OpenOptions& options, bool is_gzip);

  Result<std::unique_ptr<EntryCursor>> entries() override;
  Result<std::unique_ptr<EntryReader>> open_entry(const Entry& entry) override;
  Result<std::unique_ptr<EntryReader>> open_stored(const Entry& entry) override;
  Result<ByteRange> stored_range(const Entry& entry) override;
  Status check_unchanged() override;

  /// What cursors share with the container.
  struct Tar {
    ArchiveFilePtr file;
    Bounds bounds;
    telemetry::Counter* content_counter = nullptr;
    bool is_gzip = false;

    [[nodiscard]] std::unique_ptr<ByteSource> source() const;
    [[nodiscard]] std::unique_ptr<EntryReader> reader(std::unique_ptr<ByteSource> content,
                                                      const Entry& entry) const;
    [[nodiscard]] Result<std::unique_ptr<EntryReader>> open_range(const Entry& entry) const;
  };

 private:
  std::shared_ptr<Tar> tar_ = std::make_shared<Tar>();
};

}  // namespace lake::archive
