#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lake/blobs/blob_store.hpp"
#include "lake/os/random.hpp"

namespace lake::blobs {

/// What export_blobs() wrote.
struct BlobExport {
  std::uint64_t contents = 0;
  std::uint64_t bytes = 0;
  std::vector<Error> failures;  // content that cannot be read; the rest is written all the same
};

/// Writes the bytes of every blob that `session` sees to `<directory>/blobs/ab/cd/<hash>`, each content once
/// and compared. `go_on` is told the bytes written; its error ends it. Errors: kIo and the like of the
/// directory; those of Session.
Result<BlobExport> export_blobs(query::Session& session, BlobStore& blobs, os::FileSystem& files,
                                os::Random& random, const std::string& directory,
                                const std::function<Status(std::uint64_t)>& go_on);

}  // namespace lake::blobs
