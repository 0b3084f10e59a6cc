#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lake/blobs/blob_store.hpp"

namespace lake::blobs {

/// Small contents on their way into the store together: what the store lacks becomes one pack, with one sync
/// for all of it. Nothing refers to them yet; what was not stored leaves nothing behind. Who refers to what
/// one store() gave does so before it refers to what a later one gave. Threads: one. Lifetime: the store
/// outlives it. Memory: the bytes that wait, which the caller bounds by storing; names of what was stored, at
/// most kKnownMax.
class ContentPacking {
 public:
  explicit ContentPacking(BlobStore& blobs) : blobs_(blobs) {}
  ~ContentPacking() { forget(); }
  ContentPacking(const ContentPacking&) = delete;
  ContentPacking& operator=(const ContentPacking&) = delete;

  /// At most object::kPackedBytesMax.
  void add(object::SmallContent content);
  /// Of which the caller told the store already that it comes (BlobStore::expect).
  void add_expected(object::SmallContent content);
  static constexpr std::size_t kKnownMax = 50'000;
  /// Whether it is known that an earlier store() left this content in the store.
  [[nodiscard]] bool has_stored(const codec::Sha256& hash) const { return known_.contains(hash); }
  /// Bytes that wait.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  /// Where some content is.
  struct Kept {
    object::ContentPlace place;         // unless the store had it before
    bool is_placed = false;             // it had, or an earlier store() gave the place
    std::shared_ptr<const void> lease;  // until the caller's own transaction refers to it
  };
  /// Makes all that wait durable; gives where each is, in the order they were added. Errors: kIo,
  /// kResourceExhausted (no space), those of Session; then what waited is forgotten.
  Result<std::vector<Kept>> store();

 private:
  struct Waiting {
    object::SmallContent content;
    std::string name;
    std::shared_ptr<const void> lease;
  };
  Result<std::vector<Kept>> store_lacking();
  void forget();

  BlobStore& blobs_;
  std::vector<Waiting> waiting_;
  std::map<codec::Sha256, std::shared_ptr<const void>> known_;  // held: stored before
  std::uint64_t bytes_ = 0;
};

}  // namespace lake::blobs
