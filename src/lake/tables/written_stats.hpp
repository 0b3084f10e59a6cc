#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// One leaf column of a data file: its path as the Parquet writer names it, and what its statistics are
/// statistics of.
struct WrittenColumn {
  catalog::FieldId field_id = 0;
  duckdb::LogicalType type;    // as in SQL
  duckdb::LogicalType stored;  // as in the file
  bool top_level = false;
};

/// The leaf columns of a file by lower-case quoted path ("a"."element").
using WrittenColumns = std::map<std::string, WrittenColumn>;

/// Leaves of a column with this field (in storage form, see storage_field) and these types, added to
/// `columns`.
void add_written_columns(const catalog::Field& field, const duckdb::LogicalType& type,
                         WrittenColumns& columns);

/// The writer's statistics of one file as the catalog keeps them: Iceberg bounds, long texts cut, the upper
/// bound rounded up. `nan_free`: field ids of top-level FLOAT and DOUBLE columns known to hold no NaN; others
/// may hold some.
std::vector<catalog::ColumnStats> stats_of(const duckdb::CopyFunctionFileStatistics& written,
                                           const WrittenColumns& columns,
                                           const std::vector<catalog::FieldId>& nan_free);

/// Iceberg's single-value serialisation of a value that is not NULL, of the type Iceberg would give this SQL
/// type (wide unsigned types grow, HUGEINT and the like are their stored bytes); nullopt for types without
/// one, and for NaN. Iceberg table specification, Appendix D.
std::optional<std::string> single_value(const duckdb::Value& value);

/// Bounds that hold for one value of any SQL type, as stats_of gives them for a column whose least or
/// greatest value it is: storage form, long texts cut, the upper bound rounded up. nullopt when the type has
/// no bounds, for NULL and for NaN.
std::optional<std::string> lower_bound_of(const duckdb::Value& value);
std::optional<std::string> upper_bound_of(const duckdb::Value& value);

}  // namespace lake::tables
