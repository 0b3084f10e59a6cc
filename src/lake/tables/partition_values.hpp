#pragma once

#include <optional>
#include <string>

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// A partition field's value for one value of its source column, as DataFile::partition keeps it: Iceberg's
/// single-value serialisation of the transformed value; nullopt for NULL. Time transforms count in UTC.
/// Throws a BinderException when the transform does not fit the type.
std::optional<std::string> partition_value(const duckdb::Value& value, const catalog::PartitionField& field);

/// The same for a vector: `values` is a BLOB vector.
void partition_values(duckdb::Vector& source, duckdb::idx_t count, const catalog::PartitionField& field,
                      duckdb::Vector& values);

/// Whether the transform fits the type, for CREATE and ALTER TABLE.
bool can_partition(const duckdb::LogicalType& type, catalog::Transform transform);

}  // namespace lake::tables
