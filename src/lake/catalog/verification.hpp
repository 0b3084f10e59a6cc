#pragma once

#include <vector>

#include "lake/base/result.hpp"
#include "lake/catalog/catalog.hpp"
#include "lake/catalog/sqlite_connection.hpp"

namespace lake::catalog {

/// Reads the whole catalog and says everything that breaks its own rules: SQLite's integrity check, dangling
/// references, checksums of all blobs, positions without gaps, row counts, commit order, and rows against
/// `head`. Errors: kIo when the catalog cannot be read at all; damage is a Problem.
Result<std::vector<Problem>> find_problems(SqliteConnection& connection, const Snapshot& head);

}  // namespace lake::catalog
