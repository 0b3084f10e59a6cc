#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lake/archive/container.hpp"
#include "lake/blobs/content_packing.hpp"
#include "lake/takeout/file_taker.hpp"

namespace lake::ingest {

/// What is known of an entry's content that becomes a blob.
struct TakenBlob {
  object::ContentSums sums;
  object::ContentPlace place;  // nothing: a copy in the store, held by `lease`
  std::shared_ptr<const void> lease;
  std::int64_t taken_us = 0;  // since 1970, UTC
};

/// Why an entry is `partial` begins so when the blob store failed it: another import of it goes on there.
inline constexpr std::string_view kNotKept = "its bytes could not be stored: ";

/// Where the content of an entry lies, so that it can be read again without the container; nothing when only
/// reading the archive from its beginning leads there. `store`: knows which archives are the lake's own.
object::ContentPlace place_of(archive::Container& container, const archive::Entry& entry,
                              blobs::BlobStore* store);

/// Content on its way to become a blob: summed while it is read, and copied where it cannot stay where it is.
/// Threads: one.
class BlobTaking {
 public:
  /// `copies`: the store that a copy goes to; null = the bytes stay at `place`.
  BlobTaking(blobs::BlobStore* copies, object::ContentPlace place)
      : copies_(copies), place_(std::move(place)) {}
  void take(std::span<const std::byte> bytes);
  /// After the last byte. Errors: those of the store.
  Result<TakenBlob> finish();

 private:
  Status copy(std::span<const std::byte> bytes);
  blobs::BlobStore* const copies_;
  object::ContentPlace place_;
  object::ContentSummer summer_;                      // without copies
  std::unique_ptr<blobs::IncomingContent> incoming_;  // with them
  std::optional<Error> failure_;
};

/// Attachments on their way to become blobs: decoded bytes lie in no archive, so the store gets them. Small
/// ones wait in memory until settle(), which stores them together. Threads: one.
class AttachmentTaking final : public takeout::FileTaker {
 public:
  AttachmentTaking(blobs::BlobStore& store, os::Clock& clock)
      : store_(store), clock_(clock), packing_(store) {}
  void begin() override { current_.emplace(); }
  void take(std::string_view bytes) override;
  std::size_t end() override;
  void keep(std::size_t file, std::string key, std::string_view media_type) override;
  [[nodiscard]] std::size_t waiting_bytes() const override { return packing_.bytes(); }
  void forget() override;
  [[nodiscard]] const std::optional<Error>& failure() const override { return failure_; }
  /// Makes durable what was kept. Errors: lost().
  Status settle();
  /// Why files were not stored that had been kept: what tells of them since the last settle() has no file.
  [[nodiscard]] const std::optional<Error>& lost() const { return lost_; }
  /// What was kept and settled since the last time.
  std::vector<blobs::ImportedBlob> kept();

 private:
  struct Current {
    std::string bytes;                // so far, while they are few
    std::optional<BlobTaking> large;  // takes them once they are many
  };
  struct Taken {
    TakenBlob blob;
    std::optional<std::string> bytes;  // of a small one
  };
  Result<Taken> end_current();
  Status check_room(const object::ContentSums& sums);

  blobs::BlobStore& store_;
  os::Clock& clock_;
  std::optional<Current> current_;
  std::vector<Taken> taken_;         // of the element being read
  std::uint64_t taken_bytes_ = 0;    // in memory, of those
  blobs::ContentPacking packing_;    // of kept ones
  std::vector<std::size_t> packed_;  // places in kept_ of what it holds
  std::vector<blobs::ImportedBlob> kept_;
  std::optional<Error> failure_;
  std::optional<Error> lost_;
};

/// The bucket of imports.
inline constexpr std::string_view kTakeoutBucket = "takeout";
/// The key of an entry's blob: its number in the ledger, and its name cut and freed of control characters.
std::string blob_key_of(std::int64_t entry_id, const std::string& name);
/// By the name's ending, where it is one that says it.
std::string content_type_of(const std::string& name);

}  // namespace lake::ingest
