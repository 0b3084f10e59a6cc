#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/blobs/blob.hpp"
#include "lake/blobs/blob_tables.hpp"
#include "lake/blobs/key_turns.hpp"
#include "lake/object/content_store.hpp"
#include "lake/os/clock.hpp"
#include "lake/query/session.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::blobs {

struct BlobOptions {
  std::uint64_t stored_bytes_max = 0;           // of all content in the store; 0 = what the disk has
  std::uint64_t blob_bytes_max = 5ULL << 40U;   // of one blob
  std::chrono::milliseconds grace{86'400'000};  // from the last reference to the removal of content
};

/// What has to hold for a change, of the blob that is there now.
struct Conditions {
  bool must_exist = false;                          // If-Match: *
  bool must_not_exist = false;                      // If-None-Match: *
  std::optional<std::vector<codec::Sha256>> match;  // If-Match: one of these
  std::vector<codec::Sha256> none_match;            // If-None-Match: none of these
  [[nodiscard]] bool hold_for(const std::optional<BlobInfo>& present) const;
};

/// Gives the next bytes of a body, 0 at its end.
using BodySource = std::function<Result<std::size_t>(std::span<char> into)>;

struct PutRequest {
  BlobName name;
  BlobLabels labels;
  Conditions conditions;
  std::optional<codec::Sha256> expected;  // what the client says the hash is
  std::optional<std::uint64_t> bytes;     // what the client says the length is, for an early refusal
};

/// What became of a put or a removal that did not fail.
enum class Outcome : std::uint8_t {
  kCreated,
  kReplaced,
  kRemoved,
  kConditionFailed,  // nothing was changed
  kOtherHash,        // the body does not have the hash that was told; nothing was changed
};
struct PutResult {
  Outcome outcome = Outcome::kCreated;
  BlobInfo blob;
};

/// A blob to be read as it was when it was opened.
class OpenBlob {
 public:
  OpenBlob(object::ContentStore& content, BlobInfo info, std::vector<PlacedContent> places)
      : content_(content), info_(std::move(info)), places_(std::move(places)) {}
  [[nodiscard]] const BlobInfo& info() const { return info_; }
  /// Reads a range within it, from the first of its places that can be opened. Errors: as ContentStore.
  Result<std::unique_ptr<object::ContentReader>> read(std::uint64_t offset, std::uint64_t bytes) const;

 private:
  object::ContentStore& content_;
  const BlobInfo info_;
  const std::vector<PlacedContent> places_;
};

class BlobStore;

/// Content on its way into the store, within the bounds of BlobOptions; nothing refers to it yet. Without
/// finish() nothing stays. Threads: one. Lifetime: the store outlives it.
class IncomingContent {
 public:
  IncomingContent(BlobStore& blobs, std::unique_ptr<object::ContentWriter> writer)
      : blobs_(blobs), writer_(std::move(writer)) {}
  ~IncomingContent();
  IncomingContent(const IncomingContent&) = delete;
  IncomingContent& operator=(const IncomingContent&) = delete;
  /// Errors: kResourceExhausted (a bound, no space), kIo; then only destruction is left.
  Status write(std::span<const std::byte> bytes);
  [[nodiscard]] object::ContentSums sums() const { return writer_->sums(); }
  /// Durable when OK; over what is there and was found damaged.
  Result<object::StoredContent> finish();

 private:
  BlobStore& blobs_;
  std::unique_ptr<object::ContentWriter> writer_;
  std::uint64_t counted_ = 0;
};

/// Blobs: bytes under keys in buckets.
///
/// A put is durable and whole once it is answered, or did not happen: bytes go to the content store first,
/// then one transaction of the lake makes the key refer to them. The tables are the truth
/// (docs/formats/blobs.md); equal content is stored once. Two changes of one key happen one after the other,
/// the later one wins unless its conditions say otherwise. Threads: any. Lifetime: what it is given outlives
/// it. Bounds: BlobOptions; one chunk of memory for each transfer.
class BlobStore {
 public:
  BlobStore(query::Sessions& sessions, object::ContentStore& content, os::Clock& clock,
            telemetry::Metrics& metrics, BlobOptions options);

  /// Errors: kInvalidArgument (name), kResourceExhausted (a bound of BlobOptions, no space),
  /// kPermissionDenied (a bucket of imports), those of `body`.
  Result<PutResult> put(const PutRequest& request, const BodySource& body);
  /// Errors: kNotFound.
  Result<BlobInfo> head(const BlobName& name);
  /// Errors: kNotFound; kCorruption (nothing is known of its content).
  Result<OpenBlob> open(const BlobName& name);
  /// Its bytes are removed by a sweep when nobody refers to them. Errors: kNotFound, kPermissionDenied.
  Result<Outcome> remove(const BlobName& name, const Conditions& conditions);
  Result<std::vector<BlobInfo>> list(const std::string& bucket, const std::string& prefix,
                                     const std::string& after, std::uint64_t limit);
  Result<std::vector<BlobTables::Bucket>> buckets();

  /// What a sweep did.
  struct Sweep {
    std::uint64_t contents = 0;  // forgotten: nobody has referred to them for the grace period
    std::uint64_t objects = 0;   // removed from the store, packs too
    std::uint64_t bytes = 0;
    /// Of the first object or pack that could not be read or removed; the others were swept.
    std::optional<Error> failure = {};
  };
  /// Removes what nobody has referred to for the grace period. Runs beside everything else. Errors: those of
  /// the tables and of listing.
  Result<Sweep> sweep();

  /// What a look at all content found.
  struct Scrub {
    std::uint64_t contents = 0;
    std::uint64_t bytes = 0;
    std::vector<PlacedContent> damaged;  // at most kDamagedMax of them are told
    std::uint64_t damaged_count = 0;
  };
  static constexpr std::size_t kDamagedMax = 1000;
  /// Reads all content and compares it; notes in the tables what it found. `go_on` is told the bytes read and
  /// its error ends it.
  Result<Scrub> scrub(const std::function<Status(std::uint64_t)>& go_on) { return read_all(go_on, true); }
  /// The same, and notes nothing.
  Result<Scrub> look(const std::function<Status(std::uint64_t)>& go_on) { return read_all(go_on, false); }
  /// Blobs whose content has no place, and objects of the store that no table knows: at most kDamagedMax of
  /// each.
  Result<std::vector<BlobName>> lost();
  Result<std::vector<std::string>> unknown_objects();

  /// When the content that was not looked at for the longest time was looked at, or came; nothing when there
  /// is none.
  Result<std::optional<std::int64_t>> least_recently_checked();

  /// For content that the caller's own transaction will refer to. Errors: kIo.
  Result<std::unique_ptr<IncomingContent>> begin_content();

  [[nodiscard]] object::ContentStore& content() { return content_; }
  [[nodiscard]] const BlobOptions& options() const { return options_; }
  /// Errors: kResourceExhausted when a blob of so many bytes is beyond the bounds.
  [[nodiscard]] Status check_size(std::uint64_t bytes) const;
  /// Errors: kResourceExhausted when the store has no room for so many bytes more.
  Status check_room(std::uint64_t more);

  // Of content that the caller stores itself (ContentPacking).
  /// Which of `names` lie in the store and were not found damaged. Asks the store for each object too, so
  /// that what was lost is not taken to be there.
  Result<std::vector<std::string>> kept(std::span<const std::string> names);
  /// Bytes on their way, which check_room() counts; until expect_no_more().
  void expect(std::uint64_t bytes) { arriving_ += bytes; }
  void expect_no_more(std::uint64_t bytes) { arriving_ -= bytes; }
  /// Content that the store did not have before.
  void note_stored(std::uint64_t bytes);

 private:
  friend class IncomingContent;
  struct HeldPlaces;
  Result<HeldPlaces> held_places(BlobTables& tables, const std::string& after);
  Result<Scrub> read_all(const std::function<Status(std::uint64_t)>& go_on, bool note);
  Status ensure_tables(query::Session& session);
  Result<object::StoredContent> receive(const PutRequest& request, const BodySource& body, Outcome& outcome);
  Result<PutResult> refer(const PutRequest& request, const object::StoredContent& stored);
  Status sweep_content(BlobTables& tables, Sweep& swept);
  Status sweep_objects(BlobTables& tables, Sweep& swept);
  Status sweep_packs(BlobTables& tables, Sweep& swept);
  Status count_again(BlobTables& tables);
  Status remove_condemned(BlobTables& tables, const std::vector<std::string>& names, Sweep& swept);
  Result<std::uint64_t> stored_bytes();
  bool is_damaged(const std::string& content_name);

  query::Sessions& sessions_;
  object::ContentStore& content_;
  os::Clock& clock_;
  const BlobOptions options_;
  telemetry::Counter& put_bytes_;
  telemetry::Counter& swept_bytes_;
  telemetry::Gauge& damaged_;
  KeyTurns turns_;
  std::atomic<bool> ensured_{false};
  std::atomic<std::uint64_t> arriving_{0};
  Mutex mutex_;
  std::optional<std::uint64_t> stored_bytes_ LAKE_GUARDED_BY(mutex_);  // once asked for
  std::uint64_t store_notes_ LAKE_GUARDED_BY(mutex_) = 0;              // of new content
  bool none_damaged_ LAKE_GUARDED_BY(mutex_) = false;                  // asked, and no scrub found any since
  std::uint64_t damage_notes_ LAKE_GUARDED_BY(mutex_) = 0;             // by scrubs: an answer may be older
};

}  // namespace lake::blobs
