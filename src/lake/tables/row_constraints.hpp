#pragma once

#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// NOT NULL and CHECK constraints of a table, tried on rows before anything of them is kept or written.
/// Threads: const after construction; each call makes its own executor state.
class RowConstraints {
 public:
  /// `bound` as the binder gave them for `table`, in the order of its constraints.
  RowConstraints(duckdb::TableCatalogEntry& table,
                 const duckdb::vector<duckdb::unique_ptr<duckdb::BoundConstraint>>& bound);
  RowConstraints() = default;

  [[nodiscard]] bool empty() const { return not_null_.empty() && checks_.empty(); }
  /// `chunk` begins with the table's columns in order. Throws a ConstraintException that names column or
  /// expression.
  void verify(duckdb::ClientContext& context, duckdb::DataChunk& chunk) const;

 private:
  struct NotNull {
    duckdb::idx_t column;
    std::string name;
  };
  struct Check {
    duckdb::unique_ptr<duckdb::Expression> expression;
    std::string text;
  };
  std::string table_;
  std::vector<NotNull> not_null_;
  std::vector<Check> checks_;
};

}  // namespace lake::tables
