#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "lake/engine/duckdb.hpp"
#include "lake/tables/table_view.hpp"

namespace lake::tables {

/// A connection for upkeep, in a transaction that ends with it and changes nothing in the engine.
/// Threads: one.
class UpkeepConnection {
 public:
  explicit UpkeepConnection(duckdb::DuckDB& database);
  ~UpkeepConnection();
  UpkeepConnection(const UpkeepConnection&) = delete;
  UpkeepConnection& operator=(const UpkeepConnection&) = delete;

  /// SQL text that scans the view: its columns as plan_view_scan() gives them.
  std::string source(TableViewPtr view);
  /// Errors: engine exceptions.
  duckdb::unique_ptr<duckdb::QueryResult> run(const std::string& sql);
  duckdb::ClientContext& context() { return *connection_.context; }

 private:
  friend void register_view_rows(duckdb::DuckDB& database);
  struct Sources;  // views that hidden scans of the connection read, by number
  static duckdb::unique_ptr<duckdb::LogicalOperator> plan(duckdb::ClientContext& context,
                                                          duckdb::TableFunctionBindInput& input,
                                                          duckdb::idx_t bind_index,
                                                          duckdb::vector<duckdb::string>& names);

  duckdb::Connection connection_;
  duckdb::shared_ptr<Sources> sources_;
  std::uint64_t next_ = 0;
};

/// Registers the hidden function behind UpkeepConnection::source().
void register_view_rows(duckdb::DuckDB& database);

}  // namespace lake::tables
