#pragma once

#include "lake/tables/lake.hpp"

namespace lake::tables {

/// Registers lake_changes('schema.table', from [, to]): each row that a version in (from, to] inserted,
/// updated or deleted, as (version, change_type, row_id, columns...). change_type is insert, delete,
/// update_preimage or update_postimage; the two images of an update share version and row_id, also after the
/// rows were moved by flush or compaction. Rows that came and went within one transaction do not show.
/// Columns are those of the table as the statement sees it. Errors: kInvalidArgument when a version of the
/// range has expired (the message tells the oldest kept) or from > to.
void register_change_feed(duckdb::DuckDB& database, Lake& lake);

}  // namespace lake::tables
