// PARTITIONED BY and SORTED BY.

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "duckdb/parser/expression/constant_expression.hpp"
#include "duckdb/parser/keyword_helper.hpp"
#include "lake/tables/field_types.hpp"
#include "lake/tables/sort_term.hpp"
#include "lake/tables/table_definition.hpp"

namespace lake::tables {
namespace {

using duckdb::LogicalTypeId;

Error misfit(const std::string& what, const duckdb::ParsedExpression& term) {
  return Error(ErrorCode::kInvalidArgument, what + ": " + term.ToString())
      .at(term.GetQueryLocation().IsValid() ? static_cast<std::int64_t>(term.GetQueryLocation().GetIndex())
                                            : -1);
}

Result<const catalog::Field*> column_named(const duckdb::ParsedExpression& term,
                                           const catalog::Schema& schema) {
  if (term.GetExpressionClass() != duckdb::ExpressionClass::COLUMN_REF)
    return misfit("this is not a column", term);
  const std::string name = catalog::lower_ascii(term.Cast<duckdb::ColumnRefExpression>().GetColumnName());
  for (const catalog::Field& field : schema.fields) {
    if (catalog::lower_ascii(field.name) == name) return &field;
  }
  return misfit("the table has no such column", term);
}

struct TransformName {
  const char* name;
  catalog::Transform transform;
  const char* suffix;  // of the partition field's name
};
constexpr std::array<TransformName, 7> kTransforms = {{
    {"identity", catalog::Transform::kIdentity, ""},
    {"bucket", catalog::Transform::kBucket, "_bucket"},
    {"truncate", catalog::Transform::kTruncate, "_trunc"},
    {"year", catalog::Transform::kYear, "_year"},
    {"month", catalog::Transform::kMonth, "_month"},
    {"day", catalog::Transform::kDay, "_day"},
    {"hour", catalog::Transform::kHour, "_hour"},
}};

bool is_timestamp(LogicalTypeId id) {
  return id == LogicalTypeId::TIMESTAMP || id == LogicalTypeId::TIMESTAMP_TZ ||
         id == LogicalTypeId::TIMESTAMP_NS || id == LogicalTypeId::TIMESTAMP_MS ||
         id == LogicalTypeId::TIMESTAMP_SEC;
}

bool is_short_integer(LogicalTypeId id) {
  return id == LogicalTypeId::TINYINT || id == LogicalTypeId::SMALLINT || id == LogicalTypeId::INTEGER ||
         id == LogicalTypeId::BIGINT || id == LogicalTypeId::UTINYINT || id == LogicalTypeId::USMALLINT ||
         id == LogicalTypeId::UINTEGER;
}

/// Iceberg table specification, "Partition Transforms": the source types of each transform.
bool fits(catalog::Transform transform, const duckdb::LogicalType& type) {
  const LogicalTypeId id = type.id();
  if (type.IsNested() || id == LogicalTypeId::VARIANT || id == LogicalTypeId::GEOMETRY) return false;
  switch (transform) {
    case catalog::Transform::kIdentity:
      return id != LogicalTypeId::INTERVAL && id != LogicalTypeId::BIT && id != LogicalTypeId::BIGNUM &&
             id != LogicalTypeId::TIME_TZ && id != LogicalTypeId::HUGEINT && id != LogicalTypeId::UHUGEINT;
    case catalog::Transform::kBucket:
      return is_short_integer(id) || is_timestamp(id) || id == LogicalTypeId::DATE ||
             id == LogicalTypeId::TIME || id == LogicalTypeId::DECIMAL || id == LogicalTypeId::VARCHAR ||
             id == LogicalTypeId::BLOB || id == LogicalTypeId::UUID;
    case catalog::Transform::kTruncate:
      return is_short_integer(id) || id == LogicalTypeId::DECIMAL || id == LogicalTypeId::VARCHAR ||
             id == LogicalTypeId::BLOB;
    case catalog::Transform::kYear:
    case catalog::Transform::kMonth:
    case catalog::Transform::kDay:
      return is_timestamp(id) || id == LogicalTypeId::DATE;
    case catalog::Transform::kHour:
      return is_timestamp(id);
  }
  return false;
}

std::optional<std::int32_t> positive_number(const duckdb::ParsedExpression& term) {
  if (term.GetExpressionClass() != duckdb::ExpressionClass::CONSTANT) return std::nullopt;
  const duckdb::Value& value = term.Cast<duckdb::ConstantExpression>().value;
  if (value.IsNull() || !value.type().IsIntegral()) return std::nullopt;
  const auto number = value.GetValue<std::int64_t>();
  if (number < 1 || number > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return static_cast<std::int32_t>(number);
}

/// The term as transform, argument and source; id and name come later.
Result<catalog::PartitionField> transform_of(const duckdb::ParsedExpression& term,
                                             const catalog::Schema& schema) {
  catalog::PartitionField result;
  const duckdb::ParsedExpression* column = &term;
  const TransformName* named = &kTransforms[0];
  if (term.GetExpressionClass() == duckdb::ExpressionClass::FUNCTION) {
    const auto& call = term.Cast<duckdb::FunctionExpression>();
    const std::string name = catalog::lower_ascii(call.function_name);
    const auto* found = std::find_if(kTransforms.begin(), kTransforms.end(),
                                     [&](const TransformName& candidate) { return name == candidate.name; });
    if (found == kTransforms.end()) {
      return misfit(
          "a partition term is a column or one of bucket(n, column), truncate(w, column), year(column), "
          "month(column), day(column), hour(column)",
          term);
    }
    named = found;
    const bool has_argument =
        named->transform == catalog::Transform::kBucket || named->transform == catalog::Transform::kTruncate;
    if (call.children.size() != (has_argument ? 2U : 1U)) return misfit("wrong number of arguments", term);
    if (has_argument) {
      // Both orders are in use: Iceberg's Spark functions put the number first, its specification writes
      // bucket[n](column).
      const auto first = positive_number(*call.children[0]);
      const auto second = first ? std::nullopt : positive_number(*call.children[1]);
      if (!first && !second) return misfit("this partition term wants a positive number", term);
      result.argument = first ? *first : *second;
      column = call.children[first ? 1 : 0].get();
    } else {
      column = call.children[0].get();
    }
  }
  LAKE_TRY(const catalog::Field* const source, column_named(*column, schema));
  LAKE_TRY(const auto type, type_of(*source));
  if (!fits(named->transform, type)) {
    return misfit("this partition term does not fit a column of type " + type.ToString(), term);
  }
  result.source = source->id;
  result.transform = named->transform;
  result.name = source->name + named->suffix;
  if (result.argument > 0) result.name += "_" + std::to_string(result.argument);
  return result;
}

}  // namespace

Result<std::vector<catalog::PartitionField>> partition_fields_of(
    const duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>& terms, const catalog::Schema& schema,
    const std::vector<catalog::PartitionSpec>& before) {
  std::int32_t next_id = 1000;
  for (const catalog::PartitionSpec& spec : before) {
    for (const catalog::PartitionField& field : spec.fields)
      next_id = std::max(next_id, field.partition_field_id + 1);
  }
  std::vector<catalog::PartitionField> result;
  for (const auto& term : terms) {
    LAKE_TRY(auto field, transform_of(*term, schema));
    const auto same = [&](const catalog::PartitionField& other) {
      return other.source == field.source && other.transform == field.transform &&
             other.argument == field.argument;
    };
    if (std::any_of(result.begin(), result.end(), same))
      return misfit("this partition term is given twice", *term);
    const auto same_name = [&](const catalog::PartitionField& other) { return other.name == field.name; };
    if (std::any_of(result.begin(), result.end(), same_name))
      field.name += "_" + std::to_string(result.size());
    field.partition_field_id = 0;
    for (const catalog::PartitionSpec& spec : before) {
      const auto kept = std::find_if(spec.fields.begin(), spec.fields.end(), same);
      if (kept != spec.fields.end()) field.partition_field_id = kept->partition_field_id;
    }
    if (field.partition_field_id == 0) field.partition_field_id = next_id++;
    result.push_back(std::move(field));
  }
  return result;
}

Result<catalog::SortField> sort_field_of(const duckdb::ParsedExpression& term,
                                         const catalog::Schema& schema) {
  LAKE_TRY(const catalog::Field* const source, column_named(term, schema));
  LAKE_TRY(const auto type, type_of(*source));
  if (type.IsNested() || type.id() == LogicalTypeId::VARIANT) {
    return misfit("a table cannot be sorted by a column of type " + type.ToString(), term);
  }
  catalog::SortField field;
  field.source = source->id;
  field.nulls_first = false;  // the engine's own default
  if (const auto* directed = dynamic_cast<const SortTerm*>(&term)) {
    field.ascending = directed->ascending;
    field.nulls_first = directed->nulls_first;
  }
  return field;
}

Status add_layout_terms(const catalog::Table& table, duckdb::CreateTableInfo& info) {
  const auto column_text = [&](catalog::FieldId id) {
    const auto& fields = table.schema->fields;
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.id == id; });
    return found == fields.end() ? std::string() : duckdb::KeywordHelper::WriteOptionallyQuoted(found->name);
  };
  for (const catalog::PartitionSpec& spec : table.specs) {
    if (spec.spec_id != table.spec_id) continue;
    for (const catalog::PartitionField& field : spec.fields) {
      std::string term = column_text(field.source);
      if (field.transform != catalog::Transform::kIdentity) {
        const auto* named = std::find_if(
            kTransforms.begin(), kTransforms.end(),
            [&](const TransformName& candidate) { return candidate.transform == field.transform; });
        term = std::string(named->name) + "(" +
               (field.argument > 0 ? std::to_string(field.argument) + ", " : "") + term + ")";
      }
      LAKE_TRY(auto expression, expression_of(term));
      info.partition_keys.push_back(std::move(expression));
    }
  }
  for (const catalog::SortOrder& order : table.orders) {
    if (order.order_id != table.order_id) continue;
    for (const catalog::SortField& field : order.fields) {
      LAKE_TRY(const auto expression, expression_of(column_text(field.source)));
      info.sort_keys.push_back(duckdb::make_uniq<SortTerm>(
          expression->Cast<duckdb::ColumnRefExpression>().column_names, field.ascending, field.nulls_first));
    }
  }
  return ok();
}

}  // namespace lake::tables
