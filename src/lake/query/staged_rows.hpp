#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "lake/codec/column_batch.hpp"
#include "lake/query/session.hpp"

namespace duckdb {
class ClientContext;
class DatabaseInstance;
}  // namespace duckdb

namespace lake::query {

/// Registers the table function lake_staged(name), which reads what stage_rows() gave the connection.
void register_staged_rows(duckdb::DatabaseInstance& database);

/// Lets statements of the connection read rows under `name`, in place of what it had there. Throws engine
/// exceptions. Lifetime: Session::stage().
void stage_rows(duckdb::ClientContext& context, const std::string& name, const StagedRows& rows);
/// Harmless when there is nothing.
void unstage_rows(duckdb::ClientContext& context, const std::string& name);

}  // namespace lake::query
