#pragma once

#include <vector>

#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/scan_source.hpp"
#include "lake/tables/table_view.hpp"

namespace lake::tables {

/// The scan of one table view: Parquet files, runs of inline segments and own rows through one multi-file
/// scan, with deletes, pruning and schema evolution by field id.
///
/// Promises: sees exactly `view`, whatever commits meanwhile; row ids are RowAddress values; pruning never
/// changes a result. Virtual columns: rowid, filename, file_row_number, file_index, _row_id,
/// _last_updated_sequence_number. Errors: engine exceptions carrying kCorruption or kIo that name table and
/// file, for a file damaged or missing. Lifetime: `table` outlives the function (the transaction keeps its
/// entries); the function holds `view`. `bind_data` receives what the returned function needs.
duckdb::TableFunction lake_scan_function(duckdb::ClientContext& context, duckdb::TableCatalogEntry& table,
                                         TableViewPtr view,
                                         duckdb::unique_ptr<duckdb::FunctionData>& bind_data);

/// The same without an entry, for a scan that no plan names; `table` may be null.
duckdb::TableFunction lake_scan_function(duckdb::ClientContext& context, Lake& lake,
                                         duckdb::optional_ptr<duckdb::TableCatalogEntry> table,
                                         TableViewPtr view,
                                         duckdb::unique_ptr<duckdb::FunctionData>& bind_data);

/// The same, not yet bound: a table function of one argument that is ignored, for a scan without a catalog
/// entry.
duckdb::TableFunction unbound_scan_function(duckdb::ClientContext& context, ScanSettings settings,
                                            duckdb::optional_ptr<duckdb::TableCatalogEntry> table,
                                            TableViewPtr view);

/// The columns of a schema as the multi-file reader matches them: by field id, with the values of rows older
/// than a column.
std::vector<duckdb::MultiFileColumnDefinition> columns_of(const catalog::Schema& schema);

/// Virtual columns of every lake table, for TableCatalogEntry::GetVirtualColumns.
duckdb::virtual_column_map_t lake_virtual_columns();
/// Ids of the hidden virtual columns; stable within a build.
inline constexpr duckdb::column_t kRowIdColumn = duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILENAME + 100;
inline constexpr duckdb::column_t kLastUpdatedSequenceColumn =
    duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILENAME + 101;

}  // namespace lake::tables
