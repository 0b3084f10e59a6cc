#pragma once

#include <memory>
#include <string>

#include "lake/object/object_store.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"

namespace lake::object {

/// Objects as files below one directory, each under its own name. An object is written to a file in
/// `<directory>/.partial`, synced, renamed to its name, and the directory synced. Lifetime: `files` and
/// `random` outlive it.
class LocalObjectStore final : public ObjectStore {
 public:
  /// Makes the directory and removes what a crash left half written. One process at a time.
  static Result<std::unique_ptr<LocalObjectStore>> open(os::FileSystem& files, os::Random& random,
                                                        const std::string& directory);
  Result<std::unique_ptr<ObjectWriter>> create() override;
  Result<std::unique_ptr<ObjectReader>> open(const std::string& name) override;
  Result<ObjectInfo> head(const std::string& name) override;
  Status remove(const std::string& name) override;
  Status list(const std::string& prefix, const std::function<Status(const ObjectInfo&)>& each) override;

 private:
  LocalObjectStore(os::FileSystem& files, os::Random& random, std::string directory);
  Result<std::string> path_of(const std::string& name) const;
  Status list_below(const std::string& prefix, const std::function<Status(const ObjectInfo&)>& each);

  os::FileSystem& files_;
  os::Random& random_;
  const std::string directory_;
  const std::string partial_;
};

}  // namespace lake::object
