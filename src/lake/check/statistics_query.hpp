#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/catalog/model.hpp"

namespace lake::check {

/// A query that compares the recorded statistics of one file with its values. It gives one row of one BOOLEAN
/// a claim: false or NULL means the claim does not hold.
struct StatisticsQuery {
  std::string sql;                  // empty = nothing to compare
  std::vector<std::string> claims;  // what each column of the row says, for people
};

/// `physical_names`: the file's top-level columns by field id. Bounds are compared for BOOLEAN, signed
/// integers, FLOAT, DOUBLE, DATE, TIMESTAMP, TIMESTAMP WITH TIME ZONE and VARCHAR; NULL counts for every
/// top-level column. `quoted_path`: SQL literal. Errors: kCorruption (a bound is no value of its type; names
/// the column).
Result<StatisticsQuery> statistics_query(const catalog::DataFile& file, const catalog::Schema& schema,
                                         const std::map<catalog::FieldId, std::string>& physical_names,
                                         const std::string& quoted_path);

}  // namespace lake::check
