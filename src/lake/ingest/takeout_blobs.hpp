#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lake/archive/container.hpp"
#include "lake/blobs/content_packing.hpp"
#include "lake/ingest/work_beside.hpp"
#include "lake/takeout/file_taker.hpp"

namespace lake::ingest {

/// What is known of an entry's content that becomes a blob.
struct TakenBlob {
  object::ContentSums sums;
  object::ContentPlace place;         // nothing: a copy in the store
  std::shared_ptr<const void> lease;  // holds the content until a transaction refers to it
  std::int64_t taken_us = 0;          // since 1970, UTC
  std::optional<std::string> bytes;   // few: they wait in memory to be stored with others
  bool is_placed = false;             // the store had them before
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
  /// `copies`: the store that a copy goes to; null = the bytes stay at `place`. A copy of at most
  /// `waiting_bytes_max` bytes is not stored but given by finish(), without its sums.
  BlobTaking(blobs::BlobStore* copies, object::ContentPlace place, std::size_t waiting_bytes_max = 0)
      : copies_(copies), place_(std::move(place)), waiting_bytes_max_(waiting_bytes_max) {}
  void take(std::span<const std::byte> bytes);
  /// After the last byte. `leases`: of the store that may know the content's place, and be about to forget
  /// it; null: there is none. Errors: those of the store.
  Result<TakenBlob> finish(object::ContentLeases* leases = nullptr);
  /// Of bytes that stay where they are, which may be given to it instead of to take().
  [[nodiscard]] object::ContentSummer* summer() { return copies_ == nullptr ? &summer_ : nullptr; }

 private:
  Status copy(std::span<const std::byte> bytes);
  blobs::BlobStore* copies_;
  object::ContentPlace place_;
  std::size_t waiting_bytes_max_;
  object::ContentSummer summer_;                      // without copies
  std::string waiting_;                               // of a copy, while it is small
  std::unique_ptr<blobs::IncomingContent> incoming_;  // of one that is not
  std::optional<Error> failure_;
};

/// Small copies that wait to be stored together. Threads: one.
class WaitingCopies {
 public:
  explicit WaitingCopies(blobs::BlobStore& store) : store_(store), packing_(store) {}
  /// Whether `more` bytes and a copy with these sums may wait too. Where room is short what waits is stored
  /// first by `settle`, because much of it may be in the store already. Errors: kResourceExhausted (a bound
  /// of the store), those of `settle`.
  Status check_room(const object::ContentSums& sums, std::uint64_t more,
                    const std::function<Status()>& settle);
  [[nodiscard]] std::uint64_t bytes() const { return packing_.bytes(); }
  /// Takes the bytes of `blob`.
  void add(TakenBlob& blob);
  /// Stores what waits, and tells each in the order in which they were added. Errors: as
  /// ContentPacking::store; then nothing is told.
  Status settle(const std::function<void(std::size_t number, blobs::ContentPacking::Kept kept)>& each);

 private:
  blobs::BlobStore& store_;
  blobs::ContentPacking packing_;
};

/// Attachments on their way to become blobs: decoded bytes lie in no archive, so the store gets them. Small
/// ones wait in memory until they are stored together. Threads: one.
class AttachmentTaking final : public takeout::FileTaker {
 public:
  AttachmentTaking(blobs::BlobStore& store, os::Clock& clock)
      : store_(store), clock_(clock), packing_(store) {}
  ~AttachmentTaking() override;
  AttachmentTaking(const AttachmentTaking&) = delete;
  AttachmentTaking& operator=(const AttachmentTaking&) = delete;

  void begin() override;
  void take(std::string_view bytes) override { current_->take(std::as_bytes(std::span(bytes))); }
  std::size_t end() override;
  void keep(std::size_t file, std::string key, std::string_view media_type) override;
  [[nodiscard]] std::size_t waiting_bytes() const override {
    return kept_.bytes + kept_.blobs.size() * kFileBytes;
  }
  /// What is known of a file while it waits and is stored: names, sums, leases, rows.
  static constexpr std::size_t kFileBytes = 2048;
  void forget() override;
  [[nodiscard]] const std::optional<Error>& failure() const override { return failure_; }
  /// Makes durable what was kept. Errors: lost(), those of settled().
  Status settle();
  /// The same on another thread, which gives what was kept and settled since the last time to `then`: files
  /// that come meanwhile are kept for the next time. settled() comes first.
  using Then = std::function<Status(std::vector<blobs::ImportedBlob>)>;
  void settle_beside(Then then);
  /// Waits until that has ended. Errors: lost(), those of `then`.
  Status settled();
  /// Why files were not stored that had been kept: what tells of them has no file.
  [[nodiscard]] const std::optional<Error>& lost() const { return lost_; }
  /// What was kept and settled since the last time.
  std::vector<blobs::ImportedBlob> kept() { return std::exchange(stored_, {}); }
  /// Processor time of the other thread.
  [[nodiscard]] std::uint64_t cpu_nanos() const { return beside_ ? beside_->cpu_nanos() : 0; }

 private:
  struct Kept {
    std::vector<blobs::ImportedBlob> blobs;
    std::vector<std::string> contents;  // of small ones
    std::vector<std::size_t> small;     // places in `blobs` of those
    std::uint64_t bytes = 0;            // of the contents
  };
  Result<TakenBlob> end_current();
  Status check_room(const std::string& content);
  Result<std::vector<blobs::ImportedBlob>> store(Kept kept);
  void note_lost(const Error& error);

  blobs::BlobStore& store_;
  os::Clock& clock_;
  std::optional<BlobTaking> current_;
  std::vector<TakenBlob> taken_;   // of the element being read
  std::uint64_t taken_bytes_ = 0;  // in memory, of those
  Kept kept_;                      // of elements that ended
  std::vector<blobs::ImportedBlob> stored_;
  blobs::ContentPacking packing_;  // of who stores, one at a time
  std::optional<Error> failure_;
  std::optional<Error> lost_;
  std::optional<Error> lost_beside_;  // of the other thread while it works
  std::optional<WorkBeside> beside_;  // last: it ends before what it uses
};

/// The bucket of imports.
inline constexpr std::string_view kTakeoutBucket = "takeout";
/// The key of an entry's blob: its number in the ledger, and its name cut and freed of control characters.
std::string blob_key_of(std::int64_t entry_id, const std::string& name);
/// By the name's ending, where it is one that says it.
std::string content_type_of(const std::string& name);

}  // namespace lake::ingest
