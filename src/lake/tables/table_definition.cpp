#include "lake/tables/table_definition.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include "duckdb/parser/constraints/foreign_key_constraint.hpp"
#include "duckdb/parser/constraints/unique_constraint.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/field_types.hpp"
#include "lake/tables/lake_schema.hpp"
#include "lake/tables/view_scan.hpp"

namespace lake::tables {
namespace {

Error unsupported(const std::string& sentence) { return Error(ErrorCode::kUnsupported, sentence); }

Status add_constraint(const duckdb::Constraint& constraint, const duckdb::CreateTableInfo& info,
                      catalog::Table& table, catalog::Schema& schema) {
  switch (constraint.type) {
    case duckdb::ConstraintType::NOT_NULL: {
      const auto column = constraint.Cast<duckdb::NotNullConstraint>().index;
      schema.fields[column.index].not_null = true;
      return ok();
    }
    case duckdb::ConstraintType::CHECK:
      table.checks.push_back(check_text(*constraint.Cast<duckdb::CheckConstraint>().expression, info.table));
      return ok();
    case duckdb::ConstraintType::UNIQUE:
      return unsupported(
          constraint.Cast<duckdb::UniqueConstraint>().IsPrimaryKey()
              ? "lake tables have no PRIMARY KEY; MERGE INTO keeps rows unique by a key: table " + info.table
              : "lake tables have no UNIQUE; MERGE INTO keeps rows unique by a key: table " + info.table);
    case duckdb::ConstraintType::FOREIGN_KEY:
      return unsupported("lake tables have no FOREIGN KEY: table " + info.table);
    default:
      return unsupported("lake tables do not have this constraint: " + constraint.ToString());
  }
}

Status set_layout(const duckdb::CreateTableInfo& info, catalog::Table& table) {
  LAKE_TRY(auto partition, partition_fields_of(info.partition_keys, *table.schema, {}));
  table.specs.push_back(catalog::PartitionSpec{0, std::move(partition)});
  table.orders.push_back(catalog::SortOrder{});
  if (info.sort_keys.empty()) return ok();
  catalog::SortOrder order;
  order.order_id = 1;
  for (const auto& term : info.sort_keys) {
    LAKE_TRY(auto field, sort_field_of(*term, *table.schema));
    order.fields.push_back(field);
  }
  table.orders.push_back(std::move(order));
  table.order_id = 1;
  return ok();
}

}  // namespace

Status check_column_name(const std::string& name) {
  constexpr std::string_view kTaken[] = {"_row_id", "_last_updated_sequence_number", kIdentityColumn,
                                         kVersionColumn, kAddressColumn};
  if (std::find(std::begin(kTaken), std::end(kTaken), catalog::lower_ascii(name)) == std::end(kTaken))
    return ok();
  return unsupported("this column name is taken by the lake: " + name);
}

void each_column_reference(duckdb::ParsedExpression& expression,
                           const std::function<void(duckdb::ColumnRefExpression&)>& visit) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::COLUMN_REF) {
    visit(expression.Cast<duckdb::ColumnRefExpression>());
  }
  duckdb::ParsedExpressionIterator::EnumerateChildren(
      expression,
      [&](duckdb::unique_ptr<duckdb::ParsedExpression>& child) { each_column_reference(*child, visit); });
}

std::string check_text(const duckdb::ParsedExpression& check, const std::string& table) {
  const auto copy = check.Copy();
  each_column_reference(*copy, [&table](duckdb::ColumnRefExpression& reference) {
    // The engine takes the first name for the table only when it is written like it.
    auto& names = reference.column_names;
    if (names.size() > 1 && names.front() == table) names.erase(names.begin());
  });
  return copy->ToString();
}

Result<catalog::Field> field_of_column(const duckdb::ColumnDefinition& column, catalog::FieldId& next_id) {
  if (column.Generated())
    return unsupported("lake tables have no GENERATED columns: column " + column.Name());
  LAKE_CHECK_OK(check_column_name(column.Name()));
  LAKE_TRY(auto field, field_of(column.Name(), column.Type(), next_id));
  if (column.HasDefaultValue()) field.default_sql = column.DefaultValue().ToString();
  if (!column.Comment().IsNull()) field.comment = column.Comment().ToString();
  return field;
}

Result<catalog::Table> table_of(const duckdb::CreateTableInfo& info, catalog::Catalog::NewTable names) {
  catalog::Table table;
  table.table_id = names.table_id;
  table.uuid = std::move(names.uuid);
  table.location = std::move(names.location);
  table.schema_name = info.schema;
  table.name = info.table;
  auto schema = std::make_shared<catalog::Schema>();
  for (const auto& column : info.columns.Logical()) {
    LAKE_TRY(auto field, field_of_column(column, table.next_field_id));
    schema->fields.push_back(std::move(field));
  }
  for (const auto& constraint : info.constraints)
    LAKE_CHECK_OK(add_constraint(*constraint, info, table, *schema));
  table.schema = schema;
  auto schemas = std::make_shared<std::map<std::int32_t, std::shared_ptr<const catalog::Schema>>>();
  schemas->emplace(schema->schema_id, schema);
  table.schemas = std::move(schemas);
  LAKE_CHECK_OK(set_layout(info, table));
  if (!info.comment.IsNull()) table.comment = info.comment.ToString();
  table.files = std::make_shared<catalog::FileList>();
  table.deletes = std::make_shared<std::map<catalog::FileId, catalog::BitmapPtr>>();
  return table;
}

Result<duckdb::unique_ptr<duckdb::ParsedExpression>> expression_of(const std::string& sql) {
  duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>> parsed;
  const Status status = engine::guarded([&] { parsed = duckdb::Parser::ParseExpressionList(sql); });
  if (!status || parsed.size() != 1) {
    return Error(ErrorCode::kCorruption, "the catalog holds an expression that cannot be read: " + sql);
  }
  return std::move(parsed[0]);
}

Result<duckdb::unique_ptr<duckdb::CreateTableInfo>> create_info_of(const catalog::Table& table,
                                                                   LakeSchema& schema) {
  auto info = duckdb::make_uniq<duckdb::CreateTableInfo>(schema, table.name);
  for (std::size_t i = 0; i < table.schema->fields.size(); ++i) {
    const catalog::Field& field = table.schema->fields[i];
    LAKE_TRY(auto type, type_of(field));
    duckdb::ColumnDefinition column(field.name, std::move(type));
    if (field.default_sql) {
      LAKE_TRY(auto expression, expression_of(*field.default_sql));
      column.SetDefaultValue(std::move(expression));
    }
    if (field.comment) column.SetComment(duckdb::Value(*field.comment));
    info->columns.AddColumn(std::move(column));
    if (field.not_null)
      info->constraints.push_back(duckdb::make_uniq<duckdb::NotNullConstraint>(duckdb::LogicalIndex(i)));
  }
  for (const std::string& check : table.checks) {
    LAKE_TRY(auto expression, expression_of(check));
    info->constraints.push_back(duckdb::make_uniq<duckdb::CheckConstraint>(std::move(expression)));
  }
  if (table.comment) info->comment = duckdb::Value(*table.comment);
  return info;
}

catalog::TablePtr definition_of(const catalog::Table& table) {
  auto result = std::make_shared<catalog::Table>(table);
  result->files = std::make_shared<catalog::FileList>();
  result->segments.clear();
  result->deletes = std::make_shared<std::map<catalog::FileId, catalog::BitmapPtr>>();
  return result;
}

namespace {

/// The version an AT clause names, as it is now.
catalog::SnapshotPtr version_at(Lake& lake, const duckdb::BoundAtClause& clause) {
  const duckdb::Value& value = clause.GetValue();
  const std::string unit = catalog::lower_ascii(clause.Unit());
  if (value.IsNull()) {
    engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument, "AT wants a version or a time, not NULL"));
  }
  if (unit == "version") {
    if (value.type().id() == duckdb::LogicalTypeId::VARCHAR) {
      return engine::value_or_throw(lake.catalog.at_tag(duckdb::StringValue::Get(value)));
    }
    duckdb::Value whole;
    duckdb::string why;  // without a place for it the cast would throw
    if (!value.type().IsIntegral() || !value.DefaultTryCastAs(duckdb::LogicalType::UBIGINT, whole, &why)) {
      engine::throw_as_duckdb(
          Error(ErrorCode::kInvalidArgument,
                "a version is a whole number from 0 on, or the 'name' of a tag, not " + value.ToString()));
    }
    const auto version = whole.GetValue<std::uint64_t>();
    return engine::value_or_throw(lake.catalog.at_version(version));
  }
  if (unit == "timestamp") {
    if (value.type().id() == duckdb::LogicalTypeId::TIMESTAMP_TZ) {
      return engine::value_or_throw(lake.catalog.at_time(duckdb::TimestampTZValue::Get(value).value));
    }
    const bool is_text = value.type().id() == duckdb::LogicalTypeId::VARCHAR;
    const auto type = is_text ? duckdb::LogicalType::TIMESTAMP_TZ : duckdb::LogicalType::TIMESTAMP;
    const duckdb::Value time = value.DefaultCastAs(type);
    return engine::value_or_throw(lake.catalog.at_time(time.GetValueUnsafe<duckdb::timestamp_t>().value));
  }
  engine::throw_as_duckdb(
      Error(ErrorCode::kUnsupported,
            "AT takes VERSION => number or 'tag', or TIMESTAMP => time, not " + clause.Unit()));
}

struct HeldSnapshot {
  catalog::SnapshotPtr snapshot;
  std::unique_ptr<catalog::Catalog::Pin> pin;
};

}  // namespace

catalog::SnapshotPtr snapshot_at(Lake& lake, const duckdb::BoundAtClause& clause) {
  auto held = std::make_shared<HeldSnapshot>();
  held->snapshot = version_at(lake, clause);
  // Fails when the version expired since: nothing that was loaded before the pin is trusted without it.
  held->pin = engine::value_or_throw(lake.catalog.pin(held->snapshot->commit_id));
  const catalog::Snapshot* const snapshot = held->snapshot.get();
  return {std::move(held), snapshot};
}

}  // namespace lake::tables
