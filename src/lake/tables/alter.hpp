#pragma once

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake_transaction.hpp"

namespace lake::tables {

/// ALTER TABLE and COMMENT ON a table or column: records the change of the definition in the transaction.
/// Files are never rewritten: readers match columns by field id. Errors (engine exceptions): kUnsupported for
/// what lake tables do not have and for types that only narrow, kNotFound and kAlreadyExists for columns,
/// kInvalidArgument for SET NOT NULL on a column with NULL and for dropping a column in use.
void alter_table(duckdb::ClientContext& context, LakeTransaction& transaction, const catalog::Table& table,
                 duckdb::AlterInfo& info);

}  // namespace lake::tables
