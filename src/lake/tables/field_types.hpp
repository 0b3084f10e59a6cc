#pragma once

#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"

/// Columns of the catalog and types of DuckDB, in both directions.
///
/// A leaf's `type` is DuckDB's SQL text. Nested types carry one child for each part, so that every part has a
/// field id: "STRUCT" (its members), "LIST" and "ARRAY(n)" ("element"), "MAP" ("key", "value"), "UNION" (its
/// members; the tag is not a field). VARIANT and GEOMETRY are leaves.
namespace lake::tables {

/// The type a field has in SQL. Errors: kCorruption for text the catalog cannot have got from field_of().
Result<duckdb::LogicalType> type_of(const catalog::Field& field);

/// A field of this type with fresh ids taken from `next_id` (the part's own first, then its children in
/// order). Errors: kUnsupported for a type the lake cannot store, named in the message with the column.
Result<catalog::Field> field_of(const std::string& name, const duckdb::LogicalType& type,
                                catalog::FieldId& next_id);

/// Names and types of a table's columns in order.
Result<duckdb::vector<duckdb::LogicalType>> types_of(const catalog::Schema& schema);
duckdb::vector<std::string> names_of(const catalog::Schema& schema);

/// The type of a column as a table keeps it: the same without alias, so that it survives the dropping of a
/// named type. Errors: kUnsupported.
Result<duckdb::LogicalType> stored_type(const duckdb::LogicalType& type);

}  // namespace lake::tables
