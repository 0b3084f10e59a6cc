#pragma once

#include <optional>

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// How a column whose values must be read in another form (storage_types.hpp) is read: because they lie so in
/// a Parquet file, or because parts inside arrays and unions can be matched by field id in no other.
struct StoredColumn {
  duckdb::MultiFileColumnDefinition
      wanted;  // what the engine matches and reads: the table's parts, stored types
  duckdb::LogicalType
      read_type;  // of the values once out of storage form: the table's parts, types as written
};

/// For a column now defined as `field` and defined as `written` when the file was made; nothing when the file
/// holds the values as they are.
std::optional<StoredColumn> stored_column(const catalog::Field& field, const catalog::Field& written);
/// The same for rows in memory, which RunReader gives in nested_form then: the engine cannot map an array or
/// union in a nested type to one whose names or other parts differ, and an ENUM lies in memory as text.
std::optional<StoredColumn> reshaped_column(const catalog::Field& field, const catalog::Field& written);

/// An expression of the type StoredColumn::wanted as one of the table's type.
duckdb::unique_ptr<duckdb::Expression> from_stored(duckdb::ClientContext& context,
                                                   duckdb::unique_ptr<duckdb::Expression> stored,
                                                   const duckdb::LogicalType& read_type,
                                                   const duckdb::LogicalType& type);

}  // namespace lake::tables
