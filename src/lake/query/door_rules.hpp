#pragma once

#include <memory>
#include <string>

#include "lake/access/paths.hpp"
#include "lake/base/result.hpp"

namespace duckdb {
class ClientContext;
class DatabaseInstance;
class SQLStatement;
}  // namespace duckdb

/// What SQL that came over a network door may not do. Three lines of defence, each sufficient for what it
/// sees: statements by their kind (check_door_statement), plans by their operators and functions (the planner
/// hook, which also sees what is prepared, explained or hidden in macros), and files by their path (the
/// session's file system, which every reader and writer of DuckDB goes through).
namespace lake::query {

/// Which paths SQL may name. Immutable; threads: any.
class PathRules {
 public:
  /// `allowed`: null closes all paths to doors.
  PathRules(const std::string& data_directory, std::shared_ptr<const access::AllowedPaths> allowed);
  /// SQL over a door names this path or pattern: below an allowed path, outside the data directory.
  [[nodiscard]] bool door_may_name(const std::string& path) const;
  /// No SQL, the owner's neither, writes this file or directory: in the data directory, or, where it is to be
  /// `emptied` first, around it.
  [[nodiscard]] bool is_closed_to_writing(const std::string& path, bool emptied = false) const;
  /// The lake's own table files, which a plan over lake tables opens.
  [[nodiscard]] bool is_table_file(const std::string& path) const;
  /// The catalog and the lock: opened a second time by this process, their locks would be lost.
  [[nodiscard]] bool is_guarded(const std::string& path) const;

 private:
  const std::string data_directory_given_;  // as the lake's own plans spell it
  std::string data_directory_;              // symbolic links resolved
  std::shared_ptr<const access::AllowedPaths> allowed_;
};

/// Puts the session's file system over the connection's. Once for each connection of a session, before its
/// first statement.
void install_door(duckdb::ClientContext& context, const std::shared_ptr<const PathRules>& rules);
/// Says whether the statements that follow came over a door.
void set_from_door(duckdb::ClientContext& context, bool from_door);
/// Registers with a DuckDB; once for each life of it. From then on every connection is closed to all paths
/// but the lake's own tables, and judged as if it came over a door, until a session calls install_door() on
/// it: so what a function of the engine runs on a connection of its own reaches nothing outside.
void install_hooks(duckdb::DatabaseInstance& database, std::shared_ptr<const PathRules> rules);

/// Judges a statement by its kind, and keeps its settings to its session. Errors: kPermissionDenied.
Status check_door_statement(duckdb::SQLStatement& statement);

}  // namespace lake::query
