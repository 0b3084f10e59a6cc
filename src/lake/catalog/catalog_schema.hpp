#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/catalog/sqlite_connection.hpp"

namespace lake::catalog {

/// Version of the catalog's tables that this program writes.
inline constexpr std::int64_t kCatalogVersion = 2;
/// PRAGMA application_id of every lake catalog: "DPLK".
inline constexpr std::int64_t kApplicationId = 0x44504c4b;

/// SQL that turns the tables of version `from` into those of `from` + 1.
struct Migration {
  std::int64_t from = 0;
  std::string_view sql;
};

/// Makes the tables of a new catalog, checks those of an old one, or migrates older ones: first the database
/// file is copied to `<path>.v<version>`, then all steps run in one transaction. `micros`: wall time, the
/// time of version 0. Errors: kCorruption (not a lake catalog), kUnsupported (newer version, or no step from
/// that one), kIo.
Status prepare_schema(SqliteConnection& connection, std::string_view lake_id, std::int64_t micros,
                      std::span<const Migration> migrations, std::int64_t target);

/// The steps this program knows.
std::span<const Migration> known_migrations();

}  // namespace lake::catalog
