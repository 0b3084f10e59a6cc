#pragma once

#include <memory>
#include <vector>

#include "lake/tables/scan_source.hpp"

namespace lake::tables {

/// Which of a scan's committed files may hold a row that passes filters: 1 = may, by the file's place in the
/// list.
using FileMarks = std::vector<std::uint8_t>;

/// Judges by statistics, bucket partitions and row addresses; a file is left out only when none of its rows
/// can pass, whatever NULL, NaN, rounding of bounds and older schemas do. `column_ids` gives the column of
/// each filter. Null = no filter says anything. Threads: any.
std::unique_ptr<FileMarks> files_that_may_pass(const ScanSource& source,
                                               const duckdb::vector<duckdb::column_t>& column_ids,
                                               const duckdb::TableFilterSet& filters);

/// The same for conditions the planner has not yet turned into filters: comparisons, IN, IS NULL and their
/// AND and OR over columns of the table `table_index` and constants; others are passed over.
std::unique_ptr<FileMarks> files_that_may_pass(
    duckdb::ClientContext& context, const ScanSource& source, const duckdb::MultiFilePushdownInfo& info,
    const duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& conditions);

/// Bounds of a whole column for the optimizer; null where files or rows in memory leave them open.
duckdb::unique_ptr<duckdb::BaseStatistics> column_statistics(const ScanSource& source,
                                                             duckdb::column_t column);

}  // namespace lake::tables
