#pragma once

#include <string>
#include <vector>

#include "duckdb/parser/expression/columnref_expression.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// A SORTED BY term with its direction: DuckDB's CREATE TABLE has expressions there, without a place for one.
class SortTerm final : public duckdb::ColumnRefExpression {
 public:
  SortTerm(duckdb::vector<duckdb::string> names, bool is_ascending, bool has_nulls_first)
      : ColumnRefExpression(std::move(names)), ascending(is_ascending), nulls_first(has_nulls_first) {}
  const bool ascending;
  const bool nulls_first;

  duckdb::string ToString() const override;
  duckdb::unique_ptr<duckdb::ParsedExpression> Copy() const override;
};

struct SortDirection {
  bool ascending = true;
  bool nulls_first = false;  // the engine's default, in both directions
};

/// The directions that a CREATE TABLE ... SORTED BY (a DESC NULLS FIRST, ...) gives, or an EXPLAIN of one,
/// one for each term; empty for every other text. DuckDB's grammar does not know the words, so they are made
/// blanks in `sql`: what is left parses, and positions in it stay. Errors of the text are the parser's to
/// tell. Threads: any.
std::vector<SortDirection> take_sort_directions(std::string& sql);
/// Gives them back to the statement that was parsed from the rest.
void give_sort_directions(const std::vector<SortDirection>& directions, duckdb::SQLStatement& statement);

}  // namespace lake::tables
