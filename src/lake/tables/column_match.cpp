#include "lake/tables/column_match.hpp"

namespace lake::tables {
namespace {

using Column = duckdb::MultiFileColumnDefinition;

const catalog::Field* find_field(const std::vector<catalog::Field>& fields, catalog::FieldId id) {
  for (const catalog::Field& field : fields) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

void simplify(const catalog::Field& field, const catalog::Field* written, Column& column) {
  if (written == nullptr) return;
  if (column.type.id() == duckdb::LogicalTypeId::STRUCT) {
    for (std::size_t i = 0; i < column.children.size() && i < field.children.size(); ++i) {
      simplify(field.children[i], find_field(written->children, field.children[i].id), column.children[i]);
    }
  } else if (is_same_field(field, *written)) {
    column.children.clear();
  }
}

bool has_id(const Column& column, catalog::FieldId id) {
  return !column.identifier.IsNull() && column.identifier.GetValue<std::int32_t>() == id;
}

void drop_parts(const Column& wanted, Column& found) {
  if (wanted.children.empty()) {
    found.children.clear();
  } else if (wanted.type.id() == duckdb::LogicalTypeId::STRUCT) {
    drop_unnamed_parts(wanted.children, found.children);
  }
}

}  // namespace

bool is_same_field(const catalog::Field& left, const catalog::Field& right) {
  if (left.id != right.id || left.type != right.type || left.name != right.name) return false;
  if (left.children.size() != right.children.size()) return false;
  for (std::size_t i = 0; i < left.children.size(); ++i) {
    if (!is_same_field(left.children[i], right.children[i])) return false;
  }
  return true;
}

duckdb::vector<Column> columns_to_match(const catalog::Schema& table, const catalog::Schema& written,
                                        const duckdb::vector<Column>& columns) {
  duckdb::vector<Column> result = columns;
  for (std::size_t i = 0; i < result.size() && i < table.fields.size(); ++i) {
    simplify(table.fields[i], find_field(written.fields, table.fields[i].id), result[i]);
  }
  return result;
}

void drop_unnamed_parts(const duckdb::vector<Column>& wanted, duckdb::vector<Column>& found) {
  for (Column& column : found) {
    if (column.children.empty() || column.identifier.IsNull()) continue;
    const Column* match = find_column(wanted, column.identifier.GetValue<std::int32_t>());
    if (match != nullptr) drop_parts(*match, column);
  }
}

const Column* find_column(const duckdb::vector<Column>& columns, catalog::FieldId id) {
  for (const Column& column : columns) {
    if (has_id(column, id)) return &column;
  }
  return nullptr;
}

bool is_same_column(const Column& wanted, const Column& found) {
  if (wanted.type != found.type || wanted.children.size() != found.children.size()) return false;
  for (std::size_t i = 0; i < wanted.children.size(); ++i) {
    if (wanted.children[i].identifier.IsNull() || found.children[i].identifier.IsNull()) return false;
    if (!has_id(found.children[i], wanted.children[i].identifier.GetValue<std::int32_t>())) return false;
    if (!is_same_column(wanted.children[i], found.children[i])) return false;
  }
  return true;
}

}  // namespace lake::tables
