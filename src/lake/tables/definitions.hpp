#pragma once

#include <string>

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake_schema.hpp"
#include "lake/tables/lake_transaction.hpp"

/// Views, macros and named types: kept in the catalog as SQL text, made into entries when looked up.
/// Throws engine exceptions, as everywhere in DuckDB's stack.
namespace lake::tables {

/// The entry of an object, kept by the transaction. kCorruption for text that is not what create_*() wrote.
duckdb::CatalogEntry& object_entry(LakeTransaction& transaction, LakeSchema& schema,
                                   const catalog::ObjectPtr& object);

duckdb::optional_ptr<duckdb::CatalogEntry> create_view(LakeTransaction& transaction, LakeSchema& schema,
                                                       duckdb::CreateViewInfo& info);
/// Macros of either kind; kUnsupported for typed parameters.
duckdb::optional_ptr<duckdb::CatalogEntry> create_macro(LakeTransaction& transaction, LakeSchema& schema,
                                                        duckdb::CreateFunctionInfo& info);
/// Types that stand for one leaf type, ENUM first of all; kUnsupported for nested ones.
duckdb::optional_ptr<duckdb::CatalogEntry> create_type(LakeTransaction& transaction, LakeSchema& schema,
                                                       duckdb::CreateTypeInfo& info);

/// RENAME and COMMENT ON of a view, COMMENT ON of a macro or type.
void alter_object(LakeTransaction& transaction, const catalog::Object& object, duckdb::AlterInfo& info);

/// A comment as the catalog keeps it; SQL NULL is none.
std::optional<std::string> comment_of(const duckdb::Value& value);

}  // namespace lake::tables
