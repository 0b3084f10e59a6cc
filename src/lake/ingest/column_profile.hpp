#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/ingest/sql_text.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

/// What the values of a column are like.
struct ColumnProfile {
  std::string name;
  std::string type;  // of SQL
  std::uint64_t nulls = 0;
  std::uint64_t distinct = 0;  // without NULL; about so many where is_exact is false
  bool is_exact = false;
  /// No NULL and no value twice; nothing where the table is too large to look.
  std::optional<bool> is_key;
  /// email, uri, uuid, ip, date, time, flag, latitude, longitude, identifier, category, number, text, object;
  /// of texts by what nearly all of a sample are.
  std::string semantic_type;
};

/// Looks at all rows of a table; its first kProfiledColumnsMax columns. Errors: those of Session.
Result<std::vector<ColumnProfile>> profile_columns(query::Session& session, const TableName& table);
inline constexpr std::size_t kProfiledColumnsMax = 200;

/// [{"name", "type", "nullable", "key", "semantic_type", "nulls", "distinct"}]
std::string profile_text(const std::vector<ColumnProfile>& columns);

}  // namespace lake::ingest
