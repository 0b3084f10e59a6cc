#include "lake/blobs/blobs.hpp"

namespace lake::blobs {

Blobs::Blobs(Surroundings around, std::unique_ptr<object::ObjectStore> objects, std::string data_directory,
             BlobOptions options, KeeperOptions keeper)
    : objects_(std::move(objects)),
      content_(*objects_, around.files, around.metrics, std::move(data_directory)),
      store_(around.sessions, content_, around.clock, around.metrics, options),
      uploads_(store_, around.clock, around.random),
      keeper_(store_, uploads_, around.jobs, around.clock, around.metrics, keeper, around.log) {}

Result<std::unique_ptr<Blobs>> Blobs::open(Surroundings around, const std::string& data_directory,
                                           BlobOptions options, KeeperOptions keeper) {
  LAKE_TRY(auto objects, object::LocalObjectStore::open(around.files, around.random,
                                                        os::join_path(data_directory, "blobs")));
  LAKE_TRY(auto canonical, around.files.canonical(data_directory));
  return std::unique_ptr<Blobs>(new Blobs(around, std::move(objects), std::move(canonical), options, keeper));
}

}  // namespace lake::blobs
