#include "lake/tables/stored_column.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "duckdb/common/type_visitor.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/column_match.hpp"
#include "lake/tables/field_types.hpp"
#include "lake/tables/storage_types.hpp"

namespace lake::tables {
namespace {

using Column = duckdb::MultiFileColumnDefinition;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;

LogicalType sql_type(const catalog::Field& field) { return engine::value_or_throw(type_of(field)); }

const catalog::Field* find_field(const std::vector<catalog::Field>& fields, catalog::FieldId id) {
  for (const catalog::Field& field : fields) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

bool is_converted(const LogicalType& type);

/// A list read where an array is wanted needs no more than the engine's cast, except inside a struct or map,
/// whose parts the engine matches by name and cannot cast to an array.
bool is_converted_inside(const LogicalType& type) {
  if (type.id() == LogicalTypeId::LIST) return is_converted_inside(duckdb::ListType::GetChildType(type));
  return type.id() == LogicalTypeId::ARRAY || is_converted(type);
}

/// True when a part has a form of its own in files.
bool is_converted(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::UNION:
      return true;
    case LogicalTypeId::STRUCT:
      for (const auto& [name, part] : duckdb::StructType::GetChildTypes(type)) {
        if (is_converted_inside(part)) return true;
      }
      return false;
    case LogicalTypeId::LIST:
      return is_converted(duckdb::ListType::GetChildType(type));
    case LogicalTypeId::ARRAY:
      return is_converted(duckdb::ArrayType::GetChildType(type));
    case LogicalTypeId::MAP:
      return is_converted_inside(duckdb::MapType::KeyType(type)) ||
             is_converted_inside(duckdb::MapType::ValueType(type));
    default:
      return storage_type(type) != type;
  }
}

using Form = LogicalType (*)(const LogicalType&);  // storage_type or nested_form
StoredColumn part_of(const catalog::Field& field, const catalog::Field* written, Form form);

Column column(const std::string& name, catalog::FieldId id, const LogicalType& type) {
  Column made(name, type);
  made.identifier = duckdb::Value::INTEGER(id);
  made.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(type));
  return made;
}

/// True for a struct of which the file has no member that the table still has.
bool lost_members(const catalog::Field& field, const catalog::Field& written) {
  return field.type == "STRUCT" && written.type == "STRUCT" && !written.children.empty() &&
         std::none_of(field.children.begin(), field.children.end(), [&](const catalog::Field& child) {
           return find_field(written.children, child.id) != nullptr;
         });
}

/// The same for a struct inside a column. The engine makes up a struct it finds no member of, and does not
/// ask which were NULL, except for whole columns.
bool lost_members_inside(const catalog::Field& field, const catalog::Field& written) {
  return std::any_of(field.children.begin(), field.children.end(), [&](const catalog::Field& child) {
    const catalog::Field* then = find_field(written.children, child.id);
    return then != nullptr && (lost_members(child, *then) || lost_members_inside(child, *then));
  });
}

/// A name that none of the members has.
std::string free_name(const std::vector<catalog::Field>& members) {
  std::string name = "lake$lost";
  const auto taken = [&name](const catalog::Field& member) {
    return duckdb::StringUtil::CIEquals(member.name, name);
  };
  while (std::any_of(members.begin(), members.end(), taken)) name += "_";
  return name;
}

StoredColumn nested(const catalog::Field& field, const catalog::Field& written, Form form) {
  const LogicalType now = sql_type(field);
  duckdb::vector<Column> parts;
  duckdb::vector<LogicalType> read;
  std::vector<catalog::Field> children = field.children;
  if (lost_members(field, written)) {
    // Read along for which structs are NULL; the cast to the table's type leaves it out.
    children.push_back(written.children[0]);
    children.back().name = free_name(field.children);
  }
  for (const catalog::Field& child : children) {
    auto part = part_of(child, find_field(written.children, child.id), form);
    parts.push_back(std::move(part.wanted));
    read.push_back(std::move(part.read_type));
  }
  const auto finish = [&](const LogicalType& read_type) {
    StoredColumn result{column(field.name, field.id, form(read_type)), read_type};
    result.wanted.children = std::move(parts);
    return result;
  };
  switch (now.id()) {
    case LogicalTypeId::STRUCT: {
      duckdb::child_list_t<LogicalType> members;
      for (std::size_t i = 0; i < read.size(); ++i) members.emplace_back(children[i].name, read[i]);
      return finish(LogicalType::STRUCT(std::move(members)));
    }
    case LogicalTypeId::LIST:
      return finish(LogicalType::LIST(read[0]));
    case LogicalTypeId::ARRAY:
      return finish(LogicalType::ARRAY(read[0], duckdb::ArrayType::GetSize(now)));
    case LogicalTypeId::MAP:
      return finish(LogicalType::MAP(read[0], read[1]));
    default: {  // UNION
      duckdb::child_list_t<LogicalType> members;
      for (std::size_t i = 0; i < read.size(); ++i) members.emplace_back(field.children[i].name, read[i]);
      parts.insert(parts.begin(), column("tag", union_tag_field(field.id), LogicalType::UTINYINT));
      return finish(LogicalType::UNION(std::move(members)));
    }
  }
}

StoredColumn part_of(const catalog::Field& field, const catalog::Field* written, Form form) {
  if (written != nullptr && !field.children.empty() &&
      (!is_same_field(field, *written) || field.type == "STRUCT")) {
    return nested(field, *written, form);
  }
  const LogicalType type = sql_type(written != nullptr ? *written : field);
  return StoredColumn{column(field.name, field.id, form(type)), type};
}

/// True when parts were renamed, added or dropped; the name of the whole column does not matter.
bool has_other_parts(const catalog::Field& field, const catalog::Field& written) {
  if (field.children.size() != written.children.size()) return true;
  for (std::size_t i = 0; i < field.children.size(); ++i) {
    if (!is_same_field(field.children[i], written.children[i])) return true;
  }
  return false;
}

bool holds_arrays_or_unions(const LogicalType& type) {
  return duckdb::TypeVisitor::Contains(type, LogicalTypeId::ARRAY) ||
         duckdb::TypeVisitor::Contains(type, LogicalTypeId::UNION);
}

/// True when the engine's mapping of parts is not enough: it knows neither arrays nor unions, be they old or
/// new, nor which structs were NULL once all their members are gone.
bool needs_own_mapping(const catalog::Field& field, const catalog::Field& written) {
  if (!has_other_parts(field, written)) return false;
  return holds_arrays_or_unions(sql_type(written)) || holds_arrays_or_unions(sql_type(field)) ||
         lost_members_inside(field, written);
}

void convert(duckdb::DataChunk& arguments, duckdb::ExpressionState& /*state*/, duckdb::Vector& result) {
  from_storage(arguments.data[0], result, arguments.size());
}

}  // namespace

std::optional<StoredColumn> stored_column(const catalog::Field& field, const catalog::Field& written) {
  if (!is_converted(sql_type(written)) && !needs_own_mapping(field, written)) return std::nullopt;
  return part_of(field, &written, storage_type);
}

std::optional<StoredColumn> reshaped_column(const catalog::Field& field, const catalog::Field& written) {
  const LogicalType type = sql_type(written);
  const bool is_plain_array =
      type.id() == LogicalTypeId::ARRAY && !duckdb::ArrayType::GetChildType(type).IsNested();
  const bool is_reshaped = holds_arrays_or_unions(type) && !is_plain_array;
  if (!is_reshaped && !needs_own_mapping(field, written)) return std::nullopt;
  return part_of(field, &written, nested_form);
}

duckdb::unique_ptr<duckdb::Expression> from_stored(duckdb::ClientContext& context,
                                                   duckdb::unique_ptr<duckdb::Expression> stored,
                                                   const LogicalType& read_type, const LogicalType& type) {
  duckdb::ScalarFunction function("from_storage", {stored->return_type}, read_type, convert);
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> arguments;
  arguments.push_back(std::move(stored));
  auto converted = duckdb::make_uniq<duckdb::BoundFunctionExpression>(read_type, std::move(function),
                                                                      std::move(arguments), nullptr);
  return duckdb::BoundCastExpression::AddCastToType(context, std::move(converted), type);
}

}  // namespace lake::tables
