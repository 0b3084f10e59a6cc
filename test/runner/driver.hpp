#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "suite_config.hpp"

namespace lake::sqltest {

/// The rows of one statement as text; NULL is an empty optional. A statement that changes rows and returns
/// none gives one row with their number.
struct Answer {
  std::size_t column_count = 0;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

/// One conversation with a lake. Threads: one at a time.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual Result<Answer> run(const std::string& sql) = 0;
};

/// A lake that test files talk to. Threads: connect() from any; open, restart and close with no connection
/// alive.
class Driver {
 public:
  virtual ~Driver() = default;
  /// Opens the lake in an existing empty directory.
  virtual Status open(const std::string& data_directory) = 0;
  virtual Result<std::unique_ptr<Connection>> connect() = 0;
  /// Closes the lake and opens it again on the same directory.
  virtual Status restart() = 0;
  virtual Status close() = 0;
  /// The lake's own verification; findings are errors.
  virtual Status check() = 0;
  /// What `require`, `skipif` and `onlyif` can name: the driver ("session", "http", "duckdb") and what it can
  /// do
  /// ("restart", "error_codes", ...).
  [[nodiscard]] virtual std::set<std::string> traits() const = 0;
};

/// Plain DuckDB in memory: the oracle of the query tests. No restart, and error codes are not compared.
std::unique_ptr<Driver> make_duckdb_driver();
/// The lake in this process through query::Session.
std::unique_ptr<Driver> make_session_driver(const SuiteConfig& config);
/// A server in a child process, over its HTTP door.
std::unique_ptr<Driver> make_http_driver(const SuiteConfig& config, const std::string& program);

}  // namespace lake::sqltest
