#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lake/blobs/blob_tables.hpp"
#include "lake/object/content_store.hpp"

namespace lake::blobs {

/// Gives back the room of packs: one in which no content lies any more is removed; one of which less than
/// half is some content's is written anew without the rest, and removed by the next sweep. A pack that
/// somebody holds, or of which some content is damaged or cannot be read, stays. Threads: one.
class PackSweep {
 public:
  PackSweep(BlobTables& tables, object::ContentStore& content) : tables_(tables), content_(content) {}
  /// Of packs last written to before `before_us`, microseconds since 1970, UTC. Errors: those of the tables
  /// and of listing.
  Status run(std::int64_t before_us);
  /// Removed.
  [[nodiscard]] std::uint64_t packs() const { return packs_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// Of the first pack that could not be read, written anew or removed; the others were swept.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  struct Pack {
    std::string place;
    std::uint64_t bytes = 0;
  };
  Status settle(const std::vector<Pack>& packs);
  /// The places of those of which less than half is used.
  Result<std::vector<std::string>> remove_unused(const std::vector<Pack>& packs);
  Status write_anew(const std::string& place);
  /// The contents with their bytes; nothing where one is damaged or cannot be read.
  std::optional<std::vector<object::SmallContent>> read_all(const std::vector<PlacedContent>& contents);
  void note(const Error& failure);

  BlobTables& tables_;
  object::ContentStore& content_;
  std::uint64_t packs_ = 0;
  std::uint64_t bytes_ = 0;
  std::optional<Error> failure_;
};

}  // namespace lake::blobs
