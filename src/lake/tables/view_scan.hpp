#pragma once

#include <string>
#include <vector>

#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake_table.hpp"
#include "lake/tables/table_view.hpp"

namespace lake::tables {

/// Names of the leading columns that plan_view_scan adds; `$` keeps them apart from what people name columns.
inline constexpr const char* kVersionColumn = "lake$version";  // version that wrote the row last
inline constexpr const char* kIdentityColumn = "lake$row_id";
inline constexpr const char* kAddressColumn = "lake$address";  // RowAddress value

/// Plans a scan over any view of a table: the three columns above, then the columns of the view's own
/// definition (the entry's may be another by now), for a table function's bind_operator. `names` receives the
/// column names. All column bindings carry `bind_index`. Lifetime: `table` must stay a catalog entry of the
/// running transaction.
duckdb::unique_ptr<duckdb::LogicalOperator> plan_view_scan(duckdb::ClientContext& context,
                                                           duckdb::Binder& binder, duckdb::idx_t bind_index,
                                                           LakeTable& table, TableViewPtr view,
                                                           duckdb::vector<duckdb::string>& names);

}  // namespace lake::tables
