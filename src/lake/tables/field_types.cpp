#include "lake/tables/field_types.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace lake::tables {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

struct PlainType {
  LogicalTypeId id;
  std::string_view text;
};

// The catalog's spelling of each type without parameters. Part of the catalog's format: never change a line.
constexpr std::array<PlainType, 30> kPlainTypes = {{
    {LogicalTypeId::BOOLEAN, "BOOLEAN"},
    {LogicalTypeId::TINYINT, "TINYINT"},
    {LogicalTypeId::SMALLINT, "SMALLINT"},
    {LogicalTypeId::INTEGER, "INTEGER"},
    {LogicalTypeId::BIGINT, "BIGINT"},
    {LogicalTypeId::HUGEINT, "HUGEINT"},
    {LogicalTypeId::UTINYINT, "UTINYINT"},
    {LogicalTypeId::USMALLINT, "USMALLINT"},
    {LogicalTypeId::UINTEGER, "UINTEGER"},
    {LogicalTypeId::UBIGINT, "UBIGINT"},
    {LogicalTypeId::UHUGEINT, "UHUGEINT"},
    {LogicalTypeId::BIGNUM, "BIGNUM"},
    {LogicalTypeId::FLOAT, "FLOAT"},
    {LogicalTypeId::DOUBLE, "DOUBLE"},
    {LogicalTypeId::VARCHAR, "VARCHAR"},
    {LogicalTypeId::BLOB, "BLOB"},
    {LogicalTypeId::BIT, "BIT"},
    {LogicalTypeId::UUID, "UUID"},
    {LogicalTypeId::DATE, "DATE"},
    {LogicalTypeId::TIME, "TIME"},
    {LogicalTypeId::TIME_NS, "TIME_NS"},
    {LogicalTypeId::TIME_TZ, "TIME WITH TIME ZONE"},
    {LogicalTypeId::TIMESTAMP_SEC, "TIMESTAMP_S"},
    {LogicalTypeId::TIMESTAMP_MS, "TIMESTAMP_MS"},
    {LogicalTypeId::TIMESTAMP, "TIMESTAMP"},
    {LogicalTypeId::TIMESTAMP_NS, "TIMESTAMP_NS"},
    {LogicalTypeId::TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE"},
    {LogicalTypeId::INTERVAL, "INTERVAL"},
    {LogicalTypeId::VARIANT, "VARIANT"},
    {LogicalTypeId::GEOMETRY, "GEOMETRY"},
}};

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char letter : text) {
    if (letter == '\'') result += '\'';
    result += letter;
  }
  return result + "'";
}

/// The arguments of "NAME(a, 'b', ...)"; strings unquoted. Empty optional when the text is not of that form.
std::optional<std::vector<std::string>> arguments_of(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || text.size() < name.size() + 2 || text[name.size()] != '(' ||
      text.back() != ')') {
    return std::nullopt;
  }
  const std::string_view inside = text.substr(name.size() + 1, text.size() - name.size() - 2);
  std::vector<std::string> result;
  std::size_t place = 0;
  while (place < inside.size()) {
    std::string value;
    if (inside[place] == '\'') {
      bool closed = false;
      for (++place; place < inside.size() && !closed;) {
        if (inside[place] != '\'') {
          value += inside[place++];
        } else if (place + 1 < inside.size() && inside[place + 1] == '\'') {
          value += '\'';
          place += 2;
        } else {
          ++place;
          closed = true;
        }
      }
      if (!closed) return std::nullopt;
    } else {
      while (place < inside.size() && inside[place] != ',') value += inside[place++];
    }
    result.push_back(std::move(value));
    if (place == inside.size()) break;
    if (inside[place] != ',') return std::nullopt;
    ++place;
    while (place < inside.size() && inside[place] == ' ') ++place;
  }
  return result;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [place, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || place != text.data() + text.size()) return std::nullopt;
  return value;
}

Error damaged(const catalog::Field& field) {
  return Error(ErrorCode::kCorruption, "the catalog holds a column type that does not exist: column " +
                                           field.name + ", type " + field.type);
}

Result<LogicalType> leaf_type(const catalog::Field& field) {
  for (const PlainType& plain : kPlainTypes) {
    if (plain.text != field.type) continue;
    if (plain.id == LogicalTypeId::VARCHAR && !field.collation.empty()) {
      return LogicalType::VARCHAR_COLLATION(field.collation);
    }
    if (plain.id == LogicalTypeId::VARIANT) return LogicalType::VARIANT();
    if (plain.id == LogicalTypeId::GEOMETRY) return LogicalType::GEOMETRY();
    return LogicalType(plain.id);
  }
  if (field.type == "JSON") return LogicalType::JSON();
  if (const auto crs = arguments_of(field.type, "GEOMETRY"); crs && crs->size() == 1) {
    return LogicalType::GEOMETRY((*crs)[0]);
  }
  if (const auto parts = arguments_of(field.type, "DECIMAL"); parts && parts->size() == 2) {
    const auto width = number_of((*parts)[0]);
    const auto scale = number_of((*parts)[1]);
    if (!width || !scale || *width == 0 || *width > 38 || *scale > *width) return damaged(field);
    return LogicalType::DECIMAL(static_cast<std::uint8_t>(*width), static_cast<std::uint8_t>(*scale));
  }
  if (const auto values = arguments_of(field.type, "ENUM")) {
    duckdb::Vector labels(LogicalType::VARCHAR, values->size());
    auto* data = duckdb::FlatVector::GetData<duckdb::string_t>(labels);
    for (std::size_t i = 0; i < values->size(); ++i)
      data[i] = duckdb::StringVector::AddStringOrBlob(labels, (*values)[i]);
    return LogicalType::ENUM(labels, values->size());
  }
  return damaged(field);
}

Result<duckdb::child_list_t<LogicalType>> member_types(const catalog::Field& field) {
  duckdb::child_list_t<LogicalType> members;
  for (const catalog::Field& child : field.children) {
    LAKE_TRY(auto type, type_of(child));
    members.emplace_back(child.name, std::move(type));
  }
  if (members.empty()) return damaged(field);
  return members;
}

Result<std::string> leaf_text(const std::string& column, const LogicalType& type) {
  if (type.IsJSONType()) return std::string("JSON");
  switch (type.id()) {
    case LogicalTypeId::DECIMAL:
      return "DECIMAL(" + std::to_string(duckdb::DecimalType::GetWidth(type)) + "," +
             std::to_string(duckdb::DecimalType::GetScale(type)) + ")";
    case LogicalTypeId::ENUM: {
      std::string text = "ENUM(";
      for (duckdb::idx_t i = 0; i < duckdb::EnumType::GetSize(type); ++i) {
        if (i > 0) text += ", ";
        text += quoted(duckdb::EnumType::GetString(type, i).GetString());
      }
      return text + ")";
    }
    case LogicalTypeId::GEOMETRY:
      if (duckdb::GeoType::HasCRS(type))
        return "GEOMETRY(" + quoted(duckdb::GeoType::GetCRS(type).GetDefinition()) + ")";
      return std::string("GEOMETRY");
    default:
      for (const PlainType& plain : kPlainTypes) {
        if (plain.id == type.id()) return std::string(plain.text);
      }
      return Error(ErrorCode::kUnsupported, "this type cannot be stored in a lake table: " + type.ToString() +
                                                " (column " + column + ")");
  }
}

Status add_children(catalog::Field& field, const LogicalType& type, catalog::FieldId& next_id) {
  const auto add = [&](const std::string& name, const LogicalType& child) -> Status {
    if (child.id() == LogicalTypeId::VARCHAR && !duckdb::StringType::GetCollation(child).empty()) {
      return Error(ErrorCode::kUnsupported,
                   "a collation inside a nested type cannot be stored: column " + field.name);
    }
    if (child.id() == LogicalTypeId::VARIANT) {
      return Error(
          ErrorCode::kUnsupported,
          "a VARIANT can be a column of a lake table, and no part of another type: " + type.ToString());
    }
    LAKE_TRY(auto made, field_of(name, child, next_id));
    field.children.push_back(std::move(made));
    return ok();
  };
  switch (type.id()) {
    case LogicalTypeId::STRUCT:
      field.type = "STRUCT";
      for (const auto& [name, child] : duckdb::StructType::GetChildTypes(type)) {
        if (name.empty()) {
          return Error(ErrorCode::kUnsupported,
                       "a struct without member names cannot be stored: column " + field.name);
        }
        LAKE_CHECK_OK(add(name, child));
      }
      return ok();
    case LogicalTypeId::LIST:
      field.type = "LIST";
      return add("element", duckdb::ListType::GetChildType(type));
    case LogicalTypeId::ARRAY:
      field.type = "ARRAY(" + std::to_string(duckdb::ArrayType::GetSize(type)) + ")";
      return add("element", duckdb::ArrayType::GetChildType(type));
    case LogicalTypeId::MAP:
      field.type = "MAP";
      LAKE_CHECK_OK(add("key", duckdb::MapType::KeyType(type)));
      return add("value", duckdb::MapType::ValueType(type));
    default:  // UNION
      field.type = "UNION";
      for (duckdb::idx_t i = 0; i < duckdb::UnionType::GetMemberCount(type); ++i) {
        LAKE_CHECK_OK(
            add(duckdb::UnionType::GetMemberName(type, i), duckdb::UnionType::GetMemberType(type, i)));
      }
      return ok();
  }
}

bool has_parts(LogicalTypeId id) {
  return id == LogicalTypeId::STRUCT || id == LogicalTypeId::LIST || id == LogicalTypeId::ARRAY ||
         id == LogicalTypeId::MAP || id == LogicalTypeId::UNION;
}

}  // namespace

Result<LogicalType> type_of(const catalog::Field& field) {
  const bool is_array = field.type.starts_with("ARRAY(");
  if (field.type == "STRUCT" || field.type == "UNION") {
    LAKE_TRY(auto members, member_types(field));
    return field.type == "STRUCT" ? LogicalType::STRUCT(std::move(members))
                                  : LogicalType::UNION(std::move(members));
  }
  if (field.type == "LIST" || is_array) {
    if (field.children.size() != 1) return damaged(field);
    LAKE_TRY(auto element, type_of(field.children[0]));
    if (!is_array) return LogicalType::LIST(element);
    const auto parts = arguments_of(field.type, "ARRAY");
    const auto size = parts && parts->size() == 1 ? number_of((*parts)[0]) : std::nullopt;
    if (!size || *size == 0 || *size > duckdb::ArrayType::MAX_ARRAY_SIZE) return damaged(field);
    return LogicalType::ARRAY(element, *size);
  }
  if (field.type == "MAP") {
    if (field.children.size() != 2) return damaged(field);
    LAKE_TRY(auto key, type_of(field.children[0]));
    LAKE_TRY(auto value, type_of(field.children[1]));
    return LogicalType::MAP(std::move(key), std::move(value));
  }
  if (!field.children.empty()) return damaged(field);
  return leaf_type(field);
}

Result<catalog::Field> field_of(const std::string& name, const LogicalType& type, catalog::FieldId& next_id) {
  catalog::Field field;
  field.id = next_id++;
  field.name = name;
  if (has_parts(type.id())) {
    LAKE_CHECK_OK(add_children(field, type, next_id));
    return field;
  }
  LAKE_TRY(field.type, leaf_text(name, type));
  if (type.id() == LogicalTypeId::VARCHAR && !type.IsJSONType())
    field.collation = duckdb::StringType::GetCollation(type);
  return field;
}

Result<duckdb::vector<LogicalType>> types_of(const catalog::Schema& schema) {
  duckdb::vector<LogicalType> result;
  for (const catalog::Field& field : schema.fields) {
    LAKE_TRY(auto type, type_of(field));
    result.push_back(std::move(type));
  }
  return result;
}

duckdb::vector<std::string> names_of(const catalog::Schema& schema) {
  duckdb::vector<std::string> result;
  for (const catalog::Field& field : schema.fields) result.push_back(field.name);
  return result;
}

Result<LogicalType> stored_type(const LogicalType& type) {
  catalog::FieldId next_id = 1;
  LAKE_TRY(const auto field, field_of("", type, next_id));
  return type_of(field);
}

}  // namespace lake::tables
