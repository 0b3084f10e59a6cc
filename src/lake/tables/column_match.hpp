#pragma once

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// The table's columns as they should be looked for in rows written with an older schema. Parts of lists and
/// maps are named only where they differ from what was written, so that the engine reads an unchanged list or
/// map as it is.
duckdb::vector<duckdb::MultiFileColumnDefinition> columns_to_match(
    const catalog::Schema& table, const catalog::Schema& written,
    const duckdb::vector<duckdb::MultiFileColumnDefinition>& columns);

/// Drops those parts of an input's own columns that `wanted` does not name.
void drop_unnamed_parts(const duckdb::vector<duckdb::MultiFileColumnDefinition>& wanted,
                        duckdb::vector<duckdb::MultiFileColumnDefinition>& found);

/// True when two definitions of a field are the same in all that matters to its values: ids, types, names of
/// parts.
bool is_same_field(const catalog::Field& left, const catalog::Field& right);

/// The input's column with this field id, or null.
const duckdb::MultiFileColumnDefinition* find_column(
    const duckdb::vector<duckdb::MultiFileColumnDefinition>& columns, catalog::FieldId id);

/// True when a filter on `wanted` may be applied to `found` as it stands: same type, same parts in the same
/// places.
bool is_same_column(const duckdb::MultiFileColumnDefinition& wanted,
                    const duckdb::MultiFileColumnDefinition& found);

}  // namespace lake::tables
