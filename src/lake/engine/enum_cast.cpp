#include "lake/engine/enum_cast.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "duckdb/function/cast/cast_function_set.hpp"
#include "duckdb/function/cast/default_casts.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/engine/errors.hpp"

namespace lake::engine {

namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

constexpr duckdb::idx_t kNamedMax = 10;
constexpr std::size_t kShownBytesMax = 100;

std::string shown(const std::string& value) {
  std::size_t end = std::min(value.size(), kShownBytesMax);
  const auto is_inside = [&](std::size_t at) {
    return at < value.size() && (static_cast<unsigned char>(value[at]) & 0xC0U) == 0x80U;
  };
  while (end > 0 && is_inside(end)) --end;
  return "'" + value.substr(0, end) + (end < value.size() ? "...'" : "'");
}

std::string refusal(const std::string& value, const LogicalType& type) {
  const auto count = duckdb::EnumType::GetSize(type);
  std::string text = shown(value) + " is no value of this ENUM; its values are ";
  for (duckdb::idx_t i = 0; i < std::min(count, kNamedMax); ++i)
    text += (i == 0 ? "" : ", ") + shown(duckdb::EnumType::GetString(type, i).GetString());
  if (count > kNamedMax) text += " and " + std::to_string(count - kNamedMax) + " more";
  return text;
}

/// The first row that had a value and has none any more.
std::optional<duckdb::idx_t> first_lost(duckdb::Vector& source, duckdb::Vector& result, duckdb::idx_t count) {
  duckdb::UnifiedVectorFormat before;
  duckdb::UnifiedVectorFormat after;
  result.ToUnifiedFormat(count, after);
  if (after.validity.AllValid()) return std::nullopt;
  source.ToUnifiedFormat(count, before);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const bool was_there = before.validity.RowIsValid(before.sel->get_index(row));
    if (was_there && !after.validity.RowIsValid(after.sel->get_index(row))) return row;
  }
  return std::nullopt;
}

/// The engine's own cast, whose failures are told in other words.
struct ToldCast : public duckdb::BoundCastData {
  explicit ToldCast(duckdb::BoundCastInfo engine_cast) : cast(std::move(engine_cast)) {}
  duckdb::unique_ptr<duckdb::BoundCastData> Copy() const override {
    return duckdb::make_uniq<ToldCast>(cast.Copy());
  }
  duckdb::BoundCastInfo cast;
};

bool run_told(duckdb::Vector& source, duckdb::Vector& result, duckdb::idx_t count,
              duckdb::CastParameters& parameters) {
  auto& cast = parameters.cast_data->Cast<ToldCast>().cast;
  duckdb::CastParameters inner(parameters, cast.cast_data.get(), parameters.local_state);
  std::string engine_words;  // with these it does not throw
  inner.error_message = &engine_words;
  cast.function(source, result, count, inner);
  const auto lost = first_lost(source, result, count);
  if (!lost) return true;
  const auto text = refusal(source.GetValue(*lost).ToString(), result.GetType());
  if (parameters.error_message == nullptr) {
    const Error error(ErrorCode::kInvalidArgument, text);
    const auto& place = parameters.query_location;
    throw_as_duckdb(place.IsValid() ? error.at(static_cast<std::int64_t>(place.GetIndex())) : error);
  }
  if (parameters.error_message->empty()) *parameters.error_message = text;
  return false;
}

duckdb::BoundCastInfo bind_cast(duckdb::BindCastInput& input, const LogicalType& source,
                                const LogicalType& target) {
  auto cast = duckdb::DefaultCasts::GetDefaultCastFunction(input, source, target);
  return {run_told, duckdb::make_uniq<ToldCast>(std::move(cast))};
}

}  // namespace

void name_enum_values(duckdb::DatabaseInstance& database) {
  auto& casts = duckdb::CastFunctionSet::Get(database);
  const LogicalType target(LogicalTypeId::ENUM);
  const LogicalType text = LogicalType::VARCHAR;
  const auto cost = duckdb::CastFunctionSet::ImplicitCastCost(database, text, target);
  casts.RegisterCastFunction(text, target, bind_cast, cost);
  constexpr std::int64_t kOnlyAsked = -1;  // as the engine has it for two types of ENUM
  casts.RegisterCastFunction(target, target, bind_cast, kOnlyAsked);
}

}  // namespace lake::engine
