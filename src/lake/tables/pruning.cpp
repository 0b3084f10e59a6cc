#include "lake/tables/pruning.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "duckdb/planner/expression/bound_between_expression.hpp"
#include "duckdb/planner/expression/bound_comparison_expression.hpp"
#include "duckdb/planner/expression/bound_conjunction_expression.hpp"
#include "duckdb/planner/expression/bound_operator_expression.hpp"
#include "duckdb/planner/filter/conjunction_filter.hpp"
#include "duckdb/planner/filter/constant_filter.hpp"
#include "duckdb/planner/filter/dynamic_filter.hpp"
#include "duckdb/planner/filter/in_filter.hpp"
#include "duckdb/planner/filter/null_filter.hpp"
#include "duckdb/planner/filter/optional_filter.hpp"
#include "duckdb/planner/filter/struct_filter.hpp"
#include "lake/codec/bounds.hpp"
#include "lake/tables/column_bounds.hpp"
#include "lake/tables/field_types.hpp"
#include "lake/tables/partition_values.hpp"

namespace lake::tables {
namespace {

using duckdb::ExpressionType;
using duckdb::TableFilter;
using duckdb::TableFilterType;
using duckdb::Value;
using Marks = std::optional<FileMarks>;  // nothing = the condition says nothing

void intersect(Marks& left, Marks right) {
  if (!right) return;
  if (!left) {
    left = std::move(right);
    return;
  }
  for (std::size_t i = 0; i < left->size(); ++i) (*left)[i] &= (*right)[i];
}

template <class T, class U>
void mark_between(const std::vector<T>& low, const std::vector<T>& high, ExpressionType comparison,
                  const U& key, const ColumnBounds& bounds, FileMarks& marks) {
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const bool above = bounds.low.known[i] == 0 || !(key < low[i]);    // low <= key
    const bool below = bounds.high.known[i] == 0 || !(high[i] < key);  // key <= high
    bool pass = true;
    switch (comparison) {
      case ExpressionType::COMPARE_EQUAL:
        pass = above && below;
        break;
      case ExpressionType::COMPARE_LESSTHAN:
        pass = bounds.low.known[i] == 0 || low[i] < key;
        break;
      case ExpressionType::COMPARE_LESSTHANOREQUALTO:
        pass = above;
        break;
      case ExpressionType::COMPARE_GREATERTHAN:
        pass = bounds.high.known[i] == 0 || key < high[i];
        break;
      default:  // COMPARE_GREATERTHANOREQUALTO
        pass = below;
        break;
    }
    marks[i] = pass ? 1 : 0;
  }
}

/// True when a key can be compared with bounds of this kind.
bool has_kind(const BoundKey& key, KeyKind kind) {
  switch (kind) {
    case KeyKind::kWhole:
      return std::holds_alternative<std::int64_t>(key);
    case KeyKind::kFloat:
      return std::holds_alternative<double>(key);
    case KeyKind::kWide:
      return std::holds_alternative<codec::Int128>(key);
    case KeyKind::kBytes:
      return std::holds_alternative<std::string>(key);
    case KeyKind::kNone:
      return false;
  }
  return false;
}

bool is_range(ExpressionType comparison) {
  switch (comparison) {
    case ExpressionType::COMPARE_LESSTHAN:
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
    case ExpressionType::COMPARE_GREATERTHAN:
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return true;
    default:
      return false;
  }
}

/// Judges the conditions on one column or one of its parts.
class ColumnJudge {
 public:
  ColumnJudge(const ScanSource& source, const catalog::Field& field, duckdb::LogicalType type, bool nested)
      : source_(source), field_(field), type_(std::move(type)), nested_(nested) {}

  Marks judge(const TableFilter& filter) const {
    switch (filter.filter_type) {
      case TableFilterType::CONSTANT_COMPARISON: {
        const auto& comparison = filter.Cast<duckdb::ConstantFilter>();
        return compare(comparison.comparison_type, comparison.constant);
      }
      case TableFilterType::IN_FILTER:
        return any_of(filter.Cast<duckdb::InFilter>().values);
      case TableFilterType::IS_NULL:
        return nested_ ? std::nullopt : Marks(bounds().may_be_null);
      case TableFilterType::IS_NOT_NULL:
        return nested_ ? std::nullopt : Marks(bounds().may_be_value);
      case TableFilterType::CONJUNCTION_AND:
        return all_of(filter.Cast<duckdb::ConjunctionAndFilter>());
      case TableFilterType::CONJUNCTION_OR:
        return one_of(filter.Cast<duckdb::ConjunctionOrFilter>());
      case TableFilterType::OPTIONAL_FILTER: {
        const auto& optional = filter.Cast<duckdb::OptionalFilter>();
        return optional.child_filter ? judge(*optional.child_filter) : std::nullopt;
      }
      case TableFilterType::DYNAMIC_FILTER:
        return dynamic(filter.Cast<duckdb::DynamicFilter>());
      case TableFilterType::STRUCT_EXTRACT:
        return part(filter.Cast<duckdb::StructFilter>());
      default:
        return std::nullopt;
    }
  }

  Marks compare(ExpressionType comparison, const Value& constant) const {
    if (comparison != ExpressionType::COMPARE_EQUAL && !is_range(comparison)) return std::nullopt;
    if (is_range(comparison) && orders_by_other_means(type_)) return std::nullopt;
    const auto key = key_of(constant, type_);
    const ColumnBounds& known = bounds();
    if (!key || !has_kind(*key, known.kind)) return std::nullopt;
    FileMarks marks(known.may_be_value.size(), 1);
    const auto& low = known.low;
    const auto& high = known.high;
    switch (known.kind) {
      case KeyKind::kWhole:
        mark_between(low.whole, high.whole, comparison, std::get<std::int64_t>(*key), known, marks);
        break;
      case KeyKind::kFloat:
        mark_between(low.floats, high.floats, comparison, std::get<double>(*key), known, marks);
        break;
      case KeyKind::kWide:
        mark_between(low.wide, high.wide, comparison, std::get<codec::Int128>(*key), known, marks);
        break;
      default:
        mark_between(low.bytes, high.bytes, comparison, std::string_view(std::get<std::string>(*key)), known,
                     marks);
        break;
    }
    // NaN is above every number here and in no bound.
    const bool nan_passes =
        known.kind == KeyKind::kFloat && (comparison == ExpressionType::COMPARE_GREATERTHAN ||
                                          comparison == ExpressionType::COMPARE_GREATERTHANOREQUALTO);
    for (std::size_t i = 0; i < marks.size(); ++i) {
      if (nan_passes && known.may_be_nan[i] != 0) marks[i] = 1;
      marks[i] &= known.may_be_value[i];
    }
    if (comparison == ExpressionType::COMPARE_EQUAL) keep_bucket(constant, marks);
    return marks;
  }

 private:
  const ColumnBounds& bounds() const {
    if (!bounds_) {
      bounds_ = source_.bounds().column(*source_.view->files, *source_.view->table, field_, type_);
    }
    return *bounds_;
  }

  /// The schemas in which the column was as it is now, so that equal values are in equal buckets.
  [[nodiscard]] std::set<std::int32_t> schemas_alike() const {
    const catalog::Table& table = *source_.view->table;
    std::set<std::int32_t> alike{table.schema->schema_id};
    for (const auto& [id, schema] : *table.schemas) {
      if (std::any_of(schema->fields.begin(), schema->fields.end(), [this](const catalog::Field& then) {
            return then.id == field_.id && then.type == field_.type && then.collation == field_.collation;
          })) {
        alike.insert(id);
      }
    }
    return alike;
  }

  /// Leaves out files of other buckets than the constant's.
  void keep_bucket(const Value& constant, FileMarks& marks) const {
    if (nested_ || constant.type() != type_) return;
    std::optional<std::set<std::int32_t>> alike;
    for (const catalog::PartitionSpec& spec : source_.view->table->specs) {
      for (std::size_t place = 0; place < spec.fields.size(); ++place) {
        const catalog::PartitionField& field = spec.fields[place];
        if (field.source != field_.id || field.transform != catalog::Transform::kBucket) continue;
        if (!can_partition(type_, field.transform)) continue;
        const auto wanted = partition_value(constant, field);
        for (std::size_t i = 0; i < marks.size(); ++i) {
          const catalog::DataFile& file = *(*source_.view->files)[i];
          if (file.spec_id != spec.spec_id || place >= file.partition.size()) continue;
          if (!alike) alike = schemas_alike();
          if (alike->contains(file.schema_id) && file.partition[place] != wanted) marks[i] = 0;
        }
      }
    }
  }

  Marks any_of(const duckdb::vector<Value>& values) const {
    FileMarks marks;
    for (const Value& value : values) {
      auto one = compare(ExpressionType::COMPARE_EQUAL, value);
      if (!one) return std::nullopt;
      if (marks.empty()) {
        marks = std::move(*one);
      } else {
        for (std::size_t i = 0; i < marks.size(); ++i) marks[i] |= (*one)[i];
      }
    }
    return values.empty() ? std::nullopt : Marks(std::move(marks));
  }

  Marks all_of(const duckdb::ConjunctionAndFilter& filter) const {
    Marks marks;
    for (const auto& child : filter.child_filters) intersect(marks, judge(*child));
    return marks;
  }

  Marks one_of(const duckdb::ConjunctionOrFilter& filter) const {
    Marks marks;
    for (const auto& child : filter.child_filters) {
      auto one = judge(*child);
      if (!one) return std::nullopt;
      if (!marks) {
        marks = std::move(one);
      } else {
        for (std::size_t i = 0; i < marks->size(); ++i) (*marks)[i] |= (*one)[i];
      }
    }
    return marks;
  }

  Marks dynamic(const duckdb::DynamicFilter& filter) const {
    if (!filter.filter_data || !filter.filter_data->initialized) return std::nullopt;
    const duckdb::lock_guard<duckdb::mutex> lock(filter.filter_data->lock);
    return filter.filter_data->filter ? judge(*filter.filter_data->filter) : std::nullopt;
  }

  Marks part(const duckdb::StructFilter& filter) const {
    if (type_.id() != duckdb::LogicalTypeId::STRUCT || filter.child_idx >= field_.children.size())
      return std::nullopt;
    const auto& inner = field_.children[filter.child_idx];
    const ColumnJudge judge(source_, inner, duckdb::StructType::GetChildType(type_, filter.child_idx), true);
    return judge.judge(*filter.child_filter);
  }

  const ScanSource& source_;
  const catalog::Field& field_;
  const duckdb::LogicalType type_;
  const bool nested_;
  mutable std::shared_ptr<const ColumnBounds> bounds_;
};

ColumnJudge judge_of(const ScanSource& source, duckdb::column_t column) {
  return ColumnJudge(source, source.view->table->schema->fields[column], source.columns[column].type, false);
}

/// Conditions over columns and constants, before they are filters.
class ConditionJudge {
 public:
  ConditionJudge(duckdb::ClientContext& context, const ScanSource& source,
                 const duckdb::MultiFilePushdownInfo& info)
      : context_(context), source_(source), info_(info) {}

  Marks judge(const duckdb::Expression& condition) const {
    switch (condition.GetExpressionClass()) {
      case duckdb::ExpressionClass::BOUND_COMPARISON: {
        const auto& comparison = condition.Cast<duckdb::BoundComparisonExpression>();
        if (auto marks = compare(*comparison.left, comparison.type, *comparison.right)) return marks;
        return compare(*comparison.right, duckdb::FlipComparisonExpression(comparison.type),
                       *comparison.left);
      }
      case duckdb::ExpressionClass::BOUND_BETWEEN: {
        const auto& between = condition.Cast<duckdb::BoundBetweenExpression>();
        Marks marks = compare(*between.input, between.LowerComparisonType(), *between.lower);
        intersect(marks, compare(*between.input, between.UpperComparisonType(), *between.upper));
        return marks;
      }
      case duckdb::ExpressionClass::BOUND_CONJUNCTION:
        return conjunction(condition.Cast<duckdb::BoundConjunctionExpression>());
      case duckdb::ExpressionClass::BOUND_OPERATOR:
        return operation(condition.Cast<duckdb::BoundOperatorExpression>());
      default:
        return std::nullopt;
    }
  }

 private:
  std::optional<duckdb::column_t> column_of(const duckdb::Expression& expression) const {
    if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_COLUMN_REF) return std::nullopt;
    const auto& reference = expression.Cast<duckdb::BoundColumnRefExpression>();
    if (reference.depth != 0 || reference.binding.table_index != info_.table_index) return std::nullopt;
    if (reference.binding.column_index >= info_.column_ids.size()) return std::nullopt;
    const auto column = info_.column_ids[reference.binding.column_index];
    if (duckdb::IsVirtualColumn(column) || column >= source_.columns.size()) return std::nullopt;
    if (reference.return_type != source_.columns[column].type) return std::nullopt;
    return column;
  }
  std::optional<Value> constant_of(const duckdb::Expression& expression) const {
    if (!expression.IsFoldable() || expression.HasParameter()) return std::nullopt;
    Value value;
    if (!duckdb::ExpressionExecutor::TryEvaluateScalar(context_, expression, value)) return std::nullopt;
    return value;
  }
  Marks compare(const duckdb::Expression& left, ExpressionType comparison,
                const duckdb::Expression& right) const {
    const auto column = column_of(left);
    const auto constant = column ? constant_of(right) : std::nullopt;
    if (!constant) return std::nullopt;
    return judge_of(source_, *column).compare(comparison, *constant);
  }
  Marks conjunction(const duckdb::BoundConjunctionExpression& condition) const {
    Marks marks;
    for (const auto& child : condition.children) {
      auto one = judge(*child);
      if (condition.type == ExpressionType::CONJUNCTION_AND) {
        intersect(marks, std::move(one));
      } else if (!one) {
        return std::nullopt;
      } else if (!marks) {
        marks = std::move(one);
      } else {
        for (std::size_t i = 0; i < marks->size(); ++i) (*marks)[i] |= (*one)[i];
      }
    }
    return marks;
  }
  Marks operation(const duckdb::BoundOperatorExpression& condition) const {
    if (condition.children.empty()) return std::nullopt;
    const auto column = column_of(*condition.children[0]);
    if (!column) return std::nullopt;
    const ColumnJudge judge = judge_of(source_, *column);
    if (condition.type == ExpressionType::OPERATOR_IS_NULL) return judge.judge(duckdb::IsNullFilter());
    if (condition.type == ExpressionType::OPERATOR_IS_NOT_NULL) return judge.judge(duckdb::IsNotNullFilter());
    if (condition.type != ExpressionType::COMPARE_IN) return std::nullopt;
    Marks marks;
    for (std::size_t i = 1; i < condition.children.size(); ++i) {
      const auto constant = constant_of(*condition.children[i]);
      if (!constant) return std::nullopt;
      if (constant->IsNull()) continue;  // matches nothing
      auto one = judge.compare(ExpressionType::COMPARE_EQUAL, *constant);
      if (!one) return std::nullopt;
      if (!marks) {
        marks = std::move(one);
      } else {
        for (std::size_t n = 0; n < marks->size(); ++n) (*marks)[n] |= (*one)[n];
      }
    }
    return marks;
  }

  duckdb::ClientContext& context_;
  const ScanSource& source_;
  const duckdb::MultiFilePushdownInfo& info_;
};

std::unique_ptr<FileMarks> boxed(Marks marks) {
  return marks ? std::make_unique<FileMarks>(std::move(*marks)) : nullptr;
}

/// Smallest and largest over all files, where each file knows both.
template <class T>
std::optional<std::pair<T, T>> whole_range(const ColumnBounds& bounds, const std::vector<T>& low,
                                           const std::vector<T>& high) {
  std::optional<std::pair<T, T>> range;
  for (std::size_t i = 0; i < bounds.may_be_value.size(); ++i) {
    if (bounds.may_be_value[i] == 0) continue;
    if (bounds.low.known[i] == 0 || bounds.high.known[i] == 0) return std::nullopt;
    if (!range) range = std::pair<T, T>(low[i], high[i]);
    range->first = std::min(range->first, low[i]);
    range->second = std::max(range->second, high[i]);
  }
  return range;
}

std::optional<Value> value_of(std::int64_t key, const duckdb::LogicalType& type) {
  using duckdb::LogicalTypeId;
  switch (type.id()) {
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
    case LogicalTypeId::UINTEGER: {
      Value value = Value::BIGINT(key);
      if (!value.DefaultTryCastAs(type)) return std::nullopt;
      return value;
    }
    case LogicalTypeId::DATE:
      return Value::DATE(duckdb::date_t(static_cast<std::int32_t>(key)));
    case LogicalTypeId::TIMESTAMP:
      return Value::TIMESTAMP(duckdb::timestamp_t(key));
    case LogicalTypeId::TIMESTAMP_TZ:
      return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(key));
    default:
      return std::nullopt;
  }
}

}  // namespace

std::unique_ptr<FileMarks> files_that_may_pass(const ScanSource& source,
                                               const duckdb::vector<duckdb::column_t>& column_ids,
                                               const duckdb::TableFilterSet& filters) {
  Marks marks;
  for (const auto& [index, filter] : filters.filters) {
    const auto column = column_ids[index];
    if (duckdb::IsVirtualColumn(column)) continue;
    intersect(marks, judge_of(source, column).judge(*filter));
  }
  return boxed(std::move(marks));
}

std::unique_ptr<FileMarks> files_that_may_pass(
    duckdb::ClientContext& context, const ScanSource& source, const duckdb::MultiFilePushdownInfo& info,
    const duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& conditions) {
  const ConditionJudge judge(context, source, info);
  Marks marks;
  for (const auto& condition : conditions) intersect(marks, judge.judge(*condition));
  return boxed(std::move(marks));
}

duckdb::unique_ptr<duckdb::BaseStatistics> column_statistics(const ScanSource& source,
                                                             duckdb::column_t column) {
  const TableView& view = *source.view;
  if (duckdb::IsVirtualColumn(column) || view.files->empty()) return nullptr;
  if (!view.runs.empty() || !view.own_files.empty()) return nullptr;
  const auto& type = source.columns[column].type;
  const auto bounds =
      source.bounds().column(*view.files, *view.table, view.table->schema->fields[column], type);
  if (bounds->kind != KeyKind::kWhole) return nullptr;
  const auto range = whole_range(*bounds, bounds->low.whole, bounds->high.whole);
  if (!range) return nullptr;
  const auto low = value_of(range->first, type);
  const auto high = value_of(range->second, type);
  if (!low || !high) return nullptr;
  auto statistics = duckdb::NumericStats::CreateEmpty(type);
  duckdb::NumericStats::SetMin(statistics, *low);
  duckdb::NumericStats::SetMax(statistics, *high);
  statistics.Set(duckdb::StatsInfo::CAN_HAVE_VALID_VALUES);
  const bool any_null = std::any_of(bounds->may_be_null.begin(), bounds->may_be_null.end(),
                                    [](auto mark) { return mark != 0; });
  statistics.Set(any_null ? duckdb::StatsInfo::CAN_HAVE_NULL_VALUES
                          : duckdb::StatsInfo::CANNOT_HAVE_NULL_VALUES);
  return statistics.ToUnique();
}

}  // namespace lake::tables
