#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lake/ingest/sql_text.hpp"

namespace lake::ingest {

enum class DefinitionKind : std::uint8_t { kMacro, kTable, kView };

/// A statement that makes a macro (with its overloads), a table or a view.
struct Definition {
  DefinitionKind kind;
  TableName name;
  std::string sql;
};

/// The same definitions, each after those it uses and otherwise in the order given. What it uses is told by
/// the names in its text: a macro by a call, a table or a view by its name elsewhere. A name may stand for
/// something else there (a column); where that seems to make a circle, names behind FROM and JOIN count
/// alone.
std::vector<Definition> in_order_of_use(std::vector<Definition> definitions);

}  // namespace lake::ingest
