#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/blobs/blob_store.hpp"
#include "lake/ingest/takeout_report.hpp"
#include "lake/ingest/takeout_selection.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/query/session.hpp"
#include "lake/telemetry/log.hpp"
#include "lake/telemetry/metrics.hpp"
#include "lake/telemetry/trace.hpp"

namespace lake::ingest {

struct TakeoutRequest {
  /// Archives, folders with archives of an export in them, unpacked folders, single files; parts in any
  /// order.
  std::vector<std::string> paths;
  bool force = false;     // read again what is known
  bool replay = false;    // and what had rejected or damaged elements, or parsers of before: no path needed
  std::string time_zone;  // IANA name of the account's zone, for parsers of times that tell none
  ProductSelection products;  // others end as `rejected_by_user`, and are read when they are asked for again
  std::uint64_t batch_rows_max = 200'000;
  /// Less where the engine's memory limit is small: all batches together are a quarter of it.
  std::size_t batch_bytes_max = 16U << 20U;
  /// That read and parse beside the one that stores; 0 = one for each CPU. At most one for each 64 MB of the
  /// engine's memory limit.
  unsigned workers_max = 0;
  blobs::BlobStore* blobs = nullptr;  // of the lake; null: what cannot be read in place is no blob
  telemetry::Log* log = nullptr;      // told when the number of workers changes
  telemetry::Tracing tracing;         // the import is a span in it, takeout.import, with its stores inside
};

/// How far an import is.
struct TakeoutProgress {
  std::string part;
  std::string entry;
  std::uint64_t bytes_done = 0;    // of content, all parts
  std::uint64_t bytes_total = 0;   // 0 = unknown: a part's directory does not tell, or it has none
  std::uint64_t rows_done = 0;     // committed
  unsigned workers = 0;            // that may begin entries now
  std::size_t queue_depth = 0;     // batches that wait to be stored
  std::uint64_t memory_bytes = 0;  // of rows read and not stored yet
  double cpu_seconds = 0;          // of the threads that read and the one that stores
  std::string scarce;              // why there are fewer workers than there could be; empty: there are not
};
inline constexpr std::chrono::milliseconds kTellInterval{250};
/// Told about every kTellInterval; false ends the import with kCancelled, and what was stored stays. Called
/// by the thread that called import_takeout().
using TakeoutWatch = std::function<bool(const TakeoutProgress&)>;

/// Imports exports of Google Takeout into the schema `takeout`.
///
/// Promise: each entry of each part ends in exactly one state in takeout.import_entry. Rows, rejects and the
/// account of a batch are one transaction: an import that was interrupted goes on where it was when it is
/// started again, and the same export again changes nothing. No name in an archive is used as a path.
/// A part given again is read for what of it was left out, damaged or not kept, and for what another version
/// of its parser read: a repaired copy completes it. What no parser takes becomes a blob in the bucket
/// `takeout`: a range of its archive, which then has to stay where it is, or, of a tgz and of what is
/// attached to mail, a copy. An entry that the blob store fails is `partial`, and goes on where it was when
/// it is imported again. Workers read and parse; one thread stores what they deliver in the order of the
/// entries, so that tables and ledger do not depend on how many there are, while the calling thread hands out
/// work and tells. Their number falls where memory or disk are scarce. Memory: two batches for each worker
/// and two more, whatever the size of the archives. One import at a time in a lake. Errors: kCancelled;
/// kInvalidArgument (no path); those of Session. A part that cannot be read is in the report and does not
/// stop the others.
Result<TakeoutReport> import_takeout(query::Session& session, os::FileSystem& files, os::Clock& clock,
                                     telemetry::Metrics& metrics, const TakeoutRequest& request,
                                     const TakeoutWatch& watch);

/// What the name of a part tells: takeout-20240425T101500Z-003.zip, takeout-20240425T101500Z-1-003.tgz.
struct ExportName {
  std::string export_id;       // up to the second '-'
  std::int64_t export_us = 0;  // 0 = the name tells no time
  std::int64_t part_number = 0;
};
ExportName parse_export_name(std::string_view file_name);

}  // namespace lake::ingest
