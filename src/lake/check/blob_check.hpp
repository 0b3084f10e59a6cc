#pragma once

#include "lake/blobs/blob_store.hpp"
#include "lake/check/lake_check.hpp"

namespace lake::check {

/// Reads all blobs and adds what is wrong to `report`: content that is gone or is not what was written,
/// blobs of which nothing is known, files that no blob needs (a note). Changes nothing. Errors: only what
/// keeps it from looking at all.
Status check_blobs(blobs::BlobStore& blobs, Report& report);

}  // namespace lake::check
