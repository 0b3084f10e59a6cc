#include "lake/engine/variant_depth.hpp"

#include <string>
#include <utility>
#include <vector>

#include "duckdb/common/type_visitor.hpp"
#include "duckdb/common/types/variant.hpp"
#include "duckdb/function/cast/cast_function_set.hpp"
#include "duckdb/function/cast/default_casts.hpp"
#include "duckdb/function/scalar/variant_utils.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/engine/errors.hpp"
#include "lake/engine/json_depth.hpp"

namespace lake::engine {

namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

bool is_too_deep(const duckdb::UnifiedVariantVectorData& variant, duckdb::idx_t row) {
  // No value is deeper than it has parts.
  if (variant.GetValuesListEntry(row).length <= kJsonDepthMax) return false;
  struct Part {
    std::uint32_t index;
    std::size_t depth;  // containers around it
  };
  std::vector<Part> parts = {{0, 0}};
  while (!parts.empty()) {
    const Part part = parts.back();
    parts.pop_back();
    const auto type = variant.GetTypeId(row, part.index);
    if (type != duckdb::VariantLogicalType::ARRAY && type != duckdb::VariantLogicalType::OBJECT) continue;
    if (part.depth == kJsonDepthMax) return true;
    const auto inside = duckdb::VariantUtils::DecodeNestedData(variant, row, part.index);
    for (std::uint32_t i = 0; i < inside.child_count; ++i)
      parts.push_back({variant.GetValuesIndex(row, inside.children_idx + i), part.depth + 1});
  }
  return false;
}

void check_depth(duckdb::Vector& values, duckdb::idx_t count) {
  duckdb::RecursiveUnifiedVectorFormat format;
  duckdb::Vector::RecursiveToUnifiedFormat(values, count, format);
  const duckdb::UnifiedVariantVectorData variant(format);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    if (!variant.RowIsValid(row) || !is_too_deep(variant, row)) continue;
    throw_as_duckdb(Error(ErrorCode::kInvalidArgument, "a VARIANT value has more than " +
                                                           std::to_string(kJsonDepthMax) +
                                                           " levels of lists and structs inside each other"));
  }
}

/// The engine's own cast, around which the check is.
struct CheckedCast : public duckdb::BoundCastData {
  explicit CheckedCast(duckdb::BoundCastInfo engine_cast) : cast(std::move(engine_cast)) {}
  duckdb::unique_ptr<duckdb::BoundCastData> Copy() const override {
    return duckdb::make_uniq<CheckedCast>(cast.Copy());
  }
  duckdb::BoundCastInfo cast;
};

bool run_checked(duckdb::Vector& source, duckdb::Vector& result, duckdb::idx_t count,
                 duckdb::CastParameters& parameters) {
  auto& cast = parameters.cast_data->Cast<CheckedCast>().cast;
  duckdb::CastParameters inner(parameters, cast.cast_data.get(), parameters.local_state);
  const bool all_fit = cast.function(source, result, count, inner);
  check_depth(result, count);
  return all_fit;
}

duckdb::unique_ptr<duckdb::FunctionLocalState> start_checked(duckdb::CastLocalStateParameters& parameters) {
  auto& cast = parameters.cast_data->Cast<CheckedCast>().cast;
  if (!cast.init_local_state) return nullptr;
  duckdb::CastLocalStateParameters inner(parameters, cast.cast_data.get());
  return cast.init_local_state(inner);
}

duckdb::BoundCastInfo bind_cast(duckdb::BindCastInput& input, const LogicalType& source,
                                const LogicalType& target) {
  auto cast = duckdb::DefaultCasts::GetDefaultCastFunction(input, source, target);
  if (!duckdb::TypeVisitor::Contains(source, LogicalTypeId::VARIANT)) return cast;
  return {run_checked, duckdb::make_uniq<CheckedCast>(std::move(cast)), start_checked};
}

}  // namespace

void bound_variant_depth(duckdb::DatabaseInstance& database) {
  auto& casts = duckdb::CastFunctionSet::Get(database);
  const LogicalType any = LogicalType::ANY;
  const LogicalType variant = LogicalType::VARIANT();
  for (const LogicalType& source :
       {LogicalType::LIST(any), LogicalType::STRUCT({{"any", any}}), LogicalType::MAP(any, any),
        LogicalType::UNION({{"any", any}}), LogicalType::ARRAY(any, duckdb::optional_idx())}) {
    const auto cost = duckdb::CastFunctionSet::ImplicitCastCost(database, source, variant);
    casts.RegisterCastFunction(source, variant, bind_cast, cost);
  }
}

}  // namespace lake::engine
