#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lake/catalog/catalog.hpp"

namespace lake::catalog {

/// Catalog::open() with a bound for the statistics of files in memory, in all snapshots together
/// (statistics_room.hpp); 0 = no bound.
Result<std::unique_ptr<Catalog>> open_catalog(os::FileSystem& files, os::Clock& clock, os::Random& random,
                                              telemetry::Metrics& metrics, const std::string& directory,
                                              const CatalogOptions& options,
                                              std::uint64_t statistics_bytes_max);

}  // namespace lake::catalog
