#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/validate/rule_set.hpp"

namespace lake::validate {

/// Records to be looked at.
struct RecordSource {
  std::string sql;  // a query whose columns are `position` (BIGINT) and `doc` (JSON), in any order of rows
  bool has_texts_only =
      false;  // its values are all texts, as those of CSV: types are what the texts can be read as
};

/// One SQL query that looks at every record once, for all rules. Its columns:
///   position, doc   as in the source
///   violations      a list of kViolationType, empty for a record without fault
///   is_refused      true when one of them is an error
///
/// Cost: one pass over the source; a sort for each `unique`, a hash join for each `reference`.
/// Values are taken by JSON path; of several members of one name the first counts. Values in messages are cut
/// to kFoundCharactersMax. Errors: kInvalidArgument (a column reference that is none). Expressions and names
/// of columns are the engine's to judge; an expression that fails on a record gives NULL, which breaks
/// nothing, as in CHECK.
Result<std::string> check_query(const ResolvedRules& rules, const RecordSource& source);
inline constexpr std::size_t kFoundCharactersMax = 200;
inline constexpr const char* kViolationType =
    "STRUCT(rule VARCHAR, severity VARCHAR, category VARCHAR, path VARCHAR, message VARCHAR, suggestion "
    "VARCHAR)";

/// The JSON path of names, as a literal of SQL: '$."a"."b"'.
std::string json_path_literal(const std::vector<std::string>& names);

}  // namespace lake::validate
