#pragma once

#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// Has `blobs` be a view without rows in a lake where nobody has put a blob or made a table of that name, so
/// that the metadata of blobs can be asked for at any time. Writes nothing, and the catalog does not list it.
void register_empty_blobs(duckdb::DBConfig& config);

}  // namespace lake::tables
