#pragma once

#include <string>
#include <string_view>

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

/// The archive of a made-up week, written by sample_takeout.py when this program was built: small, and the
/// same each time.
std::string_view sample_takeout();
/// Writes that archive to `<data_directory>/sample/`, where it has to stay as every imported archive has, and
/// imports it into the schema `takeout`. Errors: those of files and of the import.
Status import_sample_takeout(query::Sessions& sessions, blobs::BlobStore& blobs, os::FileSystem& files,
                             os::Clock& clock, telemetry::Metrics& metrics,
                             const std::string& data_directory);

}  // namespace lake::server
