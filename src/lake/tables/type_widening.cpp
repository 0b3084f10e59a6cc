#include "lake/tables/type_widening.hpp"

#include "duckdb/parser/expression/cast_expression.hpp"
#include "lake/catalog/model.hpp"

namespace lake::tables {
namespace {

using duckdb::LogicalTypeId;

struct IntegerShape {
  int bits = 0;  // 0 = no integer
  bool is_signed = false;
};

IntegerShape shape_of(LogicalTypeId id) {
  switch (id) {
    case LogicalTypeId::TINYINT:
      return {8, true};
    case LogicalTypeId::SMALLINT:
      return {16, true};
    case LogicalTypeId::INTEGER:
      return {32, true};
    case LogicalTypeId::BIGINT:
      return {64, true};
    case LogicalTypeId::UTINYINT:
      return {8, false};
    case LogicalTypeId::USMALLINT:
      return {16, false};
    case LogicalTypeId::UINTEGER:
      return {32, false};
    case LogicalTypeId::UBIGINT:
      return {64, false};
    default:
      return {};
  }
}

bool has_all_labels(const duckdb::LogicalType& from, const duckdb::LogicalType& to) {
  for (duckdb::idx_t i = 0; i < duckdb::EnumType::GetSize(from); ++i) {
    if (duckdb::EnumType::GetPos(to, duckdb::EnumType::GetString(from, i)) < 0) return false;
  }
  return true;
}

}  // namespace

bool widens(const duckdb::LogicalType& from, const duckdb::LogicalType& to) {
  if (from == to) return true;
  const IntegerShape narrow = shape_of(from.id());
  const IntegerShape wide = shape_of(to.id());
  if (narrow.bits > 0 && wide.bits > 0) {
    return wide.bits > narrow.bits && (wide.is_signed || !narrow.is_signed);
  }
  switch (from.id()) {
    case LogicalTypeId::FLOAT:
      return to.id() == LogicalTypeId::DOUBLE;
    case LogicalTypeId::DATE:
      return to.id() == LogicalTypeId::TIMESTAMP;
    case LogicalTypeId::DECIMAL:
      return to.id() == LogicalTypeId::DECIMAL &&
             duckdb::DecimalType::GetScale(to) == duckdb::DecimalType::GetScale(from) &&
             duckdb::DecimalType::GetWidth(to) > duckdb::DecimalType::GetWidth(from);
    case LogicalTypeId::ENUM:
      return (to.id() == LogicalTypeId::VARCHAR && !to.IsJSONType()) ||
             (to.id() == LogicalTypeId::ENUM && has_all_labels(from, to));
    case LogicalTypeId::VARCHAR:
      return to.id() == LogicalTypeId::VARCHAR && from.IsJSONType() == to.IsJSONType();  // another collation
    default:
      return false;
  }
}

bool is_plain_cast(const duckdb::ParsedExpression& expression, const std::string& column) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::CAST) return false;
  const auto& child = *expression.Cast<duckdb::CastExpression>().child;
  return child.GetExpressionClass() == duckdb::ExpressionClass::COLUMN_REF &&
         catalog::lower_ascii(child.Cast<duckdb::ColumnRefExpression>().GetColumnName()) ==
             catalog::lower_ascii(column);
}

}  // namespace lake::tables
