#pragma once

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"

/// How values lie in a Parquet file where the engine's writer cannot hold their type exactly
/// (docs/formats/data_directory.md, "types"). Nested types are mapped in all their parts. Inline segments
/// keep every type as it is.
///
/// HUGEINT, UHUGEINT -> BLOB of 16 bytes, big-endian, so that byte order is number order; BIT, BIGNUM -> BLOB
/// of the engine's bytes (byte order is value order); INTERVAL -> BLOB of 16 bytes (months, days,
/// microseconds, big-endian, sign bits flipped); TIMETZ -> BIGINT of the engine's bits; TIMESTAMP_S,
/// TIMESTAMP_MS -> TIMESTAMP; UNION -> STRUCT with a first member "tag"; ARRAY -> LIST. Everything else
/// stays. ENUM stays for the writer and comes back from a reader as VARCHAR. Threads: pure functions.
namespace lake::tables {

/// The type of a column of this type in a Parquet file.
duckdb::LogicalType storage_type(const duckdb::LogicalType& type);

/// The type with ARRAY as LIST and UNION as STRUCT, and leaves as they are: the shape in which parts can be
/// matched by field id. to_storage and from_storage convert to and from it as well.
duckdb::LogicalType nested_form(const duckdb::LogicalType& type);

/// The field as it lies in a Parquet file: a UNION is a STRUCT whose first member, the tag, has the field id
/// union_tag_field(id); an ARRAY is a LIST. Leaf types as SQL text of the storage type are not filled in for
/// leaves (use storage_type).
catalog::Field storage_field(const catalog::Field& field);

/// Field id of a union's tag: outside what tables give out, below Iceberg's reserved ids.
constexpr catalog::FieldId union_tag_field(catalog::FieldId union_field) { return 2000000000 + union_field; }

/// Values of `source` in storage form. `stored` has type storage_type(source.GetType()) or
/// nested_form(source.GetType()); when the types are equal it refers to `source`. Throws engine exceptions
/// for a TIMESTAMP_S or TIMESTAMP_MS outside the range of TIMESTAMP.
void to_storage(duckdb::Vector& source, duckdb::Vector& stored, duckdb::idx_t count);

/// The way back: `result` has the type that `stored` was made from. Throws an engine exception with
/// kCorruption for bytes that to_storage cannot have written.
void from_storage(duckdb::Vector& stored, duckdb::Vector& result, duckdb::idx_t count);

/// One value back, for bounds. `stored` has the storage type of `type`.
duckdb::Value value_from_storage(const duckdb::Value& stored, const duckdb::LogicalType& type);

}  // namespace lake::tables
