#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/query/session.hpp"

namespace lake::blobs {
class BlobStore;
}
namespace lake::os {
class Clock;
class FileSystem;
}  // namespace lake::os
namespace lake::telemetry {
class Metrics;
}

namespace lake::server {

/// Fills an empty lake with generated data to try things on: places, sensors, their readings, prices, orders,
/// and views over them; the same data each time. One transaction: all of it or nothing. Errors: those of
/// running SQL.
Status make_sample(query::Sessions& sessions);

struct SampleArchive {
  std::string_view name;
  std::string_view content;
};
/// Exports that sample_takeout.py wrote when this program was built: a little of every product, as the
/// generator of exports makes it, and a made-up week. Small, and the same each time.
std::vector<SampleArchive> sample_takeouts();
/// Writes these archives to `<data_directory>/sample/`, where they have to stay as every imported archive
/// has, and imports one after the other into the schema `takeout`. Errors: those of files and of the import.
Status import_sample_takeout(query::Sessions& sessions, blobs::BlobStore& blobs, os::FileSystem& files,
                             os::Clock& clock, telemetry::Metrics& metrics,
                             const std::string& data_directory);

}  // namespace lake::server
