#include "lake/tables/alter.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "duckdb/execution/expression_executor.hpp"
#include "duckdb/planner/expression_binder/constant_binder.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/definition_overlay.hpp"
#include "lake/tables/definitions.hpp"
#include "lake/tables/field_types.hpp"
#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/row_check.hpp"
#include "lake/tables/table_definition.hpp"
#include "lake/tables/type_widening.hpp"

namespace lake::tables {
namespace {

using catalog::Field;
using catalog::lower_ascii;
using engine::throw_as_duckdb;

[[noreturn]] void refuse(ErrorCode code, const std::string& sentence) {
  throw_as_duckdb(Error(code, sentence));
}

bool same_name(const std::string& left, const std::string& right) {
  return lower_ascii(left) == lower_ascii(right);
}

/// One ALTER TABLE in the making: a copy of the definition and of its current columns.
class Alteration {
 public:
  Alteration(LakeTransaction& transaction, const catalog::Table& before)
      : transaction_(transaction), table_(before), columns_(*before.schema) {}

  catalog::Table& table() { return table_; }
  std::vector<Field>& fields() { return columns_.fields; }

  Field* find(std::vector<Field>& among, const std::string& name) {
    const auto found = std::find_if(among.begin(), among.end(),
                                    [&](const Field& field) { return same_name(field.name, name); });
    return found == among.end() ? nullptr : &*found;
  }
  Field& column(const std::string& name) {
    Field* const found = find(columns_.fields, name);
    if (found == nullptr) refuse(ErrorCode::kNotFound, "the table " + table_.name + " has no column " + name);
    return *found;
  }
  /// The part of a column that a path like {"s", "member"} names.
  Field& part(const std::vector<std::string>& path) {
    Field* place = &column(path.at(0));
    for (std::size_t i = 1; i < path.size(); ++i) {
      place = find(place->children, path[i]);
      if (place == nullptr) refuse(ErrorCode::kNotFound, "the column " + path[0] + " has no part " + path[i]);
    }
    return *place;
  }

  /// Records the change. Changed columns become the next schema, so that files keep the one they were written
  /// with.
  void record() {
    if (columns_.fields != table_.schema->fields) {
      auto schemas =
          std::make_shared<std::map<std::int32_t, std::shared_ptr<const catalog::Schema>>>(*table_.schemas);
      columns_.schema_id = schemas->rbegin()->first + 1;
      table_.schema = std::make_shared<const catalog::Schema>(columns_);
      schemas->emplace(columns_.schema_id, table_.schema);
      table_.schemas = std::move(schemas);
    }
    const catalog::CommitId base =
        is_own_version(table_.ddl_version) ? committed_ddl_version() : table_.ddl_version;
    transaction_.define(catalog::AlterTable{table_, base});
  }

 private:
  /// What the catalog knows of a table that this transaction has changed before; 0 for one it made.
  catalog::CommitId committed_ddl_version() const {
    const auto committed = transaction_.snapshot()->find(table_.table_id);
    return committed ? committed->ddl_version : 0;
  }

  LakeTransaction& transaction_;
  catalog::Table table_;
  catalog::Schema columns_;
};

bool is_checked(const catalog::Table& table, const std::string& column) {
  return std::any_of(table.checks.begin(), table.checks.end(), [&](const std::string& check) {
    bool found = false;
    const auto expression = engine::value_or_throw(expression_of(check));
    each_column_reference(*expression, [&](duckdb::ColumnRefExpression& reference) {
      for (const auto& name : reference.column_names) found = found || same_name(name, column);
    });
    return found;
  });
}

/// A column or field that the current layout or a CHECK needs cannot go.
void require_unused(const catalog::Table& table, const Field& column) {
  for (const catalog::PartitionSpec& spec : table.specs) {
    if (spec.spec_id != table.spec_id) continue;
    for (const auto& field : spec.fields) {
      if (field.source == column.id)
        refuse(ErrorCode::kInvalidArgument, "the table is partitioned by this column: " + column.name);
    }
  }
  for (const catalog::SortOrder& order : table.orders) {
    if (order.order_id != table.order_id) continue;
    for (const auto& field : order.fields) {
      if (field.source == column.id)
        refuse(ErrorCode::kInvalidArgument, "the table is sorted by this column: " + column.name);
    }
  }
  if (is_checked(table, column.name))
    refuse(ErrorCode::kInvalidArgument, "a CHECK of the table uses this column: " + column.name);
}

/// A constant expression as a value of `type`.
duckdb::Value constant_value(duckdb::ClientContext& context, const duckdb::ParsedExpression& expression,
                             const duckdb::LogicalType& type) {
  auto binder = duckdb::Binder::CreateBinder(context);
  duckdb::ConstantBinder constant_binder(*binder, context, "DEFAULT value");
  constant_binder.target_type = type;
  auto copy = expression.Copy();
  const auto bound = constant_binder.Bind(copy);
  if (!bound->IsFoldable()) {
    refuse(ErrorCode::kUnsupported,
           "the default of an added column must be the same for all rows there are; add the column, "
           "then ALTER COLUMN ... SET DEFAULT: " +
               expression.ToString());
  }
  return duckdb::ExpressionExecutor::EvaluateScalar(context, *bound).CastAs(context, type);
}

/// The value for rows that exist already, as the catalog keeps it; nothing for NULL.
std::optional<std::string> initial_literal(const duckdb::Value& value) {
  if (value.IsNull()) return std::nullopt;
  duckdb::Value again(value.ToString());
  if (!again.DefaultTryCastAs(value.type()) || !duckdb::Value::NotDistinctFrom(again, value)) {
    refuse(ErrorCode::kUnsupported,
           "a column of this type cannot be added with a default: " + value.type().ToString());
  }
  return duckdb::Value(value.ToString()).ToSQLString();
}

void add_column(duckdb::ClientContext& context, Alteration& change, const duckdb::AddColumnInfo& info) {
  const auto& column = info.new_column;
  if (change.find(change.fields(), column.Name()) != nullptr) {
    if (info.if_column_not_exists) return;
    refuse(ErrorCode::kAlreadyExists, "the table has this column already: " + column.Name());
  }
  auto field = engine::value_or_throw(field_of_column(column, change.table().next_field_id));
  if (column.HasDefaultValue())
    field.initial_sql = initial_literal(constant_value(context, column.DefaultValue(), column.Type()));
  change.fields().push_back(std::move(field));
  change.record();
}

void add_field(Alteration& change, const duckdb::AddFieldInfo& info) {
  Field& parent = change.part(info.column_path);
  if (parent.type != "STRUCT")
    refuse(ErrorCode::kInvalidArgument, "only a STRUCT can get members: " + parent.name);
  if (change.find(parent.children, info.new_field.Name()) != nullptr) {
    if (info.if_field_not_exists) return;
    refuse(ErrorCode::kAlreadyExists, "the struct has this member already: " + info.new_field.Name());
  }
  if (info.new_field.HasDefaultValue()) {
    refuse(ErrorCode::kUnsupported, "a member of a struct cannot have a default: " + info.new_field.Name());
  }
  // What no struct can hold is refused as it is in a new table.
  catalog::FieldId unused_id = 1;
  const auto in_struct = duckdb::LogicalType::STRUCT({{info.new_field.Name(), info.new_field.Type()}});
  if (const auto tried = field_of(parent.name, in_struct, unused_id); !tried) throw_as_duckdb(tried.error());
  parent.children.push_back(
      engine::value_or_throw(field_of_column(info.new_field, change.table().next_field_id)));
  change.record();
}

void remove_column(Alteration& change, const duckdb::RemoveColumnInfo& info) {
  Field* const found = change.find(change.fields(), info.removed_column);
  if (found == nullptr) {
    if (info.if_column_exists) return;
    refuse(ErrorCode::kNotFound, "the table has no column " + info.removed_column);
  }
  require_unused(change.table(), *found);
  if (change.fields().size() == 1)
    refuse(ErrorCode::kInvalidArgument, "a table keeps at least one column: " + found->name);
  change.fields().erase(change.fields().begin() + (found - change.fields().data()));
  change.record();
}

void remove_field(Alteration& change, const duckdb::RemoveFieldInfo& info) {
  const std::vector<std::string> parent_path(info.column_path.begin(), info.column_path.end() - 1);
  Field& parent = change.part(parent_path);
  Field* const found = change.find(parent.children, info.column_path.back());
  if (found == nullptr) {
    if (info.if_column_exists) return;
    refuse(ErrorCode::kNotFound, "the struct has no member " + info.column_path.back());
  }
  if (parent.type != "STRUCT")
    refuse(ErrorCode::kInvalidArgument, "only a STRUCT has members to drop: " + parent.name);
  if (parent.children.size() == 1)
    refuse(ErrorCode::kInvalidArgument, "a struct keeps at least one member: " + found->name);
  if (is_checked(change.table(), info.column_path[0])) {
    refuse(ErrorCode::kInvalidArgument, "a CHECK of the table uses this column: " + info.column_path[0]);
  }
  parent.children.erase(parent.children.begin() + (found - parent.children.data()));
  change.record();
}

void rename_column(Alteration& change, const std::string& old_name, const std::string& new_name) {
  Field& field = change.column(old_name);
  engine::check_or_throw(check_column_name(new_name));
  const Field* const taken = change.find(change.fields(), new_name);
  if (taken != nullptr && taken != &field)
    refuse(ErrorCode::kAlreadyExists, "the table has this column already: " + new_name);
  for (std::string& check : change.table().checks) {
    const auto expression = engine::value_or_throw(expression_of(check));
    each_column_reference(*expression, [&](duckdb::ColumnRefExpression& reference) {
      auto& name =
          reference.column_names.size() > 1 && same_name(reference.column_names[0], change.table().name)
              ? reference.column_names[1]
              : reference.column_names[0];
      if (same_name(name, old_name)) name = new_name;
    });
    check = expression->ToString();
  }
  field.name = new_name;
  change.record();
}

void rename_field(Alteration& change, const duckdb::RenameFieldInfo& info) {
  if (info.column_path.size() == 1) {
    rename_column(change, info.column_path[0], info.new_name);
    return;
  }
  const std::vector<std::string> parent_path(info.column_path.begin(), info.column_path.end() - 1);
  Field& parent = change.part(parent_path);
  if (parent.type != "STRUCT")
    refuse(ErrorCode::kInvalidArgument, "only members of a STRUCT can be renamed: " + parent.name);
  Field* const found = change.find(parent.children, info.column_path.back());
  if (found == nullptr) refuse(ErrorCode::kNotFound, "the struct has no member " + info.column_path.back());
  const Field* const taken = change.find(parent.children, info.new_name);
  if (taken != nullptr && taken != found)
    refuse(ErrorCode::kAlreadyExists, "the struct has this member already: " + info.new_name);
  if (is_checked(change.table(), info.column_path[0])) {
    refuse(ErrorCode::kInvalidArgument, "a CHECK of the table uses this column: " + info.column_path[0]);
  }
  found->name = info.new_name;
  change.record();
}

/// Refuses a type that widens most values only, when the column holds one of the others: DATE reaches further
/// than TIMESTAMP.
void require_castable(duckdb::ClientContext& context, LakeTransaction& transaction, Alteration& change,
                      const Field& field, const duckdb::LogicalType& from, const duckdb::LogicalType& to) {
  if (from.id() != duckdb::LogicalTypeId::DATE || to.id() == duckdb::LogicalTypeId::DATE) return;
  const auto column = static_cast<std::size_t>(&field - change.fields().data());
  if (casts_wholly(context, transaction, change.table().table_id, column, to)) return;
  refuse(ErrorCode::kInvalidArgument,
         "the column holds values that " + to.ToString() + " cannot: column " + field.name);
}

void change_type(duckdb::ClientContext& context, LakeTransaction& transaction, Alteration& change,
                 const duckdb::ChangeColumnTypeInfo& info) {
  Field& field = change.column(info.column_name);
  if (info.expression && !is_plain_cast(*info.expression, field.name)) {
    refuse(ErrorCode::kUnsupported,
           "a lake table changes the type of a column without USING: " + info.expression->ToString());
  }
  for (const catalog::PartitionSpec& spec : change.table().specs) {
    for (const auto& partition : spec.fields) {
      if (partition.source == field.id) {
        refuse(ErrorCode::kUnsupported,
               "the type of a column that the table is or was partitioned by cannot change: " + field.name);
      }
    }
  }
  const auto from = engine::value_or_throw(type_of(field));
  if (!widens(from, info.target_type)) {
    refuse(ErrorCode::kUnsupported, "a column of a lake table can only get a wider type: column " +
                                        field.name + ", from " + from.ToString() + " to " +
                                        info.target_type.ToString() +
                                        "; for another type ADD COLUMN, UPDATE it, DROP this one, RENAME");
  }
  require_castable(context, transaction, change, field, from, info.target_type);
  if (field.initial_sql) {
    // Cast from the old type, as the stored rows are: a FLOAT is not the DOUBLE of the same text.
    const auto before =
        constant_value(context, *engine::value_or_throw(expression_of(*field.initial_sql)), from);
    field.initial_sql = initial_literal(before.CastAs(context, info.target_type));
  }
  catalog::FieldId unused_id = 1;
  const Field wider = engine::value_or_throw(field_of(field.name, info.target_type, unused_id));
  field.type = wider.type;
  field.collation = wider.collation;
  change.record();
}

void set_default(duckdb::ClientContext& context, Alteration& change, const duckdb::SetDefaultInfo& info) {
  Field& field = change.column(info.column_name);
  if (info.expression) {
    // Bound once to see that it is a fit DEFAULT; kept as text.
    auto binder = duckdb::Binder::CreateBinder(context);
    duckdb::ConstantBinder constant_binder(*binder, context, "DEFAULT value");
    constant_binder.target_type = engine::value_or_throw(type_of(field));
    auto copy = info.expression->Copy();
    constant_binder.Bind(copy);
    field.default_sql = info.expression->ToString();
  } else {
    field.default_sql.reset();
  }
  change.record();
}

void set_not_null(duckdb::ClientContext& context, LakeTransaction& transaction, Alteration& change,
                  const std::string& column) {
  Field& field = change.column(column);
  if (field.not_null) return;
  if (has_null(context, transaction, change.table().table_id,
               static_cast<std::size_t>(&field - change.fields().data()))) {
    throw duckdb::ConstraintException("NOT NULL cannot be set: the column holds NULL: %s", field.name);
  }
  field.not_null = true;
  change.record();
}

void set_partitioned_by(Alteration& change, const duckdb::SetPartitionedByInfo& info) {
  catalog::Table& table = change.table();
  auto fields = engine::value_or_throw(partition_fields_of(info.partition_keys, *table.schema, table.specs));
  for (const catalog::PartitionSpec& spec : table.specs) {
    if (spec.fields != fields) continue;
    table.spec_id = spec.spec_id;
    change.record();
    return;
  }
  std::int32_t next_id = 0;
  for (const catalog::PartitionSpec& spec : table.specs) next_id = std::max(next_id, spec.spec_id + 1);
  table.specs.push_back(catalog::PartitionSpec{next_id, std::move(fields)});
  table.spec_id = next_id;
  change.record();
}

void set_sorted_by(Alteration& change, const duckdb::SetSortedByInfo& info) {
  catalog::Table& table = change.table();
  std::vector<catalog::SortField> fields;
  for (const duckdb::OrderByNode& node : info.orders) {
    auto field = engine::value_or_throw(sort_field_of(*node.expression, *table.schema));
    field.ascending = node.type != duckdb::OrderType::DESCENDING;
    // The engine's default is NULLS LAST in both directions.
    field.nulls_first = node.null_order == duckdb::OrderByNullType::NULLS_FIRST;
    fields.push_back(field);
  }
  std::int32_t next_id = 1;
  for (const catalog::SortOrder& order : table.orders) {
    next_id = std::max(next_id, order.order_id + 1);
    if (order.fields != fields) continue;
    table.order_id = order.order_id;
    change.record();
    return;
  }
  table.orders.push_back(catalog::SortOrder{next_id, std::move(fields)});
  table.order_id = next_id;
  change.record();
}

void rename_table(LakeTransaction& transaction, Alteration& change, const std::string& name) {
  const catalog::Table& table = change.table();
  if (!same_name(table.name, name)) {
    const bool is_view =
        find_object(*transaction.seen(), catalog::ObjectKind::kView, table.schema_name, name) != nullptr;
    if (is_view || transaction.find(table.schema_name, name)) {
      throw duckdb::CatalogException::EntryAlreadyExists(
          is_view ? duckdb::CatalogType::VIEW_ENTRY : duckdb::CatalogType::TABLE_ENTRY, name);
    }
  }
  for (std::string& check : change.table().checks) {
    check = check_text(*engine::value_or_throw(expression_of(check)), change.table().name);
  }
  change.table().name = name;
  change.record();
}

void alter_definition(duckdb::ClientContext& context, LakeTransaction& transaction, Alteration& change,
                      duckdb::AlterTableInfo& info) {
  switch (info.alter_table_type) {
    case duckdb::AlterTableType::RENAME_TABLE:
      return rename_table(transaction, change, info.Cast<duckdb::RenameTableInfo>().new_table_name);
    case duckdb::AlterTableType::RENAME_COLUMN: {
      const auto& rename = info.Cast<duckdb::RenameColumnInfo>();
      return rename_column(change, rename.old_name, rename.new_name);
    }
    case duckdb::AlterTableType::RENAME_FIELD:
      return rename_field(change, info.Cast<duckdb::RenameFieldInfo>());
    case duckdb::AlterTableType::ADD_COLUMN:
      return add_column(context, change, info.Cast<duckdb::AddColumnInfo>());
    case duckdb::AlterTableType::ADD_FIELD:
      return add_field(change, info.Cast<duckdb::AddFieldInfo>());
    case duckdb::AlterTableType::REMOVE_COLUMN:
      return remove_column(change, info.Cast<duckdb::RemoveColumnInfo>());
    case duckdb::AlterTableType::REMOVE_FIELD:
      return remove_field(change, info.Cast<duckdb::RemoveFieldInfo>());
    case duckdb::AlterTableType::ALTER_COLUMN_TYPE:
      return change_type(context, transaction, change, info.Cast<duckdb::ChangeColumnTypeInfo>());
    case duckdb::AlterTableType::SET_DEFAULT:
      return set_default(context, change, info.Cast<duckdb::SetDefaultInfo>());
    case duckdb::AlterTableType::SET_NOT_NULL:
      return set_not_null(context, transaction, change, info.Cast<duckdb::SetNotNullInfo>().column_name);
    case duckdb::AlterTableType::DROP_NOT_NULL:
      change.column(info.Cast<duckdb::DropNotNullInfo>().column_name).not_null = false;
      return change.record();
    case duckdb::AlterTableType::SET_PARTITIONED_BY:
      return set_partitioned_by(change, info.Cast<duckdb::SetPartitionedByInfo>());
    case duckdb::AlterTableType::SET_SORTED_BY:
      return set_sorted_by(change, info.Cast<duckdb::SetSortedByInfo>());
    case duckdb::AlterTableType::ADD_CONSTRAINT:
      refuse(ErrorCode::kUnsupported,
             "lake tables take no constraint later; they have NOT NULL and CHECK: " + info.ToString());
    default:
      refuse(ErrorCode::kUnsupported, "lake tables cannot be altered so: " + info.ToString());
  }
}

}  // namespace

void alter_table(duckdb::ClientContext& context, LakeTransaction& transaction, const catalog::Table& table,
                 duckdb::AlterInfo& info) {
  Alteration change(transaction, table);
  switch (info.type) {
    case duckdb::AlterType::SET_COMMENT:
      change.table().comment = comment_of(info.Cast<duckdb::SetCommentInfo>().comment_value);
      return change.record();
    case duckdb::AlterType::SET_COLUMN_COMMENT: {
      const auto& comment = info.Cast<duckdb::SetColumnCommentInfo>();
      change.column(comment.column_name).comment = comment_of(comment.comment_value);
      return change.record();
    }
    case duckdb::AlterType::ALTER_TABLE:
      return alter_definition(context, transaction, change, info.Cast<duckdb::AlterTableInfo>());
    default:
      refuse(ErrorCode::kUnsupported, "this cannot be altered so: " + info.ToString());
  }
}

}  // namespace lake::tables
