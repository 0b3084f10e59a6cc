#pragma once

#include <string>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/codec/sql_text.hpp"

namespace lake::ingest {

using codec::quoted_name;
using codec::quoted_text;
/// A literal for reading functions that expand patterns: the path itself, whatever characters it holds.
std::string quoted_path(std::string_view path);

struct TableName {
  std::string schema = "main";
  std::string table;
  [[nodiscard]] std::string sql() const { return quoted_name(schema) + "." + quoted_name(table); }
  [[nodiscard]] std::string text() const { return schema == "main" ? table : schema + "." + table; }
  bool operator<(const TableName& other) const {
    return schema != other.schema ? schema < other.schema : table < other.table;
  }
};

/// "s.t" or "t", parts may be double-quoted. Errors: kInvalidArgument.
Result<TableName> parse_table_name(std::string_view text);

}  // namespace lake::ingest
