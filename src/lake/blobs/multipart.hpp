#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lake/blobs/blob_store.hpp"
#include "lake/os/random.hpp"

namespace lake::blobs {

/// One part of a blob that comes in parts.
struct Part {
  std::uint32_t number = 0;
  codec::Sha256 hash{};
  std::uint64_t bytes = 0;
};

/// Blobs put in parts: in any order, at the same time, again after a failure; completing one puts the parts
/// together in the order of their numbers. Parts are objects beside the content, and survive a restart.
/// Threads: any. Lifetime: what it is given outlives it. Bounds: kPartsMax parts of an upload, those of
/// BlobStore; what nobody has touched for the grace period is removed by sweep().
class MultipartUploads {
 public:
  static constexpr std::uint32_t kPartsMax = 10'000;

  MultipartUploads(BlobStore& blobs, os::Clock& clock, os::Random& random);

  /// Gives the upload's id. Errors: as BlobStore::put.
  Result<std::string> begin(const BlobName& name, const BlobLabels& labels);
  /// In place of what the part was. Nothing when the body does not have the expected hash. Errors: kNotFound
  /// (no such upload, or not of this blob), kInvalidArgument (number), as BlobStore::put.
  Result<std::optional<Part>> put(const BlobName& name, const std::string& id, std::uint32_t number,
                                  const std::optional<codec::Sha256>& expected, const BodySource& body);
  /// In order of their numbers. Errors: kNotFound.
  Result<std::vector<Part>> parts(const BlobName& name, const std::string& id);
  /// Puts the blob together and ends the upload. `wanted`: the parts that must be there, absent = those that
  /// are. Errors: kNotFound; kInvalidArgument (no parts, or not those that are wanted); as BlobStore::put.
  Result<PutResult> complete(const BlobName& name, const std::string& id,
                             const std::optional<std::vector<Part>>& wanted, const Conditions& conditions);
  /// Errors: kNotFound.
  Status abort(const BlobName& name, const std::string& id);
  /// Removes uploads that nobody has touched for the grace period; gives how many.
  Result<std::uint64_t> sweep();

 private:
  Result<BlobLabels> labels_of(const BlobName& name, const std::string& id);
  Result<std::vector<Part>> parts_of(const std::string& id);
  Result<std::uint64_t> bytes_of_all();
  Status remove(const std::string& id);

  BlobStore& blobs_;
  object::ObjectStore& objects_;
  os::Clock& clock_;
  os::Random& random_;
  KeyTurns turns_;
};

}  // namespace lake::blobs
