#pragma once

#include <cstddef>

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake_transaction.hpp"

namespace lake::tables {

/// True when any row the transaction sees has NULL in this column (its index in the table). Reads the one
/// column, on the calling thread; stops at the first NULL and when the statement is interrupted. Errors:
/// those of reading the table.
bool has_null(duckdb::ClientContext& context, LakeTransaction& transaction, catalog::TableId table,
              std::size_t column);

/// True when every value the transaction sees in this column is one of `type` too. Reads as has_null() does.
bool casts_wholly(duckdb::ClientContext& context, LakeTransaction& transaction, catalog::TableId table,
                  std::size_t column, const duckdb::LogicalType& type);

}  // namespace lake::tables
