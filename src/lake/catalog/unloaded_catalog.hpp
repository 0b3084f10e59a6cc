#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lake/catalog/catalog.hpp"
#include "lake/telemetry/log.hpp"

namespace lake::catalog {

/// The two halves of Catalog::open(), for a caller who has other work while the rows are read.
struct UnloadedCatalog {
  /// Until `load` has returned OK nothing but close() may be called.
  std::unique_ptr<Catalog> catalog;
  /// Reads the newest version; called once, from any thread, while `catalog` lives. Errors: those of open().
  std::function<Status()> load;
};

/// Arguments as for open_catalog(), and the bytes kept on the disk for commits that free space
/// (room_reserve.hpp; 0 = none). `log`, which may be null, outlives the catalog. Touches no file.
UnloadedCatalog unloaded_catalog(os::FileSystem& files, os::Clock& clock, os::Random& random,
                                 telemetry::Metrics& metrics, const std::string& directory,
                                 const CatalogOptions& options, std::uint64_t statistics_bytes_max,
                                 std::uint64_t reserve_bytes = 0, telemetry::Log* log = nullptr);

}  // namespace lake::catalog
