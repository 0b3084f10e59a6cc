#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/catalog/catalog.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake.hpp"

namespace lake::tables {

class LakeSchema;

/// What CREATE TABLE asked for, as the catalog keeps it.
/// Errors: kUnsupported for what lake tables do not have (PRIMARY KEY, UNIQUE, FOREIGN KEY, GENERATED, types
/// that cannot be stored), kInvalidArgument for partition or sort terms that fit no column.
Result<catalog::Table> table_of(const duckdb::CreateTableInfo& info, catalog::Catalog::NewTable names);

/// The other way: what the binder needs to know of a table. Errors: kCorruption.
Result<duckdb::unique_ptr<duckdb::CreateTableInfo>> create_info_of(const catalog::Table& table,
                                                                   LakeSchema& schema);

/// The table without its data: small, and fit to be kept as long as the definition lasts.
catalog::TablePtr definition_of(const catalog::Table& table);

/// Errors: kUnsupported for names that the lake keeps for itself.
Status check_column_name(const std::string& name);

/// Calls `visit` for each column that an expression names.
void each_column_reference(duckdb::ParsedExpression& expression,
                           const std::function<void(duckdb::ColumnRefExpression&)>& visit);

/// A CHECK as the catalog keeps it: columns are named without their table, which may get another name.
std::string check_text(const duckdb::ParsedExpression& check, const std::string& table);

/// A field made of a column, with default, NOT NULL left false. Errors: kUnsupported.
Result<catalog::Field> field_of_column(const duckdb::ColumnDefinition& column, catalog::FieldId& next_id);

/// One expression from its SQL text. Errors: kCorruption.
Result<duckdb::unique_ptr<duckdb::ParsedExpression>> expression_of(const std::string& sql);

/// PARTITIONED BY terms: column, identity(column), bucket(n, column), truncate(w, column),
/// year|month|day|hour(column). Fields already in `before` keep their ids. Errors: kInvalidArgument.
Result<std::vector<catalog::PartitionField>> partition_fields_of(
    const duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>& terms, const catalog::Schema& schema,
    const std::vector<catalog::PartitionSpec>& before);

/// One SORTED BY term: a column, with its direction if it is a SortTerm. Errors: kInvalidArgument.
Result<catalog::SortField> sort_field_of(const duckdb::ParsedExpression& term, const catalog::Schema& schema);

/// Adds the current PARTITIONED BY and SORTED BY to a CREATE TABLE. Errors: kCorruption.
Status add_layout_terms(const catalog::Table& table, duckdb::CreateTableInfo& info);

/// The version an AT clause names: VERSION => number or tag, TIMESTAMP => time (UTC unless it says
/// otherwise). It cannot expire as long as the snapshot is held. Throws engine exceptions: kNotFound,
/// kInvalidArgument (expired, not a version).
catalog::SnapshotPtr snapshot_at(Lake& lake, const duckdb::BoundAtClause& clause);

}  // namespace lake::tables
