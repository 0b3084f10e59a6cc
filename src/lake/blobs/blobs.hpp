#pragma once

#include <memory>
#include <string>

#include "lake/blobs/blob_keeper.hpp"
#include "lake/blobs/blob_store.hpp"
#include "lake/blobs/multipart.hpp"
#include "lake/object/local_object_store.hpp"
#include "lake/os/random.hpp"

namespace lake::blobs {

/// Everything of one lake's blobs, in `<data>/blobs`. Lifetime: what it is given outlives it; close() before
/// destruction. Threads: any.
class Blobs {
 public:
  /// What outlives it.
  struct Surroundings {
    query::Sessions& sessions;
    jobs::Jobs& jobs;
    os::FileSystem& files;
    os::Clock& clock;
    os::Random& random;
    telemetry::Metrics& metrics;
    telemetry::Log* log = nullptr;
  };
  /// Removes what was half written when the lake last ended. Errors: kIo.
  static Result<std::unique_ptr<Blobs>> open(Surroundings around, const std::string& data_directory,
                                             BlobOptions options, KeeperOptions keeper);

  [[nodiscard]] BlobStore& store() { return store_; }
  [[nodiscard]] MultipartUploads& uploads() { return uploads_; }
  [[nodiscard]] BlobKeeper& keeper() { return keeper_; }
  void close() { keeper_.close(); }

 private:
  Blobs(Surroundings around, std::unique_ptr<object::ObjectStore> objects, std::string data_directory,
        BlobOptions options, KeeperOptions keeper);

  const std::unique_ptr<object::ObjectStore> objects_;
  object::ContentStore content_;
  BlobStore store_;
  MultipartUploads uploads_;
  BlobKeeper keeper_;
};

}  // namespace lake::blobs
