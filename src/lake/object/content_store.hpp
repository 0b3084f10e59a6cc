#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/object/content.hpp"
#include "lake/object/content_leases.hpp"
#include "lake/object/object_store.hpp"
#include "lake/os/file_system.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::object {

/// Some content that lies in the store and stays while `lease` lives.
struct StoredContent {
  ContentSums sums;
  std::shared_ptr<const void> lease;
  bool is_new = false;  // it was not there before
};

/// Content on its way into the store. Threads: one.
class ContentWriter {
 public:
  ContentWriter(ObjectStore& objects, ContentLeases& leases, std::unique_ptr<ObjectWriter> writer)
      : objects_(objects), leases_(leases), writer_(std::move(writer)) {}
  /// Errors: those of ObjectWriter.
  Status write(std::span<const std::byte> bytes);
  [[nodiscard]] std::uint64_t bytes() const { return summer_.bytes(); }
  /// What was written so far.
  [[nodiscard]] ContentSums sums() const { return summer_.sums(); }
  /// Makes it durable under its name; bytes that are there already are not stored again. Without it nothing
  /// stays. `replace`: writes over what is there, which was found damaged. At most once.
  Result<StoredContent> finish(bool replace = false);

 private:
  ObjectStore& objects_;
  ContentLeases& leases_;
  std::unique_ptr<ObjectWriter> writer_;
  ContentSummer summer_;
};

/// Reads content and gives no byte that was not compared with its chunk's sum. Threads: one. Memory: one
/// chunk.
class ContentReader {
 public:
  virtual ~ContentReader() = default;
  /// The next bytes of the range, at most a chunk; none at its end. Valid until the next call.
  /// Errors: kCorruption (other bytes than there were, or fewer), those of the place.
  virtual Result<std::span<const std::byte>> next() = 0;
};

/// Contents that lie in a pack, and stay while `lease` lives.
struct StoredPack {
  std::vector<ArchiveRange> places;  // of the contents, in their order
  std::shared_ptr<const void> lease;
};

/// Bytes named by their SHA-256: stored once, whole or not at all, compared when they are read.
///
/// Format: docs/formats/blobs.md. Which content there should be and what its sums are is not known here but
/// in the tables that refer to it. Threads: any. Lifetime: what it is given outlives it, it outlives its
/// writers and readers.
class ContentStore {
 public:
  /// `lake_directory`: archives below it are named as they lie in it, so that it can be moved.
  ContentStore(ObjectStore& objects, os::FileSystem& files, telemetry::Metrics& metrics,
               std::string lake_directory = {});

  Result<std::unique_ptr<ContentWriter>> create();
  /// Writes contents into one pack, all or none; durable when OK. The same contents in the same order are the
  /// same pack. Who calls holds each content and knows that it is not in the store, or moves it; it waits for
  /// who has condemned that pack, so it is not called by who has condemned packs, but for one that becomes
  /// another. Errors: those of ObjectWriter.
  Result<StoredPack> store_pack(std::span<const SmallContent* const> contents);
  /// Reads `bytes` of the content from `offset` on, within it. Of DEFLATE-compressed ranges everything
  /// before is decompressed too. Errors: kNotFound (no such object), kUnavailable (no such archive), kIo.
  Result<std::unique_ptr<ContentReader>> read(const ContentSums& sums, const ContentPlace& place,
                                              std::uint64_t offset, std::uint64_t bytes);
  /// Reads all of it, comparing chunks and the whole. Errors: as read() and ContentReader; those of `go_on`,
  /// which is asked after each chunk and told its bytes.
  Status verify(const ContentSums& sums, const ContentPlace& place,
                const std::function<Status(std::uint64_t)>& go_on);
  /// Removes the objects of condemned content.
  Status remove(const ContentLeases::Condemned& condemned);
  /// Told the name of each content's object, in no order.
  Status list(const std::function<Status(const std::string& name, const ObjectInfo& object)>& each);

  /// Told the place of each pack, in no order.
  Status list_packs(const std::function<Status(const std::string& place, const ObjectInfo& object)>& each);
  /// Removes a pack. OK when there is none.
  Status remove_pack(const std::string& place);

  /// How an ArchiveRange names the archive at this absolute path.
  [[nodiscard]] std::string kept_path(const std::string& path) const;

  [[nodiscard]] ContentLeases& leases() { return leases_; }
  [[nodiscard]] ObjectStore& objects() { return objects_; }

 private:
  ObjectStore& objects_;
  os::FileSystem& files_;
  telemetry::Metrics& metrics_;
  telemetry::Counter& damaged_;
  const std::string lake_directory_;
  ContentLeases leases_;
};

/// "ab/cd/abcd...": the object's name of content.
std::string object_name_of(const std::string& content_name);

/// What the path of a range begins with when it lies in a pack. Where objects are files in the lake it is the
/// pack's path in the lake; it is read through the store all the same.
inline constexpr std::string_view kPackPlace = "blobs/packs/";
inline bool is_in_pack(const ArchiveRange& range) { return range.path.starts_with(kPackPlace); }
/// "blobs/packs/ab/abcd...": where these contents are in one pack, in this order.
std::string pack_place_of(std::span<const SmallContent* const> contents);
/// "packs/ab/abcd...": the object of the pack at such a place.
std::string pack_object_of(const std::string& place);

}  // namespace lake::object
